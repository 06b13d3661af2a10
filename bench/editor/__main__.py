"""`make bench-editor`: Chromium on the built editor, and on n8n's where `make bench-peers` has installed it.

Figures go to bench/results/editor.jsonl. Run it on a quiet machine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from bench.editor import n8n, ours, sizes
from bench.peers.compare import comparison
from bench.results import LATEST, Result, read, table, this_run, write

EDITOR = LATEST.with_name("editor.jsonl")


def main() -> None:
    """Measures, writes, and prints the table."""
    this_run()
    for suite in (sizes.bundles, ours.measured, n8n.measured):
        _keep(suite())
    found = read(EDITOR)
    print(table(found))
    if beside := comparison(found, []):
        print(f"\n{beside}")


def _keep(results: Iterable[Result], path: Path = EDITOR) -> None:
    """Each figure as soon as it is known: a run of minutes that breaks off has not been for nothing."""
    for found in results:
        write([found], path)
        print(f"{found.name}: {found.value:g} {found.unit}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
