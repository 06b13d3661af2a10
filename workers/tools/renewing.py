"""Keeps the tokens of a sign-in good: renewed before they end, by one at a time of all workers."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import Error as DatabaseError
from django.utils import timezone

from backend.runs.failpoint import failpoint
from backend.runs.reads import read
from backend.tools.models import SourceSignIn
from backend.tools.tokens import Tokens, claim_renewal, current, end_renewal, keep_renewed
from nodes.sdk.errors import NodeError
from workers.outgoing import HttpWithSecrets
from workers.tools.oauth_requests import Refused, next_tokens

log = logging.getLogger(__name__)

EARLY: Final = timedelta(seconds=60)
"""How long before its end a token is renewed."""
_HOLD: Final = timedelta(seconds=45)  # longer than the one request that renews
_LOOK_EVERY_S: Final = 0.2
_SAVES: Final = 5

_at_work: set[asyncio.Task[Tokens]] = set()


class Renewals:
    """The tokens of one source's sign-in. `host` is how a person calls the source."""

    def __init__(self, http: HttpWithSecrets, source_id: UUID, host: str) -> None:
        self._http, self._source_id, self._host = http, source_id, host

    async def current(self) -> Tokens:
        """Tokens that are good as far as one can tell. Raises NodeError tool_sign_in where there are none."""
        found = await read(current, self._source_id)
        if found is None:
            raise self._nobody()
        tokens = found[1]
        if not tokens.refresh or not ends_within(tokens, EARLY):
            return tokens
        try:
            return await self.after(tokens)
        except NodeError as error:
            if error.code == "tool_sign_in" or ends_within(tokens, timedelta()):
                raise
            return tokens  # the other server is away for the moment, and what we have is still good

    async def after(self, tokens: Tokens) -> Tokens:
        """The tokens that come after these, which are not taken any more. Raises NodeError."""
        # Of its own: a step that is stopped now must not lose an answer that makes the old pair worthless.
        work = asyncio.create_task(self._next(tokens.generation))
        _at_work.add(work)
        work.add_done_callback(_forget)
        return await asyncio.shield(work)

    async def _next(self, generation: int) -> Tokens:
        holder = uuid4().hex
        while True:
            found = await read(current, self._source_id)
            if found is None:
                raise self._nobody()
            row, tokens = found
            if tokens.generation != generation:
                return tokens  # another worker was quicker
            if claimed := await read(claim_renewal, row, holder, _HOLD):
                return await self._renew(row, tokens, holder, is_first=claimed == "first")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _renew(self, row: SourceSignIn, tokens: Tokens, holder: str, *, is_first: bool) -> Tokens:
        # Whoever died renewing may have handed it in, longer ago than a server bears to see it again.
        if not tokens.refresh or (tokens.is_good_once and not is_first):
            await read(end_renewal, row, holder, are_spent=True)
            raise self._nobody()
        failpoint("renewal.before")
        try:
            fresh = await next_tokens(self._http, tokens)
        except Refused as error:
            log.info("The sign-in of source %s is over: %s", self._source_id, error.code)
            await read(end_renewal, row, holder, are_spent=True)
            raise self._nobody() from None
        except BaseException:
            await read(end_renewal, row, holder, are_spent=False)
            raise
        # From here to the commit a crash costs the sign-in where the other server takes each token once.
        failpoint("tokens.before")
        for attempt in range(_SAVES):
            try:
                if not await read(keep_renewed, row, holder, fresh):
                    raise self._nobody()  # somebody signed out meanwhile
                break
            except DatabaseError:
                if attempt == _SAVES - 1:
                    raise
                await asyncio.sleep(0.5)
        failpoint("tokens.after")
        return fresh

    def _nobody(self) -> NodeError:
        return NodeError(
            "tool_sign_in",
            f"Nobody is signed in at {self._host!r}, or the sign-in has ended.",
            "Sign in again under Tools.",
        )


def ends_within(tokens: Tokens, span: timedelta) -> bool:
    """Whether a token says that it ends by then."""
    return tokens.expires_at is not None and tokens.expires_at <= timezone.now() + span


async def finish_renewals(most_s: float) -> None:
    """Waits for those under way, at most so long: a pair that was given and that nobody kept is lost."""
    if _at_work:
        await asyncio.wait(_at_work, timeout=most_s)


def _forget(task: asyncio.Task[Tokens]) -> None:
    _at_work.discard(task)
    if not task.cancelled():
        task.exception()  # it was told to whoever waited, if anybody still did
