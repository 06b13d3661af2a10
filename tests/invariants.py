"""What must hold whatever was killed: the invariants I1 to I10, the only oracle of every chaos test.

    seen = World(accepted=[run.pk], hits=receiver.hits, streams=[Stream(run.pk, facts, answer)])
    assert violations(look(seen)) == []

Each invariant is a function over a `World`, plain data gathered from the database, from what clients
recorded, and from a receiver that counts what reached it. It gives one sentence for each violation.
I10 (speed comes back) looks at the pace that `tests/chaos/pace.py` takes before the faults and after them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q

from backend.accounts.models import Workspace
from backend.runs.blobs import unused
from backend.runs.large_values import named
from backend.runs.models import FINAL, Conversation, Event, Message, Run, RunBlob
from workers.engine.events import FINAL as FINAL_EVENTS

MAX_ATTEMPTS = 3
SOON_S = 60.0
"""When speed has to be back after all faults are healed."""
UNFELT_S = 0.25
"""What nobody feels: a run that took less before the faults may take twice this after them."""


@dataclass(frozen=True)
class Fact:
    """One event of a journal."""

    seq: int
    type: str
    path: str
    at: datetime
    data: dict[str, Any]

    @property
    def is_last_word(self) -> bool:
        """Whether no later fact may speak of the same step's result."""
        return self.type == "node_succeeded" or (
            self.type == "node_failed" and self.data.get("retry_in_s") is None
        )

    @property
    def ended_its_pass(self) -> bool:
        """Whether it is a failure that nothing took."""
        return self.type == "node_failed" and self.data.get("port") is None


@dataclass(frozen=True)
class Hit:
    """One request that reached the receiver."""

    key: str
    at: datetime | None = None


@dataclass(frozen=True)
class Stream:
    """What one client of a run received: its facts in order of arrival, and the answer it ended up with."""

    run: UUID
    facts: tuple[tuple[int, str, str], ...]
    answer: str
    is_whole: bool = True


@dataclass(frozen=True)
class Story:
    """One run as the database tells it."""

    id: UUID
    workspace: UUID
    version: UUID
    status: str
    answer: str
    usage: dict[str, Any] | None
    lease_owner: str | None
    last_seq: int
    facts: tuple[Fact, ...]
    said: tuple[str, ...] = ()
    """The assistant's messages that belong to it; empty when it is in no conversation."""
    in_conversation: bool = False


@dataclass(frozen=True)
class Pace:
    """How long runs took from their acceptance to their end: before the faults, and after all were healed.

    `after_s` are those that began together `waited_s` after the healing.
    """

    before_s: tuple[float, ...]
    after_s: tuple[float, ...]
    waited_s: float = 0.0


@dataclass(frozen=True)
class World:
    """Everything that the invariants look at."""

    accepted: tuple[UUID, ...] = ()
    """The run ids that were answered with 2xx."""
    runs: tuple[Story, ...] = ()
    hits: tuple[Hit, ...] = ()
    streams: tuple[Stream, ...] = ()
    posts: frozenset[str] = frozenset()
    """The node ids that post to the receiver."""
    unrepeatable: frozenset[str] = frozenset()
    """Those of them that must not be started again."""
    cancelled: dict[UUID, datetime] = field(default_factory=dict)
    """When a cancel of the run was answered, by the database's clock."""
    pinned: dict[UUID, UUID] = field(default_factory=dict)
    """The version each run was accepted with."""
    owners: dict[UUID, UUID] = field(default_factory=dict)
    """The workspace each run was accepted in."""
    orphans: tuple[str, ...] = ()
    """What was found lying about: processes, folders, messages, rows."""
    pace: Pace | None = None
    """None where no faults have been healed yet."""


def i1_every_accepted_run_ends_once_or_visibly_waits(world: World) -> Iterable[str]:
    known = {run.id: run for run in world.runs}
    for id in world.accepted:
        run = known.get(id)
        if run is None:
            yield f"{id} was accepted and is gone"
            continue
        ends = [fact for fact in run.facts if fact.type in FINAL_EVENTS]
        if run.status == "waiting":
            if ends or not any(fact.type in ("run_waiting", "node_waiting") for fact in run.facts):
                yield f"{id} waits, and nothing says for what"
        elif run.status not in FINAL:
            yield f"{id} has not ended: {run.status}"
        elif [FINAL_EVENTS[end.type] for end in ends] != [run.status] or ends[0] is not run.facts[-1]:
            yield f"{id} is {run.status}, but its journal ends with {[end.type for end in ends]}"
        elif run.in_conversation and run.said != (run.answer,):
            yield f"{id} answered {run.answer!r}, but its conversation says {run.said}"


