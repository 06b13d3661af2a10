"""`manage.py workflow`: check, run, export and import workflow files. See `manage.py workflow --help`."""

import json
import sys
import uuid
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from nodes.sdk.catalogue import installed_catalogue
from nodes.sdk.check import check
from nodes.sdk.files import workflow_from_yaml
from nodes.sdk.graph import GraphError
from nodes.sdk.node import Problem
from nodes.sdk.shapes import all_nodes
from workers.management.file_runs import BadRequest, Request, read_json_argument, run_file

DONE, FAILED, BAD_FILE = 0, 1, 2


class Command(BaseCommand):
    """The command line of workflow files. Exit codes: 0 done, 1 the run failed, 2 a bad file or argument."""

    help = "Checks, runs, exports and imports workflow files."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="check|run|export|import")
        _add_check(actions.add_parser("check", help="Says what is wrong in a workflow file."))
        _add_run(
            actions.add_parser("run", help="Runs a workflow file in this process: no server, no database.")
        )
        _add_export(actions.add_parser("export", help="Prints an app's draft as a workflow file."))
        _add_import(actions.add_parser("import", help="Makes an app of a workflow file."))

    def handle(self, *args: Any, **options: Any) -> None:
        given = Namespace(**options)
        act = {"check": _check, "run": _run, "export": _export, "import": _import}[given.action]
        try:
            code = act(given)
        except GraphError as error:
            code = _complain(f"{given.file}: {error.message} {error.hint}")
        except BadRequest as error:
            code = _complain(f"{error} {error.hint}")
        if code:
            sys.exit(code)


def _add_check(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a workflow file, or - for standard input")


def _add_run(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a workflow file, or - for standard input")
    parser.add_argument("--query", default="", metavar="TEXT", help="the visitor's message")
    parser.add_argument("--inputs", metavar="JSON|@FILE", help="what is asked for besides: an object")
    parser.add_argument(
        "--pins",
        metavar="JSON|@FILE",
        help='outputs to use instead of running, by step id; {"__error__": "text"} makes a step fail',
    )
    parser.add_argument(
        "--events", metavar="FILE", help="write the run's journal there, one JSON object a line"
    )
    parser.add_argument(
        "--with",
        action="append",
        default=[],
        dest="others",
        metavar="NAME=FILE",
        help="the file that stands for another app, by what the step that uses it names",
    )
    parser.add_argument("--env", metavar="JSON|@FILE", help="environment variables that it names: an object")
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds the run may take")


def _add_export(parser: ArgumentParser) -> None:
    parser.add_argument("app", help="an app's id or its short name")
    parser.add_argument("--workspace", metavar="ID", help="needed where there are several workspaces")


def _add_import(parser: ArgumentParser) -> None:
    parser.add_argument("file", help="a workflow file, or - for standard input")
    parser.add_argument("--publish", action="store_true", help="also publish it, with an API key")
    parser.add_argument("--workspace", metavar="ID", help="needed where there are several workspaces")


def _check(given: Namespace) -> int:
    file = workflow_from_yaml(_read(given.file))
    problems = check(file.graph, installed_catalogue())
    for problem in problems:
        _say(_in_words(problem))
    is_good = not any(problem.severity == "error" for problem in problems)
    if is_good:
        print(f"{file.name}: {len(list(all_nodes(file.graph)))} steps, ready to run.")
    return DONE if is_good else BAD_FILE


def _run(given: Namespace) -> int:
    request = Request(
        query=given.query,
        inputs=read_json_argument("--inputs", given.inputs),
        pins=read_json_argument("--pins", given.pins),
        events=Path(given.events) if given.events else None,
        timeout_s=given.timeout,
        others=_others(given.others),
        env=read_json_argument("--env", given.env),
    )
    report, problems = run_file(_read(given.file), request)
    for problem in problems:
        _say(_in_words(problem))
    _print_json(report)
    if any(problem.severity == "error" for problem in problems):
        return BAD_FILE
    return DONE if report["status"] == "succeeded" else FAILED


def _others(given: list[str]) -> dict[str, str]:
    """The texts of the files that stand for other apps, by name. Raises BadRequest."""
    pairs = [one.partition("=") for one in given]
    if bad := [name for name, sign, file in pairs if not (name and sign and file)]:
        raise BadRequest(f"--with {bad[0]} names no file.", "Write --with NAME=FILE.")
    return {name: _read(file) for name, _, file in pairs}


def _export(given: Namespace) -> int:
    from workers.management.apps_on_file import export_app

    sys.stdout.write(export_app(given.app, _workspace_id(given.workspace)))
    return DONE


def _import(given: Namespace) -> int:
    from workers.management.apps_on_file import import_app

    text = _read(given.file)
    _print_json(import_app(text, _workspace_id(given.workspace), publish=given.publish))
    return DONE


def _workspace_id(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        raise BadRequest(f"{text!r} is not the id of a workspace.") from None


def _read(name: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest(f"{name} is not a text file in UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used"
        raise BadRequest(f"{name} cannot be read: {reason}.") from None


def _in_words(problem: Problem) -> str:
    place = ".".join(part for part in (problem.node, problem.field) if part)
    kind = "" if problem.severity == "error" else "(only a warning) "
    return f"{f'{place}: ' if place else ''}{kind}{problem.message} {problem.hint}".rstrip()


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=(sys.stdout.encoding or "").lower() != "utf-8"))


def _say(text: str) -> None:
    print(text.encode("utf-8", "replace").decode(), file=sys.stderr)


def _complain(text: str) -> int:
    _say(text.rstrip())
    return BAD_FILE
