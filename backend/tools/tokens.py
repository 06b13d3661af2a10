"""What workers do with sign-ins: claim what is to be done, keep what came of it, renew tokens in turn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from backend.accounts.auth import hash_token
from backend.accounts.sealed import seal, unseal
from backend.accounts.vault import VaultError
from backend.tools.models import SignInPhase, SourceAuth, SourceSignIn, SourceState, ToolSource
from backend.tools.sign_ins import LASTS

WORK: Final = (SignInPhase.PREPARING, SignInPhase.ARRIVED, SignInPhase.LEAVING)


@dataclass(frozen=True)
class Client:
    """Who we are at the server that one signs in at. `secret` is "" for one that has none."""

    id: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Tokens:
    """What lets us in: `access` until `expires_at` (None: nobody says), and `refresh` ("" for none) for the
    next pair, which `client` gets at `server`. `generation` tells this pair from others; `rotates` whether
    the server gives another `refresh` with each pair, None where nobody has seen it yet."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime | None
    client: Client
    server: Mapping[str, Any]
    generation: int = 0
    rotates: bool | None = None

    @property
    def is_good_once(self) -> bool:
        """Whether `refresh` is worth nothing once it was handed in. Where nobody has seen it yet, servers see
        to that for clients without a secret, as they must (OAuth 2.1, 4.3.1)."""
        return not self.client.secret if self.rotates is None else self.rotates


