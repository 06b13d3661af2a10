"""What the console API takes and gives: the base of every schema, and the parser of every body."""

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import BaseModel, ConfigDict

from backend.accounts.strict_json import Json, read_json


class Body(BaseModel):
    """A JSON body. Unknown fields are refused and nothing is converted: "1" is not 1.

    A field that JSON writes as text (a UUID, a time) says `Field(strict=False)`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(BaseModel):
    """What a route answers with; may be filled from an object's attributes."""

    model_config = ConfigDict(from_attributes=True)


class StrictParser(Parser):
    """django-ninja's reader of bodies, with our limits."""

    def parse_body(self, request: HttpRequest) -> Json:  # type: ignore[override]
        """The JSON body. Raises ApiError."""
        return read_json(request)


class ErrorDetail(Answer):
    """What went wrong, in a stable code and in words."""

    code: str
    message: str
    hint: str
    field: str | None


class ErrorAnswer(Answer):
    """The form of every refusal."""

    error: ErrorDetail