def i2_no_step_has_a_second_result(world: World) -> Iterable[str]:
    for run in world.runs:
        steps = Counter((f.path, f.data.get("name")) for f in run.facts if f.type == "step_done")
        for what, times in steps.items():
            if times > 1:
                yield f"{run.id}: {what} has {times} results"
        over: dict[str, Fact] = {}
        for fact in run.facts:
            if fact.type == "node_started" and fact.path in over:
                yield f"{run.id}: {fact.path} was started again after its result"
            if fact.is_last_word:
                if fact.path in over:
                    yield f"{run.id}: {fact.path} has a second result"
                over[fact.path] = fact
            elif fact.type == "node_failed":  # and is tried again, with what failed for good inside it
                inside = f"{fact.path}["
                over = {p: f for p, f in over.items() if not (p.startswith(inside) and f.ended_its_pass)}


def i3_outside_effects_match_the_journal(world: World) -> Iterable[str]:
    hits = Counter(hit.key for hit in world.hits)
    known: set[str] = set()
    for run in world.runs:
        own = [fact for fact in run.facts if "reused" not in fact.data]  # the rest acted for another run
        starts = Counter(fact.path for fact in own if fact.type == "node_started")
        finished = {
            fact.path
            for fact in own
            if fact.type == "node_succeeded" and not fact.data.keys() & {"pinned", "edited"}
        }
        for path in starts:
            id = path.rpartition(".")[2]
            if id not in world.posts:
                continue
            key = f"{run.id}:{path}"
            known.add(key)
            most = 1 if id in world.unrepeatable else min(MAX_ATTEMPTS, starts[path])
            if path in finished and hits[key] == 0:
                yield f"{key} is finished, and nothing arrived"
            if hits[key] > most:
                yield f"{key} arrived {hits[key]} times, at most {most} are allowed"
    for key in set(hits) - known:
        yield f"{key or 'A request without a key'} arrived, and no journal knows of it"


def i4_events_are_dense_and_the_same_for_everyone(world: World) -> Iterable[str]:
    known = {run.id: run for run in world.runs}
    for run in world.runs:
        seqs = [fact.seq for fact in run.facts]
        if seqs != list(range(1, run.last_seq + 1)):
            yield f"{run.id}: its journal is {seqs}, its row says {run.last_seq}"
    for stream in world.streams:
        run = known.get(stream.run)
        if run is None:
            yield f"a client heard of {stream.run}, which is not there"
            continue
        journal = [(fact.seq, fact.type, fact.path) for fact in run.facts]
        heard = list(stream.facts)
        if heard != (journal if stream.is_whole else journal[: len(heard)]):
            yield f"{run.id}: a client heard {heard}, the journal is {journal}"
        if stream.is_whole and run.status in FINAL and stream.answer != run.answer:
            yield f"{run.id}: a client read {stream.answer!r}, the answer is {run.answer!r}"


def i5_no_step_starts_after_cancel_was_answered(world: World) -> Iterable[str]:
    for run in world.runs:
        answered = world.cancelled.get(run.id)
        for fact in run.facts if answered is not None else ():
            if fact.type == "node_started" and fact.at > answered:
                yield f"{run.id}: {fact.path} was started after its cancel was answered"
        if answered is not None and run.status == "succeeded" and run.facts[-1].at > answered:
            yield f"{run.id} succeeded after its cancel was answered"


def i6_a_run_keeps_its_version(world: World) -> Iterable[str]:
    for run in world.runs:
        if run.version != world.pinned.get(run.id, run.version):
            yield f"{run.id} began on {world.pinned[run.id]} and is on {run.version}"
        started = [fact for fact in run.facts if fact.type == "run_started"]
        if len(started) > 1:
            yield f"{run.id} was started {len(started)} times"


def i7_what_was_spent_is_what_the_journal_tells(world: World) -> Iterable[str]:
    for run in world.runs:
        if run.status not in FINAL:
            continue
        calls = [f.data["usage"] for f in run.facts if f.type not in FINAL_EVENTS and f.data.get("usage")]
        calls += [f.data["left"] for f in run.facts if f.data.get("left")]  # of attempts that were stopped
        for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
            told = sum(call.get(name) or 0 for call in calls)
            if (run.usage or {}).get(name, 0) != told:
                yield f"{run.id}: {name} is {(run.usage or {}).get(name)}, its calls add up to {told}"


def i8_nothing_lies_about(world: World) -> Iterable[str]:
    yield from world.orphans
    for run in world.runs:
        if run.lease_owner is not None and run.status in FINAL:
            yield f"{run.id} has ended and is still held by {run.lease_owner}"


