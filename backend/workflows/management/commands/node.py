"""Begins a new node type, looks whether one is complete, or writes what is made from all of them."""

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from nodes.handbook import differing
from nodes.made import PAGE, breaks, made, stale
from nodes.sdk.catalogue import BUILTIN, Catalogue, installed_catalogue, load_catalogue
from nodes.sdk.complete import faults_of
from nodes.sdk.examples import examples_of
from nodes.sdk.node import Node
from nodes.sdk.scaffold import CannotBegin, begin


class Command(BaseCommand):
    """`manage.py node new NAME`, `manage.py node check [NAME|PATH]`, `manage.py node docs`"""

    help = "Begins a step type (new), looks whether some are complete (check), writes what they make (docs)."
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: Any) -> None:
        """What may be given."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="new|check|docs")
        new = verbs.add_parser("new", help="begin a new step type")
        new.add_argument("name", help="such as word_count")
        new.add_argument("--title", default="", help="its name on screen, such as 'Word count'")
        new.add_argument("--into", type=Path, default=BUILTIN, help="the folder to write it into")
        look = verbs.add_parser("check", help="look whether step types are complete")
        look.add_argument("what", nargs="?", default="", help="a name, a folder or a file; nothing: all")
        docs = verbs.add_parser(
            "docs", help="write what is made from the builtin types: their page, and more"
        )
        docs.add_argument("--check", action="store_true", help="only say whether all of it is current")

    def handle(self, *args: Any, **options: Any) -> None:
        """Writes nothing but a new folder, or the files of `nodes/made.py`."""
        if options["verb"] == "new":
            self._new(options["name"], options["into"], options["title"])
        elif options["verb"] == "check":
            self._check(options["what"])
        else:
            self._docs(only_look=options["check"])

    def _new(self, name: str, into: Path, title: str) -> None:
        try:
            files = begin(name, into, installed_catalogue(), title)
        except CannotBegin as fault:
            raise CommandError(str(fault)) from None
        for file in files:
            self.stdout.write(f"  {file}")
        is_builtin = into.resolve() == BUILTIN
        self.stdout.write(
            f"It works as it is: it shortens a text. Change it, then look: manage.py node check "
            f"{name if is_builtin else files[0].parent}"
        )
        if is_builtin:
            self.stdout.write("Afterwards write what is made from the step types: make nodes")
        else:
            self.stdout.write(f"Treadle finds it when it starts with TREADLE_NODES={into}")

    def _docs(self, *, only_look: bool) -> None:
        catalogue, root = load_catalogue(), settings.BASE_DIR
        if broken := breaks(catalogue, root):
            hint = (
                "Keep it as it was, or raise `version` and say in `migrate` what becomes of older settings."
            )
            raise CommandError("\n".join(["Saved workflows would not run any more:", *broken, hint]))
        old = stale(catalogue, root)
        if not old:
            self.stdout.write("What is made from the step types is current.")
            return
        if only_look:
            raise CommandError(f"Not current: {', '.join(_about(old, root))}. Write it anew: make nodes")
        now = made(catalogue)
        for file in old:
            if file in now:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(now[file], encoding="utf-8")
            else:
                (root / file).unlink()
            self.stdout.write(f"  {file}{'' if file in now else ' (removed: there is no such type)'}")

    def _check(self, what: str) -> None:
        catalogue, chosen, broken = _chosen(what)
        are_bad = len(broken)
        for name, reason in sorted(broken.items()):
            self.stdout.write(f"{name}: it cannot be loaded. {reason}")
        for node_type in chosen:
            begun = time.monotonic()
            faults = asyncio.run(faults_of(node_type, catalogue))
            took_ms = (time.monotonic() - begun) * 1_000
            if not faults:
                count = len(examples_of(node_type))
                self.stdout.write(f"{node_type.type}: complete, {count} examples are true ({took_ms:.0f} ms)")
                continue
            are_bad += 1
            self.stdout.write(f"{node_type.type}:")
            for fault in faults:
                self.stdout.write(f"  {fault}")
        if are_bad:
            raise CommandError(f"{are_bad} of {len(chosen) + len(broken)} are not complete.")


def _about(files: list[Path], root: Path) -> list[str]:
    """The files that are not current, the page with the types that it is not current about."""
    page = made(load_catalogue())[PAGE]
    about = ", ".join(differing(page, (root / PAGE).read_text(encoding="utf-8"))) if PAGE in files else ""
    return [f"{file} ({about})" if file == PAGE and about else str(file) for file in files]


def _chosen(what: str) -> tuple[Catalogue, list[type[Node]], dict[str, str]]:
    """The catalogue, the types in it that are meant, and what of those could not be loaded, with reasons."""
    if not what:
        catalogue = installed_catalogue()
        return catalogue, [catalogue.types[name] for name in sorted(catalogue.types)], dict(catalogue.broken)
    path = Path(what)
    if path.exists():
        return _at(path)
    catalogue = installed_catalogue()
    if what in catalogue.types:
        return catalogue, [catalogue.types[what]], {}
    if what in catalogue.broken:
        return catalogue, [], {what: catalogue.broken[what]}
    raise CommandError(f"There is no step type {what!r} here, and no folder or file of that name.")


def _at(path: Path) -> tuple[Catalogue, list[type[Node]], dict[str, str]]:
    """The same for what lies at `path`: one type's folder or file, or a folder of several."""
    path = path.resolve()
    is_one = path.is_file() or (path / "node.py").is_file()
    if path.name == "node.py":
        path = path.parent
    folder = path.parent if is_one else path
    if folder == BUILTIN:
        catalogue, others = load_catalogue(), Catalogue({}, {})
    else:
        others = load_catalogue()
        catalogue = load_catalogue(folder)
    found = {name: kind for name, kind in catalogue.types.items() if others.types.get(name) is not kind}
    broken = {name: why for name, why in catalogue.broken.items() if name not in others.broken}
    if is_one:
        file = path / "node.py" if path.is_dir() else path
        found = {name: kind for name, kind in found.items() if _file_of(kind) == file}
        broken = {name: why for name, why in broken.items() if name == path.stem}
    if not found and not broken:
        raise CommandError(f"There is no step type in {path}.")
    return catalogue, [found[name] for name in sorted(found)], broken


def _file_of(node_type: type[Node]) -> Path:
    return Path(getattr(sys.modules.get(node_type.__module__), "__file__", None) or "").resolve()
