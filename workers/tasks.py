"""What Celery calls. A task hands its runs to the process's loop and returns: it never waits for a run."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from celery.worker.request import Request

from backend.knowledge.bell import TASK as READ_TASK
from backend.runs.bell import TASK
from workers.process import process


class Heard(Request):
    """A bell is heard as it is taken from the queue, which wants no acknowledgement (`no_ack`).

    Celery gives one all the same, and ends the worker when Redis went away in between.
    """

    def acknowledge(self) -> None:
        """Says nothing."""
        self.acknowledged = True


@shared_task(name=TASK, ignore_result=True, acks_late=False, Request=Heard)
def execute_runs(run_ids: list[str]) -> None:
    """Someone rang for these runs."""
    process().ring([UUID(run_id) for run_id in run_ids])


@shared_task(name=READ_TASK, ignore_result=True, acks_late=False, Request=Heard)
def read_documents() -> None:
    """Someone rang for documents; the database knows which."""
    process().ring_for_documents()
