"""Encrypts what must be readable again (provider keys) so that it is only readable in its own place.

AES-256-GCM. The workspace, record and field are bound to the ciphertext: moved to another row, it does
not open. The newest key of a ring encrypts, all decrypt. A machine of one's own keeps its ring in the data
folder; where several machines share a database, TREADLE_VAULT_KEY gives each the same key.
"""

import base64
import hashlib
import re
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from backend.accounts.keyfile import key_file

_NONCE_BYTES = 12


class VaultError(Exception):
    """A ciphertext that does not open: its key is gone, it was changed, or it belongs to another place."""


def encrypt(text: str, *, workspace: object, record: object, field: str) -> str:
    """`text` as `1:<key id>:<base64>`, to be opened with the same three names only."""
    key_id = _ring(settings.TREADLE_KEYS)[-1]
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = _cipher(settings.TREADLE_KEYS, key_id).encrypt(
        nonce, text.encode(), _bound(workspace, record, field)
    )
    return f"1:{key_id}:{base64.b64encode(nonce + sealed).decode()}"


def decrypt(sealed: str, *, workspace: object, record: object, field: str) -> str:
    """What `encrypt` was given. Raises VaultError."""
    try:
        form, key_id, body = sealed.split(":")
        if form != "1" or key_id not in _ring(settings.TREADLE_KEYS):
            raise VaultError(
                f"The key {key_id!r} that this was encrypted with is not in {settings.TREADLE_KEYS}."
            )
        raw = base64.b64decode(body, validate=True)
        cipher = _cipher(settings.TREADLE_KEYS, key_id)
        return cipher.decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(workspace, record, field)
        ).decode()
    except (ValueError, InvalidTag) as error:
        raise VaultError(
            "This secret cannot be opened: it was changed, or it belongs to another record."
        ) from error


def add_key() -> str:
    """Adds a key to the ring, which encrypts from now on; answers its id.

    Where the environment gives the key, that one is the newest, and nothing is added.
    """
    if settings.TREADLE_VAULT_KEYS:
        return _ring(settings.TREADLE_KEYS)[-1]
    number = max((_number(name) for name in _ring(settings.TREADLE_KEYS)), default=0) + 1
    key_file(settings.TREADLE_KEYS, f"vault-{number}")
    return f"vault-{number}"


def all_keys() -> dict[str, str]:
    """Every key of the ring by its id: for a backup, which closes them under a passphrase."""
    given = {_id_of(key): key for key in settings.TREADLE_VAULT_KEYS}
    return {
        key_id: given.get(key_id) or key_file(settings.TREADLE_KEYS, key_id)
        for key_id in _ring(settings.TREADLE_KEYS)
    }


def add_keys(keys: dict[str, str]) -> None:
    """Puts keys of another ring into that of an installation without secrets, by their ids.

    A key that stands there with the same id has encrypted nothing yet; it is put aside.
    """
    folder = settings.TREADLE_KEYS
    for key_id, key in keys.items():
        if not re.fullmatch(r"vault-\d{1,9}|env-[0-9a-f]{12}", key_id):
            raise VaultError(f"{key_id!r} is no id of a key.")
        path = folder / key_id
        if path.exists() and path.read_text().strip() != key:
            path.rename(folder / f"replaced-{secrets.token_hex(4)}-{key_id}")
        if not path.exists():
            key_file(folder, key_id, key)


def _bound(workspace: object, record: object, field: str) -> bytes:
    return "\x1f".join((str(workspace), str(record), field)).encode()


def _ring(folder: Path) -> list[str]:
    """The ids of the keys, oldest first. Read each time: another process may have added one."""
    names = sorted(path.name for path in folder.glob("env-*"))  # of the machine a backup came from
    names += sorted((path.name for path in folder.glob("vault-*")), key=_number)
    names += [_id_of(key) for key in settings.TREADLE_VAULT_KEYS]
    if not names:
        key_file(folder, "vault-1")
        names = ["vault-1"]
    return list(dict.fromkeys(reversed(names)))[::-1]


def _number(name: str) -> int:
    return int(name.removeprefix("vault-")) if name.startswith("vault-") else 0


def _id_of(key: str) -> str:
    """The id of a key from the environment, which tells nothing of it."""
    return f"env-{hashlib.sha256(b'treadle vault key id ' + key.encode()).hexdigest()[:12]}"


def _cipher(folder: Path, key_id: str) -> AESGCM:
    given = {_id_of(key): key for key in settings.TREADLE_VAULT_KEYS}
    return _cipher_of(given.get(key_id) or key_file(folder, key_id))


@lru_cache(maxsize=16)
def _cipher_of(key: str) -> AESGCM:
    return AESGCM(hashlib.sha256(key.encode()).digest())
