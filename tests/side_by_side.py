"""Loaded by pytest: how the suite is divided among processes (`-n 2`), each with a world of its own.

A file's tests stay together, for they share processes; all end-to-end tests do, for they share one
installation and one browser. What takes longest begins first, so that the processes end about together.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/e2e/", "tests/models/")
"""Folders whose files share what is dear to start, or to build the first time on a machine."""

FIRST = (
    "tests/e2e/",
    "tests/chaos/",
    "tests/models/",
    "tests/deploy/",
    "tests/runs/",
    "tests/publish/",
    "tests/knowledge/",
)
"""Those that start real processes, longest first; all others come after, as they are found."""


def group_of(nodeid: str) -> str:
    """What a test has to stay together with: its file, or its folder."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(folder)), file)


def place_of(nodeid: str) -> int:
    """Where a test stands in the order of beginning; those alike stay as they are found."""
    return next((n for n, folder in enumerate(FIRST) if nodeid.startswith(folder)), len(FIRST))


class ByGroup(LoadScopeScheduling):
    """Gives a process that has nothing left to do the next group."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """Divides by groups, in our own order, whatever `--dist` says."""
    config.option.loadscopereorder = False
    return ByGroup(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts what takes longest first, where there are several processes."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_report_to_serializable(report: Any) -> Any:
    """Half characters, which some tests print on purpose, cannot travel between processes."""
    return _whole((yield))


def _whole(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case list() | tuple():
            return type(value)(map(_whole, value))
        case _:
            return value
