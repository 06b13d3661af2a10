"""A Celery with one task that answers into a list of Redis: what a round trip costs by itself."""

from __future__ import annotations

import os
from functools import cache

import redis
from celery import Celery

ANSWERS = "floor:answers"
SOCKET = os.environ.get("FLOOR_REDIS", "")

app = Celery("floor", broker=f"redis+socket://{SOCKET}")
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=64, task_acks_late=False)


@cache
def _client() -> redis.Redis:
    return redis.Redis(unix_socket_path=SOCKET)


@app.task
def answer() -> None:
    """Says that it was there."""
    _client().rpush(ANSWERS, "1")
