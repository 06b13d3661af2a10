"""Where tools come from: adding, looking again, approving what changed, and taking away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from yarl import URL

from backend.accounts.audit import audit
from backend.accounts.bound_hosts import permits
from backend.accounts.errors import ApiError
from backend.accounts.models import Secret, Workspace
from backend.tools.definitions import MOST_TOOLS, Definition
from backend.tools.machine import BadServersFile, server_for
from backend.tools.models import Effect, SourceAuth, SourceKind, SourceState, SourceTool, ToolSource
from backend.tools.openapi.service import stands_at
from backend.tools.sign_ins import give_back

MOST_SOURCES = 50


def add_source(
    *,
    workspace_id: uuid.UUID,
    name: str,
    kind: str,
    address: str,
    auth: str = SourceAuth.NONE,
    secret: str = "",
    secret_place: str = "",
    secret_field: str = "",
) -> ToolSource:
    """A new source; a worker looks which tools it has. Raises ApiError 409 or 422."""
    name = source_name(name)
    row = ToolSource(workspace_id=workspace_id, name=name, kind=kind, address=check_address(address))
    _set_auth(row, auth, secret, secret_place, secret_field)
    keep_new(row)
    return row


def add_from_machine(*, workspace_id: uuid.UUID, server: str, name: str) -> ToolSource:
    """A program in the administrator's file as a source; a worker looks which tools it has.

    Raises ApiError 409, or 422 for one that is not in the file or not for this workspace: both are the same.
    """
    try:
        found = server_for(workspace_id, server)
    except BadServersFile:
        found = None
    if found is None:
        raise ApiError(
            422,
            "no_such_tool_server",
            f"There is no server {server[:60]!r} on this machine that this workspace may use.",
            hint="Choose another, or ask those who look after this installation.",
            field="server",
        )
    name = source_name(name)
    row = ToolSource(workspace_id=workspace_id, name=name, kind=SourceKind.STDIO, server=found.name)
    keep_new(row)
    return row


def keep_new(row: ToolSource) -> None:
    """Stores a new source. Raises ApiError 409."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=row.workspace_id)
        if ToolSource.objects.for_workspace(row.workspace_id).count() >= MOST_SOURCES:
            raise ApiError(409, "too_many_tool_sources", f"There are {MOST_SOURCES} sources already.")
        _save(row)
        audit("tools.added", row, row.name, kind=row.kind, address=row.address or row.server)


def change_source(
    row: ToolSource,
    *,
    name: str,
    auth: str,
    secret: str,
    secret_place: str,
    secret_field: str,
    second: Mapping[str, str] | None = None,
    base_address: str | None = None,
) -> ToolSource:
    """Another name, another way to say who is asking, or where a described service is called.

    `second` is another secret for a described service: {secret, place, field}. Where its tools come from
    stays. Raises ApiError 409 or 422.
    """
    before = (row.auth, row.secret, row.secret_place, row.secret_field)
    row.name = source_name(name)
    if row.kind == SourceKind.OPENAPI and base_address is not None:
        row.base_address = check_base_address(base_address)
    _set_auth(row, auth, secret, secret_place, secret_field, second)
    is_other = before != (row.auth, row.secret, row.secret_place, row.secret_field)
    if is_other and row.kind == SourceKind.MCP:  # a description is looked at without a key
        row.state, row.error = SourceState.LOOKING, None
    with transaction.atomic():
        _save(row)
        if row.auth != SourceAuth.SIGNED_IN:
            give_back(row)
        secrets = [row.secret, *([row.second["secret"]] if row.second else [])]
        audit("tools.changed", row, row.name, auth=row.auth, with_secret=", ".join(secrets))
    return row


def look_again(row: ToolSource) -> None:
    """Has a worker look which tools there are now. At a pasted description there is nothing to look."""
    if row.kind == SourceKind.OPENAPI and not row.address:
        return
    ToolSource.objects.filter(pk=row.pk).update(state=SourceState.LOOKING, error=None)


def remove_source(row: ToolSource) -> None:
    """Takes a source and its tools away. Steps that name them fail."""
    with transaction.atomic():
        audit("tools.removed", row, row.name)
        give_back(row, is_removed=True)
        row.delete()


