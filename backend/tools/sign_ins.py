"""Signing in at a source: what people ask for, and the answer that their browser brings back.

The web process speaks with no server: each step is a row that a worker takes up (`backend.tools.tokens`).
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.auth import hash_token
from backend.accounts.errors import ApiError
from backend.accounts.models import User
from backend.accounts.sealed import seal, unseal
from backend.accounts.vault import VaultError
from backend.tools.models import SignInPhase, SourceAuth, SourceKind, SourceSignIn, SourceState, ToolSource

LASTS: Final = timedelta(minutes=10)
"""For how long the answer to a sign-in is waited for."""
PLACE: Final = "/tools/signed-in"
"""The page of ours that the other server sends the person back to."""


def redirect_address() -> str:
    """That page's whole address: what we register, and nothing else is taken for it."""
    return f"{settings.TREADLE_URL}{PLACE}"


def begin_sign_in(
    source: ToolSource, *, user: User, session: str, client_id: str = "", client_secret: str = ""
) -> SourceSignIn:
    """Has a worker find out where one signs in. An attempt before this one counts no more.

    `session` is the key of the person's session: the answer counts there only. With `client_id` we are the
    client that a person made there by hand. Tokens that are there stay until others come. Raises ApiError 409
    or 422.
    """
    if source.kind != SourceKind.MCP:
        raise ApiError(
            422,
            "sign_in_impossible",
            "One does not sign in at this source.",
            hint="It is used without an account.",
        )
    with transaction.atomic():
        ToolSource.objects.select_for_update().get(pk=source.pk)
        row, _ = SourceSignIn.objects.get_or_create(source=source, workspace_id=source.workspace_id)
        if row.phase == SignInPhase.LEAVING:
            raise ApiError(
                409,
                "sign_out_under_way",
                "The last account is just being signed out.",
                hint="Try again in a moment.",
            )
        if client_id:
            row.client_id, row.client_secret, row.is_typed, row.server = client_id, "", True, {}
            if client_secret:
                seal(row, "client_secret", client_secret)
        row.phase, row.error = SignInPhase.PREPARING, None
        row.begun_by, row.begun_at = user, timezone.now()
        row.session_hash, row.state_hash, row.attempt = hash_token(session), "", ""
        row.lease_owner, row.lease_until = "", None
        row.save()
    return row


def address_for(row: SourceSignIn, *, user: User, session: str) -> str:
    """Where the person who began signs in; "" for everybody else, and while nobody knows."""
    is_theirs = row.begun_by_id == user.pk and row.session_hash == hash_token(session)
    if row.phase != SignInPhase.WAITING or not is_theirs:
        return ""
    return str(attempt_of(row).get("address", ""))


def answer_sign_in(
    *,
    workspace_id: uuid.UUID,
    user: User,
    session: str,
    state: str,
    code: str = "",
    issuer: str = "",
    error: str = "",
) -> SourceSignIn:
    """Takes what the other server sent the person back with; a worker makes tokens of it.

    Raises ApiError 422: `sign_in_over` for a `state` that is not of this person's session, was used, or is
    too old; `sign_in_refused` where the other server says no; `sign_in_mixed_up` where another one answers.
    """
    rows = SourceSignIn.objects.for_workspace(workspace_id).filter(
        state_hash=hash_token(state),
        phase=SignInPhase.WAITING,
        begun_by=user,
        session_hash=hash_token(session),
        begun_at__gt=timezone.now() - LASTS,
        source__isnull=False,
    )
    row = rows.select_related("source").first()
    # Of two answers with one state, one finds it still there.
    if row is None or not rows.filter(pk=row.pk).update(state_hash="", phase=SignInPhase.IDLE):
        raise ApiError(
            422,
            "sign_in_over",
            "This sign-in is over, or was begun by somebody else.",
            hint="Begin again under Tools.",
        )
    row.refresh_from_db()
    attempt = attempt_of(row)
    expected = str(row.server.get("issuer", ""))
    if (issuer or row.server.get("says_issuer")) and issuer.rstrip("/") != expected.rstrip("/"):
        raise _given_up(row, "sign_in_mixed_up", "Another server answered than the one you were sent to.")
    if error or not code:
        said = "" if not error.isprintable() else error[:100]
        why = f" ({said})" if said else ""
        raise _given_up(row, "sign_in_refused", f"The other server did not let you in{why}.")
    seal(row, "attempt", json.dumps({**attempt, "code": code}))
    row.phase = SignInPhase.ARRIVED
    with transaction.atomic():
        row.save(update_fields=["attempt", "phase"])
        source = row.source
        assert source is not None
        audit("tools.signed_in", source, source.name, at=expected)
    return row


def sign_out(source: ToolSource) -> None:
    """Uses the account no more, from now on; a worker has the other server forget it."""
    with transaction.atomic():
        give_back(source)
        if source.auth != SourceAuth.SIGNED_IN:
            return
        ToolSource.objects.filter(pk=source.pk).update(state=SourceState.SIGN_IN, error=None)
        audit("tools.signed_out", source, source.name)


def give_back(source: ToolSource, *, is_removed: bool = False) -> None:
    """Ends whatever is under way, and leaves tokens to a worker that has them revoked."""
    row = SourceSignIn.objects.select_for_update().filter(source=source).first()
    if row is None:
        return
    row.state_hash = row.attempt = row.lease_owner = row.renewing_by = ""
    row.lease_until = row.renewing_until = row.error = row.signed_in_at = None
    row.signed_in_by = ""
    row.phase = SignInPhase.LEAVING if row.tokens else SignInPhase.IDLE
    if is_removed and not row.tokens:
        row.delete()
    else:
        row.save()


def attempt_of(row: SourceSignIn) -> dict[str, Any]:
    """What is kept of the attempt; nothing where it cannot be opened any more."""
    try:
        return json.loads(unseal(row, "attempt") or "{}")
    except VaultError:
        return {}


def _given_up(row: SourceSignIn, code: str, message: str) -> ApiError:
    hint = "Sign in again under Tools."
    SourceSignIn.objects.filter(pk=row.pk).update(
        attempt="", error={"code": code, "message": message, "hint": hint}
    )
    return ApiError(422, code, message, hint=hint)