def claim_work(owner: str, patience: timedelta) -> SourceSignIn | None:
    """A sign-in with which something is to be done and that nobody holds, now held by `owner`."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    for row in SourceSignIn.objects.filter(free, phase__in=WORK)[:20]:
        ours = SourceSignIn.objects.filter(free, pk=row.pk, phase=row.phase)
        if ours.update(lease_owner=owner, lease_until=now + patience):
            return SourceSignIn.objects.select_related("source").get(pk=row.pk)
    return None


def keep_client(row: SourceSignIn, owner: str, server: Mapping[str, Any], client: Client) -> bool:
    """Notes where one signs in and which client we are there, before anybody is sent there."""
    row.server, row.client_id, row.client_secret = dict(server), client.id, ""
    if client.secret:
        seal(row, "client_secret", client.secret)
    return bool(
        _held(row.pk, owner, SignInPhase.PREPARING).update(
            server=row.server, client_id=row.client_id, client_secret=row.client_secret
        )
    )


def keep_address(row: SourceSignIn, owner: str, state: str, attempt: Mapping[str, str]) -> None:
    """Notes where the person is to be sent, and waits for them from now on."""
    seal(row, "attempt", json.dumps(dict(attempt)))
    _held(row.pk, owner, SignInPhase.PREPARING).update(
        attempt=row.attempt,
        state_hash=hash_token(state),
        phase=SignInPhase.WAITING,
        begun_at=timezone.now(),
        lease_owner="",
        lease_until=None,
    )


def keep_first(row: SourceSignIn, owner: str, tokens: Tokens) -> None:
    """Keeps the tokens of a new sign-in, and has a worker look which tools there are with it."""
    with transaction.atomic():
        mine = SourceSignIn.objects.select_for_update().select_related("begun_by")
        now = mine.filter(pk=row.pk, phase=SignInPhase.ARRIVED, lease_owner=owner).first()
        if now is None:
            return  # somebody signed out, or began anew
        _fill(now, replace(tokens, generation=now.generation + 1))
        by = now.begun_by
        now.signed_in_by, now.signed_in_at = (by.name or by.email) if by else "", timezone.now()
        now.phase, now.attempt, now.error, now.session_hash = SignInPhase.IDLE, "", None, ""
        now.lease_owner, now.lease_until = "", None
        now.renewing_by, now.renewing_until = "", None
        now.save()
        ToolSource.objects.filter(pk=now.source_id).update(
            auth=SourceAuth.SIGNED_IN,
            secret="",
            secret_place="",
            secret_field="",
            state=SourceState.LOOKING,
            error=None,
        )


def give_up(row: SourceSignIn, owner: str, error: Mapping[str, str], *, forget_client: bool = False) -> None:
    """Ends an attempt that failed; tokens of an earlier sign-in stay."""
    ours = SourceSignIn.objects.filter(pk=row.pk, lease_owner=owner)
    client: dict[str, Any] = {"client_id": "", "client_secret": "", "server": {}} if forget_client else {}
    ours.update(
        phase=SignInPhase.IDLE,
        attempt="",
        state_hash="",
        error=dict(error),
        lease_owner="",
        lease_until=None,
        **client,
    )


def left(row: SourceSignIn, owner: str) -> None:
    """Forgets tokens that were revoked; a row whose source is gone goes with them."""
    ours = _held(row.pk, owner, SignInPhase.LEAVING)
    if row.source_id is None:
        ours.delete()
    else:
        ours.update(phase=SignInPhase.IDLE, tokens="", expires_at=None, lease_owner="", lease_until=None)


def tokens_of(row: SourceSignIn) -> Tokens | None:
    """The tokens of a sign-in; None where there are none, or none that can be opened."""
    try:
        said = json.loads(unseal(row, "tokens") or "{}")
    except VaultError:
        return None
    if not said:
        return None
    return Tokens(
        access=said["access"],
        refresh=said["refresh"],
        expires_at=row.expires_at,
        client=Client(**said["client"]),
        server=said["server"],
        generation=row.generation,
        rotates=said.get("rotates"),
    )


def client_of(row: SourceSignIn) -> Client:
    """The client that we are. One whose secret cannot be opened any more has none."""
    try:
        return Client(row.client_id, unseal(row, "client_secret"))
    except VaultError:
        return Client(row.client_id)


def current(source_id: UUID) -> tuple[SourceSignIn, Tokens] | None:
    """What lets us in at a source now; None where somebody has to sign in."""
    rows = SourceSignIn.objects.filter(source=source_id).exclude(phase=SignInPhase.LEAVING)
    row = rows.select_related("source").first()
    if row is None or row.source is None or row.source.auth != SourceAuth.SIGNED_IN:
        return None
    tokens = tokens_of(row)
    return None if tokens is None else (row, tokens)


def claim_renewal(row: SourceSignIn, holder: str, patience: timedelta) -> Literal["", "first", "again"]:
    """Whether we are the one who renews this pair of tokens; of all workers there is one at a time.

    "again": another one was, and never said what came of it.
    """
    now = timezone.now()
    ours = SourceSignIn.objects.filter(pk=row.pk, generation=row.generation)
    ours = ours.exclude(tokens="").exclude(phase=SignInPhase.LEAVING)
    taken = {"renewing_by": holder, "renewing_until": now + patience}
    if ours.filter(Q(renewing_until=None) | Q(renewing_by=holder)).update(**taken):
        return "first"
    return "again" if ours.filter(renewing_until__lt=now).update(**taken) else ""


def keep_renewed(row: SourceSignIn, holder: str, tokens: Tokens) -> bool:
    """Keeps the next pair, in one statement: nobody sees the half of it. False when it is wanted no more."""
    _fill(row, tokens)
    kept = _renewing(row.pk, holder).update(
        tokens=row.tokens,
        expires_at=row.expires_at,
        generation=row.generation,
        renewing_by="",
        renewing_until=None,
    )
    return bool(kept)


def end_renewal(row: SourceSignIn, holder: str, *, are_spent: bool) -> None:
    """Lets another try; with `are_spent` the tokens are no good any more and are forgotten."""
    gone: dict[str, Any] = {"tokens": "", "expires_at": None} if are_spent else {}
    _renewing(row.pk, holder).update(renewing_by="", renewing_until=None, **gone)


def end_old_attempts() -> None:
    """Forgets attempts whose person never came back."""
    old = SourceSignIn.objects.filter(phase=SignInPhase.WAITING, begun_at__lt=timezone.now() - LASTS)
    old.update(phase=SignInPhase.IDLE, attempt="", state_hash="", session_hash="")


def _fill(row: SourceSignIn, tokens: Tokens) -> None:
    said = {
        "access": tokens.access,
        "refresh": tokens.refresh,
        "client": vars(tokens.client),
        "server": dict(tokens.server),
        "rotates": tokens.rotates,
    }
    seal(row, "tokens", json.dumps(said))
    row.expires_at, row.generation = tokens.expires_at, tokens.generation


def _held(pk: UUID, owner: str, phase: str) -> Any:
    return SourceSignIn.objects.filter(pk=pk, lease_owner=owner, phase=phase)


def _renewing(pk: UUID, holder: str) -> Any:
    return SourceSignIn.objects.filter(pk=pk, renewing_by=holder)
