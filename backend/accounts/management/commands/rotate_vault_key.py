"""Makes a new key for stored secrets and closes all of them again with it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.accounts import vault
from backend.accounts.sealed import reseal_all


class Command(BaseCommand):
    """`manage.py rotate_vault_key`"""

    help = "Adds a key to the vault and encrypts every stored secret with it. Old keys stay, for backups."

    def handle(self, *args: Any, **options: Any) -> None:
        """Safe to repeat, and to run while people work."""
        key_id = vault.add_key()
        done = reseal_all()
        self.stdout.write(f"{done.count} secrets are encrypted with {key_id} now.")
        if done.unreadable:
            raise CommandError(
                "These cannot be opened, because their key is gone, and stay as they are. "
                f"Enter them anew in the console: {', '.join(done.unreadable)}"
            )
