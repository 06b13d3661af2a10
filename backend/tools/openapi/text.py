"""The text of a description, as data: JSON or YAML."""

from __future__ import annotations

from typing import Any, Final

from nodes.sdk.json_text import NotData, data_of
from nodes.sdk.strict import MAX_INTEGER, GraphError
from nodes.sdk.values import Json
from nodes.sdk.web_answers import whole
from nodes.sdk.yaml_text import MAX_FILE_BYTES, read_any_yaml

LARGEST_TEXT: Final = MAX_FILE_BYTES
LARGEST_YAML: Final = 2_000_000
"""YAML takes a hundred times as long to read as JSON."""
_MOST_DEPTH: Final = 64


class Unreadable(ValueError):
    """A text that is no description. `code` is stable; the message and the hint are for a person."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def document_in(text: str) -> dict[str, Any]:
    """The description in a text, which says of itself that it is one. Raises Unreadable."""
    document = _data(text.removeprefix("\ufeff").strip())
    if not isinstance(document, dict):
        raise _no_description()
    if document.get("swagger") not in ("2.0", 2.0) and not _is_version_3(document.get("openapi")):
        raise _no_description()
    return document


def _data(text: str) -> Json:
    if not text:
        raise Unreadable(
            "openapi_empty",
            "There is no description.",
            "Paste the text, or choose the file, that describes it.",
        )
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST_TEXT:
        raise too_large()
    if text.startswith("<"):
        raise Unreadable(
            "openapi_is_page",
            "This is a web page, and no description that a program can read.",
            "Look there for a link to openapi.json, openapi.yaml or swagger.json.",
        )
    if text.startswith(("{", "[")):
        try:
            return data_of(text, _MOST_DEPTH)
        except NotData as error:
            why = str(error)
    elif size > LARGEST_YAML:
        raise Unreadable(
            "openapi_too_large",
            f"The description is larger than {LARGEST_YAML // 1_000_000} MB, and written in YAML.",
            "Take the same description as JSON: that may be larger.",
        )
    else:
        try:
            return _kept(read_any_yaml(text))
        except GraphError as error:
            why = error.message
    raise Unreadable(
        "openapi_unreadable",
        f"The description cannot be read: {why[:300]}",
        "Correct the text there, or take it from the service once more.",
    )


def too_large() -> Unreadable:
    """For a text without measure."""
    return Unreadable(
        "openapi_too_large",
        f"The description is larger than {LARGEST_TEXT // 1_000_000} MB.",
        "Leave out of it what you do not need.",
    )


def _no_description() -> Unreadable:
    return Unreadable(
        "openapi_not_one",
        "This is no description of a web service that we can read.",
        "We read OpenAPI 3 and Swagger 2.0, as JSON or YAML. It begins with a line such as openapi: 3.1.0.",
    )


def _is_version_3(version: Any) -> bool:
    return str(version).startswith(("3.0", "3.1", "3.2")) if isinstance(version, (str, float)) else False


def _kept(value: Json) -> Json:
    """`value` as a database keeps it; a number that a browser does not keep exactly becomes a text."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_kept(one) for one in value]
    if isinstance(value, dict):
        return {whole(key): _kept(one) for key, one in value.items()}
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return str(value)
    if isinstance(value, float) and abs(value) == float("inf"):
        return str(value)
    return value
