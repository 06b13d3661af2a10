"""Apps that may run as a step of another: which there are, in which versions, and what each asks for."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Prefetch
from pydantic import ValidationError

from backend.workflows.asked import input_fields
from backend.workflows.models import Version, Workflow
from backend.workflows.offers import publications_of
from backend.workflows.uses import versions_that_reach


def usable_apps(workspace_id: uuid.UUID, within: uuid.UUID | None = None) -> list[dict[str, Any]]:
    """The apps of a workspace by name, each with its published versions, the newest first.

    `latest` is the number that is published now, None where nothing is. With `within`, that app is left
    out, and a version that comes to use it says `closes_circle`.
    """
    versions = (
        Version.objects.for_workspace(workspace_id)
        .filter(is_published=True)
        .only("workflow_id", "number", "note", "created_at")
        .order_by("-number")
    )
    rows = Workflow.objects.for_people(workspace_id).only("id", "name", "slug").order_by("name", "pk")
    apps = list(rows.exclude(pk=within).prefetch_related(Prefetch("versions", versions, to_attr="published")))
    offers = publications_of(app.pk for app in apps)
    latest = {pk: offer.version_number for pk, offer in offers.items() if offer.is_enabled}
    circle = versions_that_reach(workspace_id, within, latest) if within else set()
    return [
        {
            "id": app.pk,
            "name": app.name,
            "slug": app.slug,
            "latest": latest.get(app.pk),
            "versions": [
                {
                    "number": one.number,
                    "note": one.note,
                    "created_at": one.created_at,
                    "closes_circle": (app.pk, one.number) in circle,
                }
                for one in app.published
            ],
        }
        for app in apps
    ]


def asked_by(workflow: Workflow, number: int | None) -> dict[str, Any] | None:
    """What a version of `workflow` asks for besides the message; without a number, the one published now.

    None where there is no such version.
    """
    if number is None:
        offer = publications_of([workflow.pk]).get(workflow.pk)
        if offer is None or not offer.is_enabled:
            return None
        number = offer.version_number
    versions = Version.objects.for_workspace(workflow.workspace_id)
    version = versions.filter(workflow=workflow, number=number, is_published=True).first()
    if version is None:
        return None
    try:
        fields = input_fields(version.graph)
    except ValidationError:  # written for an older form of the step
        fields = []
    return {"number": number, "inputs": fields}
