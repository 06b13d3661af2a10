"""What changes in the rows when a run ends: one place, for workers and for a cancel in the web process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid4

from backend.runs.sql import Dialect, clean_text
from nodes.sdk.answers import AnswerFold, AnswerPlan
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.shapes import may_ask_models

STATUS_OF = {
    "run_succeeded": "succeeded",
    "run_failed": "failed",
    "run_cancelled": "cancelled",
    "run_timed_out": "timed_out",
}
"""The status that each final event leaves behind."""


def finish(
    cursor: Any,
    sql: Dialect,
    run_id: UUID,
    conversation_id: UUID | None,
    turn: int | None,
    kind: str,
    data: Mapping[str, Any],
) -> UUID | None:
    """Projects a final event of type `kind` within the transaction that stores it.

    The run's row, the assistant's message and the conversation change together. Returns the run of the
    same conversation whose turn it is now, if there is one.
    """
    answer = clean_text(str(data.get("answer") or ""))
    usage = data.get("usage")
    cursor.execute(
        sql(
            "UPDATE runs_run SET status = %s, answer = %s, outputs = %s, error = %s, usage = %s,"
            " sources = %s, total_tokens = %s, cost = %s, handled_errors = %s, finished_at = DB_NOW,"
            " lease_owner = NULL, lease_until = NULL, wake_at = NULL"
            " WHERE id = %s"
        ),
        [
            STATUS_OF[kind],
            answer,
            sql.json(data.get("outputs") or {}),
            sql.json(data.get("error")),
            sql.json(usage),
            sql.json(data.get("sources")),
            int((usage or {}).get("total_tokens") or 0),
            (usage or {}).get("cost"),
            int(data.get("handled_errors") or 0),
            sql.uuid(run_id),
        ],
    )
    if conversation_id is None or turn is None:
        return None
    cursor.execute(
        sql(
            "INSERT INTO runs_message (id, conversation_id, run_id, role, text, position, created_at)"
            " VALUES (%s, %s, %s, 'assistant', %s, %s, DB_NOW)"
        ),
        [sql.uuid(uuid4()), sql.uuid(conversation_id), sql.uuid(run_id), answer, 2 * turn + 1],
    )
    cursor.execute(
        sql("UPDATE runs_conversation SET updated_at = DB_NOW WHERE id = %s"), [sql.uuid(conversation_id)]
    )
    return next_in_conversation(cursor, sql, conversation_id)


def next_in_conversation(cursor: Any, sql: Dialect, conversation_id: UUID) -> UUID | None:
    """The accepted run whose turn comes next, made due: nobody else will ring for it."""
    cursor.execute(
        "SELECT id FROM runs_run WHERE conversation_id = %s AND status = 'queued' ORDER BY turn LIMIT 1",
        [sql.uuid(conversation_id)],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    cursor.execute(sql("UPDATE runs_run SET wake_at = DB_NOW WHERE id = %s"), [row[0]])
    return row[0] if isinstance(row[0], UUID) else UUID(row[0])


def said(facts: Iterable[tuple[str, str, Mapping[str, Any]]], plan: Any) -> str:
    """The answer that a journal's facts, as (type, path, data), come to."""
    answer = AnswerFold(AnswerPlan.from_json(plan))
    for kind, path, data in facts:
        answer.event(kind, path, data)
    return answer.text


def used(facts: Iterable[tuple[str, str, Mapping[str, Any]]]) -> dict[str, Any]:
    """The usage that a journal's facts, as (type, path, data), add up to.

    It is `at_least` that where a step that may ask a model was at work when its worker ended.
    """
    types = installed_catalogue().types
    open_: set[str] = set()
    is_least = False
    total: dict[str, Any] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0, "cost": None}
    for kind, path, data in facts:
        if kind == "node_started" and may_ask_models(types.get(str(data.get("type")))):
            is_least |= path in open_
            open_.add(path)
        elif kind in ("node_succeeded", "node_failed", "node_waiting"):
            open_.discard(path)
        elif kind == "run_waiting":
            open_ -= set(data.get("parked") or ())
        for usage in (data.get("usage"), data.get("left")):
            for name in total:
                amount = (usage or {}).get(name)
                if amount is not None:
                    total[name] = (total[name] or 0) + amount
    return {**total, "at_least": True} if is_least or open_ else total
