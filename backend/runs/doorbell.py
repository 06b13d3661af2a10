"""Tells workers and readers what the database has just been told. Nothing depends on being heard.

A thread of its own sends, so that no request waits for Redis and none fails without it: a run whose bell
nobody heard is found by the workers' sweep, a cancel by their polling, a fact by the readers' asking.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

from django.conf import settings
from redis.exceptions import ConnectionError as RedisConnectionError

from backend.knowledge.bell import TASK as READ_TASK
from backend.runs.bell import QUEUE, TASK, message
from backend.runs.entries import Entry
from backend.runs.failpoint import failpoint
from backend.runs.putting import put
from backend.runs.redis_clients import CANCELS, RedisError, plain_client

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200


@dataclass
class _News:
    rings: list[str] = field(default_factory=list)
    documents: bool = False
    cancels: list[str] = field(default_factory=list)
    entries: list[tuple[str, Entry]] = field(default_factory=list)


class Doorbell:
    """Collects what is to be said and says it in as few messages as it can."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._news: SimpleQueue[Callable[[_News], None]] = SimpleQueue()
        self._queue = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] + QUEUE
        self._redis = plain_client()
        self._complained_at = 0.0
        threading.Thread(target=self._serve, name="doorbell", daemon=True).start()

    def ring(self, run_id: UUID | str) -> None:
        """Wakes a worker for a run."""
        self._news.put(lambda news: news.rings.append(str(run_id)))

    def ring_for_documents(self) -> None:
        """Wakes a worker for documents that wait to be read."""
        self._news.put(lambda news: setattr(news, "documents", True))

    def cancel(self, run_id: UUID | str) -> None:
        """Tells the worker that holds a run to look at its row."""
        self._news.put(lambda news: news.cancels.append(str(run_id)))

    def publish(self, run_id: UUID | str, entry: Entry) -> None:
        """Puts a fact on a run's stream."""
        self._news.put(lambda news: news.entries.append((str(run_id), entry)))

    def _serve(self) -> None:
        while True:
            news = _News()
            self._news.get()(news)
            for _ in range(MOST_AT_ONCE):
                try:
                    self._news.get_nowait()(news)
                except Empty:
                    break
            try:
                self._say(news)
            except Exception as error:
                self._complain(error)

    def _say(self, news: _News) -> None:
        if news.rings:
            failpoint("dispatch.before")
        try:
            self._send(news)
        except RedisConnectionError:
            # Once more at once: after Redis was restarted the first word goes into a broken connection. What
            # was heard all the same is heard twice, and does nothing then.
            self._send(news)
        if news.rings:
            failpoint("dispatch.after")

    def _send(self, news: _News) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            if news.rings:
                pipe.lpush(self._queue, message(TASK, news.rings))
            if news.documents:
                pipe.lpush(self._queue, message(READ_TASK))
            for run_id in news.cancels:
                pipe.publish(CANCELS, run_id)
            for run_id, entry in news.entries:
                put(pipe, run_id, [entry])
            pipe.execute()

    def _complain(self, error: Exception) -> None:
        if time.monotonic() - self._complained_at > 60:
            self._complained_at = time.monotonic()
            known: Any = RedisError
            log.warning(
                "The doorbell cannot reach Redis (%s). Runs start by the workers' sweep until it is back.",
                error,
                exc_info=not isinstance(error, known),
            )


_lock = threading.Lock()
_doorbell: Doorbell | None = None


def doorbell() -> Doorbell:
    """The doorbell of this process."""
    global _doorbell
    if _doorbell is None or _doorbell.url != settings.REDIS_URL:
        with _lock:
            if _doorbell is None or _doorbell.url != settings.REDIS_URL:
                _doorbell = Doorbell(settings.REDIS_URL)
    return _doorbell
