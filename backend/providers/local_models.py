"""Verbs of the model files on this server. The work itself is a worker's: see `workers/models/files.py`.

A file is as much trusted as a program: only the owner of the instance brings one in. That is an owner of the
installation's first workspace, the one that `make up` made.
"""

import re
import uuid
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from backend.accounts.audit import audit
from backend.accounts.auth import Principal
from backend.accounts.errors import ApiError, not_found
from backend.accounts.models import Role, Workspace
from backend.providers.models import LocalModel, LocalState
from backend.providers.offered import BY_ID, OFFERED
from backend.providers.services import forget_models

MOST_LOCAL = 50
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOT_IN_SLUGS = re.compile(r"[^a-z0-9.]+")


def is_instance_owner(principal: Principal) -> bool:
    """Whether this member runs the machine: an owner of the installation's first workspace."""
    first = Workspace.objects.order_by("created_at", "pk").values_list("pk", flat=True).first()
    return principal.workspace_id == first and principal.may(Role.OWNER)


def require_instance_owner(principal: Principal) -> None:
    """Raises ApiError 403 `not_allowed` for anybody else."""
    if not is_instance_owner(principal):
        raise ApiError(
            403,
            "not_allowed",
            "Only the owner of this installation may bring model files to the server.",
            hint="Ask the person who installed Treadle.",
        )


def rows_by_slug(workspace_id: uuid.UUID) -> dict[str, LocalModel]:
    """The workspace's local models."""
    rows = LocalModel.objects.for_workspace(workspace_id).order_by("created_at", "pk")
    return {row.slug: row for row in rows}


def find(workspace_id: uuid.UUID, slug: str) -> LocalModel:
    """A local model of the workspace. Raises ApiError 404."""
    row = LocalModel.objects.for_workspace(workspace_id).filter(slug=slug).first()
    if row is None:
        raise not_found("This model")
    return row


def start_download(workspace_id: uuid.UUID, slug: str) -> LocalModel:
    """Fetches an offered model, or goes on with one that was paused or failed. Raises ApiError 404.

    Asking again for one that is on its way or ready changes nothing.
    """
    row = LocalModel.objects.for_workspace(workspace_id).filter(slug=slug).first()
    if row is None and slug in BY_ID:
        offered = BY_ID[slug]
        return _add(
            workspace_id,
            slug=slug,
            title=offered.title,
            url=offered.url,
            sha256=offered.sha256,
            size_bytes=offered.size_bytes,
            licence=offered.licence,
            languages=offered.languages,
            state=LocalState.DOWNLOADING,
        )
    if row is None:
        raise not_found("This model")
    if row.state in (LocalState.PAUSED, LocalState.FAILED):
        wanted = LocalState.DOWNLOADING if row.url else LocalState.CHECKING
        changed = LocalModel.objects.filter(pk=row.pk, state=row.state)
        changed.update(state=wanted, error=None, held_until=None, held_by="")
        row.refresh_from_db()
    return row


def pause_download(workspace_id: uuid.UUID, slug: str) -> LocalModel:
    """Stops fetching within seconds and keeps what is there; start_download goes on with it."""
    row = find(workspace_id, slug)
    LocalModel.objects.filter(pk=row.pk, state=LocalState.DOWNLOADING).update(state=LocalState.PAUSED)
    row.refresh_from_db()
    return row


def add_from_address(workspace_id: uuid.UUID, *, title: str, url: str, sha256: str) -> LocalModel:
    """Fetches any GGUF file whose hash the person knows. Raises ApiError 409 or 422."""
    if not _is_https(url):
        raise ApiError(
            422,
            "bad_address",
            "The address must begin with https:// and lead to a .gguf file.",
            field="url",
        )
    if not _SHA256.fullmatch(sha256.lower()):
        raise ApiError(
            422,
            "bad_hash",
            "A SHA-256 has 64 signs, 0-9 and a-f.",
            hint="It stands on the file's page; without it nobody can tell whether the right file came.",
            field="sha256",
        )
    return _add(
        workspace_id,
        slug=_slug(title),
        title=title,
        url=url,
        sha256=sha256.lower(),
        state=LocalState.DOWNLOADING,
    )


def add_from_path(workspace_id: uuid.UUID, *, title: str, path: str) -> LocalModel:
    """Uses a file that lies on the server; it is looked at by a worker first. Raises ApiError 409 or 422."""
    place = PurePosixPath(path)
    if not place.is_absolute() or ".." in place.parts or place.suffix.lower() != ".gguf" or "\0" in path:
        raise ApiError(
            422,
            "bad_path",
            "The path must begin with / and end with .gguf.",
            hint="For example: /srv/models/qwen3.gguf",
            field="path",
        )
    return _add(workspace_id, slug=_slug(title), title=title, path=str(place), state=LocalState.CHECKING)


def remove(row: LocalModel) -> None:
    """Takes a model off the list. A worker deletes a fetched file that no workspace uses any more; a file
    at a path of the owner's stays."""
    with transaction.atomic():
        forget_models(row.workspace_id, [row.model_id])
        audit("model.file_removed", row, row.title)
        row.delete()


def offered_without_row(workspace_id: uuid.UUID) -> list[Any]:
    """The offered models that this workspace has not begun with."""
    begun = set(LocalModel.objects.for_workspace(workspace_id).values_list("slug", flat=True))
    return [offered for offered in OFFERED if offered.id not in begun]


def _is_https(url: str) -> bool:
    """Its form only: where it leads is checked by the worker, when it is resolved."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(fits) and not (parts.username or parts.password or parts.fragment or " " in url)


def _add(workspace_id: uuid.UUID, **fields: Any) -> LocalModel:
    if LocalModel.objects.for_workspace(workspace_id).count() >= MOST_LOCAL:
        raise ApiError(409, "too_many_models", f"There are {MOST_LOCAL} local models already.")
    try:
        with transaction.atomic():
            row = LocalModel.objects.create(workspace_id=workspace_id, **fields)
            audit("model.file_added", row, row.title, source=row.url or row.path)
            return row
    except IntegrityError as error:
        raise ApiError(
            409,
            "name_taken",
            f"There is a local model named {fields['title']!r} already.",
            hint="Choose another name.",
            field="title",
        ) from error


def _slug(title: str) -> str:
    slug = _NOT_IN_SLUGS.sub("-", title.lower()).strip("-.")[:60]
    if not slug or slug in BY_ID:
        raise ApiError(
            422,
            "bad_name",
            "A model's name needs letters or digits, and must not be one of the offered models'.",
            hint="For example: qwen3-8b.",
            field="title",
        )
    return slug
