"""The one file in the body of an upload, for every door."""

from __future__ import annotations

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from backend.accounts.errors import ApiError
from backend.knowledge.services import Upload


def upload_in(request: HttpRequest) -> Upload:
    """The file in the field `file`. Blocks while the body is taken apart. Raises ApiError 400, 415 or 422."""
    if request.content_type != "multipart/form-data":
        raise ApiError(415, "not_multipart", "A file is sent as multipart/form-data, in the field `file`.")
    try:
        files = request.FILES
    except (MultiPartParserError, BadRequest, SuspiciousOperation, ValueError) as error:
        message = "The upload could not be read."
        raise ApiError(400, "bad_upload", message, hint="Send it again.") from error
    found = files.getlist("file")
    if len(found) != 1:
        message = "No file was sent." if not found else "One file is sent at a time."
        raise ApiError(422, "missing_field", message, hint="Send it in the field `file`.", field="file")
    return Upload(found[0].name or "", found[0].size or 0, found[0].chunks())
