"""What a benchmark found: one JSON line each, and a table for people."""

from __future__ import annotations

import json
import math
import os
import statistics
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RUN = "BENCH_BEGAN"
LATEST = Path(__file__).parent / "results" / "latest.jsonl"


@dataclass(frozen=True)
class Result:
    """One figure: the median of `n` rounds, with the lowest and the highest of them.

    `of`: the version of what was measured, for a peer's figure (its name is FIGURE@PEER). `run`: when the
    `make bench` began that found it; figures of one run may be compared. `load`: of the machine, just then.
    """

    name: str
    value: float
    unit: str
    n: int
    min: float
    max: float
    of: str = ""
    run: str = ""
    load: float = 0.0


def result(name: str, unit: str, rounds: Sequence[float], of: str = "") -> Result:
    """The figure that these rounds come to."""
    shortest, longest = _short(min(rounds)), _short(max(rounds))
    value = _short(statistics.median(rounds))
    return Result(
        name, value, unit, len(rounds), shortest, longest, of, this_run(), round(os.getloadavg()[0], 1)
    )


def this_run() -> str:
    """When this `make bench` began: the same for all its suites, which are processes of their own."""
    return os.environ.setdefault(RUN, time.strftime("%Y-%m-%d %H:%M:%S"))


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
    rows += [
        (r.name, f"{r.value:g}", r.unit, str(r.n), f"{r.min:g}", f"{r.max:g}")
        for r in results
        if "@" not in r.name
    ]
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]], left: Collection[int] = (0, 2)) -> str:
    """Rows as text, in columns; the first row is their head. `left`: the columns that begin at the left."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _short(value: float) -> float:
    """Four figures are more than a shared machine can tell apart."""
    return float(f"{value:.4g}")
