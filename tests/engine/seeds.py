"""A seed that fails tells how to repeat it, beneath what failed."""

from contextlib import AbstractContextManager
from dataclasses import dataclass


@dataclass
class Seed(AbstractContextManager[None]):
    """What happens inside hangs on this number alone, which the tests read from `<name>_FIRST`."""

    name: str
    number: int

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            error.add_note(f"{self.name}_FIRST={self.number} {self.name}_SEEDS=1 repeats this.")
