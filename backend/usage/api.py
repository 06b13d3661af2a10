"""/api/usage: what the workspace's runs have used of AI models."""

import uuid
from datetime import date
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router

from backend.accounts.bodies import Answer, ErrorAnswer
from backend.accounts.models import Role
from backend.usage.services import use_of

router = Router(tags=["usage"])

LONGEST = 366


class UseFigures(Answer):
    """Runs that have ended, their tokens, what they cost in US dollars as far as prices are known, and how
    many used a model without a price."""

    runs: int
    tokens: int
    cost: float
    unpriced: int


class DayUse(UseFigures):
    """A day, in UTC."""

    day: date


class AppUse(UseFigures):
    """An app. `name` is empty, and `id` null, for runs of no app, such as tests of a model."""

    id: uuid.UUID | None
    name: str
    is_gone: bool


class PersonUse(UseFigures):
    """A member, a key, or all visitors of chat pages together. `name` is empty for these, and for who is
    not known any more."""

    audience: Literal["member", "visitor", "key"]
    name: str


class WorkspaceUse(Answer):
    """What was used from the day `first` to the day `last`. `people` is null for all but owners."""

    first: date
    last: date
    total: UseFigures
    days: list[DayUse]
    apps: list[AppUse]
    people: list[PersonUse] | None


@router.get("/usage", response={200: WorkspaceUse, 422: ErrorAnswer})
def get_usage(request: HttpRequest, days: int = Query(30, ge=1, le=LONGEST)) -> dict:
    """What the runs of the last days used, those that were deleted since included."""
    return use_of(request.auth.workspace_id, days, with_people=request.auth.may(Role.OWNER))
