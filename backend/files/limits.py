"""How much may be sent along. An installation's own figures come from the environment."""

from __future__ import annotations

from datetime import timedelta

from backend.knowledge.limits import MB, from_environment

UPLOAD_MB = from_environment("TREADLE_UPLOAD_MB", 25)
"""The largest file."""
UPLOADS_MB = from_environment("TREADLE_UPLOADS_MB", 2_000)
"""All files that came with messages of a workspace."""
BODY_BYTES = UPLOAD_MB * MB + 64 * 1024
"""The largest body of an upload: one file and what stands around it."""
MOST_UNUSED = 40
"""Files of one sender that no run was given yet."""
MOST_UNUSED_OF_VISITORS_MB = 500
"""The same of all visitors of an app: they may be as many as they like."""
UNUSED_KEPT = timedelta(days=1)
