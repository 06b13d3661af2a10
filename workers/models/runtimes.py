"""What runs a local model: `TREADLE_LLAMA` is auto, xllamacpp, llama-cpp-python or llama-server."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from workers.models.runtime import Runtime

SETTING = "TREADLE_LLAMA"
SERVER_SETTING = "TREADLE_LLAMA_SERVER"
SERVER = "llama-server"
MODULES = {"xllamacpp": "xllamacpp", "llama-cpp-python": "llama_cpp"}
# In the order that auto looks for them: the first two answer several requests at a time.
NAMES = ("xllamacpp", SERVER, "llama-cpp-python")


class NoRuntime(Exception):
    """Nothing here can run a model, or what was asked for is missing."""


def choose_runtime(env: Mapping[str, str] = os.environ) -> str:
    """The name of the runtime to use. An administrator who names a program wants that one. Raises NoRuntime
    with what to do."""
    wanted = env.get(SETTING) or "auto"
    if wanted not in ("auto", *NAMES):
        raise NoRuntime(f"{SETTING} is {wanted!r}; it can be auto, {', '.join(NAMES[:-1])} or {NAMES[-1]}.")
    if wanted == "auto" and env.get(SERVER_SETTING):
        wanted = SERVER
    for name in NAMES if wanted == "auto" else (wanted,):
        if _is_here(name, env):
            return name
    if wanted == "llama-cpp-python":
        raise NoRuntime("llama-cpp-python is not installed. Run: make up LLAMA=llama-cpp-python")
    if wanted == SERVER:
        named = env.get(SERVER_SETTING)
        where = (
            f"{SERVER_SETTING} names {named!r}, which is no program" if named else f"{SERVER} is not on PATH"
        )
        raise NoRuntime(f"{where}. Install llama.cpp, or say in {SERVER_SETTING} where it is.")
    raise NoRuntime(
        "No library that runs local models is installed: xllamacpp comes with `make up` on Linux, "
        "llama-cpp-python with `make up LLAMA=llama-cpp-python`."
    )


def server_program(env: Mapping[str, str] = os.environ) -> str | None:
    """Where llama.cpp's own server is: what the setting names, else what PATH has."""
    return shutil.which(env.get(SERVER_SETTING) or SERVER, path=env.get("PATH", ""))


def make_runtime(name: str, model: Path, *, socket: Path, slots: int, context: int, threads: int) -> Runtime:
    """The runtime of that name for a model file; `socket` is where llama.cpp's own server may listen."""
    if name == "llama-cpp-python":
        from workers.models.llama_cpp_runtime import LlamaCppRuntime

        return LlamaCppRuntime(model, context=context, threads=threads)
    if name == SERVER:
        from workers.models.llama_server_runtime import LlamaServerRuntime

        return LlamaServerRuntime(
            model, server_program() or SERVER, slots=slots, context=context, threads=threads
        )
    from workers.models.xllamacpp_runtime import XllamacppRuntime

    return XllamacppRuntime(model, socket=socket, slots=slots, context=context, threads=threads)


def _is_here(name: str, env: Mapping[str, str]) -> bool:
    if name == SERVER:
        return server_program(env) is not None
    return importlib.util.find_spec(MODULES[name]) is not None
