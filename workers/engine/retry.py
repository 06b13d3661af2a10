"""What to do about an error: try again after a pause, or give up."""

from dataclasses import dataclass
from random import Random
from typing import Final

from nodes.sdk.errors import PASSING, NodeError
from nodes.sdk.graph import Policy
from nodes.sdk.node import Effects
from nodes.sdk.policy import USUAL_ATTEMPTS

ATTEMPTS_WHEN_CUT_OFF: Final[dict[Effects, int]] = {"none": 3, "read": 3, "write": 1}
_MAX_PAUSE_S: Final = 300.0
_JITTER: Final = 0.25


@dataclass(frozen=True)
class RetryPolicy:
    """How often one node is tried.

    `cut_off_attempts` limits the attempts of which the last was cut off by a crash. A pure node may always
    be repeated, so it has three even though its errors are final; what may have written is not repeated,
    unless its type or its drawing says that it may be.
    """

    max_attempts: int
    cut_off_attempts: int
    backoff_s: float
    timeout_s: float | None
    codes: frozenset[str] | None = None
    """The errors after which it is tried again; None for those that may pass."""

    @classmethod
    def of(
        cls, policy: Policy, effects: Effects, *, holds_steps: bool = False, may_repeat: bool = False
    ) -> "RetryPolicy":
        """The drawn policy, filled up by what the node type does to the world.

        What comes out of a node that `holds_steps` is final for the step inside that raised it; the node
        around it may be tried again all the same, after errors whose code says that they may pass. What
        writes and `may_repeat` is tried as often as what only reads.
        """
        if may_repeat and effects == "write":
            effects = "read"
        codes = policy.retry_codes
        if codes is None and holds_steps:
            codes = PASSING
        return cls(
            max_attempts=policy.max_attempts or USUAL_ATTEMPTS[effects],
            cut_off_attempts=policy.max_attempts or ATTEMPTS_WHEN_CUT_OFF[effects],
            backoff_s=policy.backoff_s,
            timeout_s=policy.timeout_s,
            codes=None if codes is None else frozenset(codes),
        )

    def pause_s(self, error: NodeError, tries: int, chance: Random) -> float | None:
        """Seconds until the next attempt after `tries` failed ones; None when `error` is final.

        Doubles each time, spread by a quarter so that runs that failed together do not return together,
        and never comes before the other side asked for (Retry-After), within five minutes.
        """
        may_pass = error.retry if self.codes is None else error.code in self.codes
        if not may_pass or tries >= self.max_attempts:
            return None
        pause_s = min(self.backoff_s * 2 ** min(tries - 1, 16), _MAX_PAUSE_S)
        pause_s *= 1 + _JITTER * chance.random()
        if error.retry_after_s is not None:
            pause_s = max(pause_s, min(error.retry_after_s, _MAX_PAUSE_S))
        return round(pause_s, 3)