def i9_nothing_crosses_workspaces(world: World) -> Iterable[str]:
    for run in world.runs:
        if run.workspace != world.owners.get(run.id, run.workspace):
            yield f"{run.id} was accepted in {world.owners[run.id]} and is in {run.workspace}"


def i10_speed_comes_back(world: World) -> Iterable[str]:
    if world.pace is None:
        return
    yield from slowness(world.pace)
    if world.pace.waited_s > SOON_S:
        yield f"speed was back only {world.pace.waited_s:.0f} s after all was healed"


def slowness(pace: Pace) -> Iterable[str]:
    """What is to be said against a pace: whether its slowest twentieth took more than twice what it did."""
    if not pace.before_s or not pace.after_s:
        yield "nobody measured how long runs took"
        return
    before, after = (sorted(times)[int(0.95 * (len(times) - 1))] for times in (pace.before_s, pace.after_s))
    if after > 2 * max(before, UNFELT_S):
        yield f"95 % of runs took {after:.2f} s, and {before:.2f} s before the faults"


INVARIANTS: tuple[Callable[[World], Iterable[str]], ...] = (
    i1_every_accepted_run_ends_once_or_visibly_waits,
    i2_no_step_has_a_second_result,
    i3_outside_effects_match_the_journal,
    i4_events_are_dense_and_the_same_for_everyone,
    i5_no_step_starts_after_cancel_was_answered,
    i6_a_run_keeps_its_version,
    i7_what_was_spent_is_what_the_journal_tells,
    i8_nothing_lies_about,
    i9_nothing_crosses_workspaces,
    i10_speed_comes_back,
)


def violations(world: World) -> list[str]:
    """Every violation, each begun by the number of its invariant."""
    return [
        f"{check.__name__.partition('_')[0].upper()} {why}" for check in INVARIANTS for why in check(world)
    ]


def look(world: World) -> World:
    """The same with the runs as the database tells them now, and rows that belong to nobody."""
    rows = list(Run.objects.filter(pk__in=set(world.accepted)))
    facts: dict[UUID, list[Fact]] = defaultdict(list)
    for run, *fact in (
        Event.objects.filter(run__in=rows)
        .order_by("run", "seq")
        .values_list("run", "seq", "type", "path", "at", "data")
    ):
        facts[run].append(Fact(*fact))
    said: dict[UUID, list[str]] = defaultdict(list)
    for run, text in Message.objects.filter(run__in=rows, role="assistant").values_list("run", "text"):
        said[run].append(text)
    runs = tuple(
        Story(
            id=row.pk,
            workspace=row.workspace_id,
            version=row.version_id,
            status=row.status,
            answer=row.answer,
            usage=row.usage,
            lease_owner=row.lease_owner,
            last_seq=row.last_seq,
            facts=tuple(facts[row.pk]),
            said=tuple(said[row.pk]),
            in_conversation=row.conversation_id is not None,
        )
        for row in rows
    )
    return replace(world, runs=runs, orphans=(*world.orphans, *_strays(), *_loose_values(runs)))


def _strays() -> Iterable[str]:
    """Rows whose workspace is not that of what they belong to: there must be none, ever."""
    for workspace in Workspace.objects.all():
        foreign = Run.objects.filter(workspace=workspace).exclude(workflow__workspace=workspace)
        yield from (f"run {pk} belongs to another workspace's app" for pk in foreign.values_list("pk"))
        talks = Conversation.objects.filter(workspace=workspace).exclude(workflow__workspace=workspace)
        yield from (f"conversation {pk} belongs to another workspace's app" for pk in talks.values_list("pk"))


def _loose_values(runs: Iterable[Story]) -> Iterable[str]:
    """Values that stand apart from a journal: each that facts name is held by the run, and no other is."""
    held: dict[UUID, set[str]] = defaultdict(set)
    for run, sha256, is_own in RunBlob.objects.filter(run__in=[run.id for run in runs]).values_list(
        "run", "blob__sha256", Q(blob__workspace=F("run__workspace"))
    ):
        held[run].add(sha256)
        if not is_own:
            yield f"{run} holds a value of another workspace"
    for run in runs:
        wanted = {sha256 for fact in run.facts for sha256 in named(fact.data)}
        yield from (f"{run.id}: the value {sha256} is gone" for sha256 in wanted - held[run.id])
        yield from (
            f"{run.id} holds the value {sha256}, which no fact names" for sha256 in held[run.id] - wanted
        )
    yield from (
        f"the value {sha256} belongs to no run" for sha256 in unused().values_list("sha256", flat=True)
    )
