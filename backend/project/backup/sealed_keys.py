"""The vault's keys under a passphrase: scrypt makes a key of it, AES-256-GCM closes them with that."""

from __future__ import annotations

import json
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from backend.project.backup.archive import BackupError

SHORTEST_PASSPHRASE = 12
_PURPOSE = b"treadle backup keys 1"
_SALT, _NONCE = 16, 12


def seal(keys: dict[str, str], passphrase: str) -> bytes:
    """The keys, closed. Raises BackupError for a passphrase that is too short."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupError(f"The passphrase must have {SHORTEST_PASSPHRASE} characters or more.")
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    return salt + nonce + _cipher(passphrase, salt).encrypt(nonce, json.dumps(keys).encode(), _PURPOSE)


def unseal(sealed: bytes, passphrase: str) -> dict[str, str]:
    """What `seal` was given. Raises BackupError."""
    salt, nonce, body = sealed[:_SALT], sealed[_SALT : _SALT + _NONCE], sealed[_SALT + _NONCE :]
    try:
        return json.loads(_cipher(passphrase, salt).decrypt(nonce, body, _PURPOSE))
    except (InvalidTag, ValueError):
        raise BackupError("The passphrase does not open the keys in this backup.") from None


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=2**16, r=8, p=1).derive(passphrase.encode()))
