"""Fields that are encrypted by the vault. Every one of them is a SealedTextField, so none is forgotten.

Such a row has a `workspace_id`; its id and the field's name are bound to what is encrypted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import models

from backend.accounts import vault


class SealedTextField(models.TextField):
    """A text that the vault has encrypted; "" when there is none. Fill it by `seal`, read it by `unseal`."""

    def deconstruct(self) -> Any:
        """As the TextField that it is in the database: migrations need not know more."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs


def seal(row: Any, name: str, text: str) -> None:
    """Puts `text`, encrypted, into the field `name` of `row`, which the caller saves."""
    setattr(row, name, vault.encrypt(text, workspace=row.workspace_id, record=row.pk, field=name))


def unseal(row: Any, name: str) -> str:
    """The text in the field `name` of `row`, "" when there is none. Raises VaultError."""
    sealed = getattr(row, name)
    if not sealed:
        return ""
    return vault.decrypt(sealed, workspace=row.workspace_id, record=row.pk, field=name)


def sealed_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Every encrypted field there is."""
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if isinstance(one, SealedTextField):
                yield model, one.attname


@dataclass
class Resealed:
    """What came of encrypting anew: how many texts, and which rows cannot be opened any more."""

    count: int = 0
    unreadable: list[str] = field(default_factory=list)


def reseal_all() -> Resealed:
    """Encrypts every sealed text anew with the vault's newest key. What cannot be opened stays as it is."""
    done = Resealed()
    for model, name in sealed_fields():
        for row in model._default_manager.exclude(**{name: ""}).iterator():
            _reseal(model, row, name, done)
    return done


def _reseal(model: type[models.Model], row: Any, name: str, done: Resealed) -> None:
    before = getattr(row, name)
    try:
        seal(row, name, unseal(row, name))
    except vault.VaultError:
        done.unreadable.append(f"{model._meta.label} {row.pk}")
        return
    # Only what was read is replaced: someone may be changing the row at this moment.
    unchanged = model._default_manager.filter(pk=row.pk, **{name: before})
    done.count += unchanged.update(**{name: getattr(row, name)})
