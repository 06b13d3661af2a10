"""Chaos tests kill real processes of the real stack."""

from tests.runs.stack import migrated_data, stack

__all__ = ["migrated_data", "stack"]
