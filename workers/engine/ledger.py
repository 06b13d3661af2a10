"""What model calls have used that no believed fact tells yet, so that nothing is lost or counts twice."""

from __future__ import annotations

from dataclasses import dataclass

from nodes.sdk.models import Usage
from nodes.sdk.values import Json
from workers.engine.metered import MeteredModels
from workers.engine.usage import usage_to_json


@dataclass(eq=False)
class Entry:
    """What an attempt has used; the fact number `told_in` counts it from when it is believed."""

    usage: Usage
    told_in: int | None = None


class Ledger:
    """One claim's model calls, on their way into facts.

    Facts about an attempt tell what it used as `usage`. What a stopped attempt used is told by no fact of its
    own: the next fact of the run, whichever it is, tells it as `left`.
    """

    def __init__(self) -> None:
        self._open: set[MeteredModels] = set()
        self.entries: list[Entry] = []
        """What some fact is to tell, or has told and is not believed yet."""

    def open(self, meter: MeteredModels) -> None:
        """An attempt is about to ask models."""
        self._open.add(meter)

    def take(self, meter: MeteredModels, *, is_over: bool) -> Entry:
        """What its calls have used since this was last asked; of open ones only when the attempt is over."""
        entry = Entry(meter.take(is_over=is_over))
        if is_over:
            self._open.discard(meter)
        if entry.usage != Usage():
            self.entries.append(entry)
        return entry

    def close(self) -> None:
        """No attempt goes on."""
        for meter in list(self._open):
            self.take(meter, is_over=True)

    def untold(self, seq: int) -> Usage:
        """All that a state does not know of that has come to the fact `seq`."""
        entries = [one.usage for one in self.entries if one.told_in is None or one.told_in > seq]
        return sum((meter.usage for meter in self._open), sum(entries, Usage()))

    def tell(self, data: dict[str, Json], seq: int, believed: int, own: Entry | None) -> list[Entry]:
        """Lets the fact `seq` tell `own`, which is in `data` already, and all that is left over.

        Gives what it tells, to be given to `take_back` should the fact be refused.
        """
        if not self.entries:
            return []
        self.entries = [one for one in self.entries if one.told_in is None or one.told_in > believed]
        untold = [one for one in self.entries if one.told_in is None]
        if left := [one.usage for one in untold if one is not own]:
            data["left"] = usage_to_json(sum(left, Usage()))
        for one in untold:
            one.told_in = seq
        return untold

    def take_back(self, told: list[Entry]) -> None:
        """The fact that was to tell these will never be."""
        for one in told:
            one.told_in = None
