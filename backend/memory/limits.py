"""How much an app may remember about one person."""

from __future__ import annotations

from typing import Final

MOST_PER_PERSON: Final = 500
"""Memories. When one more comes, the one that was said longest ago goes."""
LONGEST_PERSON: Final = 200
"""Characters of the name that a program gives its person."""
