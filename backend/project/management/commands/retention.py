"""Says what would be deleted by what workspaces want kept, or deletes it now."""

import os
import secrets
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from backend.accounts.errors import ApiError
from backend.accounts.models import Workspace
from backend.project.management.stopping import stoppable
from backend.retention.cut import Cut, Wanted, find_cut, wanted_by
from backend.retention.deletion import take_step
from backend.retention.leases import claim, let_go
from backend.retention.models import Clearing
from backend.retention.preview import preview
from backend.retention.services import cancel_clearing, check, start_clearing
from backend.retention.words import in_words, summary


class Command(BaseCommand):
    """`manage.py retention --dry-run`"""

    help = "Deletes the runs that workspaces do not want kept. With --dry-run it only says what would go."

    def add_arguments(self, parser: Any) -> None:
        """What may be given."""
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")
        parser.add_argument("--workspace", default="", help="only this one: its id, or its name")
        parser.add_argument("--days", type=int, help="with --dry-run: as if runs were kept so many days")
        parser.add_argument("--mb", type=int, help="with --dry-run: as if runs might take up so many MB")

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to repeat, and to run while people and workers work."""
        is_what_if = options["days"] is not None or options["mb"] is not None
        if is_what_if and not options["dry_run"]:
            raise CommandError("--days and --mb go with --dry-run; what is kept is set in the console.")
        for workspace in _workspaces(options["workspace"]):
            wanted = Wanted(options["days"], options["mb"]) if is_what_if else wanted_by(workspace.pk)
            self.stdout.write(f"{workspace.name} ({workspace.pk})")
            if options["dry_run"]:
                self._tell(workspace, wanted)
            else:
                self._clear(workspace, wanted)

    def _tell(self, workspace: Workspace, wanted: Wanted) -> None:
        try:
            check(wanted)
        except ApiError as error:
            raise CommandError(f"{error.message} {error.hint}") from error
        cut: Cut = find_cut(workspace.pk, wanted)
        for line in in_words(wanted, preview(workspace.pk, cut)):
            self.stdout.write(f"  {line}")

    def _clear(self, workspace: Workspace, wanted: Wanted) -> None:
        if wanted.is_nothing:
            self.stdout.write("  Everything is kept here.")
            return
        try:
            row = start_clearing(workspace.pk)
        except ApiError as error:
            self.stdout.write(f"  {error.message}")
            return
        owner = f"command-{os.getpid()}-{secrets.token_hex(4)}"
        if claim(owner, row.pk) is None:
            self.stdout.write("  A worker is at it.")
            return
        with stoppable("Stopped: what was deleted is gone, the rest is kept."):
            try:
                while take_step(row.pk, owner):
                    time.sleep(0.02)
            except KeyboardInterrupt:
                cancel_clearing(workspace.pk)
                while take_step(row.pk, owner):
                    pass
                raise
            finally:
                let_go(row.pk, owner)
        self.stdout.write(f"  Deleted: {summary(Clearing.objects.get(pk=row.pk).done)}.")


def _workspaces(named: str) -> list[Workspace]:
    rows = Workspace.objects.order_by("created_at")
    if named:
        is_id = len(named.replace("-", "")) == 32 and all(c in "0123456789abcdefABCDEF-" for c in named)
        rows = rows.filter(Q(pk=named) | Q(name=named) if is_id else Q(name=named))
        if not rows:
            raise CommandError(f"There is no workspace {named!r}.")
    return list(rows)
