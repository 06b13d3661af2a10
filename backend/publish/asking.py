"""From a public request to a run: which app, who asks, whether they may, and then the one door to runs."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest

from backend.accounts.auth import key_of
from backend.accounts.by_hand import first
from backend.accounts.errors import ApiError, not_found
from backend.accounts.strict_json import Json
from backend.files.services import Sender
from backend.publish.inputs import fields_of
from backend.publish.limits import Caller, Held, hold_tokens, refuse_when_used_up
from backend.publish.models import Publication
from backend.publish.refusals import LONGEST_QUERY, app_not_found, app_switched_off, bad_field, query_too_long
from backend.runs.inputs import check_inputs, hold_files
from backend.runs.models import Audience, Conversation, Run
from backend.runs.services import Idempotency, NewConversation, start_run
from backend.runs.sql import dialect
from backend.runs.writes import begin
from backend.workflows.models import Version

LONGEST_IDEMPOTENCY_KEY = 200
# By hand, as every message passes here: an ORM's query costs four times what the database takes for it.
_PUBLICATION = "SELECT * FROM publish_publication WHERE workspace_id = %s AND workflow_id = %s"
_RUN = "SELECT * FROM runs_run WHERE id = %s AND workspace_id = %s AND workflow_id = %s"


@dataclass(frozen=True)
class App:
    """A published app as one caller meets it."""

    publication: Publication
    caller: Caller


def app_of_key(request: HttpRequest) -> App:
    """The app that the request's key opens. Raises ApiError 401 without a good key, 403 when it is off."""
    principal = key_of(request.headers.get("Authorization"))
    uuid_of = dialect().uuid
    workflow = [uuid_of(principal.workspace_id), uuid_of(principal.workflow_id)]
    publication = first(Publication, _PUBLICATION, workflow)
    if publication is None or not publication.is_enabled:
        raise app_switched_off()
    return App(publication, Caller(Audience.KEY, str(principal.key_id)))


def publication_at(slug: str) -> Publication:
    """The app at `/c/<slug>`. Raises ApiError 404 when there is none, or when it is switched off."""
    found = (
        Publication.objects.filter(slug=slug, is_enabled=True).select_related("version", "workflow").first()
    )
    if found is None:
        raise app_not_found()
    return found


def run_of(app: App, run_id: uuid.UUID) -> Run:
    """A run that this caller may see. Raises ApiError 404 for any other."""
    uuid_of = dialect().uuid
    app_ids = [uuid_of(app.publication.workspace_id), uuid_of(app.publication.workflow_id)]
    found = first(Run, _RUN, [uuid_of(run_id), *app_ids])
    if found is None or any(getattr(found, name) != mine for name, mine in theirs(app).items()):
        raise not_found("This run")
    return found


def conversation_of(app: App, conversation_id: uuid.UUID) -> Conversation:
    """A conversation that this caller may see and go on with. Raises ApiError 404 for any other."""
    found = Conversation.objects.filter(pk=conversation_id, is_draft=False, **theirs(app)).first()
    if found is None:
        raise not_found("This conversation")
    return found


async def ask(
    app: App,
    *,
    query: str,
    inputs: Json,
    conversation_id: uuid.UUID | None = None,
    history: Sequence[Mapping[str, str]] | None = None,
    idempotency: Idempotency | None = None,
) -> Run:
    """Starts a run of the published version within the app's limits, or gives the one already started.

    With `history` the caller brings the memory along and no conversation is kept. Otherwise the run
    belongs to the conversation `conversation_id`, or to a new one. Raises ApiError.
    """
    if len(query) > LONGEST_QUERY:
        raise query_too_long(len(query), "query")
    try:
        return await begin(_start, app, query, inputs, conversation_id, history, idempotency)
    except (OperationalError, InterfaceError) as error:
        raise ApiError(
            503, "not_stored", "The message could not be stored just now.", hint="Try again in a moment."
        ) from error


def idempotency_of(request: HttpRequest, app: App, body: Json) -> Idempotency | None:
    """What the header Idempotency-Key says, if it is there. Raises ApiError 400 for a key that is none."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_IDEMPOTENCY_KEY or not key.isascii() or not key.isprintable():
        raise bad_field(
            "Idempotency-Key",
            f"An Idempotency-Key has 1 to {LONGEST_IDEMPOTENCY_KEY} plain characters.",
            "A UUID is a good one.",
        )
    asked = json.dumps([request.path, body], sort_keys=True, separators=(",", ":"))
    return Idempotency(
        f"{app.caller.audience}:{app.caller.ref}", key, hashlib.sha256(asked.encode()).hexdigest()
    )


def _start(
    app: App,
    query: str,
    inputs: Json,
    conversation_id: uuid.UUID | None,
    history: Sequence[Mapping[str, str]] | None,
    idempotency: Idempotency | None,
) -> Run:
    publication, caller = app.publication, app.caller
    not_booked: Sequence[Held] | None = None

    def let_in() -> None:
        nonlocal not_booked
        not_booked = refuse_when_used_up(publication, caller)

    conversation: Conversation | NewConversation | None = None
    if history is None:
        conversation = conversation_of(app, conversation_id) if conversation_id else NewConversation()
    fields = fields_of(publication.version_id)
    with transaction.atomic():
        checked = check_inputs(fields, inputs, sender_of(app))
        run = start_run(
            version=Version(
                pk=publication.version_id,
                workspace_id=publication.workspace_id,
                workflow_id=publication.workflow_id,
            ),
            query=query,
            inputs=checked,
            conversation=conversation,
            audience=caller.audience,
            audience_ref=caller.ref,
            idempotency=idempotency,
            history=history,
            guard=let_in,
        )
        if not_booked is not None:
            hold_tokens(publication, caller, run, not_booked)
            hold_files(run, fields)
        return run


def sender_of(app: App) -> Sender:
    """The caller as the sender of files."""
    of = app.publication
    return Sender(of.workspace_id, of.workflow_id, app.caller.audience, app.caller.ref)


def theirs(app: App) -> dict[str, object]:
    """What marks rows as this caller's: a visitor's own; for a key, those of its app's keys."""
    mine: dict[str, object] = {
        "workspace_id": app.publication.workspace_id,
        "workflow_id": app.publication.workflow_id,
        "audience": app.caller.audience,
    }
    return mine if app.caller.audience == Audience.KEY else {**mine, "audience_ref": app.caller.ref}
