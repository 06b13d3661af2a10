"""The bell's messages are laid by hand, and are what Celery itself would have sent."""

import json
import time
from base64 import b64decode
from typing import Any
from uuid import uuid4

from celery import Celery
from django.conf import settings

from backend.knowledge.bell import TASK as READ_TASK
from backend.runs.bell import QUEUE, TASK, message
from backend.runs.doorbell import Doorbell, _News
from backend.runs.redis_clients import plain_client
from tests.runs.stack import ECHO, PATIENCE_S, Stack
from workers.app import app as workers_app


def bodies(messages: list[Any]) -> list[Any]:
    return [json.loads(b64decode(json.loads(text)["body"])) for text in messages]


def rung(least: int) -> list[Any]:
    """What lies in the queue, the oldest first, once there is so much."""
    redis, until = plain_client(), time.monotonic() + PATIENCE_S
    while redis.llen(f"treadle:{QUEUE}") < least and time.monotonic() < until:
        time.sleep(0.02)
    found = redis.lrange(f"treadle:{QUEUE}", 0, -1)[::-1]
    redis.close()
    return found


def test_it_is_what_celery_sends(stack: Stack):
    app = Celery("ringer", set_as_current=False)
    app.config_from_object(settings, namespace="CELERY")
    app.conf.broker_url = settings.REDIS_URL.replace("unix://", "redis+socket://", 1)
    runs = [str(uuid4()), str(uuid4())]

    app.send_task(TASK, [runs], queue=QUEUE, ignore_result=True)
    sent = json.loads(rung(1)[0])
    ours = json.loads(message(TASK, runs))

    assert ours.keys() == sent.keys()
    assert bodies([json.dumps(ours)]) == bodies([json.dumps(sent)])
    own = {"id", "root_id", "argsrepr", "origin", "correlation_id", "reply_to", "delivery_tag"}
    for part in ("headers", "properties"):
        assert ours[part].keys() == sent[part].keys()
        assert {k: v for k, v in ours[part].items() if k not in own} == {
            k: v for k, v in sent[part].items() if k not in own
        }


def test_what_rings_at_once_is_one_message_where_the_workers_listen(stack: Stack):
    bell = Doorbell(settings.REDIS_URL)
    runs = [uuid4() for _ in range(3)]

    bell._say(_News(rings=[str(run) for run in runs]))
    bell.ring_for_documents()

    assert [body[0] for body in bodies(rung(2))] == [[[str(run) for run in runs]], []]
    assert [json.loads(text)["headers"]["task"] for text in rung(2)] == [TASK, READ_TASK]
    assert [queue.name for queue in workers_app.amqp.queues.values()] == [QUEUE]


def test_the_first_word_after_redis_was_restarted_is_heard(stack: Stack):
    bell, first, second = Doorbell(settings.REDIS_URL), uuid4(), uuid4()
    bell.ring(first)
    rung(1)

    stack.kill_redis()
    stack.start_redis()
    bell.ring(second)

    assert [body[0] for body in bodies(rung(1))][-1] == [[str(second)]]


def test_a_worker_of_celery_hears_it(stack: Stack):
    stack.start_worker(TREADLE_SWEEP_S="600")
    version = stack.app(ECHO)

    runs = [stack.say(version, "Hello") for _ in range(3)]

    assert [stack.ended(run).answer for run in runs] == ["Hello!"] * 3
