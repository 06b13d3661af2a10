"""Treadle's figures beside its peers': from the same run where a peer is installed, else as they were kept.

A peer's figure is named FIGURE@PEER after the figure of ours that it stands beside. `kept.jsonl` holds
those of an earlier day (with no rounds, `n` 0), for peers that are not installed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.results import Result, columns, read

KEPT = Path(__file__).parent / "kept.jsonl"


def comparison(results: Sequence[Result], kept: Sequence[Result] | None = None) -> str:
    """A table with one line for each peer and figure, or nothing when there is nothing to compare."""
    ours = {found.name: found for found in results if "@" not in found.name}
    old = read(KEPT) if kept is None else kept
    theirs = {found.name: found for found in [*old, *results] if "@" in found.name}
    rows = [("figure", "unit", "Treadle", "peer", "its figure", "ratio", "where it comes from")]
    for name in _figures(ours, theirs):
        beside = sorted((peer for at, peer in theirs.items() if at.startswith(f"{name}@")), key=_better)
        rows += [_row(ours.get(name), peer) for peer in beside if name in ours or peer.n]
    return columns(rows, left=(0, 1, 3, 6)) if len(rows) > 1 else ""


def ratio(ours: Result, peer: Result) -> float:
    """How many times better ours is: above 1 where Treadle is faster, or needs less."""
    if ours.unit.endswith("/s"):
        return ours.value / peer.value
    return peer.value / ours.value if ours.value > 0 else float("inf")


def _figures(ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """The names that both have, in the order of ours, then those that only peers have."""
    measured = dict.fromkeys(at.partition("@")[0] for at in theirs)
    return [*(name for name in ours if name in measured), *(name for name in measured if name not in ours)]


def _row(ours: Result | None, peer: Result) -> tuple[str, ...]:
    same = ours is not None and peer.run == ours.run
    source = "this run" if same else f"run of {peer.run}" if peer.n else f"kept from {peer.run}"
    name, _, who = peer.name.partition("@")
    return (
        name,
        peer.unit,
        f"{ours.value:g}" if ours else "-",
        who,
        f"{peer.value:g}",
        f"{ratio(ours, peer):.3g}x{'' if same else '?'}" if ours else "-",
        f"{peer.of}, {source}" + (f", load {peer.load:g}" if peer.n else ""),
    )


def _better(peer: Result) -> float:
    return -peer.value if peer.unit.endswith("/s") else peer.value
