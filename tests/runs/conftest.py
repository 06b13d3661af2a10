"""Tests of runs use the real stack."""

from tests.runs.stack import migrated_data, postgresql_url, running, stack

__all__ = ["migrated_data", "postgresql_url", "running", "stack"]
