"""What every journal must tell of a worker that was told to stop, as tests beside those of
journal_conformance.py."""

from typing import Protocol

from tests.contracts.journal_conformance import JournalBench, event
from workers.engine.journal import Claim, Journal


class Leaving(Journal, Protocol):
    """A journal whose worker may be told to stop."""

    async def abandon(self) -> None:
        """Gives the run to whoever comes next."""
        ...


class HandOverBench(JournalBench, Protocol):
    def journal(self) -> Leaving: ...


def is_handed_over(claim: Claim) -> bool:
    return claim.events[-1].data.get("handed_over", False) is True


class HandOverConformance:
    """The contract: nobody died of a run that was handed over, so its next claim tells it apart."""

    async def test_a_first_claim_is_no_hand_over(self, bench: HandOverBench) -> None:
        assert not is_handed_over(await bench.journal().claim("w1"))

    async def test_a_claim_after_a_worker_was_told_to_stop_says_so(self, bench: HandOverBench) -> None:
        for seq in (2, 4, 6):
            journal = bench.journal()
            await journal.claim("w1")
            await journal.append(event(seq), durable=False)
            await journal.abandon()

        claim = await bench.journal().claim("w2")

        claims = [e for e in claim.events if e.type == "run_claimed"]
        assert [e.data.get("handed_over", False) for e in claims] == [False, True, True, True]
        assert [e.seq for e in claim.events] == [1, 2, 3, 4, 5, 6, 7]

    async def test_a_claim_after_a_worker_died_does_not_whatever_was_before(
        self, bench: HandOverBench
    ) -> None:
        first = bench.journal()
        await first.claim("w1")
        await bench.expire()
        assert not is_handed_over(await bench.journal().claim("w2"))
        await bench.expire()
        third = bench.journal()
        await third.claim("w3")
        await third.abandon()
        assert is_handed_over(await bench.journal().claim("w4"))
        await bench.expire()

        claim = await bench.journal().claim("w5")

        assert not is_handed_over(claim)

    async def test_a_claim_after_a_wait_does_not(self, bench: HandOverBench) -> None:
        journal = bench.journal()
        await journal.claim("w1")
        await journal.append(event(2, "run_waiting", "", reasons=[], wake_at=None), durable=True)
        await journal.release("waiting", None)

        assert not is_handed_over(await bench.journal().claim("w2"))
