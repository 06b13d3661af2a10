"""Knowledge is tested on the real stack, with vectors made from words instead of a model."""

from tests.runs.stack import migrated_data, postgresql_url, running, stack

__all__ = ["migrated_data", "postgresql_url", "running", "stack"]
