"""One thread per process writes: what many runs want to store goes into one transaction.

SQLite lets one writer in at a time, and a commit waits for the disk. So everything that is waiting
when the thread turns round is committed together, each piece of work in a savepoint of its own: when
one is refused (a lost lease, say), the others do not notice.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from django.db import InterfaceError, OperationalError, connections, transaction

from backend.accounts.by_hand import cursor as cursor_of
from backend.runs.begin import Begun
from backend.runs.failpoint import failpoint
from backend.runs.here import Here, here

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Any], T]
"""Gets a cursor, may raise, and may be called again: it changes nothing but the database."""

GROUP = 256
BEGUN_AT_ONCE = 8
"""Pieces of work that begin something which one transaction takes in. So the first of many that come at once
are done, told and at work while the last still wait, instead of all being late together."""
TRIES = 8


@dataclass(eq=False)
class _Order(Generic[T]):
    work: Work[T]
    loop: asyncio.AbstractEventLoop | None
    future: Any
    may_repeat: bool = True
    at_once: Work[T | None] | None = None
    begins: bool = False
    tries: int = 0
    result: Any = None
    error: Exception | None = None


class Writer:
    """Commits work in groups. `write` is for coroutines, `submit` for threads."""

    def __init__(self, name: str = "writer", alias: str = "default") -> None:
        self._alias = alias
        self._orders: SimpleQueue[_Order[Any] | None] = SimpleQueue()
        self._at_work = threading.Lock()
        self._here: Here | None = None
        self._beginnings: deque[_Order[Any]] = deque()
        self._is_closing = False
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    async def write(
        self,
        work: Work[T],
        *,
        may_repeat: bool = True,
        at_once: Work[T | None] | None = None,
        begins: bool = False,
    ) -> T:
        """What `work` returns, once it is committed; raises what it raised, with nothing of it stored.

        When a commit fails nobody can say whether it was stored: work that must not be done twice says
        `may_repeat=False`, and gets the error. `at_once` does the same on PostgreSQL in one statement, which
        needs no transaction around it, when nothing else is waiting; or gives None, having done nothing.
        Work that `begins` something lets all other pass, and few such are done at a time.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._orders.put(_Order(work, loop, future, may_repeat, at_once, begins))
        return await future

    def write_here(self, work: Work[T]) -> T | None:
        """The same as `write`, without a way to the thread and back: where no other work waits, in a file
        that nobody writes to just now. None where that cannot be; then nothing was done.

        The caller's loop stands still meanwhile, for as long as a commit takes.
        """
        if not self._at_work.acquire(blocking=False):
            return None
        try:
            if self._here is None or self._beginnings or not self._orders.empty():
                return None
            return self._here.write(work)
        finally:
            self._at_work.release()

    def submit(self, work: Work[T]) -> Future[T]:
        """The same, for callers without a loop."""
        future: Future[T] = Future()
        self._orders.put(_Order(work, None, future))
        return future

    def close(self) -> None:
        """Commits what was asked for so far, and ends the thread."""
        self._orders.put(None)
        self._thread.join(timeout=30)

    def _serve(self) -> None:
        while not self._is_closing or self._beginnings:
            first = () if self._beginnings else (self._orders.get(),)
            with self._at_work:
                if group := self._next(first):
                    self._write([group])
                if self._here is None:
                    self._here = here(connections[self._alias])
        with self._at_work:
            self._here = None
            connections.close_all()

    def _write(self, groups: list[list[_Order[Any]]]) -> None:
        while groups:
            group = groups.pop()
            try:
                groups += self._try(group)
            except BaseException as error:
                # Whoever waits must be told, and the thread must live: without it nothing is stored.
                log.exception("Writing failed in a way that nobody foresaw.")
                _give_up(group, error)

    def _next(self, first: Sequence[_Order[Any] | None]) -> list[_Order[Any]]:
        """What is committed together: `first` and what else waits, and then a few that begin."""
        group: list[_Order[Any]] = []
        for order in chain(first, self._waiting()):
            if order is None:
                self._is_closing = True
                break
            (self._beginnings if order.begins else group).append(order)
            if len(group) == GROUP:
                break
        return group + [self._beginnings.popleft() for _ in range(min(BEGUN_AT_ONCE, len(self._beginnings)))]

    def _waiting(self) -> Iterator[_Order[Any] | None]:
        with suppress(Empty):
            while True:
                yield self._orders.get_nowait()

    def _try(self, group: list[_Order[Any]]) -> list[list[_Order[Any]]]:
        """One transaction; tells those that are done. Gives back what is to be tried again, in groups."""
        is_committing = False
        for order in group:
            order.tries += 1
        try:
            if not self._does_at_once(group):
                with Begun(self._alias), cursor_of(self._alias) as cursor:
                    for order in group:
                        self._run(order, cursor, is_alone=len(group) == 1)
                    failpoint("commit.before")
                    is_committing = True
            failpoint("commit.after")
        except (OperationalError, InterfaceError) as error:
            connections[self._alias].close()
            return _again_or_tell(group, error, is_committing)
        except Exception as error:
            if len(group) > 1:
                # Someone's rows were refused only by the commit; the others must not notice.
                return [[order] for order in reversed(group)]
            group[0].error = error
        again = [order for order in group if order.error is not None and _may_pass(order)]
        _tell([order for order in group if order not in again])
        return [again] if again else []

    def _does_at_once(self, group: list[_Order[Any]]) -> bool:
        """One statement for one order, if it has such a one. May be repeated, as all that has one."""
        connection, order = connections[self._alias], group[0]
        if len(group) > 1 or order.at_once is None or connection.vendor != "postgresql":
            return False
        order.error = None
        with connection.cursor() as cursor:
            failpoint("commit.before")
            order.result = order.at_once(cursor)
        return order.result is not None

    def _run(self, order: _Order[Any], cursor: Any, *, is_alone: bool) -> None:
        order.error = order.result = None
        if is_alone:
            order.result = order.work(cursor)
            return
        cursor.execute("SAVEPOINT order_of_one_run")
        try:
            order.result = order.work(cursor)
        except Exception as error:
            order.error = error
            cursor.execute("ROLLBACK TO SAVEPOINT order_of_one_run")
            transaction.set_rollback(False, using=self._alias)
        cursor.execute("RELEASE SAVEPOINT order_of_one_run")


