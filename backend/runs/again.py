"""What a person asks for is not refused because the database had two to choose between."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError, connection

P = ParamSpec("P")
R = TypeVar("R")

TRIES: Final = 6


def tried_again(do: Callable[P, R]) -> Callable[P, R]:
    """`do` is a transaction of its own, done once more when the database broke it off.

    PostgreSQL breaks one of two off that wait for each other: a person who stops a run, and the worker that
    ends it. Inside a transaction of someone else it is theirs to try again.
    """

    @wraps(do)
    def doing(*args: P.args, **kwargs: P.kwargs) -> R:
        for tries in range(1, TRIES):
            try:
                return do(*args, **kwargs)
            except OperationalError:
                if connection.in_atomic_block:
                    raise
                time.sleep(min(0.5, 0.02 * 2**tries))
        return do(*args, **kwargs)

    return doing
