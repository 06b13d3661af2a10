"""Secrets open only where they were closed."""

from typing import Any

import pytest

from backend.accounts import vault

PLACE = {"workspace": "w1", "record": "r1", "field": "key"}


def test_a_secret_comes_back_in_its_own_place() -> None:
    sealed = vault.encrypt("sk-äöü-密钥", **PLACE)

    assert "sk-" not in sealed
    assert vault.decrypt(sealed, **PLACE) == "sk-äöü-密钥"


@pytest.mark.parametrize("moved", [{"workspace": "w2"}, {"record": "r2"}, {"field": "other"}])
def test_a_secret_does_not_open_elsewhere(moved: dict[str, str]) -> None:
    sealed = vault.encrypt("sk-1", **PLACE)

    with pytest.raises(vault.VaultError):
        vault.decrypt(sealed, **{**PLACE, **moved})


@pytest.mark.parametrize(
    "sealed", ["", "::::", "1:vault-1:", "1:vault-1:AAAA", "1:vault-9:AAAA", "2:vault-1:A"]
)
def test_rubbish_does_not_open(sealed: str) -> None:
    with pytest.raises(vault.VaultError):
        vault.decrypt(sealed, **PLACE)


def test_a_new_key_encrypts_and_the_old_ones_still_open() -> None:
    before = vault.encrypt("sk-1", **PLACE)

    added = vault.add_key()

    after = vault.encrypt("sk-1", **PLACE)
    assert after.split(":")[1] == added != before.split(":")[1]
    assert vault.decrypt(before, **PLACE) == vault.decrypt(after, **PLACE) == "sk-1"


def test_a_key_from_the_environment_encrypts_and_those_before_it_still_open(settings: Any) -> None:
    by_file = vault.encrypt("sk-1", **PLACE)
    settings.TREADLE_VAULT_KEYS = ["first-key"]
    by_first = vault.encrypt("sk-1", **PLACE)

    settings.TREADLE_VAULT_KEYS = ["first-key", "second-key"]

    by_second = vault.encrypt("sk-1", **PLACE)
    assert by_second.split(":")[1] == vault.add_key() != by_first.split(":")[1]
    assert "first-key" not in by_first
    assert [vault.decrypt(sealed, **PLACE) for sealed in (by_file, by_first, by_second)] == ["sk-1"] * 3


def test_without_its_key_nothing_opens(settings: Any) -> None:
    settings.TREADLE_VAULT_KEYS = ["first-key"]
    sealed = vault.encrypt("sk-1", **PLACE)
    settings.TREADLE_VAULT_KEYS = ["another-key"]

    with pytest.raises(vault.VaultError):
        vault.decrypt(sealed, **PLACE)
