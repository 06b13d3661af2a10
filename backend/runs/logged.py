"""What the audit log says of runs: a person knows them by their app, a program by their id."""

from typing import Any

from backend.accounts.audit import audit
from backend.runs.models import Run


def audit_run(action: str, run: Run, **details: Any) -> None:
    """Notes what is done to a run, in the transaction of the change."""
    audit(action, run, run.workflow.name, **details)
