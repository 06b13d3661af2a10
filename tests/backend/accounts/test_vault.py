"""Secrets open only where they were closed."""

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
