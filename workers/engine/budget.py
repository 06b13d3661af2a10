"""What is left of a run's tokens and money, and which model calls under way may still take of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, NoReturn

from nodes.sdk.models import Price, Usage

LimitCode = Literal["token_limit", "cost_limit"]

_USUAL_REPLY: Final = 4_096
"""Tokens of a reply that every model may be asked for; some refuse to be asked for more."""
_MANY: Final = 1 << 60
_ROUNDING: Final = 1e-9


@dataclass(eq=False)
class Reserve:
    """What one call may come to. Such a reserve is held until it is over."""

    owner: object
    prompt: int
    reply: int
    """So long the reply may be by what was asked for, or near the limit by what is left."""
    cost: float
    room: int
    """The longest reply that there was room for when it began."""
    limit: LimitCode
    """What sets that room."""
    bound: int | None
    """What to ask the model for at most; None where there is room for all that it may say."""
    heard: int = 0
    """Tokens of the reply so far, by estimate."""

    @property
    def tokens(self) -> int:
        return self.prompt + max(self.reply, self.heard)


class Budget:
    """One claim's bookkeeping. `spent` gives what is written down and what open calls have reported.

    A call that finds no room beside those under way waits for them; when none is, `over` ends the run. So a
    limit is passed at most by what calls come to beyond their reserve, never by a call that began after it.
    """

    def __init__(
        self,
        tokens: int | None,
        cost: float | None,
        spent: Callable[[], Usage],
        over: Callable[[LimitCode], NoReturn],
    ) -> None:
        self._tokens = tokens
        self._cost = cost
        self._spent = spent
        self._over = over
        self._open: set[Reserve] = set()
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def counts_cost(self) -> bool:
        return self._cost is not None

    async def reserve(
        self,
        owner: object,
        prompt: int,
        wanted: int | None,
        price: Price | None,
        *,
        least: int = 1,
        units: float = 0.0,
    ) -> Reserve:
        """Lets a call begin with a question of so many tokens, once a reply of `least` has room.

        `units` is what else of it is paid for (`Price.unit`). Those of the same owner are not waited for: it
        may be waiting here while it hears another reply.
        """
        while True:
            room, limit = self._room(prompt, price, units)
            if room >= least:
                bound = room if room < (wanted or _USUAL_REPLY) else None
                reply = bound if bound is not None else wanted or 0
                cost = _cost(price, prompt, units) + reply * price.completion if price is not None else 0.0
                reserve = Reserve(owner, prompt, reply, cost, room, limit, bound)
                self._open.add(reserve)
                return reserve
            if all(other.owner is owner for other in self._open):
                self._over(limit)
            freed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.add(freed)
            try:
                await freed
            finally:
                self._waiting.discard(freed)

    def hear(self, reserve: Reserve, tokens: int) -> None:
        """A piece of a reply came. Ends the run when the reply is longer than there was room for."""
        reserve.heard += tokens
        # A model that was told how long a reply may be counts better than we do.
        slack = 0 if reserve.bound is None else reserve.room + 64
        if reserve.heard > reserve.room + slack:
            self._over(reserve.limit)

    def settle(self, reserve: Reserve) -> None:
        """The call is over; what it used up is among what is spent."""
        self._open.discard(reserve)
        for freed in self._waiting:
            if not freed.done():
                freed.set_result(None)

    def end(self, reserve: Reserve) -> NoReturn:
        """Ends the run: its limit cut the reply short."""
        self._over(reserve.limit)

    def _room(self, prompt: int, price: Price | None, units: float) -> tuple[int, LimitCode]:
        """How many tokens a reply may have, and which limit says so."""
        spent = self._spent()
        by_tokens = by_cost = _MANY
        if self._tokens is not None:
            held = sum(one.tokens for one in self._open)
            by_tokens = self._tokens - spent.prompt_tokens - spent.completion_tokens - held - prompt
        if self._cost is not None and (price is None or not price.is_free):
            left = self._cost - (spent.cost or 0.0) - sum(one.cost for one in self._open)
            if price is not None:
                left -= _cost(price, prompt, units)
            # What is paid for apart from tokens may take all that is left.
            if left < -_ROUNDING or (left <= 0 and not units):
                by_cost = -1
            elif price is not None and price.completion > 0:
                by_cost = int(left / price.completion + 1e-6)
        return (by_tokens, "token_limit") if by_tokens <= by_cost else (by_cost, "cost_limit")


def _cost(price: Price, prompt: int, units: float) -> float:
    return prompt * price.prompt + units * price.unit
