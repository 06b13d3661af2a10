"""Verbs of a collection's own fields and of what its documents have in them.

Locks are taken as everywhere here: documents first, then their collection. So no value outlives its field.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from backend.accounts.errors import ApiError, not_found
from backend.knowledge.limits import MOST_FIELDS
from backend.knowledge.models import Document, KnowledgeBase
from nodes.sdk import Json
from nodes.sdk.document_fields import FieldKind, clean_value, is_field_name

_KINDS: dict[FieldKind, str] = {
    "text": "a text of up to 500 characters",
    "number": "a number",
    "date": "a day such as 2026-01-31",
    "boolean": "yes or no (true or false)",
}


def add_field(knowledge: KnowledgeBase, *, name: str, kind: FieldKind) -> KnowledgeBase:
    """Gives all documents of the collection a field, empty at first. Raises ApiError 409 or 422."""
    if not is_field_name(name):
        raise ApiError(
            422,
            "bad_document_field",
            f"A field cannot be called {name!r}.",
            hint="Use letters, digits, spaces, _ and -, and no name that every document has already.",
            field="name",
        )
    with transaction.atomic():
        locked = _locked(knowledge)
        if any(one["name"].casefold() == name.casefold() for one in locked.fields):
            raise ApiError(
                409,
                "document_field_exists",
                f"There is a field {name!r} here already.",
                hint="Choose another name.",
                field="name",
            )
        if len(locked.fields) >= MOST_FIELDS:
            raise ApiError(
                409,
                "too_many_document_fields",
                f"A collection has at most {MOST_FIELDS} fields of its own.",
                hint="Remove one that is not needed any more.",
            )
        _keep(locked, [*locked.fields, {"name": name, "kind": kind}])
    knowledge.refresh_from_db()
    return knowledge


def remove_field(knowledge: KnowledgeBase, name: str) -> KnowledgeBase:
    """Removes a field with what the documents have in it. Raises ApiError 404."""
    with transaction.atomic():
        held = _hold(Document.objects.filter(knowledge=knowledge))
        locked = _locked(knowledge)
        if all(one["name"] != name for one in locked.fields):
            raise not_found("This field")
        having = [one for one in held if name in one.field_values]
        for one in having:
            del one.field_values[name]
        Document.objects.bulk_update(having, ["field_values"], batch_size=500)
        _others_values(locked)
        _keep(locked, [one for one in locked.fields if one["name"] != name])
    knowledge.refresh_from_db()
    return knowledge


def set_values(
    knowledge: KnowledgeBase, document_ids: Sequence[uuid.UUID], values: Mapping[str, Json]
) -> list[Document]:
    """Fills fields of several documents, all of them or none; None empties one, what is not named stays.

    Raises ApiError 404 for a document that is not there, 422 naming a field or a value that does not fit.
    """
    wanted = set(document_ids)
    with transaction.atomic():
        held = _hold(Document.objects.filter(knowledge=knowledge, pk__in=wanted))
        if len(held) < len(wanted):
            raise not_found("This document")
        kinds = {one["name"]: one["kind"] for one in _locked(knowledge).fields}
        cleaned = {name: _cleaned(name, value, kinds) for name, value in values.items()}
        for one in held:
            merged = {**one.field_values, **cleaned}
            one.field_values = {name: value for name, value in merged.items() if value is not None}
            one.updated_at = Now()
        Document.objects.bulk_update(held, ["field_values", "updated_at"], batch_size=500)
        _others_values(knowledge)
    found = Document.objects.select_related("uploaded_by").in_bulk(wanted)
    return [found[pk] for pk in dict.fromkeys(document_ids)]


def _cleaned(name: str, value: Json, kinds: Mapping[str, FieldKind]) -> Json:
    if name not in kinds:
        raise ApiError(
            422,
            "document_field_missing",
            f"The collection has no field {name!r}.",
            hint="Add the field to the collection first.",
            field=f"values.{name}",
        )
    if value is None:
        return None
    try:
        return clean_value(kinds[name], value)
    except ValueError:
        raise ApiError(
            422,
            "bad_document_value",
            f"The field {name!r} takes {_KINDS[kinds[name]]}.",
            hint="Correct the value, or leave it empty.",
            field=f"values.{name}",
        ) from None


def _hold(documents: QuerySet[Document]) -> list[Document]:
    return list(documents.select_for_update().order_by("pk").only("pk", "field_values"))


def _locked(knowledge: KnowledgeBase) -> KnowledgeBase:
    found = KnowledgeBase.objects.select_for_update().filter(pk=knowledge.pk).first()
    if found is None:
        raise not_found("This collection")
    return found


def _keep(knowledge: KnowledgeBase, fields: list[dict[str, Any]]) -> None:
    KnowledgeBase.objects.filter(pk=knowledge.pk).update(fields=fields, updated_at=Now())


def _others_values(knowledge: KnowledgeBase) -> None:
    """Tells those who remember the values of its documents that they have changed."""
    KnowledgeBase.objects.filter(pk=knowledge.pk).update(values_revision=F("values_revision") + 1)
