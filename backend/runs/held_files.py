"""Which files a run may read, and which of them its replies gave to the person."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from backend.files.models import UploadedFile
from backend.runs.models import Run, RunFile
from nodes.sdk.uploads import is_file
from nodes.sdk.values import Json


def file_of_run(workspace_id: UUID, run_id: UUID, file_id: UUID) -> UploadedFile | None:
    """A file that the run, or another one of its conversation, was given or made; None for any other."""
    run = Run.objects.for_workspace(workspace_id).only("conversation_id").filter(pk=run_id).first()
    if run is None:
        return None
    mine = Q(run_uses__run_id=run_id)
    if run.conversation_id is not None:
        mine |= Q(run_uses__run__conversation_id=run.conversation_id)
    return UploadedFile.objects.for_workspace(workspace_id).filter(mine, pk=file_id).first()


def files_along(outputs: Json) -> list[dict[str, Json]]:
    """The files that the replies of a run gave along, by its `outputs`."""
    given = outputs.get("files") if isinstance(outputs, dict) else None
    files = given if isinstance(given, list) else []
    return [cast("dict[str, Json]", one) for one in files if is_file(one)]


def was_given(file: UploadedFile, runs: QuerySet[Run]) -> bool:
    """Whether a reply in one of `runs` gave the file along, in a conversation or run that holds it."""
    held = RunFile.objects.filter(file=file)
    talks = held.exclude(run__conversation=None).values("run__conversation_id")
    near = runs.filter(Q(pk__in=held.values("run_id")) | Q(conversation_id__in=talks))
    # The text is only looked through to read few rows; what it tells is decided below.
    naming = near.annotate(said=Cast("outputs", TextField())).filter(said__contains=str(file.pk))
    return any(
        one["file_id"] == str(file.pk)
        for outputs in naming.values_list("outputs", flat=True)
        for one in files_along(outputs)
    )
