"""Finds the node types that are there, and keeps a broken one from breaking anything else."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast, get_args

from nodes.sdk.describe import describe_type
from nodes.sdk.errors import NodeError
from nodes.sdk.node import Effects, Node, NodeConfig, NodeOutput
from nodes.sdk.strict import NODE_ID

BUILTIN: Final = Path(__file__).resolve().parent.parent / "builtin"
ENTRY_POINTS: Final = "treadle.nodes"
DROP_IN_SETTING: Final = "TREADLE_NODES"
LOADING_S: Final = 20.0
"""How long a pack may take to load before the server starts without it."""


@dataclass(frozen=True)
class Catalogue:
    """The node types by name, and those that could not be loaded with the reason in words."""

    types: Mapping[str, type[Node]]
    broken: Mapping[str, str]

    def get(self, type_name: str) -> type[Node]:
        """The node type of that name. Raises NodeError("unknown_type")."""
        found = self.types.get(type_name)
        if found is None:
            raise NodeError("unknown_type", *unknown_type_words(self, type_name))
        return found

    def describe(self) -> list[dict[str, Any]]:
        """Every type as the editor needs it, in order of name."""
        return [describe_type(self.types[name]) for name in sorted(self.types)]


def unknown_type_words(catalogue: Catalogue, type_name: str) -> tuple[str, str]:
    """The message and the hint for a type that the catalogue does not have."""
    reason = catalogue.broken.get(type_name)
    if reason:
        return f"The step type {type_name!r} is here but cannot be used: {reason}", "Repair or reinstall it."
    return f"There is no step type {type_name!r} here.", "Remove the step, or install what it comes from."


@lru_cache(maxsize=1)
def installed_catalogue() -> Catalogue:
    """The catalogue of this process: everything installed, and the folder that TREADLE_NODES names."""
    folder = os.environ.get(DROP_IN_SETTING, "").strip()
    return load_catalogue(Path(folder) if folder else None)


def load_catalogue(extra_dir: Path | None = None) -> Catalogue:
    """Loads the builtin types, those of installed packs, and those in `extra_dir`.

    A folder or file that cannot be imported, or whose types are not well made, is listed as broken and
    hides nothing else. A type name belongs to the first who brings it.
    """
    types: dict[str, type[Node]] = {}
    broken: dict[str, str] = {}
    for name, load in _sources(extra_dir):
        try:
            found = load.within(LOADING_S)
            if not found:
                broken[name] = "It defines no node type."
            for node_type in found:
                _register(node_type, types)
        except (Exception, SystemExit) as error:  # whatever a stranger's module does, the server starts
            broken[name] = _reason(error)
    return Catalogue(types, broken)


def _register(node_type: type[Node], types: dict[str, type[Node]]) -> None:
    if node_type.type in types and types[node_type.type] is not node_type:
        raise ValueError(f"The type name {node_type.type!r} is already taken.")
    types[node_type.type] = node_type


@dataclass(frozen=True)
class _Load:
    """One thing to import: a module by name, a file, or an entry point."""

    module: str = ""
    file: Path | None = None
    entry_point: EntryPoint | None = None

    def __call__(self) -> object:
        if self.entry_point is not None:
            return self.entry_point.load()
        return (
            importlib.import_module(self.module)
            if self.file is None
            else _import_file(self.module, self.file)
        )

    def within(self, seconds: float) -> list[type[Node]]:
        """Its node types, each looked at and described. Raises what the module raises, and TimeoutError.

        What somebody else wrote may never come to an end: it is loaded aside, and left there.
        """
        if not self.module.startswith("nodes.builtin."):
            return _in_time(lambda: _well_made(self), seconds)
        return _well_made(self)


def _in_time(do: Callable[[], list[type[Node]]], seconds: float) -> list[type[Node]]:
    found: list[list[type[Node]]] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            found.append(do())
        except BaseException as error:  # handed to whoever waits
            raised.append(error)

    thread = threading.Thread(target=work, name="loading a pack", daemon=True)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0] if isinstance(raised[0], Exception) else RuntimeError(repr(raised[0]))
    if not found:
        raise TimeoutError(f"It was not loaded within {seconds:g} seconds.")
    return found[0]


def _well_made(load: _Load) -> list[type[Node]]:
    found = list(_node_types(load))
    for node_type in found:
        if fault := _fault(node_type):
            raise ValueError(f"{node_type.__name__}: {fault}")
        try:
            json.dumps(describe_type(node_type), allow_nan=False, ensure_ascii=False).encode()
        except TypeError as error:
            raise ValueError(f"{node_type.__name__}: it cannot be described: {error}") from None
    return found


def _sources(extra_dir: Path | None) -> Iterator[tuple[str, _Load]]:
    for name, file in _node_files(BUILTIN):
        inside = f"nodes.builtin.{name}.node" if file.name == "node.py" else f"nodes.builtin.{name}"
        yield name, _Load(inside)
    for entry_point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        yield entry_point.name, _Load(entry_point=entry_point)
    if extra_dir is not None:
        for name, file in _node_files(extra_dir):
            yield name, _Load(f"treadle_drop_in_{name}", file)


def _node_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The node files of a folder: `name.py` and `name/node.py`, by name."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(("_", ".")):
            continue
        if entry.is_dir() and (entry / "node.py").is_file():
            yield entry.name, entry / "node.py"
        elif entry.is_file() and entry.suffix == ".py":
            yield entry.stem, entry


def _import_file(module_name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file.name} cannot be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # pydantic looks up annotations there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(module_name, None)
        raise
    return module


def _node_types(load: _Load) -> Iterator[type[Node]]:
    """The node types of what `load` gives: a class, or the classes that a module itself defines."""
    loaded = load()
    if inspect.isclass(loaded):
        if not issubclass(loaded, Node):
            raise TypeError(f"{loaded.__name__} is not a Node.")
        yield loaded
        return
    for value in list(vars(loaded).values()):
        if inspect.isclass(value) and issubclass(value, Node) and value.__module__ == loaded.__name__:  # type: ignore[attr-defined]
            yield value


def _fault(node_type: type[Node]) -> str:
    """What is wrong with the making of a node type, or nothing."""
    name = cast("object", getattr(node_type, "type", None))
    title = cast("object", getattr(node_type, "title", None))
    if not isinstance(name, str) or not NODE_ID.match(name):
        return "`type` must be small letters, digits and _, such as 'word_count'."
    if not isinstance(title, str) or not title.strip():
        return "`title` is missing."
    if node_type.effects not in get_args(Effects):
        return "`effects` must be 'none', 'read' or 'write'."
    for part, base in (("Config", NodeConfig), ("Output", NodeOutput)):
        given = cast("object", getattr(node_type, part))
        if not inspect.isclass(given) or not issubclass(given, base):
            return f"{part} must be a {base.__name__}."
    inside = cast("object", node_type.Inside)
    if inside is not None and not (inspect.isclass(inside) and issubclass(inside, NodeOutput)):
        return "Inside must be a NodeOutput."
    if not inspect.iscoroutinefunction(node_type.run) or node_type.run is Node.run:
        return "It needs `async def run(self, config, ctx)`."
    if node_type.answers is not None and node_type.answers not in node_type.Config.model_fields:
        return f"`answers` names {node_type.answers!r}, which is not a field of Config."
    return ""


def _reason(error: BaseException) -> str:
    """Why a module did not load, in one line without paths."""
    text = str(error).strip().splitlines()
    first = text[0] if text else ""
    return (
        first if isinstance(error, ValueError) and first else f"{type(error).__name__}: {first}".rstrip(": ")
    )
