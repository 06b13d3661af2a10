"""Finds limits of an app that its runs can never come to."""

from __future__ import annotations

from collections.abc import Iterator

from nodes.sdk.limits import max_run_cost, max_run_seconds, max_run_tokens, max_steps
from nodes.sdk.node import Problem
from nodes.sdk.run_limits import RunLimits


def limit_problems(limits: RunLimits) -> Iterator[Problem]:
    """Warns of limits above those of the installation."""
    for name, limit, most in (
        ("steps", limits.steps, max_steps()),
        ("seconds", limits.wall_s, max_run_seconds()),
        ("tokens", limits.tokens, max_run_tokens()),
        ("US dollars", limits.cost, max_run_cost()),
    ):
        if limit is not None and most is not None and limit > most:
            yield Problem(
                "limit_above_maximum",
                f"A run of this app is limited to {limit:,} {name}, but here to {most:,} anyway.",
                "Lower the limit in the app's settings, or remove it.",
                severity="warning",
                values={"limit": f"{limit:,}", "most": f"{most:,}", "what": name},
            )
