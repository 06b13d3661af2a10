"""Tests of runs use the real stack."""

from tests.runs.stack import each_database, migrated_data, postgresql_url, running, stack

__all__ = ["each_database", "migrated_data", "postgresql_url", "running", "stack"]