def take_in(
    row: ToolSource,
    found: Sequence[Definition],
    notices: Sequence[Mapping[str, Any]] = (),
    service: Mapping[str, Any] | None = None,
) -> None:
    """Notes which tools a source has now.

    Those of the first look are approved with it: a person just added the source and sees them. A tool that
    is new later, or says something else than was approved, waits for a person. Of a described service, only
    what reads is switched on at first. `service` is what it says of itself; where it is called stays.
    """
    with transaction.atomic():
        locked = ToolSource.objects.select_for_update().get(pk=row.pk)
        known = {one.name: one for one in locked.tools.all()}
        is_first = locked.looked_at is None
        for position, one in enumerate(found[:MOST_TOOLS]):
            tool = known.pop(one.name, None)
            if tool is None:
                tool = SourceTool(workspace_id=locked.workspace_id, source=locked, name=one.name)
                _fill(tool, one)
                tool.approved_digest = one.digest if is_first else ""
                tool.is_enabled = is_first and (locked.kind != SourceKind.OPENAPI or one.reads)
            elif one.digest != tool.approved_digest:
                tool.offered = one.to_json()
            else:
                tool.offered = None
            tool.digest, tool.is_gone, tool.position = one.digest, False, position
            tool.save()
        SourceTool.objects.filter(pk__in=[one.pk for one in known.values()]).update(is_gone=True)
        locked.state, locked.error, locked.notices = SourceState.READY, None, list(notices)
        if service is not None:
            locked.service = dict(service)
            locked.base_address = locked.base_address or next(iter(service["servers"]), "")
        locked.looked_at, locked.lease_owner, locked.lease_until = timezone.now(), "", None
        locked.save()


def note_failure(
    source_id: uuid.UUID, *, code: str, message: str, hint: str, state: str = SourceState.FAILED
) -> None:
    """Notes that a look failed; the tools stay as they were."""
    said = {"code": code, "message": message, "hint": hint}
    ToolSource.objects.filter(pk=source_id).update(state=state, error=said, lease_owner="", lease_until=None)


def note_digests(source: ToolSource, seen: Iterable[Definition]) -> None:
    """Notes what a run saw of the source's tools: one that says something else now is used no more."""
    by_name = {one.name: one for one in seen}
    for tool in source.tools.all():
        one = by_name.get(tool.name)
        if one is not None and one.digest != tool.digest:
            offered = None if one.digest == tool.approved_digest else one.to_json()
            SourceTool.objects.filter(pk=tool.pk).update(digest=one.digest, offered=offered)


def approve_tool(tool: SourceTool, digest: str) -> SourceTool:
    """Uses the tool as the source describes it now. Raises ApiError 409 when that is not what was seen."""
    with transaction.atomic():
        row = SourceTool.objects.select_for_update().get(pk=tool.pk)
        require_seen(row, digest)
        approve(row)
        row.save()
    return row


def require_seen(row: SourceTool, digest: str) -> None:
    """Raises ApiError 409 when a tool is described otherwise than a person saw it."""
    if row.digest != digest:
        raise ApiError(
            409,
            "tool_changed_again",
            "The source describes this tool differently by now.",
            hint="Look at it again, and approve what it says then.",
        )


def approve(row: SourceTool) -> None:
    """Takes a tool as it is described now; what a person said of it was said of something else."""
    if row.offered is not None:
        _fill(row, Definition.from_json(row.offered))
        row.effect = Effect.WRITE
    row.approved_digest, row.offered = row.digest, None
    audit("tools.approved", row, row.name, source=row.source.name)


def change_tool(tool: SourceTool, *, is_enabled: bool | None, effect: str | None) -> SourceTool:
    """Switches a tool on or off, or says what it does to the world."""
    if is_enabled is not None:
        tool.is_enabled = is_enabled
    if effect is not None:
        tool.effect = effect
    with transaction.atomic():
        tool.save(update_fields=["is_enabled", "effect"])
        audit("tools.tool_changed", tool, tool.name, is_enabled=tool.is_enabled, effect=tool.effect)
    return tool


