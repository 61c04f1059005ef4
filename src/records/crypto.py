"""Encryption of what must not be readable in a copy of the database, and the blind index to find it by.

A `KeyRing` belongs to one open database, not to the process: `records.engine.open_engine` ties it to the
engine's dialect, which is what SQLAlchemy hands to the column types in `records.types`.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import Dialect

from records.errors import KeyMissing, RecordsError, Unreadable

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_LONGEST_KEY_ID: Final = 16
_KEY_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{_LONGEST_KEY_ID}}}")
_RING_ATTRIBUTE: Final = "sagsgang_key_ring"


class KeyRing:
    """The encryption keys by id, newest first, and the key of the blind index.

    Values are encrypted with the newest key and opened with the one that their prefix names, so that a key is
    rotated by putting a new one in front and leaving the old one until everything has been written again. The
    key of the blind index cannot be rotated that way: changing it means computing every index value anew.
    """

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes) -> None:
        """Take `keys` in order, newest first, and `index_key`; each 32 random bytes. Raises RecordsError."""
        if not keys:
            raise KeyMissing("Der er ikke angivet nogen krypteringsnøgle.")
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise RecordsError(
                    f"Nøglens navn »{key_id}« skal være 1-16 bogstaver (a-z), cifre, _ eller -."
                )
            if len(key) != KEY_BYTES:
                raise RecordsError(f"Nøglen »{key_id}« skal være på {KEY_BYTES} byte, men er på {len(key)}.")
        if len(index_key) != KEY_BYTES:
            raise RecordsError(f"Søgenøglen skal være på {KEY_BYTES} byte, men er på {len(index_key)}.")
        self.newest: Final = next(iter(keys))
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._prefix = f"{self.newest}:"
        # Prepared once and copied for every value: hmac.new() would work through the key each time.
        self._index = hmac.new(index_key, digestmod=hashlib.sha256)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of all keys, newest first."""
        return tuple(self._ciphers)

    def encrypt(self, text: str, context: str) -> str:
        """Return `<key id>:<base64>` of `text`, bound to `context` ("table.column")."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.newest].encrypt(nonce, text.encode(), context.encode())
        return self._prefix + binascii.b2a_base64(nonce + sealed, newline=False).decode("ascii")

    def decrypt(self, stored: str, context: str) -> str:
        """Return the text that `encrypt` was given. Raises KeyMissing, Unreadable."""
        key_id, separator, encoded = stored.partition(":")
        cipher = self._ciphers.get(key_id)
        if not separator:
            raise Unreadable(f"En værdi i {context} er ikke krypteret.")
        if cipher is None:
            raise KeyMissing(
                f"En værdi i {context} er krypteret med nøglen »{key_id}«, som ikke er angivet. "
                f"Angivne nøgler: {', '.join(self._ciphers)}."
            )
        try:
            sealed = binascii.a2b_base64(encoded, strict_mode=True)
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"En værdi i {context} kan ikke læses: den er ændret eller flyttet.") from error

    def encrypt_bytes(self, content: bytes, context: str) -> bytes:
        """Return `content` encrypted, the key's id in front, bound to `context` ("table.column")."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self.newest].encrypt(nonce, content, context.encode())
        return self._prefix.encode() + nonce + sealed

    def decrypt_bytes(self, stored: bytes, context: str) -> bytes:
        """Return the bytes that `encrypt_bytes` was given. Raises KeyMissing, Unreadable."""
        key_id, separator, sealed = bytes(stored).partition(b":")
        cipher = self._ciphers.get(key_id.decode("ascii", "replace"))
        if not separator or len(key_id) > _LONGEST_KEY_ID:
            raise Unreadable(f"En fil i {context} er ikke krypteret.")
        if cipher is None:
            raise KeyMissing(f"En fil i {context} er krypteret med en nøgle, som ikke er angivet.")
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"En fil i {context} kan ikke læses: den er ændret eller flyttet.") from error

    def is_current(self, stored: str) -> bool:
        """Tell whether a stored value is encrypted with the newest key, or should be written again."""
        return stored.startswith(self._prefix)

    def blind_index(self, value: str) -> str:
        """Return the 64 hexadecimal digits under which a personal number is found without being readable.

        Spaces and hyphens do not count: "010120-1234" and "0101201234" give the same digits.
        """
        digest = self._index.copy()
        digest.update(normalized_number(value).encode())
        return digest.hexdigest()


def normalized_number(value: str) -> str:
    """Return a personal number (CPR) without spaces and hyphens, which is how it is indexed."""
    return "".join(value.split()).replace("-", "")


def parse_keys(text: str) -> dict[str, bytes]:
    """Read the keys of a setting: `id:base64`, separated by spaces, commas or newlines, newest first.

    Raises RecordsError, which never repeats the key itself.
    """
    keys: dict[str, bytes] = {}
    for part in text.replace(",", " ").split():
        key_id, separator, encoded = part.partition(":")
        if not separator:
            raise RecordsError("En krypteringsnøgle skal skrives som navn:base64.")
        if key_id in keys:
            raise RecordsError(f"Nøglens navn »{key_id}« er brugt to gange.")
        keys[key_id] = parse_key(encoded, key_id)
    return keys


def parse_key(encoded: str, name: str) -> bytes:
    """Read one key written in base64 (also the URL-safe alphabet). `name` is for the error: RecordsError."""
    try:
        return base64.b64decode(encoded.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise RecordsError(f"Nøglen »{name}« er ikke gyldig base64.") from error


def new_key() -> str:
    """Return a fresh random key in base64, for a settings file."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode("ascii")


def attach(dialect: Dialect, ring: KeyRing) -> None:
    """Make `ring` the keys of every column type that works through this engine's `dialect`."""
    setattr(dialect, _RING_ATTRIBUTE, ring)


def share(dialect: Dialect, other: Dialect) -> None:
    """Give another engine's dialect the keys of this one, if it has any."""
    ring = getattr(dialect, _RING_ATTRIBUTE, None)
    if isinstance(ring, KeyRing):
        attach(other, ring)


def ring_of(dialect: Dialect) -> KeyRing:
    """Return the keys of this engine's `dialect`. Raises KeyMissing: the database was opened without any."""
    ring = getattr(dialect, _RING_ATTRIBUTE, None)
    if not isinstance(ring, KeyRing):
        raise KeyMissing("Databasen er åbnet uden krypteringsnøgler.")
    return ring
