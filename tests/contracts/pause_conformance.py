"""What every journal must do about a pause, as tests beside those of journal_conformance.py."""

import asyncio
from typing import Protocol

from tests.contracts.journal_conformance import JournalBench, event, seqs


class PauseBench(JournalBench, Protocol):
    """One accepted run that a person may pause."""

    async def pause(self) -> None:
        """Someone tells the run to start no further step."""
        ...

    async def resume(self) -> None:
        """Someone lets it go on."""
        ...


class PauseConformance:
    """The contract. A pause refuses nothing: it is the engine that asks, and starts no step then."""

    async def test_a_barrier_tells_that_the_run_was_paused(self, bench: PauseBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        assert not journal.is_paused
        await bench.pause()

        await journal.barrier()

        assert journal.is_paused

    async def test_a_durable_fact_tells_that_the_run_was_paused(self, bench: PauseBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await bench.pause()

        await journal.append(event(2, "node_succeeded", output=None, port="out"), durable=True)

        assert journal.is_paused

    async def test_a_claim_tells_that_the_run_is_paused(self, bench: PauseBench) -> None:
        await bench.pause()
        journal = bench.journal()

        await journal.claim("w1")

        assert journal.is_paused

    async def test_a_paused_run_takes_all_facts(self, bench: PauseBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await bench.pause()

        await journal.append(event(2), durable=False)
        await journal.append(event(3, "node_succeeded", output=None, port="out"), durable=True)
        await journal.append(event(4, "run_waiting", "", reasons=[], parked=[]), durable=True)
        await journal.release("waiting", None)

        assert await seqs(bench) == [1, 2, 3, 4]

    async def test_who_goes_on_is_no_longer_paused(self, bench: PauseBench) -> None:
        journal = bench.journal()
        await bench.pause()
        await journal.claim("w1")
        await bench.resume()

        await journal.barrier()

        assert not journal.is_paused

    async def test_buffered_facts_tell_it_when_they_are_durable(self, bench: PauseBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await bench.pause()
        await journal.append(event(2), durable=False)

        for _ in range(1500):  # half a minute: machines are slow at times
            if len(await seqs(bench)) == 2 and journal.is_paused:
                break
            await asyncio.sleep(0.02)
        assert journal.is_paused
        assert await seqs(bench) == [1, 2]
