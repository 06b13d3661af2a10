"""A test that looked at an installation leaves no trace of it in this process."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

from tests.runs.stack import Stack, looking_at


def place() -> tuple[str, Path]:
    return settings.REDIS_URL, settings.TREADLE_DATA


def test_an_installation_is_forgotten_though_a_setting_was_laid_on_top_meanwhile(
    tmp_path: Path, django_db_blocker: Any
):
    before = place()
    on_top = override_settings(TREADLE_KEYS=tmp_path / "keys")

    with django_db_blocker.unblock(), looking_at(Stack(tmp_path)):
        on_top.enable()
        assert place()[1] == tmp_path
    on_top.disable()

    assert place() == before