def check_address(address: str, field: str = "address") -> str:
    """A whole http(s) address without a name, a password or a fragment. Raises ApiError 422."""
    address = address.strip()
    try:
        url = URL(address)
        is_whole = url.scheme in ("http", "https") and bool(url.host) and bool(url.port)
    except ValueError:
        is_whole = False
    if not is_whole or len(address) > 2_000 or not address.isprintable():
        raise ApiError(
            422,
            "bad_tool_address",
            f"{address[:200]!r} is not a web address.",
            hint="Write the whole address, such as https://tools.example.com/mcp.",
            field=field,
        )
    url = URL(address)
    if url.user is not None or url.password is not None:
        raise ApiError(
            422,
            "bad_tool_address",
            "The address has a name or password in it.",
            hint="Put the key into a secret under Settings ▸ Secrets, and choose it here.",
            field=field,
        )
    return str(url.with_fragment(None))


def check_base_address(address: str) -> str:
    """The address that the paths of a described service stand behind. Raises ApiError 422."""
    whole = check_address(address, "base_address")
    if URL(whole).query_string:
        raise ApiError(
            422,
            "bad_tool_address",
            "The address has a question mark in it, and paths come behind it.",
            hint="Write it up to there. A key in the address is a secret that you choose below.",
            field="base_address",
        )
    return whole.rstrip("/")


def source_name(name: str) -> str:
    """A name as it is kept. Raises ApiError 422."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 60 or not name.isprintable() or "{{" in name:
        raise ApiError(
            422,
            "bad_tool_source_name",
            "A name has 1 to 60 characters.",
            hint="Choose another.",
            field="name",
        )
    return name


def _set_auth(
    row: ToolSource,
    auth: str,
    secret: str,
    place: str,
    field: str,
    second: Mapping[str, str] | None = None,
) -> None:
    # One signs in at servers of MCP only, and a program of ours is told nothing of who asks.
    may_sign_in, may_ask = row.kind == SourceKind.MCP, row.kind != SourceKind.STDIO
    row.auth = auth if may_ask and (may_sign_in or auth != SourceAuth.SIGNED_IN) else SourceAuth.NONE
    if row.auth != SourceAuth.WITH_SECRET:
        row.secret = row.secret_place = row.secret_field = ""
        row.second = None
        return
    row.secret, row.secret_place, row.secret_field = _key(row, secret, place, field, "secret", "secret_field")
    row.second = None
    if second is None or row.kind != SourceKind.OPENAPI:
        return
    name, place, field = _key(
        row, second["secret"], second["place"], second["field"], "second.secret", "second.field"
    )
    if stands_at(place, field) == stands_at(row.secret_place, row.secret_field):
        raise ApiError(
            422,
            "keys_in_one_place",
            "Both keys would stand in the same place of the request.",
            hint="Choose another place for one of them.",
            field="second.place",
        )
    row.second = {"secret": name, "place": place, "field": field}


def _key(
    row: ToolSource, secret: str, place: str, field: str, named: str, placed: str
) -> tuple[str, str, str]:
    """A secret and where it stands, as they are kept. `named` and `placed` are what a person filled in."""
    kept = Secret.objects.for_workspace(row.workspace_id).filter(name=secret).first()
    if kept is None:
        raise ApiError(
            422,
            "secret_missing",
            f"There is no secret named {secret[:60]!r} in this workspace.",
            hint="Choose another secret, or add it under Settings ▸ Secrets.",
            field=named,
        )
    if not permits(kept.hosts, URL(row.called_at)):
        raise ApiError(
            422,
            "secret_not_allowed",
            f"The secret {kept.name!r} may not go to {URL(row.called_at).host}.",
            hint=f"It may go to: {', '.join(kept.hosts)}. An owner can change that under Settings ▸ Secrets.",
            field=named,
        )
    if place in ("header", "query") and not field.strip():
        raise ApiError(
            422,
            "no_secret_field",
            "The name of the header or parameter is missing.",
            hint="Fill it in, such as X-Api-Key.",
            field=placed,
        )
    return kept.name, place or "bearer", field.strip()


def _save(row: ToolSource) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ApiError(
            409,
            "tool_source_name_taken",
            f"There is a source named {row.name!r} already.",
            hint="Choose another name.",
            field="name",
        ) from error


def _fill(tool: SourceTool, one: Definition) -> None:
    tool.title, tool.description = one.title, one.description
    tool.input_schema, tool.says_reads, tool.request = one.input_schema, one.reads, one.request
