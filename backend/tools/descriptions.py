"""Tools of a described web service: its description, another text for that, and which operations are used."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.db import transaction

from backend.accounts.audit import audit
from backend.accounts.errors import ApiError, not_found
from backend.tools.models import Effect, SourceKind, SourceState, SourceTool, ToolSource
from backend.tools.openapi import Described, Unreadable, described
from backend.tools.services import (
    approve,
    check_address,
    check_base_address,
    keep_new,
    require_seen,
    source_name,
    take_in,
)


def add_description(
    *, workspace_id: uuid.UUID, name: str, text: str = "", address: str = "", base_address: str = ""
) -> ToolSource:
    """A new source, by the text of its description or by the address of that.

    A text is read at once; what is at an address, a worker fetches. Raises ApiError 409 or 422.
    """
    row = ToolSource(workspace_id=workspace_id, name=source_name(name), kind=SourceKind.OPENAPI)
    if base_address:
        row.base_address = check_base_address(base_address)
    if address:
        row.address = check_address(address)
        keep_new(row)
        return row
    found = _read(text)
    if not row.base_address and not found.service["servers"]:
        raise ApiError(
            422,
            "openapi_no_server",
            "The description does not say where the service is.",
            hint="Fill in the address of the service.",
            field="base_address",
        )
    row.state = SourceState.READY  # for no worker to look at
    with transaction.atomic():
        keep_new(row)
        take_in(row, found.tools, found.notices, found.service)
    row.refresh_from_db()
    return row


def replace_description(row: ToolSource, text: str) -> None:
    """Another text for a description that was pasted. What it says otherwise waits for a person.

    Raises ApiError 404 for what was not pasted, 422 for what is no description.
    """
    if row.kind != SourceKind.OPENAPI or row.address:
        raise not_found("The description")
    found = _read(text)
    with transaction.atomic():
        take_in(row, found.tools, found.notices, found.service)
        audit("tools.changed", row, row.name, description="replaced")


def choose_operations(row: ToolSource, chosen: Iterable[Mapping[str, str]], *, reads: bool) -> None:
    """Switches on these tools, each with the digest of what a person saw of it, and all others off.

    Choosing a tool that is new, or that changed while it was off, approves it as it is described now.
    `reads`: those that say that they change nothing are taken at their word. Raises ApiError 404 or 409.
    """
    seen = {one["id"]: one["digest"] for one in chosen}
    with transaction.atomic():
        ToolSource.objects.select_for_update().get(pk=row.pk)
        tools = {str(one.pk): one for one in SourceTool.objects.filter(source=row).select_related("source")}
        if seen.keys() - tools.keys():
            raise not_found("The tool")
        for key, tool in tools.items():
            if key in seen:
                require_seen(tool, seen[key])
                if not tool.is_enabled and tool.digest != tool.approved_digest:
                    approve(tool)
                if reads and tool.says_reads:
                    tool.effect = Effect.READ
            tool.is_enabled = key in seen
            tool.save()
        audit("tools.changed", row, row.name, chosen=len(seen))


def _read(text: str) -> Described:
    try:
        return described(text)
    except Unreadable as fault:
        raise ApiError(422, fault.code, fault.message, hint=fault.hint, field="text") from fault
