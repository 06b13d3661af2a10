"""The one error a request may end with: a status, a stable code, and a sentence for a person."""

from collections.abc import Mapping
from typing import Any

from django.http import JsonResponse


class ApiError(Exception):
    """Ends the request with `status` and `{"error": {code, message, hint, field}}`.

    `extra` is put beside "error" in the answer; `headers` are added to it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        hint: str = "",
        field: str | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.field = field
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        error = {"code": self.code, "message": self.message, "hint": self.hint, "field": self.field}
        return {"error": error, **self.extra}

    def response(self) -> JsonResponse:
        """The answer itself, for plain Django views."""
        return JsonResponse(self.body(), status=self.status, headers=self.headers)


def not_found(what: str = "This") -> ApiError:
    """What a foreign id and an id that never was are both answered with."""
    return ApiError(404, "not_found", f"{what} does not exist, or you have no access to it.")
