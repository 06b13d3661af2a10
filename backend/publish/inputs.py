"""The form of a published app: what its first step asks for besides the question."""

from __future__ import annotations

import uuid
from functools import lru_cache

from backend.accounts.strict_json import Json
from backend.workflows.asked import input_fields
from backend.workflows.models import Version


@lru_cache(maxsize=1024)
def fields_of(version_id: uuid.UUID) -> list[dict[str, Json]]:
    """The fields of a version; versions never change, so its graph is read once."""
    return input_fields(Version.objects.values_list("graph", flat=True).get(pk=version_id))
