"""Whether what came with a message is what the app's first step asks for: one check, for every door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.accounts.errors import ApiError
from backend.accounts.strict_json import Json, unknown_field
from backend.files.services import Sender, find_files
from backend.runs.models import Run, RunFile
from nodes.sdk.inputs import FILE_KINDS, MOST_FILES, is_empty, wrong_with


def check_inputs(
    fields: Sequence[Mapping[str, Any]],
    given: Json,
    sender: Sender,
    *,
    within: str = "inputs",
    is_whole: bool = True,
) -> dict[str, Json]:
    """`given` as a run takes it. Raises ApiError 400 naming what is unknown, missing or of another type.

    `within` is where it stands in the body; unless it `is_whole`, nothing is missed. Files are named by their
    ids and become what steps see of them. Only the sender's own are known. To be called in the transaction
    that accepts it.
    """
    if not isinstance(given, dict):
        raise _refusal(within, f"`{within}` must be an object.")
    known = {str(field["name"]): field for field in fields}
    for name in given:
        if name not in known:
            raise unknown_field(f"{within}.{name}")
    sent = {name: value for name, value in given.items() if value is not None}
    _look_up_files(known, sent, sender, within)
    for name, field in known.items():
        at = f"{within}.{name}"
        if name in sent and (wrong := wrong_with(field, sent[name])):
            raise _refusal(at, f"`{at}` {wrong}.")
        is_missing = is_empty(sent.get(name)) and field.get("required") and is_empty(field.get("default"))
        if is_missing and is_whole:
            label = field.get("label") or name
            raise _refusal(at, f"The app needs {label!r}.", f"Send it in `{within}`.", "info_missing")
    return sent


def hold_files(run: Run, fields: Sequence[Mapping[str, Any]], given: Mapping[str, Any] | None = None) -> None:
    """Notes which files a run was accepted or answered with, in that transaction: it may read no others."""
    held: list[RunFile] = []
    for field in fields:
        if field.get("type") in FILE_KINDS and (
            value := (run.inputs if given is None else given).get(field["name"])
        ):
            ids = [one["file_id"] for one in (value if isinstance(value, list) else [value])]
            held += [RunFile(run=run, file_id=file_id) for file_id in ids]
    if held:
        RunFile.objects.bulk_create(held, ignore_conflicts=True)


def _look_up_files(
    known: Mapping[str, Mapping[str, Any]], sent: dict[str, Json], sender: Sender, within: str
) -> None:
    """Puts the sender's own files in the place of their ids."""
    named: dict[str, list[str]] = {}
    for name, value in sent.items():
        kind = known[name].get("type")
        if kind not in FILE_KINDS or is_empty(value):
            continue
        if (kind == "files") != isinstance(value, list):
            raise _refusal(f"{within}.{name}", f"`{within}.{name}` must be {_WANTED[kind]}.")
        asked = value if isinstance(value, list) else [value]
        if len(asked) > MOST_FILES:
            raise _refusal(f"{within}.{name}", f"`{within}.{name}` has more than {MOST_FILES} files.")
        named[name] = [_file_id(one, f"{within}.{name}") for one in asked]
    if not named:
        return
    found = find_files(sender, {one for ids in named.values() for one in ids})
    for name, ids in named.items():
        if any(one not in found for one in ids):
            message = f"`{within}.{name}` names a file that is not there."
            raise _refusal(f"{within}.{name}", message, "Upload it again.", "file_gone")
        values: list[Json] = [found[one] for one in dict.fromkeys(ids)]
        sent[name] = values if known[name]["type"] == "files" else values[0]


_WANTED = {"file": "one uploaded file", "files": "a list of uploaded files"}


def _file_id(value: Json, at: str) -> str:
    """The id, which stands alone, or in an object as our answer to an upload, a step or Dify writes it."""
    if isinstance(value, dict):
        value = next((value[key] for key in ("file_id", "upload_file_id", "id") if key in value), None)
    if not isinstance(value, str):
        raise _refusal(at, f"`{at}` must name an uploaded file by its id.")
    return value


def _refusal(at: str, message: str, hint: str = "", code: str = "bad_field") -> ApiError:
    return ApiError(400, code, message, hint=hint, field=at)
