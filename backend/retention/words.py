"""What would go or has gone, as sentences for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.knowledge.limits import MB
from backend.retention.cut import Wanted, least_days


def in_words(wanted: Wanted, seen: Mapping[str, Any]) -> list[str]:
    """A preview, a line each."""
    lines = [_wanted(wanted)]
    if not seen["runs"]:
        lines.append("Nothing would be deleted.")
    else:
        lines.append(f"What ended before {seen['runs_before']} would be deleted: {summary(seen)}.")
        for app in seen["apps"]:
            name = app["name"] or "(runs of no app, such as tests of a model)"
            lines.append(
                f"  {name}: {_n(app['runs'], 'run')}, {megabytes(app['bytes'])},"
                f" from {app['oldest']} to {app['newest']}"
            )
        shortened = seen["conversations_shortened"]
        if shortened:
            lines.append(f"{_n(shortened, 'conversation')} would lose what was said first and keep the rest.")
    kept = seen["kept"]
    lines.append(f"Kept: {_n(kept['runs'], 'run')} that ended, {megabytes(kept['bytes'])}.")
    if seen["still_over"]:
        lines.append(
            f"That is {megabytes(seen['still_over'])} more than wanted: runs are kept for {least_days()} days"
            " at least."
        )
    return lines


def summary(figures: Mapping[str, Any]) -> str:
    """What goes, counted, in one sentence."""
    counted = [
        _n(figures.get(name) or 0, word)
        for name, word in _WORDS
        if name in ("runs", "facts") or figures.get(name)
    ]
    return f"{', '.join(counted)}; {megabytes(figures.get('bytes', 0))} in all"


def megabytes(size: int) -> str:
    """Bytes as people say them."""
    return f"{size / MB:,.1f} MB" if size >= MB / 10 else f"{size / 1024:,.1f} kB"


def _wanted(wanted: Wanted) -> str:
    wishes = []
    if wanted.runs_days is not None:
        wishes.append(f"runs for {_n(wanted.runs_days, 'day')}")
    if wanted.runs_mb is not None:
        wishes.append(f"{wanted.runs_mb:,} MB of runs")
    return f"Wanted: {' and at most '.join(wishes)}." if wishes else "Everything is kept here."


def _n(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


_WORDS = (
    ("runs", "run"),
    ("facts", "fact"),
    ("messages", "message"),
    ("conversations", "conversation"),
    ("files", "file"),
    ("values", "large value"),
    ("versions", "draft version"),
    ("streams", "stream"),
)
