"""Tests of deployment use the real stack."""

from tests.runs.stack import migrated_data, postgresql_url

__all__ = ["migrated_data", "postgresql_url"]
