"""Which of its limits a run comes to for certain, said without a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.engine.reference_values import Ambiguous

LIMITS = ("step_limit", "run_timed_out", "token_limit", "cost_limit")
"""What a run ends by that came to one of its limits: how far it came by then is luck."""
TOKEN_COSTS = 0.001
"""What each token costs that a model reads or writes."""


@dataclass
class Spent:
    """What a run takes of time and of models, attempt by attempt; without a clock only within bounds."""

    worked: list[tuple[str, float]] = field(default_factory=list)
    """Paths of steps that take their time, and how long they took."""
    rests_s: float = 0.0
    """What was waited for, at most."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Paths of steps that ask a model, and what they asked: as many words come back."""

    def beyond_time(self, most_s: float, is_luck: Callable[[str], bool]) -> str | None:
        if any(seconds > most_s for path, seconds in self.worked if not is_luck(path)):
            return "run_timed_out"
        if sum(seconds for _, seconds in self.worked) + self.rests_s >= most_s:
            raise Ambiguous
        return None

    def beyond_tokens(self, most: float, code: str, is_luck: Callable[[str], bool]) -> str | None:
        """Whether there is room for them all, or for the last one surely not, whichever that is.

        Near a limit one call is at work at a time, and it begins when its question and a word have room.
        """
        sure = [text for path, text in self.asked if not is_luck(path)]
        used = [2 * len(text.split(" ")) for text in sure]
        if used and sum(used) - max(used) >= most:
            return code
        if any(4 + len(text) / 4 >= most for text in sure):
            return code
        everything = sum(2 * len(text.split(" ")) for _, text in self.asked)
        longest = max((2 * len(text) + 8 for _, text in self.asked), default=0)
        if self.asked and everything + longest > most:
            raise Ambiguous
        return None
