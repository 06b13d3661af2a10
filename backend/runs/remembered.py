"""What a conversation remembers beside its messages, as a person looks at it, and how it is forgotten."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from backend.accounts.audit import audit
from backend.runs.again import tried_again
from backend.runs.models import Conversation, ConversationVariable, Run
from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.declared import variables_to_json
from nodes.sdk.graph import graph_from_json
from nodes.sdk.kinds import as_kind_or
from nodes.sdk.shapes import kept_variables
from nodes.sdk.variables import CONVERSATION


def remembered_json(conversation: Conversation) -> list[dict[str, Any]]:
    """By what the app of its newest message declares, in that order: the value of each, kept or the default.

    What older versions left and this one does not declare comes last, as it lies there.
    """
    kept = dict(conversation.variables.order_by("name").values_list("name", "value"))
    found: list[dict[str, Any]] = []
    for one in _declared(conversation):
        name, kind, default = str(one["name"]), str(one["type"]), one.get("default")
        is_kept = name in kept
        value = as_kind_or(kept.pop(name), kind, default) if is_kept else default
        found.append(_told(name, one.get("title") or "", kind, value, is_kept=is_kept))
    left = [_told(name, "", "any", value, is_kept=True, is_declared=False) for name, value in kept.items()]
    return found + left


@tried_again
def forget(conversation: Conversation, name: str | None = None) -> None:
    """Lets a conversation begin anew with what it remembers, or with the one piece called `name`.

    A run at work goes on seeing what it saw; what it changes from now on, it changes from the default.
    The rows are locked in the order of their names, as workers lock them: neither waits for the other.
    """
    with transaction.atomic():
        rows = ConversationVariable.objects.filter(conversation=conversation)
        if name is not None:
            rows = rows.filter(name=name)
        names = list(rows.select_for_update().order_by("name").values_list("name", flat=True))
        if not names:
            return
        ConversationVariable.objects.filter(conversation=conversation, name__in=names).delete()
        audit("conversation.forgotten", conversation, str(conversation.pk), names=names)


def _declared(conversation: Conversation) -> list[dict[str, Any]]:
    runs = Run.objects.filter(conversation=conversation).order_by("-turn")
    graph = runs.values_list("version__graph", flat=True).first() or {}
    declared = [one for one in graph.get("variables") or [] if one.get("scope") == CONVERSATION]
    if not graph:
        return declared
    return declared + variables_to_json(kept_variables(graph_from_json(graph), installed_catalogue()))


def _told(
    name: str, title: str, kind: str, value: Any, *, is_kept: bool, is_declared: bool = True
) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "type": kind,
        "value": value,
        "is_kept": is_kept,
        "is_declared": is_declared,
    }
