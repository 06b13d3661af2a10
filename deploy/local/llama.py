"""llama-cpp-python, the second runtime of local models: built once, kept outside the checkout.

It comes as source only, so its wheel is compiled here: 6 to 9 minutes on two processors. The source and
everything that builds it are locked with hashes; beyond them a C++ compiler is all it takes. Standard library
only, like the rest of this folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import install
import locks
from console import Stop, say

NAME = "llama-cpp-python"
WHEEL = "llama_cpp_python-*.whl"
# Without GGML_NATIVE the code runs on every processor with AVX2, so that machines may share the cache.
_PORTABLE = "-DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON"
_OPTIONS = "-DLLAVA_BUILD=OFF -DLLAMA_OPENSSL=OFF"


def cache_folder() -> Path:
    """Where the wheel for this kind of machine is kept: the user's cache, never the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    made_from = hashlib.sha256(repr((_options(), platform.machine(), platform.libc_ver())).encode())
    for lock in (locks.LLAMA, locks.LLAMA_BUILD):
        made_from.update(lock.read_bytes())
    return Path(base) / "treadle" / "wheels" / made_from.hexdigest()[:16]


def cached_wheel() -> Path | None:
    """The wheel if it was built before."""
    return next(iter(sorted(cache_folder().glob(WHEEL))), None)


def build_wheel(log: Path) -> Path:
    """The wheel, built now if it is not in the cache. Raises Stop with what to do when it cannot be built."""
    check_compiler()
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "build.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second builder waits, and finds what the first one made
        found = cached_wheel()
        if found is None:
            with tempfile.TemporaryDirectory(prefix="building-", dir=folder) as room:
                _build(Path(room), log)
                made = next(Path(room).glob(f"out/{WHEEL}"))
                made.replace(folder / made.name)
            found = cached_wheel()
    assert found is not None
    return found


def is_wanted() -> bool:
    """Whether `make up LLAMA=llama-cpp-python` asks for it. Raises Stop for a name that is none."""
    wanted = os.environ.get("LLAMA", "")
    if wanted not in ("", "auto", "xllamacpp", NAME):
        raise Stop(f"LLAMA is {wanted!r}; it can be xllamacpp or {NAME}.")
    return wanted == NAME


def is_installed() -> bool:
    """True when the checkout's virtual environment has it."""
    return any(install.VENV.glob("lib/python*/site-packages/llama_cpp"))


def install_wheel(log: Path) -> None:
    """Puts it into the virtual environment, built if need be. Its dependencies are there, or not used."""
    wheel = build_wheel(log)
    uv = [str(install.VENV / "bin" / "uv"), "pip", "install", "-q", "--python", str(install.python())]
    install.run([*uv, "--no-deps", "--no-index", str(wheel)], log, "llama-cpp-python could not be installed.")


def check_compiler() -> None:
    """Raises Stop with the line that installs a C++ compiler where there is none."""
    if cached_wheel() is None and not any(map(shutil.which, ("c++", "g++", "clang++"))):
        raise Stop(
            "llama-cpp-python is built from its source here, and this machine has no C++ compiler.\n"
            "Run this line, then try again:\n\n    sudo apt-get install -y g++\n\n"
            "Or do without it: make up alone installs xllamacpp, which needs no compiler."
        )


def _build(room: Path, log: Path) -> None:
    tools = room / "tools"
    install.run(
        [sys.executable, "-m", "venv", str(tools)], log, "The virtual environment for the build failed."
    )
    python = tools / "bin" / "python"
    install.run(
        [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(locks.LLAMA_BUILD)],
        log,
        "The tools that build llama-cpp-python could not be fetched from PyPI.",
    )
    scratch = room / "tmp"
    scratch.mkdir()
    env = {
        **os.environ,
        "CMAKE_ARGS": _options(),
        "PATH": f"{tools / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}",
        "TMPDIR": str(scratch),
    }
    fetch = ["--no-deps", "--no-cache-dir", "--require-hashes", "--no-build-isolation"]
    install.run(
        [str(python), "-m", "pip", "wheel", "-q", *fetch, "-r", str(locks.LLAMA), "-w", str(room / "out")],
        log,
        "llama-cpp-python could not be built.",
        env=env,
    )


def _options() -> str:
    try:
        has_avx2 = " avx2 " in Path("/proc/cpuinfo").read_text()
    except OSError:
        has_avx2 = False
    return f"{_OPTIONS} {_PORTABLE}" if has_avx2 else f"{_OPTIONS} -DGGML_NATIVE=ON"


if __name__ == "__main__":
    try:
        say(str(build_wheel(install.ROOT / ".treadle" / "logs" / "llama.log")))
    except Stop as stop:
        sys.exit(f"\n{stop}")
