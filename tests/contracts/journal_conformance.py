"""What every journal must do, as tests. Subclass JournalConformance and give it a `bench`.

class TestMyJournal(JournalConformance):
    @pytest.fixture
    async def bench(self) -> MyBench: ...
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Protocol

import pytest

from nodes.sdk.values import Json
from workers.engine.events import Event, EventType
from workers.engine.journal import Busy, Journal, LostLease, RunCancelled, Signal

AT = datetime(2026, 1, 1, 12, 0, 0, 123000, tzinfo=UTC)


class JournalBench(Protocol):
    """One accepted run, and what happens to it from outside. The run asked "hi" with inputs {"n": 1}."""

    def journal(self) -> Journal:
        """The hold of one more worker on the run: each call is another worker."""
        ...

    async def expire(self) -> None:
        """The present lease runs out, as if its holder had died or slept too long."""
        ...

    def hold(self) -> None:
        """What is buffered stays so until someone commits it, however slow the machine is."""
        ...

    async def cancel(self) -> None:
        """Someone tells the run to stop."""
        ...

    async def send(self, signal: Signal) -> None:
        """A note from outside drops into the inbox."""
        ...

    async def stored(self) -> list[Event]:
        """The durable events, read afresh by someone else."""
        ...


def event(seq: int, kind: EventType = "node_started", path: str = "a_1", **data: Json) -> Event:
    return Event(seq, kind, path, AT, dict(data))


async def seqs(bench: JournalBench) -> list[int]:
    return [stored.seq for stored in await bench.stored()]


class JournalConformance:
    """The contract. Nothing here depends on how long anything takes."""

    # Claiming

    async def test_a_claim_is_an_event_of_its_own(self, bench: JournalBench) -> None:
        claim = await bench.journal().claim("w1")

        assert [(e.seq, e.type, e.path) for e in claim.events] == [(1, "run_claimed", "")]
        assert claim.events[0].data["worker"] == "w1"
        assert await seqs(bench) == [1]

    async def test_a_claim_tells_what_the_run_was_accepted_with(self, bench: JournalBench) -> None:
        claim = await bench.journal().claim("w1")

        assert claim.opening.query == "hi"
        assert dict(claim.opening.inputs) == {"n": 1}
        assert claim.opening.run

    async def test_a_run_that_is_held_is_busy(self, bench: JournalBench) -> None:
        await bench.journal().claim("w1")

        with pytest.raises(Busy):
            await bench.journal().claim("w2")

        assert await seqs(bench) == [1]

    async def test_a_run_that_has_ended_is_busy(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, "run_cancelled", "", usage={}), durable=True)
        await journal.release("cancelled", None)

        with pytest.raises(Busy):
            await bench.journal().claim("w2")

    async def test_of_many_claims_at_once_one_succeeds(self, bench: JournalBench) -> None:
        claims = [bench.journal().claim(f"w{i}") for i in range(5)]

        outcomes = await asyncio.gather(*claims, return_exceptions=True)

        assert sum(not isinstance(outcome, BaseException) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, Busy) for outcome in outcomes) == 4
        assert await seqs(bench) == [1]

    async def test_a_later_claim_brings_all_durable_events_as_they_were(self, bench: JournalBench) -> None:
        first = bench.journal()
        await first.claim("w1")
        fact = event(2, "node_succeeded", "a_1[0].b_1", output={"text": "ä𝄞\n", "n": [1, 2.5, None, True]})
        await first.append(fact, durable=True)
        await bench.expire()

        claim = await bench.journal().claim("w2")

        assert claim.events[1] == fact
        assert [e.type for e in claim.events] == ["run_claimed", "node_succeeded", "run_claimed"]

    # What the conversation remembers

    async def test_a_change_of_what_the_conversation_remembers_is_made_once_with_its_fact(
        self, bench: JournalBench
    ) -> None:
        """Facts in the buffer change nothing; durable ones are in the next claim, on top of the default."""
        count: Json = {"name": "n", "scope": "conversation", "type": "number", "default": 10}
        first = bench.journal()
        claim = await first.claim("w1")
        assert "conversation" not in claim.events[0].data
        await first.append(event(2, "run_started", "", history=[], variables=[count]), durable=False)
        add: dict[str, Json] = {"name": "n", "operator": "add", "value": 1, "scope": "conversation"}
        await first.append(event(3, "variable_set", **add), durable=False)
        await first.append(event(4, "variable_set", **add), durable=True)
        await first.append(event(5, "variable_set", name="n", operator="add", value=1), durable=True)
        await bench.expire()

        second = bench.journal()
        claim = await second.claim("w2")

        assert claim.events[-1].data["conversation"] == {"n": 12}
        assert (await bench.stored())[-1].data["conversation"] == {"n": 12}
        with pytest.raises(LostLease):
            await first.append(event(6, "variable_set", **add), durable=True)
        await second.append(event(7, "variable_set", **add), durable=True)
        await bench.expire()
        claim = await bench.journal().claim("w3")
        assert claim.events[-1].data["conversation"] == {"n": 13}

    # Appending

    async def test_a_durable_fact_is_stored_when_append_returns(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")

        await journal.append(event(2), durable=True)

        assert await seqs(bench) == [1, 2]

    async def test_a_gap_is_refused(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")

        with pytest.raises((ValueError, LostLease)):
            await journal.append(event(3), durable=True)

        assert await seqs(bench) == [1]

    async def test_a_repeat_is_refused(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, path="a_1"), durable=True)

        with pytest.raises((ValueError, LostLease)):
            await journal.append(event(2, path="b_1"), durable=True)

        assert [e.path for e in await bench.stored()] == ["", "a_1"]

    async def test_a_durable_fact_takes_the_buffered_ones_before_it_along(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2), durable=False)
        await journal.append(event(3), durable=False)

        await journal.append(event(4), durable=True)

        assert await seqs(bench) == [1, 2, 3, 4]

    async def test_a_buffered_fact_becomes_durable_without_further_ado(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")

        await journal.append(event(2), durable=False)

        while await seqs(bench) != [1, 2]:  # noqa: ASYNC110 (only the journal knows when it flushes)
            await asyncio.sleep(0.01)

    async def test_buffered_facts_in_a_row_let_nothing_in_between_them(self, bench: JournalBench) -> None:
        """A run that goes on from another one begins with many at once: one commit takes all of them."""
        journal = bench.journal()
        await journal.claim("w1")

        for seq in range(2, 102):
            with pytest.raises(StopIteration):
                journal.append(event(seq, path=f"n_{seq}"), durable=False).send(None)

        assert await seqs(bench) == [1]
        await journal.barrier()
        assert await seqs(bench) == list(range(1, 102))

    async def test_a_barrier_makes_the_buffer_durable(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2), durable=False)

        await journal.barrier()

        assert await seqs(bench) == [1, 2]

    async def test_facts_under_way_at_the_same_time_keep_their_order(self, bench: JournalBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        appends = [journal.append(event(seq, path=f"n_{seq}"), durable=seq % 3 == 0) for seq in range(2, 32)]

        await asyncio.gather(*appends)
        await journal.barrier()

        assert [e.path for e in await bench.stored()][1:] == [f"n_{seq}" for seq in range(2, 32)]

    async def test_a_task_cancelled_while_it_waits_for_the_commit_loses_no_fact(
        self, bench: JournalBench
    ) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        append = asyncio.ensure_future(journal.append(event(2), durable=True))
        await asyncio.sleep(0)

        append.cancel()
        await asyncio.gather(append, return_exceptions=True)
        await journal.append(event(3), durable=True)

        assert await seqs(bench) == [1, 2, 3]

    # Fencing

    async def test_a_worker_whose_run_was_taken_over_can_write_nothing_more(
        self, bench: JournalBench
    ) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await bench.expire()
        await fresh.claim("w2")

        with pytest.raises(LostLease):
            await stale.append(event(2), durable=True)

        assert [e.type for e in await bench.stored()] == ["run_claimed", "run_claimed"]

    async def test_what_a_worker_had_buffered_before_it_was_taken_over_is_lost(
        self, bench: JournalBench
    ) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await bench.expire()
        await fresh.claim("w2")

        with contextlib.suppress(LostLease):  # it may know at once, or find out at the flush
            await stale.append(event(2, path="stale_1"), durable=False)
        with pytest.raises(LostLease):
            await stale.barrier()

        assert "stale_1" not in [e.path for e in await bench.stored()]

    async def test_a_barrier_stops_a_worker_whose_run_was_taken_over(self, bench: JournalBench) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await bench.expire()
        await fresh.claim("w2")

        with pytest.raises(LostLease):
            await stale.barrier()

    async def test_a_lost_lease_stays_lost(self, bench: JournalBench) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await bench.expire()
        await fresh.claim("w2")
        with pytest.raises(LostLease):
            await stale.append(event(2), durable=True)

        with pytest.raises((LostLease, ValueError)):
            await stale.append(event(3), durable=True)

        assert await seqs(bench) == [1, 2]

    async def test_the_one_who_took_over_goes_on_behind_the_last_fact(self, bench: JournalBench) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await stale.append(event(2), durable=True)
        await bench.expire()
        await fresh.claim("w2")
        with pytest.raises(LostLease):
            await stale.append(event(3), durable=True)

        await fresh.append(event(4, path="fresh_1"), durable=True)

        assert [e.path for e in await bench.stored()] == ["", "a_1", "", "fresh_1"]

    async def test_a_release_by_a_worker_that_lost_the_run_changes_nothing(self, bench: JournalBench) -> None:
        stale, fresh = bench.journal(), bench.journal()
        await stale.claim("w1")
        await bench.expire()
        await fresh.claim("w2")

        await asyncio.gather(stale.release("succeeded", None), return_exceptions=True)
        await fresh.append(event(3), durable=True)

        assert await seqs(bench) == [1, 2, 3]
        with pytest.raises(Busy):
            await bench.journal().claim("w3")

    # Release and inbox

    async def test_a_released_run_can_be_claimed_again(self, bench: JournalBench) -> None:
        first = bench.journal()
        await first.claim("w1")
        await first.append(event(2, "run_waiting", ""), durable=False)
        await first.release("waiting", None)

        claim = await bench.journal().claim("w2")

        assert [e.type for e in claim.events] == ["run_claimed", "run_waiting", "run_claimed"]

    async def test_a_claim_brings_the_signals_in_the_order_they_came(self, bench: JournalBench) -> None:
        await bench.send(Signal("ask_1", "answer", {"ok": True}))
        await bench.journal().claim("w1")
        await bench.send(Signal("ask_2", "answer", "no"))
        await bench.expire()

        claim = await bench.journal().claim("w2")

        assert list(claim.signals) == [
            Signal("ask_1", "answer", {"ok": True}),
            Signal("ask_2", "answer", "no"),
        ]

    async def test_of_two_signals_with_one_name_the_first_counts(self, bench: JournalBench) -> None:
        await bench.send(Signal("ask_1", "answer", "first"))
        await bench.send(Signal("ask_1", "answer", "second"))

        claim = await bench.journal().claim("w1")

        assert [signal.payload for signal in claim.signals] == ["first"]

    # Cancelling

    async def test_a_cancelled_run_lets_no_node_act(self, bench: JournalBench) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2), durable=False)
        await bench.cancel()

        with pytest.raises(RunCancelled):
            await journal.barrier()

        assert await seqs(bench) == [1], "it was never written as begun"

    async def test_a_start_that_was_not_written_when_the_run_was_cancelled_never_is(
        self, bench: JournalBench
    ) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, path="work_1"), durable=True)
        await journal.append(event(3, path="pure_1"), durable=False)
        await journal.append(event(4, "node_succeeded", "pure_1", output=1, port="out"), durable=False)
        await journal.append(event(5, path="loop_1"), durable=False)
        await journal.append(event(6, "step_done", "loop_1[0].pure_2", name="x", value=1), durable=False)
        await bench.cancel()
        await journal.append(event(7, "node_succeeded", "work_1", output="done", port="out"), durable=True)
        await journal.append(event(8, "run_cancelled", "", usage={}), durable=True)

        stored = await bench.stored()
        assert [(e.seq, e.type, e.path) for e in stored[1:]] == [
            (2, "node_started", "work_1"),
            (3, "node_succeeded", "work_1"),
            (4, "run_cancelled", ""),
        ]

    async def test_what_a_cancel_has_left_out_is_found_by_counting_again(self, bench: JournalBench) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, path="work_1"), durable=True)
        await journal.append(event(3, path="pure_1"), durable=False)
        assert await journal.recount() is None, "all of it is written"
        assert await seqs(bench) == [1, 2, 3], "and durable"

        await journal.append(event(4, path="pure_2"), durable=False)
        await journal.append(event(5, "node_succeeded", "pure_1", output=1, port="out"), durable=False)
        await bench.cancel()

        written = await journal.recount()

        assert written is not None
        assert [(e.seq, e.type, e.path) for e in written[1:]] == [
            (2, "node_started", "work_1"),
            (3, "node_started", "pure_1"),
            (4, "node_succeeded", "pure_1"),
        ]
        assert written == await bench.stored()

    async def test_nor_when_the_end_of_the_run_comes_with_it(self, bench: JournalBench) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, path="pure_1"), durable=False)
        await journal.append(event(3, "node_succeeded", "pure_1", output=1, port="out"), durable=False)
        await bench.cancel()
        with pytest.raises(RunCancelled):
            await journal.append(event(4, "run_succeeded", "", usage={}), durable=True)
        await journal.append(event(4, "run_cancelled", "", usage={}), durable=True)

        assert [(e.seq, e.type) for e in await bench.stored()] == [(1, "run_claimed"), (2, "run_cancelled")]

    async def test_what_came_of_a_container_goes_with_a_start_inside_it(self, bench: JournalBench) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, path="loop_1"), durable=True)
        await journal.append(event(3, path="loop_1[0].each_1"), durable=True)
        await journal.append(event(4, path="loop_1[0].each_1[1].pure_1"), durable=False)
        await journal.append(
            event(5, "node_succeeded", "loop_1[0].each_1", output=[], port="out"), durable=False
        )
        await journal.append(event(6, "node_succeeded", "loop_1", output=[], port="out"), durable=False)
        await bench.cancel()
        await journal.append(event(7, "run_cancelled", "", usage={}), durable=True)

        stored = await bench.stored()
        assert [(e.seq, e.type) for e in stored[3:]] == [(4, "run_cancelled")]

    @pytest.mark.parametrize("kind", ["run_succeeded", "run_failed", "run_timed_out"])
    async def test_a_cancelled_run_ends_in_no_other_way(self, bench: JournalBench, kind: EventType) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await bench.cancel()

        with pytest.raises(RunCancelled):
            await journal.append(event(2, kind, "", usage={}), durable=True)
        await journal.append(event(2, "run_cancelled", "", usage={}), durable=True)

        assert [e.type for e in await bench.stored()] == ["run_claimed", "run_cancelled"]

    async def test_facts_buffered_before_a_refused_end_are_kept(self, bench: JournalBench) -> None:
        bench.hold()
        journal = bench.journal()
        await journal.claim("w1")
        await bench.cancel()
        await journal.append(event(2, "node_succeeded", output=None, port="out"), durable=False)

        with pytest.raises(RunCancelled):
            await journal.append(event(3, "run_succeeded", "", usage={}), durable=True)
        await journal.append(event(3, "run_cancelled", "", usage={}), durable=True)

        assert [e.type for e in await bench.stored()] == ["run_claimed", "node_succeeded", "run_cancelled"]

    async def test_a_cancelled_run_still_takes_facts_about_work_that_was_done(
        self, bench: JournalBench
    ) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2), durable=True)
        await bench.cancel()

        await journal.append(event(3, "node_succeeded", output="done", port="out"), durable=True)

        assert await seqs(bench) == [1, 2, 3]
