"""What a web process does before its first request."""

import gc

from backend.project.lifespan import settle


def test_what_stays_is_no_work_for_the_garbage_collector() -> None:
    before = gc.get_freeze_count()

    try:
        settle()

        assert gc.get_freeze_count() > before + 50_000
    finally:
        gc.unfreeze()
