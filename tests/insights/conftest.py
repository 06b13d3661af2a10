"""What came of an app's use is found on both databases."""

from tests.runs.stack import each_database, migrated_data, postgresql_url, stack

__all__ = ["each_database", "migrated_data", "postgresql_url", "stack"]
