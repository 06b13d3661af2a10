"""What Celery calls. A task hands its runs to the process's loop and returns: it never waits for a run."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from backend.runs.bell import TASK
from workers.process import process


@shared_task(name=TASK, ignore_result=True, acks_late=False)
def execute_runs(run_ids: list[str]) -> None:
    """Someone rang for these runs."""
    process().ring([UUID(run_id) for run_id in run_ids])
