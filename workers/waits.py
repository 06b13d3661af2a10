"""The rows of what waits, as a run's facts change them: each within the transaction that stores the fact."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from backend.runs.sql import Dialect
from workers.engine.events import Event
from workers.engine.journal import LostLease
from workers.engine.waits import OVER

# A note that came before the question was put: nothing waits for it.
_ADD: Final = (
    "INSERT INTO runs_wait (workspace_id, run_id, path, name, attempt, reason, about, since, until)"
    " SELECT workspace_id, id, %s, %s, %s, %s, %s, %s, %s FROM runs_run WHERE id = %s AND NOT EXISTS"
    " (SELECT 1 FROM runs_signal WHERE run_id = runs_run.id AND path = %s AND name = %s)"
    " ON CONFLICT (run_id, path, name) DO NOTHING"
)
_END: Final = "DELETE FROM runs_wait WHERE run_id = %s AND path = %s AND name = %s"
_SHUT: Final = (
    "INSERT INTO runs_signal (run_id, path, name, payload, is_taken)"
    " VALUES (%s, %s, %s, NULL, TRUE) ON CONFLICT (run_id, path, name) DO NOTHING"
)


def note_wait(cursor: Any, sql: Dialect, key: Any, event: Event) -> None:
    """Adds what node_waiting tells. When it ran out, it goes, and its door is shut: one that answers later
    is told so. Raises LostLease when an answer came first after all; then the run is taken up again."""
    if event.type == "step_done":
        name = str(event.data["name"])
        if not name.startswith(OVER):
            return
        name = name.removeprefix(OVER)
        cursor.execute(_END, [key, event.path, name])
        cursor.execute(_SHUT, [key, event.path, name])
        if cursor.rowcount != 1:
            raise LostLease
        return
    data = event.data
    name, until = str(data["name"]), data.get("until")
    ends = sql.time(datetime.fromisoformat(until)) if isinstance(until, str) else None
    told = [event.path, name, data["attempt"], str(data.get("reason", "")), sql.json(data.get("about") or {})]
    cursor.execute(_ADD, [*told, sql.time(event.at), ends, key, event.path, name])


def keep_waits(cursor: Any, key: Any, event: Event) -> None:
    """Of a run that is let go, what run_waiting tells still waits, and nothing else does."""
    cursor.execute("SELECT path, name FROM runs_wait WHERE run_id = %s", [key])
    waiting = {(reason.get("path"), reason.get("name")) for reason in event.data.get("reasons") or []}
    for path, name in set(cursor.fetchall()) - waiting:
        cursor.execute(_END, [key, path, name])
