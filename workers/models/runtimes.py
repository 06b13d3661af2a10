"""Which library runs a local model: `TREADLE_LLAMA` is auto, xllamacpp or llama-cpp-python."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path

from workers.models.runtime import Runtime

SETTING = "TREADLE_LLAMA"
# By name, in the order that auto looks for them: the first answers several requests at a time.
MODULES = {"xllamacpp": "xllamacpp", "llama-cpp-python": "llama_cpp"}


class NoRuntime(Exception):
    """No library here can run a model, or the one that was asked for is missing."""


def choose_runtime(env: Mapping[str, str] = os.environ) -> str:
    """The name of the runtime to use. Raises NoRuntime with what to do."""
    wanted = env.get("TREADLE_LLAMA") or "auto"
    if wanted not in ("auto", *MODULES):
        raise NoRuntime(f"{SETTING} is {wanted!r}; it can be auto, {' or '.join(MODULES)}.")
    for name in MODULES if wanted == "auto" else (wanted,):
        if importlib.util.find_spec(MODULES[name]) is not None:
            return name
    if wanted == "llama-cpp-python":
        raise NoRuntime("llama-cpp-python is not installed. Run: make up LLAMA=llama-cpp-python")
    raise NoRuntime(
        "No library that runs local models is installed: xllamacpp comes with `make up` on Linux, "
        "llama-cpp-python with `make up LLAMA=llama-cpp-python`."
    )


def make_runtime(name: str, model: Path, *, socket: Path, slots: int, context: int, threads: int) -> Runtime:
    """The runtime of that name for a model file; `socket` is where llama.cpp's own server may listen."""
    if name == "llama-cpp-python":
        from workers.models.llama_cpp_runtime import LlamaCppRuntime

        return LlamaCppRuntime(model, context=context, threads=threads)
    from workers.models.xllamacpp_runtime import XllamacppRuntime

    return XllamacppRuntime(model, socket=socket, slots=slots, context=context, threads=threads)
