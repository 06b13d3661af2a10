"""Rows as lines of JSON that do not depend on the database they came from."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps.registry import Apps
from django.db import connections, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# Good for minutes, or made anew by the migrations themselves.
LEFT_OUT = frozenset(
    {
        "sessions.Session",
        "contenttypes.ContentType",
        "auth.Permission",
        "auth.Group",
        "accounts.SignInLink",
        "accounts.FailedSignIn",
    }
)
BATCH = 500
FEW = {"runs.Blob": 10}
"""Rows at a time of tables whose rows are large."""


def tables(apps: Apps) -> list[type[models.Model]]:
    """Every model whose rows are kept, those that others point to first."""
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.label not in LEFT_OUT
        and not model._meta.label.startswith("auth.Group_")
    ]
    ordered: list[type[models.Model]] = []

    def add(model: type[models.Model], above: tuple[type[models.Model], ...] = ()) -> None:
        if model in ordered or model in above:
            return  # there already, or a circle: constraints are looked at when all rows are in
        for field in model._meta.concrete_fields:
            if field.remote_field and field.remote_field.model in found:
                add(field.remote_field.model, (*above, model))
        ordered.append(model)

    for model in sorted(found, key=lambda model: model._meta.label):
        add(model)
    return ordered


def columns(model: type[models.Model]) -> list[models.Field]:
    """The fields that have a column which is written, in a fixed order."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.column is not None and not getattr(field, "generated", False)
    ]


def lines_of(model: type[models.Model], using: str) -> Iterator[bytes]:
    """Every row of a table, a line each."""
    names = [field.attname for field in columns(model)]
    rows = model._base_manager.using(using).order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=FEW.get(model._meta.label, BATCH)):
        yield (
            json.dumps([_plain(value) for value in row], ensure_ascii=True, allow_nan=False).encode() + b"\n"
        )


def put_in(model: type[models.Model], names: list[str], lines: Iterable[bytes], using: str) -> Iterator[int]:
    """Inserts the rows of `lines`; gives now and then how many there are. `names` are their columns."""
    fields = {field.attname: field for field in columns(model)}
    order = [fields[name] for name in names]
    rows, done, most = [], 0, FEW.get(model._meta.label, BATCH)
    for line in lines:
        values = zip(order, json.loads(line), strict=True)
        rows.append(model(**{field.attname: _stored(field, value) for field, value in values}))
        if len(rows) == most:
            model._base_manager.using(using).bulk_create(rows)
            done += len(rows)
            rows = []
            yield done
    model._base_manager.using(using).bulk_create(rows)
    yield done + len(rows)


def applied(using: str) -> list[tuple[str, str]]:
    """The migrations that the database has been through, as far as this version knows them or not."""
    return sorted(MigrationRecorder(connections[using]).applied_migrations())


def unapplied(using: str) -> list[tuple[str, str]]:
    """The migrations that it has not been through."""
    loader = MigrationLoader(connections[using])
    return sorted(set(loader.graph.nodes) - set(loader.applied_migrations))


def _plain(value: Any) -> Any:
    """A column's value as JSON has it; which it was, the column knows."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Decimal():
            return str(value)
        case bytes() | memoryview():
            return base64.b64encode(bytes(value)).decode()
        case _:
            return value


def _stored(field: models.Field, value: Any) -> Any:
    """What `_plain` was given."""
    if value is None:
        return None
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    if isinstance(field, models.JSONField):
        return value
    return field.to_python(value)
