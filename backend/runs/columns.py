"""A column that keeps JSON exactly as it was written."""

from __future__ import annotations

import json
from typing import Any

from django.db import models

_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)  # kept: making one costs a third more


def dumps(value: Any) -> str:
    """The JSON text of `value`: compact, ASCII only, so that NUL and odd code points survive any database."""
    return _ENCODER.encode(value)


class JsonText(models.TextField):
    """JSON kept as text.

    A `jsonb` column would reorder keys and refuse some strings that a model may say; a journal
    must give back exactly what was believed when it was written.
    """

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """What the text stands for."""
        return None if value is None else json.loads(value)

    def to_python(self, value: Any) -> Any:
        """Values are JSON already."""
        return value

    def get_prep_value(self, value: Any) -> str | None:
        """The text to store; None is NULL."""
        return None if value is None else dumps(value)

    def value_to_string(self, obj: models.Model) -> str:
        """For dumpdata."""
        return dumps(self.value_from_object(obj))
