"""What is known of a document beside its text: what every document has, and the fields of its collection."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

from nodes.sdk.values import Json

FieldKind = Literal["text", "number", "date", "boolean"]

BUILT_IN: Final[Mapping[str, FieldKind]] = {
    "name": "text",
    "kind": "text",
    "uploaded_at": "date",
    "uploaded_by": "text",
    "language": "text",
}
"""What every document has. The day of uploading is that of UTC; the uploader is an e-mail address."""

LONGEST_NAME: Final = 40
LONGEST_TEXT: Final = 500
LARGEST_NUMBER: Final = 10**15
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NAME = re.compile(r"\w(?:[\w -]*\w)?")


def is_field_name(name: str) -> bool:
    """Whether a collection may call a field of its own so: letters, digits, spaces, _, -; none built in."""
    return (
        len(name) <= LONGEST_NAME
        and _NAME.fullmatch(name) is not None
        and name.casefold().replace(" ", "_") not in BUILT_IN
    )


def clean_value(kind: FieldKind, value: Json) -> Json:
    """A value as it is kept: a date as YYYY-MM-DD. Raises ValueError for one that is not of the kind."""
    match kind:
        case "text":
            if isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT:
                return value.strip()
        case "number":
            # Infinite is too large, and "not a number" is never small enough.
            is_flag = isinstance(value, bool)
            if isinstance(value, (int, float)) and not is_flag and abs(value) <= LARGEST_NUMBER:
                return value
        case "date":
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value).isoformat()
        case "boolean":
            if isinstance(value, bool):
                return value
    raise ValueError(f"no {kind}")
