"""/api/tools/…/sign-in: signing in at a source's server, in one's own browser."""

import uuid
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field
from yarl import URL

from backend.accounts.auth import ConsoleAuth
from backend.accounts.bodies import Answer, Body, ErrorAnswer
from backend.accounts.errors import not_found
from backend.tools import sign_ins
from backend.tools.models import SourceSignIn, ToolSource
from backend.tools.schemas import ToolRemark

router = Router(tags=["tools"])
_editor = ConsoleAuth("editor")


class SignInStart(Body):
    """The client that a person made at the other server; empty where we register one ourselves."""

    client_id: str = Field("", max_length=500, pattern=r"^[\x20-\x7e]*$")
    client_secret: str = Field("", max_length=2_000, pattern=r"^[\x20-\x7e]*$")


class SignInReturn(Body):
    """What the other server sent the browser back with."""

    state: str = Field(min_length=1, max_length=500)
    code: str = Field("", max_length=8_000)
    iss: str = Field("", max_length=2_000)
    error: str = Field("", max_length=500)


class SignInAnswer(Answer):
    """How far a sign-in is. `address` is where the person who began it signs in, and nobody else's."""

    phase: Literal["idle", "preparing", "waiting", "arrived", "leaving"]
    address: str
    host: str
    error: ToolRemark | None


class SignedInAtAnswer(Answer):
    """The source whose sign-in it was."""

    id: uuid.UUID
    name: str


@router.post(
    "/tools/sign-in/answer",
    auth=_editor,
    response={200: SignedInAtAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def take_answer(request: HttpRequest, body: SignInReturn) -> dict:
    """Takes what the browser came back with, once, in the session that began. A worker does the rest."""
    row = sign_ins.answer_sign_in(
        workspace_id=request.auth.workspace_id,
        user=request.auth.user,
        session=_session(request),
        state=body.state,
        code=body.code,
        issuer=body.iss,
        error=body.error,
    )
    assert row.source is not None
    return {"id": row.source.pk, "name": row.source.name}


@router.post(
    "/tools/{source_id}/sign-in",
    auth=_editor,
    response={200: SignInAnswer, 404: ErrorAnswer, 409: ErrorAnswer, 422: ErrorAnswer},
)
def begin(request: HttpRequest, source_id: uuid.UUID, body: SignInStart) -> dict:
    """Has a worker find out where one signs in; the address is there a moment later."""
    row = sign_ins.begin_sign_in(
        _source(request, source_id),
        user=request.auth.user,
        session=_session(request),
        client_id=body.client_id.strip(),
        client_secret=body.client_secret.strip(),
    )
    return _shown(request, row)


@router.get("/tools/{source_id}/sign-in", response={200: SignInAnswer, 404: ErrorAnswer})
def see(request: HttpRequest, source_id: uuid.UUID) -> dict:
    """How far the sign-in is, and where its person goes on."""
    row = getattr(_source(request, source_id), "sign_in", None)
    if row is None:
        return {"phase": "idle", "address": "", "host": "", "error": None}
    return _shown(request, row)


@router.delete("/tools/{source_id}/sign-in", auth=_editor, response={204: None, 404: ErrorAnswer})
def leave(request: HttpRequest, source_id: uuid.UUID) -> Status:
    """Signs out: the account is used no more, and the other server is asked to forget it."""
    sign_ins.sign_out(_source(request, source_id))
    return Status(204, None)


def _shown(request: HttpRequest, row: SourceSignIn) -> dict:
    address = sign_ins.address_for(row, user=request.auth.user, session=_session(request))
    host = URL(address).host or "" if address else ""
    return {"phase": row.phase, "address": address, "host": host, "error": row.error or None}


def _session(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _source(request: HttpRequest, source_id: uuid.UUID) -> ToolSource:
    rows = ToolSource.objects.for_workspace(request.auth.workspace_id).select_related("sign_in")
    row = rows.filter(pk=source_id).first()
    if row is None:
        raise not_found("The source")
    return row
