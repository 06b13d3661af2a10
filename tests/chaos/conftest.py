"""Chaos tests kill real processes of the real stack."""

from tests.runs.stack import migrated_data, postgresql_url, stack

__all__ = ["migrated_data", "postgresql_url", "stack"]
