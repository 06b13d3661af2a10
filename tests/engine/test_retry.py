"""When a failed step is tried again: the pauses, one by one."""

from random import Random

from nodes.sdk import NodeError
from nodes.sdk.graph import Policy
from workers.engine.retry import RetryPolicy

BUSY = NodeError("model_busy", "Busy.")
PATIENT = RetryPolicy.of(Policy(max_attempts=99, backoff_s=2), "read")


def pauses(tries: int) -> list[float]:
    """What a thousand steps do that failed together so many times."""
    dice = Random(1)
    return [PATIENT.pause_s(BUSY, tries, dice) or 0.0 for _ in range(1_000)]


def test_pauses_double_are_spread_by_a_quarter_and_end_at_five_minutes():
    for tries, least in [(1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (90, 300)]:
        all_of_them = pauses(tries)

        assert least <= min(all_of_them) < least * 1.01
        assert least * 1.24 < max(all_of_them) <= least * 1.25
        quarters = [sum(p < least * (1 + q / 16) for p in all_of_them) for q in (1, 2, 3)]
        assert all(abs(found - want) < 60 for found, want in zip(quarters, (250, 500, 750), strict=True))
