"""What a benchmark found: one JSON line each, and a table for people."""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST = Path(__file__).parent / "results" / "latest.jsonl"


@dataclass(frozen=True)
class Result:
    """One figure: the median of `n` rounds, with the lowest and the highest of them."""

    name: str
    value: float
    unit: str
    n: int
    min: float
    max: float


def result(name: str, unit: str, rounds: Sequence[float]) -> Result:
    """The figure that these rounds come to."""
    return Result(
        name, _short(statistics.median(rounds)), unit, len(rounds), _short(min(rounds)), _short(max(rounds))
    )


def percentile(values: Iterable[float], p: float) -> float:
    """The value below which `p` percent of `values` lie, between neighbours in proportion."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    place = (len(ordered) - 1) * p / 100
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def read(path: Path = LATEST) -> list[Result]:
    """The latest figures of all benchmarks that ever ran here."""
    if not path.exists():
        return []
    return [Result(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def write(results: Sequence[Result], path: Path = LATEST) -> None:
    """Writes one JSON line a figure. Figures of benchmarks that did not run this time are kept."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known = {found.name: found for found in [*read(path), *results]}
    path.write_text("".join(f"{json.dumps(asdict(found))}\n" for found in known.values()), encoding="utf-8")


def table(results: Sequence[Result]) -> str:
    """The figures, one a line, in columns."""
    rows = [("name", "median", "unit", "n", "min", "max")]
    rows += [(r.name, f"{r.value:g}", r.unit, str(r.n), f"{r.min:g}", f"{r.max:g}") for r in results]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in (0, 2) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _short(value: float) -> float:
    """Four figures are more than a shared machine can tell apart."""
    return float(f"{value:.4g}")
