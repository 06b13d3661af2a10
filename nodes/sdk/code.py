"""Code that a person wrote into a step: the door to where it may run."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from nodes.sdk.errors import NodeError
from nodes.sdk.values import Json

Language = Literal["python", "javascript", "full_python"]

CODE_SETTING: Final = "TREADLE_CODE"
"""`off` lets no code run at all."""

CODE_ERRORS: Final = (
    "code_off",
    "code_syntax",
    "code_no_main",
    "code_failed",
    "code_time",
    "code_memory",
    "code_too_much",
    "code_bad_output",
    "code_stopped",
    "code_busy",
)
"""How running code may fail."""


@dataclass(frozen=True)
class CodeResult:
    """What the code gave, and what it printed."""

    value: Json
    printed: str = ""


class Code(Protocol):
    """A place where code may run: it sees its inputs and nothing else, and is gone afterwards."""

    async def run(
        self, language: Language, source: str, inputs: Mapping[str, Json], *, time_s: float
    ) -> CodeResult:
        """What `main` in `source` gives for `inputs`. Raises NodeError with one of CODE_ERRORS."""
        ...


class NoCode:
    """Where none may run."""

    async def run(
        self, language: Language, source: str, inputs: Mapping[str, Json], *, time_s: float
    ) -> CodeResult:
        raise NodeError("code_off", "No code can be run here.", "Run the app on the server.")


NO_CODE: Final = NoCode()


def why_off() -> str:
    """Why no code can run on this machine, as far as can be seen without trying; "" if it can."""
    if os.environ.get(CODE_SETTING, "").strip().lower() in ("off", "0", "no", "false"):
        return "an administrator switched it off"
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"):
        return "this system has no filter for system calls"
    if not Path("/proc/sys/kernel/seccomp").is_dir():
        return "the system's filter for system calls is not there"
    return ""