def _give_up(group: list[_Order[Any]], error: BaseException) -> None:
    for order in group:
        if order.error is None:
            order.error = RuntimeError("The work could not be stored.")
            order.error.__cause__ = error
    _tell(group)


def _again_or_tell(
    group: list[_Order[Any]], error: Exception, is_committing: bool
) -> list[list[_Order[Any]]]:
    """After a transaction that the database broke off: who tries again, after a pause, and who is told."""
    for order in group:
        order.error = error
    again = [order for order in group if _may_pass(order) and (order.may_repeat or not is_committing)]
    _tell([order for order in group if order not in again])
    if again:
        log.warning("Writing failed and is tried again: %s", error)
        time.sleep(min(2.0, 0.05 * 2 ** again[0].tries))
    return [again] if again else []


def _may_pass(order: _Order[Any]) -> bool:
    """Whether to try again: the database was busy, restarting, or broke a deadlock."""
    return isinstance(order.error, OperationalError | InterfaceError) and order.tries < TRIES


def _tell(orders: list[_Order[Any]]) -> None:
    """Wakes who waits: one call into each loop, however many wait there."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Order[Any]]] = {}
    for order in orders:
        if order.loop is None:
            _settle(order)
        else:
            by_loop.setdefault(order.loop, []).append(order)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_all, waiting)
        except RuntimeError:
            log.debug("A loop closed before %d writes came back to it.", len(waiting))


def _settle_all(orders: list[_Order[Any]]) -> None:
    for order in orders:
        _settle(order)


def _settle(order: _Order[Any]) -> None:
    if order.future.done():  # whoever asked was cancelled meanwhile
        return
    if order.error is not None:
        order.future.set_exception(order.error)
    else:
        order.future.set_result(order.result)
