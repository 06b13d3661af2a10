"""What a cancelled run says, where the cancel left out facts that its worker already believed.

A step that had begun only in the buffer was never written as begun (`journal.without_starts`), and so
nobody may read what it said: the answer of the run is what its written facts and its live text come to.
"""

from __future__ import annotations

from collections.abc import Sequence

from nodes.sdk.answers import AnswerFold
from workers.engine.events import Event
from workers.engine.frames import Calls


def answer_by(facts: Sequence[Event], heard: AnswerFold, calls: Calls | None, prefix: str = "") -> str:
    """The answer by `facts` alone, with the live text of steps at work as `heard` has it.

    A step that runs another workflow speaks by what happens inside, so that is looked at in the same way.
    """
    fold = heard.anew()
    for fact in facts:
        if fact.path.startswith(prefix):
            fold.event(fact.type, fact.path[len(prefix) :], fact.data)
    for path, attempt, text in heard.heard():
        call = calls.at(prefix + path) if calls is not None else None
        said = text if call is None else answer_by(facts, call.fold, calls, call.prefix)
        fold.snapshot(path, attempt, said)
    return fold.text
