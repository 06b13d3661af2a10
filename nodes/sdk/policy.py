"""What is to happen when a node fails: how often it is tried, how long it may take, and what then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast

from nodes.sdk.strict import (
    GraphError,
    check_plain_json,
    read_list,
    read_number,
    read_object,
    read_whole,
    shorten,
    wrong_type,
)
from nodes.sdk.values import Json

OnError = Literal["fail", "port", "default"]

ON_ERROR: Final[tuple[OnError, ...]] = ("fail", "port", "default")
USUAL_ATTEMPTS: Final = {"none": 1, "read": 3, "write": 1}
"""How often a node is tried that nothing is said of, by what it does to the world."""

MAX_CODES: Final = 50
MAX_CODE: Final = 50

_FIELDS = frozenset({"max_attempts", "backoff_s", "timeout_s", "retry_codes", "on_error", "default"})


@dataclass(frozen=True)
class Policy:
    """How often a node is tried, how long a pause grows from, how long one try may take, and what then.

    None for `max_attempts` follows the type's effects: three for "read", one for the others. None for
    `retry_codes` tries again after those errors that may pass. None for `on_error` leaves by the error port
    where an edge does, and else fails; "default" leaves by a usual port with `default` as the output.
    """

    max_attempts: int | None = None
    backoff_s: float = 1.0
    timeout_s: float | None = None
    retry_codes: tuple[str, ...] | None = None
    on_error: OnError | None = None
    default: Json = None


def policy_to_json(policy: Policy) -> dict[str, Json]:
    """Only what differs from the default policy."""
    said: dict[str, Json] = {}
    if policy.max_attempts is not None:
        said["max_attempts"] = policy.max_attempts
    if policy.backoff_s != Policy().backoff_s:
        said["backoff_s"] = policy.backoff_s
    if policy.timeout_s is not None:
        said["timeout_s"] = policy.timeout_s
    if policy.retry_codes is not None:
        said["retry_codes"] = list(policy.retry_codes)
    if policy.on_error is not None:
        said["on_error"] = policy.on_error
    if policy.on_error == "default" or policy.default is not None:
        said["default"] = policy.default
    return said


def policy_from_json(value: Json, at: str) -> Policy:
    """Reads a policy strictly. Raises GraphError."""
    fields = read_object(value, at, _FIELDS)
    max_attempts, timeout_s = fields.get("max_attempts"), fields.get("timeout_s")
    on_error, default = fields.get("on_error"), fields.get("default")
    if on_error is not None and on_error not in ON_ERROR:
        raise GraphError(
            "wrong_type",
            f"{at}.on_error is {shorten(on_error)!r}, which it cannot be.",
            f"It is one of: {', '.join(ON_ERROR)}.",
            f"{at}.on_error",
        )
    check_plain_json(default, f"{at}.default")
    return Policy(
        max_attempts=None if max_attempts is None else read_whole(max_attempts, f"{at}.max_attempts", 1, 10),
        backoff_s=read_number(fields.get("backoff_s", 1.0), f"{at}.backoff_s", 0, 3_600),
        timeout_s=None if timeout_s is None else read_number(timeout_s, f"{at}.timeout_s", 0.1, 86_400),
        retry_codes=_codes(fields.get("retry_codes"), f"{at}.retry_codes"),
        on_error=on_error,
        default=default,
    )


def _codes(value: Json, at: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    codes = read_list(value, at)
    if len(codes) > MAX_CODES:
        raise GraphError("out_of_range", f"{at} has more than {MAX_CODES} entries.", field=at)
    for i, code in enumerate(codes):
        if not isinstance(code, str):
            raise wrong_type(f"{at}[{i}]", "a text")
        if not 0 < len(code) <= MAX_CODE:
            raise GraphError("out_of_range", f"{at}[{i}] is not a code.", field=f"{at}[{i}]")
        check_plain_json(code, f"{at}[{i}]")
    return tuple(dict.fromkeys(cast("list[str]", codes)))
