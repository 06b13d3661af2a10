"""Verbs of publishing: offer a version, change how it is offered, make and revoke keys."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from backend.accounts.audit import audit
from backend.accounts.auth import new_key
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import ApiKey, User
from backend.publish.models import HIGHEST_LIMIT, LIMIT_FIELDS, Publication
from backend.publish.refusals import bad_field
from backend.publish.slugs import free_slug, is_slug
from backend.publish.websites import websites_from
from backend.workflows.models import Version, Workflow
from backend.workflows.services import freeze

MOST_KEYS = 100


@dataclass(frozen=True)
class Published:
    """What came of publishing. `api_key` is the text of the first key, on the first time only."""

    version: Version
    publication: Publication
    api_key: str | None


def publish_workflow(
    *, workflow: Workflow, by: User | None, note: str = "", with_key: bool = True
) -> Published:
    """Freezes the draft and offers it. Raises ApiError 422 when the draft has problems.

    The first time also chooses a public name and, if `with_key`, makes a key; later the same address
    gets the new version and keeps its settings. An app that was switched off is on again.
    """
    for _ in range(3):
        try:
            with transaction.atomic():
                return _publish(workflow, by, note, with_key)
        except IntegrityError:  # someone took the name, or published the same app, a moment ago
            continue
    raise ApiError(409, "name_taken", "This app was being published elsewhere.", hint="Try again.")


def _publish(workflow: Workflow, by: User | None, note: str, with_key: bool) -> Published:
    version = freeze(workflow, note=note, by=by)
    publication = Publication.objects.filter(workflow=workflow).first()
    if publication is not None:
        publication.version = version
        publication.published_at = timezone.now()
        publication.is_enabled = True
        publication.save(update_fields=["version", "published_at", "is_enabled"])
        audit("app.published", workflow, workflow.name, version=version.number, slug=publication.slug)
        return Published(version, publication, None)
    publication = Publication.objects.create(
        workspace_id=workflow.workspace_id,
        workflow=workflow,
        version=version,
        slug=free_slug(workflow.name, lambda slug: Publication.objects.filter(slug=slug).exists()),
        suggestions=workflow.suggestions,
        published_at=timezone.now(),
    )
    audit("app.published", workflow, workflow.name, version=version.number, slug=publication.slug)
    text = None
    if with_key:
        _, text = _make_key(workflow, "First key")
    return Published(version, publication, text)


def change_publication(publication: Publication, changes: Mapping[str, object]) -> Publication:
    """Sets the fields in `changes`: slug, is_enabled, allow_system_text, suggestions, is_on_websites,
    websites, and limits by name.
    """
    if "websites" in changes:
        changes = {**changes, "websites": websites_from(cast("list[str]", changes["websites"]))}
    for name, value in changes.items():
        if name == "slug" and not is_slug(str(value)):
            raise bad_field(
                "slug",
                "An app's address holds small letters, digits and hyphens, at most 50.",
                "For example: my-shop-help.",
                "bad_slug",
            )
        if name in LIMIT_FIELDS and not 1 <= int(str(value)) <= HIGHEST_LIMIT:
            raise bad_field(name, f"This limit must lie between 1 and {HIGHEST_LIMIT:,}.")
        setattr(publication, name, value)
    try:
        with transaction.atomic():
            publication.save(update_fields=list(changes))
            _log_changes(publication, changes)
    except IntegrityError as error:
        message = f"Another app has the address {publication.slug!r}."
        raise ApiError(409, "slug_taken", message, hint="Choose another one.", field="slug") from error
    return publication


def _log_changes(publication: Publication, changes: Mapping[str, object]) -> None:
    workflow = publication.workflow
    if "is_enabled" in changes:
        audit("app.switched_on" if changes["is_enabled"] else "app.switched_off", workflow, workflow.name)
    limits = {name: value for name, value in changes.items() if name in LIMIT_FIELDS}
    if limits:
        audit("app.limits_changed", workflow, workflow.name, limits=limits)
    settings = {name: value for name, value in changes.items() if name not in limits and name != "is_enabled"}
    if settings:
        audit("app.settings_changed", workflow, workflow.name, settings=settings)


def publications_of(workflow_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, dict[str, object]]:
    """What the console shows of the publications of these workflows; the unpublished are left out."""
    rows = Publication.objects.filter(workflow_id__in=list(workflow_ids)).select_related(
        "version", "workflow"
    )
    return {row.workflow_id: publication_json(row) for row in rows}


def publication_json(publication: Publication) -> dict[str, object]:
    """The publication as the console sees it. Wants `version` and `workflow` loaded."""
    return {
        "slug": publication.slug,
        "chat_url": f"/c/{publication.slug}",
        "is_enabled": publication.is_enabled,
        "version_number": publication.version.number,
        "published_at": publication.published_at,
        "has_changes": publication.workflow.draft_hash != publication.version.graph_hash,
        "allow_system_text": publication.allow_system_text,
        "suggestions": publication.suggestions,
        "is_on_websites": publication.is_on_websites,
        "websites": publication.websites,
        "limits": {name: getattr(publication, name) for name in LIMIT_FIELDS},
    }


def keys_of(workflow: Workflow) -> QuerySet[ApiKey]:
    """The keys of an app that still open something, newest first."""
    return (
        ApiKey.objects.for_workspace(workflow.workspace_id)
        .filter(workflow_id=workflow.pk, revoked_at=None)
        .order_by("-created_at")
    )


def create_key(workflow: Workflow, *, name: str) -> tuple[ApiKey, str]:
    """A new key for a published app, and its text, which is shown this once."""
    if keys_of(workflow).count() >= MOST_KEYS:
        message = f"This app has {MOST_KEYS} keys already."
        raise ApiError(409, "too_many_keys", message, hint="Revoke one that is not used any more.")
    with transaction.atomic():
        return _make_key(workflow, name)


def revoke_key(workflow: Workflow, key_id: uuid.UUID) -> None:
    """Makes a key useless from now on. Raises not_found for a key of another app."""
    with transaction.atomic():
        key = keys_of(workflow).filter(pk=key_id).first()
        if key is None or not keys_of(workflow).filter(pk=key_id).update(revoked_at=timezone.now()):
            raise not_found("This key")
        audit("key.revoked", key, key.name, app=workflow.name, begins=key.prefix)


def _make_key(workflow: Workflow, name: str) -> tuple[ApiKey, str]:
    key, text = new_key(workspace_id=workflow.workspace_id, workflow_id=workflow.pk, name=name)
    audit("key.created", key, name, app=workflow.name, begins=key.prefix)
    return key, text
