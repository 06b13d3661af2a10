"""What the list of workflows says about publications, without knowing them: the layer above tells.

`backend.publish` registers itself when Django starts; until something does, nothing is published.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from backend.accounts.bodies import Answer


class LimitsAnswer(Answer):
    """Requests a minute and tokens a day: for one visitor, for one key, and for the whole app."""

    requests_per_minute_visitor: int
    requests_per_minute_key: int
    requests_per_minute_app: int
    tokens_per_day_visitor: int
    tokens_per_day_key: int
    tokens_per_day_app: int


class PublicationAnswer(Answer):
    """Where and how an app is offered. `has_changes`: the draft is ahead of what is published.

    `websites`: origins that may show it while it `is_on_websites`; `*` stands for any.
    """

    slug: str
    chat_url: str
    is_enabled: bool
    version_number: int
    published_at: datetime
    has_changes: bool
    allow_system_text: bool
    suggestions: list[str]
    is_on_websites: bool
    websites: list[str]
    limits: LimitsAnswer


Describe: TypeAlias = Callable[[Iterable[uuid.UUID]], Mapping[uuid.UUID, Any]]

_describe: Describe = lambda workflow_ids: {}  # noqa: E731 - replaced as a whole by `register`


def register(describe: Describe) -> None:
    """Sets who knows the publications of workflows, by workflow id, in one query."""
    global _describe
    _describe = describe


def publications_of(workflow_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, PublicationAnswer]:
    """The publications of these workflows; the unpublished are left out."""
    found = _describe(list(workflow_ids))
    return {key: PublicationAnswer.model_validate(value) for key, value in found.items()}
