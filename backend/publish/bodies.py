"""Fields that several public bodies share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from backend.accounts.strict_json import Json
from backend.publish.refusals import bad_field


def text_in(body: Mapping[str, Json], name: str) -> str:
    """The text in a field; "" when it is not sent. Raises ApiError 400."""
    value = body.get(name, "")
    if not isinstance(value, str):
        raise bad_field(name, f"`{name}` must be text.")
    return value


def conversation_id_in(body: Mapping[str, Json]) -> uuid.UUID | None:
    """The conversation to go on with; None for a new one. Raises ApiError 400."""
    value = body.get("conversation_id")
    if value is None:
        return None
    try:
        return uuid.UUID(value if isinstance(value, str) else "")
    except ValueError:
        message = "`conversation_id` must be the id of a conversation, or null for a new one."
        raise bad_field("conversation_id", message) from None
