"""What a journal does to the rows, one function per transaction. All are called on the writer thread.

They may be called again when a transaction failed for a passing reason, so they change nothing but rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.runs.blobs import put_away, put_back
from backend.runs.columns import dumps
from backend.runs.ending import finish, next_in_conversation
from backend.runs.large_values import LARGE, PLACES
from backend.runs.prepared import array, execute
from backend.runs.sql import Dialect, dialect
from nodes.sdk.models import ChatMessage
from workers.engine.events import FINAL, Event, RunStatus
from workers.engine.journal import REFUSED_AFTER_CANCEL, Busy, LostLease, Opening, Signal, without_starts
from workers.engine.remembering import declared_by, is_remembered, remember
from workers.waits import keep_waits, note_wait

Told = tuple[Event, str]
"""A fact as it is written down, and the JSON text of its data."""
MOST_REMEMBERED = 100
"""Messages of a conversation that a run is given as its history."""


@dataclass(frozen=True)
class Claimed:
    """A run that is ours now."""

    version_id: UUID
    workspace_id: UUID
    limits: dict[str, Any]
    events: list[Event]
    opening: Opening
    is_cancelled: bool
    is_paused: bool = False
    origin: dict[str, Any] | None = None
    """The step of another run that this one goes on from, as its row says it."""
    trial: dict[str, Any] | None = None
    signals: Sequence[Signal] = ()


@dataclass(frozen=True)
class Stored:
    """What became of a batch: `refused` is its last event if the run was cancelled before it."""

    is_cancelled: bool = False
    refused: Event | None = None
    events: Sequence[Event] = ()
    """What was written, by the numbers it has in the journal."""
    next_run: UUID | None = None
    is_paused: bool = False
    told: Sequence[Told] = ()
    """The same as they stand there: what is large in them stands apart."""


@dataclass(frozen=True)
class GivenBack:
    """What was found when a run was let go."""

    next_run: UUID | None = None
    has_mail: bool = False


_CLAIM = (
    "UPDATE runs_run SET status = 'running', lease_owner = %s, lease_until = DB_LATER, wake_at = NULL,"
    " last_seq = last_seq + 1, started_at = COALESCE(started_at, DB_NOW),"
    # An owner who left its name behind did not let go of the run: it died, or was taken for dead. One that
    # was told to stop takes its name away from a run that is still at work; the journal says which it was.
    " recoveries = recoveries + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END,"
    " recovered_at = CASE WHEN lease_owner IS NOT NULL THEN DB_NOW WHEN status = 'running' THEN NULL"
    " ELSE recovered_at END"
    " WHERE id = %s AND status IN ('queued', 'running', 'waiting')"
    " AND (lease_until IS NULL OR lease_until <= DB_NOW)"
    " AND NOT EXISTS (SELECT 1 FROM runs_run other WHERE other.conversation_id = runs_run.conversation_id"
    " AND other.id <> runs_run.id AND (other.status = 'running'"
    " OR (other.status = 'queued' AND other.turn < runs_run.turn)))"
)
_LET_GO = (
    "UPDATE runs_run SET status = %s, lease_owner = NULL, lease_until = NULL, wake_at = %s"
    " WHERE id = %s AND lease_owner = %s AND last_seq = %s"
)
_KEEP_NAME = _LET_GO.replace("lease_owner = NULL, lease_until = NULL", "lease_until = DB_NOW")
_IF_DUE = " AND (status <> 'waiting' OR wake_at <= DB_NOW)"
_THE_RUN = (
    " RETURNING workspace_id, version_id, conversation_id, turn, query, inputs, history, limits, last_seq,"
    " cancel_requested_at, pause_requested_at, recovered_at, (SELECT 1 FROM runs_conversationvariable kept"
    " WHERE kept.conversation_id = runs_run.conversation_id LIMIT 1), origin, trial"
)
# The fence: a claim by anyone else has moved last_seq, so this finds no row.
_FENCE = (
    "UPDATE runs_run SET lease_until = DB_LATER, last_seq = %s"
    " WHERE id = %s AND lease_owner = %s AND last_seq = %s"
    " RETURNING cancel_requested_at, pause_requested_at, conversation_id, turn"
)
# Both at once, where the run was not told to stop; then nothing changes, and it is done step by step.
_FENCE_AND_FACTS = (
    "WITH fenced AS (UPDATE runs_run SET lease_until = DB_LATER,"
    " last_seq = CASE WHEN cancel_requested_at IS NULL THEN %s ELSE last_seq END"
    " WHERE id = %s AND lease_owner = %s AND last_seq = %s"
    " RETURNING cancel_requested_at, pause_requested_at, conversation_id, turn), added AS ("
    "INSERT INTO runs_event (run_id, seq, type, path, at, data) SELECT %s, %s + fact.place, fact.type,"
    " fact.path, fact.at, fact.data FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::text[])"
    " WITH ORDINALITY AS fact (type, path, at, data, place)"
    " WHERE EXISTS (SELECT 1 FROM fenced WHERE cancel_requested_at IS NULL)) SELECT * FROM fenced"
)
_STARTED = "SELECT data FROM runs_event WHERE run_id = %s AND type = 'run_started' ORDER BY seq LIMIT 1"
# This locks what is there already: a person may make the conversation forget it meanwhile.
_FIRST_KEPT = (
    "INSERT INTO runs_conversationvariable (conversation_id, name, value) VALUES (%s, %s, %s)"
    " ON CONFLICT (conversation_id, name) DO UPDATE SET name = excluded.name"
)
_KEPT_NOW = "SELECT name, value FROM runs_conversationvariable WHERE conversation_id = %s AND name IN ({})"
_KEPT = "SELECT name, value FROM runs_conversationvariable WHERE conversation_id = %s ORDER BY name"
_KEEP = "UPDATE runs_conversationvariable SET value = %s WHERE conversation_id = %s AND name = %s"
_PLAIN = frozenset({"node_started", "node_succeeded", "node_failed"})
"""Facts that change nothing but the journal."""
_ADD = "INSERT INTO runs_event (run_id, seq, type, path, at, data) VALUES (%s, %s, %s, %s, %s, %s)"


def claim_run(
    cursor: Any, *, run_id: UUID, owner: str, worker: str, lease_s: float, if_due: bool = False
) -> Claimed:
    """Takes the run if nobody holds it, it has not ended, and it is its turn in the conversation.

    Of a conversation one run is at work at a time, in the order they were accepted; one that waits for
    something outside gives up its turn. With `if_due` such a run is only taken when what it waits for may be
    there: a bell that comes late or twice writes nothing into its journal. Raises Busy.
    """
    sql = dialect()
    _lock_conversation(cursor, sql, run_id)
    claim = _CLAIM + (_IF_DUE if if_due else "") + _THE_RUN
    cursor.execute(sql(claim), [owner, lease_s, sql.uuid(run_id)])
    rows = cursor.fetchall()
    if not rows:
        raise Busy
    row = rows[0]
    workspace, version, conversation, turn, query, inputs, history, limits, seq = row[:9]
    cancelled, paused, recovered, has_kept, origin, trial = row[9:]
    events = _events(cursor, sql, run_id) if seq > 1 else []
    said: dict[str, Any] = {"worker": worker}
    if recovered is None and _was_at_work(events):
        said["handed_over"] = True
    if has_kept:
        said["conversation"] = _kept(cursor, conversation)
    events.append(Event(seq, "run_claimed", "", datetime.now(UTC), said))
    _add(cursor, sql, run_id, events[-1:])
    opening = Opening(
        query=query,
        inputs=json.loads(inputs),
        history=_history(cursor, sql, events, history, conversation, turn),
        run=str(run_id),
    )
    told = cancelled is not None, paused is not None
    begun = (json.loads(given) if given else None for given in (origin, trial))
    notes = _inbox(cursor, sql, run_id)
    return Claimed(
        _uuid(version), _uuid(workspace), json.loads(limits), events, opening, *told, *begun, notes
    )


def _was_at_work(events: Sequence[Event]) -> bool:
    """Whether a worker had the run, and it did not come to rest."""
    return (
        bool(events)
        and events[-1].type != "run_waiting"
        and any(event.type == "run_claimed" for event in events)
    )


def read_events(cursor: Any, *, run_id: UUID) -> list[Event]:
    """The facts of a run, as they are written down."""
    return _events(cursor, dialect(), run_id)


def store(
    cursor: Any, *, run_id: UUID, owner: str, after: int, events: Sequence[Event], lease_s: float
) -> Stored:
    """Adds events to a run's journal, renews its lease, and projects its end. Raises LostLease.

    If the run was cancelled, an event that would end it otherwise (always the last of a batch) is left out.
    """
    sql = dialect()
    key = sql.uuid(run_id)
    last_seq = after + len(events)
    row, told = None, None
    if events and not sql.is_sqlite:
        row, told = _fence_and_add(cursor, sql, run_id, owner, after, events, lease_s)
    if told is None:
        cursor.execute(sql(_FENCE), [lease_s, last_seq, key, owner, after])
        row = cursor.fetchone()
    if row is None:
        raise LostLease
    cancelled_at, paused_at, conversation, turn = row
    is_paused = paused_at is not None
    refused = None
    if cancelled_at is not None and events and events[-1].type in REFUSED_AFTER_CANCEL - {"node_started"}:
        refused, events = events[-1], events[:-1]
    if cancelled_at is not None and events:
        events = without_starts(events)
    if after + len(events) != last_seq:
        cursor.execute("UPDATE runs_run SET last_seq = %s WHERE id = %s", [after + len(events), key])
    if not events:
        return Stored(cancelled_at is not None, refused, is_paused=is_paused)
    if told is None:
        told = _add(cursor, sql, run_id, events)
    for event in events:
        if event.type == "signal_received":
            _take_signal(cursor, key, event)
        elif event.type == "node_waiting" or event.type == "step_done":
            note_wait(cursor, sql, key, event)
    if conversation is not None and any(is_remembered(event) for event in events):
        _remember(cursor, key, conversation, events)
    last = events[-1]
    next_run = None
    if last.type in FINAL:
        next_run = finish(
            cursor, sql, run_id, _uuid(conversation) if conversation else None, turn, last.type, last.data
        )
    elif last.type == "run_waiting":
        cursor.execute(
            "UPDATE runs_run SET waiting = %s WHERE id = %s", [sql.json(last.data.get("reasons") or []), key]
        )
        keep_waits(cursor, key, last)
    return Stored(cancelled_at is not None, refused, events, next_run, is_paused, told)


def store_at_once(
    cursor: Any, *, run_id: UUID, owner: str, after: int, events: Sequence[Event], lease_s: float
) -> Stored | None:
    """`store` in one statement, which commits by itself; None where it takes more, with nothing changed.
    For PostgreSQL."""
    if any(event.type not in _PLAIN for event in events):
        return None
    if not events:
        fenced = execute(cursor, dialect()(_FENCE), [lease_s, after, run_id, owner, after])
        if not fenced:
            raise LostLease
        return Stored(fenced[0][0] is not None, is_paused=fenced[0][1] is not None)
    row, told = _fence_and_add(cursor, dialect(), run_id, owner, after, events, lease_s)
    if told is None:
        return None
    if row is None:
        raise LostLease
    return Stored(events=events, is_paused=row[1] is not None, told=told)


def _fence_and_add(
    cursor: Any, sql: Dialect, run_id: UUID, owner: str, after: int, events: Sequence[Event], lease_s: float
) -> tuple[Any, list[Told] | None]:
    """The row behind the fence, None for none, and the facts as they were written: None where nothing was
    changed, since the run was told to stop or something large is to stand apart."""
    told = [(event, dumps(event.data)) for event in events]
    if any(len(text) > LARGE for _, text in told):
        return None, None
    columns = (
        [event.type for event in events],
        [event.path for event in events],
        [event.at.isoformat() for event in events],
        [text for _, text in told],
    )
    values = [lease_s, after + len(events), run_id, owner, after, run_id, after, *map(array, columns)]
    rows = execute(cursor, sql(_FENCE_AND_FACTS), values)
    if rows and rows[0][0] is not None:
        return None, None
    return (rows[0] if rows else None), told


def give_back(
    cursor: Any,
    *,
    run_id: UUID,
    owner: str,
    seq: int,
    status: RunStatus,
    wake_at: datetime | None,
    was_paused: bool = False,
    has_crashed: bool = False,
) -> GivenBack:
    """Lets a run go that has not ended; one whose work `has_crashed` keeps the name of its owner.

    Then looks into the inbox again: a note that came between the owner's last look and this would else lie
    there until someone happened to pass. So would a run that its owner believes paused, and a person told
    to go on meanwhile."""
    sql = dialect()
    key = sql.uuid(run_id)
    cursor.execute(
        sql(_KEEP_NAME if has_crashed else _LET_GO),
        ["waiting" if status == "waiting" else "running", sql.time(wake_at), key, owner, seq],
    )
    if cursor.rowcount != 1:
        return GivenBack()
    cursor.execute("SELECT 1 FROM runs_signal WHERE run_id = %s AND NOT is_taken LIMIT 1", [key])
    has_mail = cursor.fetchone() is not None
    if was_paused:
        cursor.execute("SELECT 1 FROM runs_run WHERE id = %s AND pause_requested_at IS NULL", [key])
        has_mail = has_mail or cursor.fetchone() is not None
    if has_mail or status != "waiting":
        cursor.execute(sql("UPDATE runs_run SET wake_at = DB_NOW WHERE id = %s"), [key])
    cursor.execute("SELECT conversation_id FROM runs_run WHERE id = %s", [key])
    conversation = cursor.fetchone()[0]
    if status != "waiting" or conversation is None:
        return GivenBack(None, has_mail)
    return GivenBack(next_in_conversation(cursor, sql, _uuid(conversation)), has_mail)


def _inbox(cursor: Any, sql: Dialect, run_id: UUID) -> list[Signal]:
    """The notes for a run that are not in its journal yet, oldest first."""
    cursor.execute(
        "SELECT path, name, payload FROM runs_signal WHERE run_id = %s AND NOT is_taken ORDER BY id",
        [sql.uuid(run_id)],
    )
    return [Signal(path, name, json.loads(payload or "null")) for path, name, payload in cursor.fetchall()]


def _lock_conversation(cursor: Any, sql: Dialect, run_id: UUID) -> None:
    """Two runs of one conversation must not be claimed at once, each blind to the other."""
    if not sql.is_sqlite:
        cursor.execute(
            "SELECT 1 FROM runs_conversation WHERE id = (SELECT conversation_id FROM runs_run WHERE id = %s)"
            " FOR UPDATE",
            [run_id],
        )


def _events(cursor: Any, sql: Dialect, run_id: UUID) -> list[Event]:
    cursor.execute(
        "SELECT seq, type, path, at, data FROM runs_event WHERE run_id = %s ORDER BY seq", [sql.uuid(run_id)]
    )
    events = [
        Event(seq, kind, path, sql.read_time(at), json.loads(data))
        for seq, kind, path, at, data in cursor.fetchall()
    ]
    return _whole(cursor, sql, run_id, events)


def _whole(cursor: Any, sql: Dialect, run_id: UUID, events: list[Event]) -> list[Event]:
    cut = [event for event in events if PLACES in event.data]
    if not cut:
        return events
    datas = iter(put_back(cursor, sql, run_id, [event.data for event in cut]))
    return [event._replace(data=next(datas)) if PLACES in event.data else event for event in events]


def _add(cursor: Any, sql: Dialect, run_id: UUID, events: Sequence[Event]) -> list[Told]:
    """Adds them; gives them as they were written, what is large in them cut out."""
    key, told = sql.uuid(run_id), [(event, dumps(event.data)) for event in events]
    for i, (event, text) in enumerate(told):
        if len(text) > LARGE:
            short = put_away(cursor, sql, run_id, event.data)
            told[i] = event._replace(data=short), dumps(short)
    cursor.executemany(_ADD, [(key, e.seq, e.type, e.path, sql.time(e.at), text) for e, text in told])
    return told


def _history(
    cursor: Any, sql: Dialect, events: list[Event], given: str | None, conversation: Any, turn: int | None
) -> tuple[ChatMessage, ...]:
    """What the run knows of the conversation: as it was told at its first start, and the same ever after."""
    for event in events[:2]:
        if event.type == "run_started":
            return _messages((m["role"], m["content"]) for m in event.data["history"])
    if given is not None:
        return _messages((m["role"], m["content"]) for m in json.loads(given))
    if conversation is None or turn is None:
        return ()
    cursor.execute(
        # A question that got no answer at all is not remembered; one that was cut short is, as it was shown.
        "SELECT q.text, a.text FROM runs_message q JOIN runs_message a"
        " ON a.conversation_id = q.conversation_id AND a.position = q.position + 1"
        " WHERE q.conversation_id = %s AND q.position < %s AND q.role = 'user' AND a.text <> ''"
        " ORDER BY q.position DESC LIMIT %s",
        [conversation, 2 * turn, MOST_REMEMBERED // 2],
    )
    turns = cursor.fetchall()[::-1]
    return _messages(said for q, a in turns for said in (("user", q), ("assistant", a)))


def _kept(cursor: Any, conversation: Any) -> dict[str, Any]:
    """What the conversation remembers, by name."""
    cursor.execute(_KEPT, [conversation])
    return {name: json.loads(value) for name, value in cursor.fetchall()}


def _remember(cursor: Any, key: Any, conversation: Any, events: Sequence[Event]) -> None:
    """Changes what the conversation remembers, in the transaction of the facts that say so.

    The rows are locked in the order of their names, so that two runs never wait for one another.
    """
    cursor.execute(_STARTED, [key])
    started = cursor.fetchone()
    declared = declared_by(json.loads(started[0])) if started else {}
    names = sorted({str(event.data["name"]) for event in events if is_remembered(event)})
    for name in names:
        default = declared[name]["default"] if name in declared else None
        cursor.execute(_FIRST_KEPT, [conversation, name, dumps(default)])
    places = ", ".join(["%s"] * len(names))
    cursor.execute(_KEPT_NOW.format(places), [conversation, *names])
    kept = {name: json.loads(value) for name, value in cursor.fetchall()}
    for name in sorted(remember(kept, events, declared)):
        cursor.execute(_KEEP, [dumps(kept[name]), conversation, name])


def _messages(pairs: Any) -> tuple[ChatMessage, ...]:
    return tuple(ChatMessage(role=role, content=text) for role, text in pairs)


def _take_signal(cursor: Any, key: Any, event: Event) -> None:
    cursor.execute(
        "UPDATE runs_signal SET is_taken = TRUE WHERE run_id = %s AND path = %s AND name = %s",
        [key, event.path, event.data["name"]],
    )


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)
