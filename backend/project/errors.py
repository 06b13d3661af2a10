"""One form for everything that goes wrong, whoever notices it."""

import logging

import pydantic
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from backend.accounts.auth import signed_out
from backend.accounts.errors import ApiError, not_found
from backend.accounts.strict_json import not_json, too_large, unknown_field

logger = logging.getLogger("treadle.errors")

_API_PREFIXES = ("/api/", "/v1/", "/c/", "/embed/")


def use_error_form(api: NinjaAPI) -> None:
    """Makes `api` answer every exception in our form."""
    api.add_exception_handler(ApiError, lambda request, error: error.response())
    api.add_exception_handler(Http404, lambda request, error: not_found().response())
    api.add_exception_handler(ValidationError, lambda request, error: _invalid(error).response())
    api.add_exception_handler(AuthenticationError, lambda request, error: signed_out().response())
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(RequestDataTooBig, lambda request, error: too_large().response())
    # The CSRF check looks for its token in a form, and then a multipart body is gone.
    api.add_exception_handler(
        RawPostDataException, lambda request, error: not_json(request.content_type or "").response()
    )
    api.add_exception_handler(Exception, unexpected)


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """The answer to what nobody foresaw: nothing of it is shown, all of it is logged under an id."""
    if isinstance(error, ApiError):
        return error.response()
    request_id = getattr(request, "request_id", "-")
    logger.error("%s %s failed [%s]", request.method, request.path, request_id, exc_info=error)
    return ApiError(
        500,
        "internal",
        "Something went wrong here that should not have.",
        hint=f"Try again. If it stays so, look in the server's log for {request_id}.",
    ).response()


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    # django-ninja wraps whatever its body parser raises.
    if isinstance(error.__cause__, ApiError):
        return error.__cause__.response()
    return ApiError(error.status_code, "refused", str(error)).response()


def _invalid(error: ValidationError) -> ApiError:
    """The first thing wrong with what was sent, as a sentence that names the field."""
    first = error.errors[0]
    path = [str(part) for part in first["loc"]][1:]  # without "body", "query" or "path"
    if first["loc"][0] == "path":
        return not_found()
    kind = first["type"]
    # The name of the one body argument is ours, not the caller's.
    field = ".".join(path[1:] if first["loc"][0] == "body" else path) or None
    if kind == "extra_forbidden":
        return unknown_field(field or "")
    if kind == "missing" and field is None:
        return ApiError(400, "no_body", "Nothing was sent.", hint="Send a JSON object.")
    if kind == "missing":
        return ApiError(422, "missing_field", f"The field {field!r} is missing.", field=field)
    return ApiError(422, "bad_field", _sentence(field, first), field=field)


def _sentence(field: str | None, error: dict) -> str:
    reason = str(error["msg"]).removeprefix("Value error, ").rstrip(".")
    where = f"The field {field!r}" if field else "What was sent"
    return f"{where} does not fit: {reason[:1].lower()}{reason[1:]}."


def invalid_model(error: pydantic.ValidationError, *, outer: str = "") -> ApiError:
    """The same for a pydantic model that a plain view validates itself."""
    errors = [{**one, "loc": ("body", outer, *one["loc"])} for one in error.errors(include_url=False)]
    return _invalid(ValidationError(errors))


def is_api(path: str) -> bool:
    """Whether who asks for `path` expects JSON."""
    return path.startswith(_API_PREFIXES)


def not_allowed_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A 405 in our form, with the Allow header of the original."""
    allow = response.headers.get("Allow", "")
    return ApiError(
        405, "bad_method", f"{request.method} is not possible here; {allow} is.", headers={"Allow": allow}
    ).response()


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    if is_api(request.path):
        return not_found("This address").response()
    return HttpResponse(
        "There is nothing at this address.\n", status=404, content_type="text/plain; charset=utf-8"
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400: a suspicious operation, such as a body above the limit."""
    if isinstance(exception, RequestDataTooBig):
        return too_large().response()
    what = "This request cannot be read."
    if isinstance(exception, SuspiciousOperation) and "ALLOWED_HOSTS" in str(exception):
        what = "This address is not one of this installation's. Set TREADLE_ALLOWED_HOSTS to allow it."
    return JsonResponse(ApiError(400, "bad_request", what).body(), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler403."""
    return ApiError(403, "not_allowed", "This is not allowed.").response()


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    return ApiError(500, "internal", "Something went wrong here that should not have.").response()


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A change was asked for from elsewhere than our own pages."""
    return ApiError(
        403,
        "csrf_failed",
        "This request does not come from a page of this site.",
        hint="Reload the page and try again.",
    ).response()
