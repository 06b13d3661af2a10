"""The Celery app. Celery is the doorbell and nothing else: the message says "look", the database decides.

Early acknowledgement, no results, JSON only. A message that is lost or doubled loses or doubles no run.
"""

from __future__ import annotations

import logging
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.project.settings")

from celery import Celery, signals
from celery.exceptions import WorkerTerminate
from kombu import Queue

from backend.runs.bell import QUEUE

app = Celery("treadle")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_queues=[Queue(QUEUE, no_ack=True)],
    task_acks_late=False,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    result_backend=None,
    accept_content=["json"],
    task_serializer="json",
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    imports=["workers.tasks"],
)


@signals.celeryd_init.connect
def _check(**_: Any) -> None:
    from backend.project.checks import refuse_weak_settings

    refuse_weak_settings()


@signals.worker_ready.connect
def _start(**_: Any) -> None:
    from workers.process import process

    try:
        process().start()
    except Exception as error:
        # Celery would log it and go on as a worker that does nothing.
        logging.getLogger(__name__).critical("The worker cannot start: %s", error, exc_info=error)
        raise WorkerTerminate(1) from error


@signals.worker_shutting_down.connect
def _stop_taking(**_: Any) -> None:
    from workers.process import process

    process().stop_taking()


@signals.worker_shutdown.connect
def _stop(**_: Any) -> None:
    from workers.process import process

    process().stop()
