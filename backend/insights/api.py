"""/api/workflows/{id}/insights: what came of an app's use."""

import uuid
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router

from backend.accounts.bodies import Answer, ErrorAnswer
from backend.accounts.errors import not_found
from backend.insights.services import insights_of
from backend.runs.schemas import RunErrorAnswer
from backend.usage.api import UseFigures
from backend.workflows.models import Workflow

router = Router(tags=["insights"])

LONGEST = 90


class Counts(Answer):
    """How many messages there were, of how many people in how many conversations, and what came of them.

    What is neither answered, failed, stopped nor waiting is at work.
    """

    messages: int
    conversations: int
    people: int
    answered: int
    failed: int
    stopped: int
    waiting: int


class DayCounts(Counts):
    """Those of a day, in UTC."""

    day: date


class AllCounts(Counts):
    """Those of the whole stretch, how often a person was asked, and how many answers were liked or not."""

    asked_people: int
    good: int
    bad: int


class StepTime(Answer):
    """How long a step takes, in milliseconds: half of the times at most `median_ms`, 19 of 20 `slow_ms`."""

    path: str
    times: int
    median_ms: int
    slow_ms: int


class StepTimes(Answer):
    """The slowest steps, from that many of the latest runs."""

    runs: int
    steps: list[StepTime]


class FaultCount(Answer):
    """Something that went wrong, how often among the latest failures, and in which run and step last."""

    error: RunErrorAnswer
    count: int
    run: uuid.UUID
    path: str


class AppUseFigures(UseFigures):
    """What was used, and how many of these runs are deleted: they are in no other figure."""

    deleted: int


class Insights(Answer):
    """What came of an app's use from the day `first` to the day `last`."""

    first: date
    last: date
    total: AllCounts
    days: list[DayCounts]
    use: AppUseFigures
    steps: StepTimes
    faults: list[FaultCount]


@router.get(
    "/workflows/{uuid:workflow_id}/insights", response={200: Insights, 404: ErrorAnswer, 422: ErrorAnswer}
)
def get_insights(
    request: HttpRequest, workflow_id: uuid.UUID, days: int = Query(30, ge=1, le=LONGEST), tries: bool = False
) -> dict:
    """What came of what an app was asked in the last days; with `tries` also what was tried in the editor."""
    workflow = Workflow.objects.for_workspace(request.auth.workspace_id).filter(pk=workflow_id).first()
    if workflow is None:
        raise not_found("This app")
    return insights_of(workflow, days, with_tries=tries)
