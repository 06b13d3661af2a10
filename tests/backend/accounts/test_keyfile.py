"""Keys that the installation makes for itself."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from backend.accounts.keyfile import key_file


def test_all_who_ask_at_once_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: key_file(tmp_path / "keys", "secret"), range(64)))

    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret"]


def test_only_the_user_can_read_a_key(tmp_path: Path) -> None:
    key_file(tmp_path / "keys", "secret")

    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "keys" / "secret").stat().st_mode) == 0o600
