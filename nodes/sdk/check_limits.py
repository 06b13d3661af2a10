"""Finds limits of an app that its runs can never come to."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.sdk.node import Problem
from nodes.sdk.run_limits import RunLimits, installation_limits


def limit_problems(limits: RunLimits) -> Iterator[Problem]:
    """Warns of limits above those of the installation."""
    most_here = installation_limits()
    for field, name, limit, most in (
        ("steps", "steps", limits.steps, most_here.steps),
        ("wall_s", "seconds", limits.wall_s, most_here.wall_s),
        ("tokens", "tokens", limits.tokens, most_here.tokens),
        ("cost", "US dollars", limits.cost, most_here.cost),
    ):
        if limit is not None and most is not None and limit > most:
            yield Problem(
                "limit_above_maximum",
                f"A run of this app is limited to {limit:,} {name}, but here to {most:,} anyway.",
                "Lower the limit in the app's settings, or remove it.",
                field=f"limits.{field}",
                severity="warning",
                values={"limit": f"{limit:,}", "most": f"{most:,}", "what": name},
            )
