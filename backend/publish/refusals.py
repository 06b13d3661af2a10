"""Refusals that several public protocols share; each protocol gives them its own shape."""

from __future__ import annotations

from backend.accounts.errors import ApiError, not_found

LONGEST_QUERY = 32_000


def bad_field(field: str, message: str, hint: str = "", code: str = "bad_field") -> ApiError:
    """One field of the body is not what it has to be."""
    return ApiError(400, code, message, hint=hint, field=field)


def come_back(code: str, message: str, hint: str, seconds: int) -> ApiError:
    """A limit is reached; the same request may be served in `seconds`."""
    # OpenAI's clients repeat a 429 by themselves, which is of no use when the wait is long.
    headers = {"Retry-After": str(seconds), "X-Should-Retry": "true" if seconds <= 60 else "false"}
    return ApiError(429, code, message, hint=hint, headers=headers)


def query_too_long(length: int, field: str) -> ApiError:
    """A question above the size that is taken."""
    message = f"The question has {length:,} characters; {LONGEST_QUERY:,} are allowed."
    return ApiError(413, "query_too_long", message, hint="Shorten it, or send it in parts.", field=field)


def app_not_found() -> ApiError:
    """For visitors: there is none, it is switched off, or it is not offered where they ask."""
    return ApiError(404, "app_not_found", "There is no app at this address.", hint="Check the link.")


def app_switched_off() -> ApiError:
    """For holders of a key, who know that the app exists."""
    message = "This app is switched off."
    return ApiError(403, "app_switched_off", message, hint="Its owner can switch it on again under Publish.")


__all__ = [
    "LONGEST_QUERY",
    "app_not_found",
    "app_switched_off",
    "bad_field",
    "come_back",
    "not_found",
    "query_too_long",
]
