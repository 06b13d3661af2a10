"""Fields that are encrypted by the vault. Every one of them is a SealedTextField, so none is forgotten.

Such a row has a `workspace_id`; its id and the field's name are bound to what is encrypted.
"""

from collections.abc import Iterator
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


def seal(row: Any, field: str, text: str) -> None:
    """Puts `text`, encrypted, into `field` of `row`, which the caller saves."""
    setattr(row, field, vault.encrypt(text, workspace=row.workspace_id, record=row.pk, field=field))


def unseal(row: Any, field: str) -> str:
    """The text in `field` of `row`, "" when there is none. Raises VaultError."""
    sealed = getattr(row, field)
    if not sealed:
        return ""
    return vault.decrypt(sealed, workspace=row.workspace_id, record=row.pk, field=field)


def sealed_fields() -> Iterator[tuple[type[models.Model], str]]:
    """Every encrypted field there is."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, SealedTextField):
                yield model, field.attname


def reseal_all() -> int:
    """Encrypts every sealed text anew with the vault's newest key; gives how many. Raises VaultError."""
    return sum(_reseal(model, field) for model, field in sealed_fields())


def _reseal(model: type[models.Model], field: str) -> int:
    resealed = 0
    for row in model._default_manager.exclude(**{field: ""}).iterator():
        before = getattr(row, field)
        seal(row, field, unseal(row, field))
        # Only what was read is replaced: someone may be changing the row at this moment.
        unchanged = model._default_manager.filter(pk=row.pk, **{field: before})
        resealed += unchanged.update(**{field: getattr(row, field)})
    return resealed
