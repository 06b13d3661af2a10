"""One line now and then for a long command of several parts: the part, the time gone, the time left.

What is left is a guess: a part takes what it took the last time on this machine, or what is given at first.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EVERY_S = 60.0


@dataclass
class Progress:
    """Parts in their order with the seconds that each is thought to take."""

    expected: Mapping[str, float]
    clock: Callable[[], float] = time.monotonic
    took: dict[str, float] = field(default_factory=dict)
    part: str = ""
    began: float = 0.0

    def begin(self, part: str) -> None:
        """The next part begins; the one before is over."""
        self.end()
        self.part, self.began = part, self.clock()

    def end(self) -> None:
        """The part under way is over."""
        if self.part:
            self.took[self.part] = self.clock() - self.began
        self.part = ""

    def line(self) -> str:
        """`soak: part 2 of 4, reference (5 min); 7 min gone in all, about 61 min left`."""
        here = self.clock() - self.began
        later = [part for part in self.expected if part != self.part and part not in self.took]
        left = max(0.0, self.expected[self.part] - here) + sum(self.expected[part] for part in later)
        number = list(self.expected).index(self.part) + 1
        gone = here + sum(self.took.values())
        return (
            f"soak: part {number} of {len(self.expected)}, {self.part} ({_minutes(here)});"
            f" {_minutes(gone)} gone in all, about {_minutes(left)} left"
        )


@contextmanager
def told(progress: Progress, say: Callable[[str], object], every_s: float = EVERY_S) -> Iterator[None]:
    """Says how far it is, all the time that the block takes."""
    is_over = threading.Event()

    def tell() -> None:
        while not is_over.wait(every_s):
            if progress.part:
                say(progress.line())

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def expectations(file: Path, guesses: Mapping[str, float]) -> dict[str, float]:
    """What each part took the last time, as `remember` wrote it, or else the guess."""
    return {**guesses, **{part: took for part, took in _kept(file).items() if part in guesses}}


def remember(file: Path, took: Mapping[str, float]) -> None:
    """Keeps what parts took for the next time."""
    kept = {**_kept(file), **took}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({part: round(seconds) for part, seconds in kept.items()}) + "\n", "utf-8")


def _kept(file: Path) -> dict[str, float]:
    try:
        kept = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    known = kept.items() if isinstance(kept, dict) else ()
    return {part: float(took) for part, took in known if isinstance(took, int | float)}


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
