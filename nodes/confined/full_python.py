"""Python with its standard library, in this process, which has been shut in before."""

from __future__ import annotations

import importlib
import json
import linecache
import os
import signal
import sys
import traceback
from typing import Any

# What can be imported by the code: afterwards nothing can be read from a disk.
STANDARD = (
    "abc", "array", "ast", "base64", "binascii", "bisect", "calendar", "cmath", "collections",
    "collections.abc", "colorsys", "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal",
    "difflib", "email.message", "email.parser", "enum", "fractions", "functools", "gzip", "hashlib",
    "heapq", "hmac", "html", "html.parser", "inspect", "io", "itertools", "json", "keyword", "locale",
    "math", "numbers", "operator", "os", "os.path", "pathlib", "pprint", "random", "re", "secrets",
    "shlex", "sqlite3", "statistics", "string", "struct", "sys", "tempfile", "textwrap", "time",
    "timeit", "tokenize", "traceback", "types", "typing", "unicodedata", "urllib.parse", "uuid",
    "warnings", "weakref", "xml.etree.ElementTree", "zipfile", "zlib", "zoneinfo",
)  # fmt: skip


class _TimeIsUp(BaseException):
    """The alarm rang."""


def load(packages: str, names: list[str]) -> None:
    """Loads all that the code may use; `names` are the administrator's packages. Raises ImportError."""
    os.environ.clear()
    os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    for name in STANDARD:
        importlib.import_module(name)
    if names:
        sys.path.append(packages)
        for name in names:
            importlib.import_module(name)
    os.environ.clear()


def arm(time_s: float) -> None:
    """Sets the alarm. Code that takes no notice of it is killed from outside a little later."""
    signal.signal(signal.SIGALRM, _ring)
    signal.setitimer(signal.ITIMER_REAL, time_s)


def _ring(number: int, frame: object) -> None:
    raise _TimeIsUp


def run(job: dict[str, Any]) -> dict[str, Any]:
    """What `main` gives, or why it gave nothing."""
    source = job["source"]
    linecache.cache["code"] = (len(source), None, source.splitlines(True), "code")
    space: dict[str, Any] = {"__name__": "code", "__builtins__": __builtins__}
    try:
        # The one place where a stranger's Python runs: confined before, in launch.py.
        exec(compile(source, "code", "exec"), space)  # noqa: S102
        if not callable(space.get("main")):
            return _error("no_main", "")
        given = space["main"](**job["inputs"])
        try:
            return {"value": json.loads(json.dumps(given))}
        except (TypeError, ValueError) as error:
            return _error("output", str(error))
    except SyntaxError as error:
        return _error("syntax", f"{type(error).__name__}: {error.msg}", error.lineno)
    except MemoryError:
        return _error("memory", "")
    except _TimeIsUp:
        return _error("time", "")
    except BaseException as error:  # also what the code raises to end the interpreter
        return _error("failed", f"{type(error).__name__}: {error}", _line_of(error))


def _line_of(error: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "code"]
    return lines[-1] if lines else None


def _error(kind: str, what: str, line: int | None = None) -> dict[str, Any]:
    return {"error": {"kind": kind, "what": what[:500], "line": line}}
