"""How much may be uploaded. An installation's own figures come from the environment."""

from __future__ import annotations

import os


def from_environment(name: str, usual: int) -> int:
    """A whole number above 0 from the environment, or the usual one."""
    given = os.environ.get(name, "")
    return int(given) if given.isdigit() and int(given) > 0 else usual


FILE_MB = from_environment("TREADLE_FILE_MB", 50)
"""The largest file."""
WORKSPACE_MB = from_environment("TREADLE_FILES_MB", 5_000)
"""All files of a workspace together."""
MOST_FILES_AT_ONCE = 20
MOST_KNOWLEDGE_BASES = 200
MOST_DOCUMENTS = 10_000
MOST_FIELDS = 30
"""Fields that a collection may give its documents."""
MOST_VALUES_AT_ONCE = 500
"""Documents that are given values by one request."""
MOST_CHUNKS = 100_000
"""Pieces of one knowledge base. Up to here every vector is compared; beyond, it would take too long."""

MB = 1024 * 1024
UPLOAD_BYTES = 2 * FILE_MB * MB
"""The largest body of an upload: several files and what stands between them."""
