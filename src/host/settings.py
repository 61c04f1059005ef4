"""Settings, read once from the environment at start and frozen. A missing or wrong value stops the start."""

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from host.errors import HostError
from records.crypto import KEY_BYTES, new_key, parse_key, parse_keys
from records.errors import RecordsError

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder: processes/, web/ and data/ lie in it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    database_url: str = field(repr=False)
    data_keys: Mapping[str, bytes] = field(repr=False)
    """Encryption keys by id, newest first; the newest encrypts, all of them decrypt."""
    index_key: bytes = field(repr=False)
    """Key of the blind index over personal numbers."""
    secret_key: bytes = field(repr=False)
    """Signs the tokens in forms; the same on every node."""
    demo: bool
    https: bool
    municipality: str
    base_url: str
    """Address that links in mails begin with."""
    host: str
    port: int
    smtp_host: str | None
    smtp_port: int
    smtp_user: str | None
    smtp_password: str | None = field(repr=False)
    smtp_starttls: bool
    mail_from: str
    calendar_mailbox: str
    """Organizer of the meetings in people's calendars: where their calendars send answers to."""
    imap_host: str | None
    """Server of that mailbox, over TLS; None reads no answers."""
    imap_port: int
    imap_user: str | None
    imap_password: str | None = field(repr=False)
    replies_folder: Path | None
    """Maildir folder that answers lie in, in place of a mailbox over IMAP."""
    processes: Path
    archive: Path | None
    """Folder that documents are filed in, with a folder in it for each system; None files nothing."""
    schedule_seconds: float
    """How often due timers and letters are looked for."""


def read_settings(
    environ: Mapping[str, str] | None = None, *, data: Path | None = None, make: bool = True
) -> Settings:
    """Read the settings from `SAG_…` variables. Raises HostError, naming the variable.

    With `make` False no folder or key is made: for commands that only read files. Without SAG_DATABASE_URL an
    embedded SQLite database in data/ is used, in demo mode; its keys are made once and kept beside it,
    readable by the owner only.
    """
    env = _Variables(os.environ if environ is None else environ)
    folder = data or Path(env.text("SAG_DATA", str(ROOT / "data")))
    embedded = env.text("SAG_DATABASE_URL", "") == ""
    url = env.text("SAG_DATABASE_URL", "") or f"sqlite:///{folder / 'sagsgang.db'}"
    if embedded and make:
        folder.mkdir(parents=True, exist_ok=True)
    keys = _Keys(env, folder, embedded, make)
    port = env.number("SAG_PORT", 8080, 1, 65535)
    smtp_host = env.text("SAG_SMTP_HOST", "") or None
    if smtp_host is not None:
        env.require("SAG_MAIL_FROM", "afsenderadressen i de mails, der sendes")
        env.require("SAG_BASE_URL", "adressen på Sagsgang, som links i mails peger på")
    return Settings(
        database_url=url,
        data_keys=keys.data_keys(),
        index_key=keys.read("SAG_INDEX_KEY"),
        secret_key=keys.read("SAG_SECRET_KEY"),
        demo=env.flag("SAG_DEMO", embedded),
        https=env.flag("SAG_HTTPS", not embedded),
        municipality=env.text("SAG_MUNICIPALITY", "Aabenbro Kommune"),
        base_url=env.address("SAG_BASE_URL", f"http://127.0.0.1:{port}"),
        host=env.text("SAG_HOST", "127.0.0.1"),
        port=port,
        smtp_host=smtp_host,
        smtp_port=env.number("SAG_SMTP_PORT", 25, 1, 65535),
        smtp_user=env.text("SAG_SMTP_USER", "") or None,
        smtp_password=env.text("SAG_SMTP_PASSWORD", "") or None,
        smtp_starttls=env.flag("SAG_SMTP_STARTTLS", False),
        mail_from=env.text("SAG_MAIL_FROM", "sagsgang@localhost"),
        calendar_mailbox=env.text("SAG_CALENDAR_MAILBOX", "")
        or env.text("SAG_MAIL_FROM", "sagsgang@localhost"),
        imap_host=env.text("SAG_IMAP_HOST", "") or None,
        imap_port=env.number("SAG_IMAP_PORT", 993, 1, 65535),
        imap_user=env.text("SAG_IMAP_USER", "") or None,
        imap_password=env.text("SAG_IMAP_PASSWORD", "") or None,
        replies_folder=Path(replies) if (replies := env.text("SAG_REPLIES_FOLDER", "")) else None,
        processes=Path(env.text("SAG_PROCESSES", str(ROOT / "processes"))),
        archive=_archive(env, folder if embedded else None),
        schedule_seconds=env.seconds("SAG_SCHEDULE_SECONDS", 1.0),
    )


def _archive(env: "_Variables", folder: Path | None) -> Path | None:
    text = env.text("SAG_ARCHIVE_FOLDER", "")
    if text:
        return Path(text)
    return folder / "arkiv" if folder is not None else None


class _Variables:
    """The environment; every refusal names the variable."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, default)

    def require(self, name: str, meaning: str) -> None:
        if not self._values.get(name):
            raise HostError(f"{name} mangler: {meaning}.")

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        try:
            value = int(self._values.get(name, default))
        except ValueError as error:
            raise HostError(f"{name} skal være et helt tal.") from error
        if not lowest <= value <= highest:
            raise HostError(f"{name} skal være mellem {lowest} og {highest}.")
        return value

    def seconds(self, name: str, default: float) -> float:
        try:
            value = float(self._values.get(name, default))
        except ValueError as error:
            raise HostError(f"{name} skal være et tal: sekunder.") from error
        if not 0 < value < float("inf"):
            raise HostError(f"{name} skal være større end 0.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        text = self._values.get(name)
        if text is None:
            return default
        if text.lower() not in ("0", "1", "false", "true", "no", "yes"):
            raise HostError(f"{name} skal være 1 eller 0.")
        return text.lower() in ("1", "true", "yes")

    def address(self, name: str, default: str) -> str:
        text = (self._values.get(name) or default).rstrip("/")
        if not text.startswith(("http://", "https://")):
            raise HostError(f"{name} skal begynde med http:// eller https://.")
        return text


class _Keys:
    """The keys: given by the environment, or those of the embedded installation, made once."""

    def __init__(self, env: _Variables, folder: Path, embedded: bool, make: bool) -> None:
        self._env = env
        self._folder = folder
        self._embedded = embedded
        self._make = make
        self._installed = (folder / "sagsgang.db").exists()

    def data_keys(self) -> Mapping[str, bytes]:
        text = self._env.text("SAG_DATA_KEYS", "")
        if not text:
            one = self.read("SAG_DATA_KEY", "SAG_DATA_KEYS (navn:nøgle, den nyeste først) eller ")
            return MappingProxyType({"1": one})
        try:
            keys = parse_keys(text)
        except RecordsError as error:
            raise HostError(f"SAG_DATA_KEYS: {error}") from error
        for name, key in keys.items():
            _check_length(f"SAG_DATA_KEYS, nøglen {name},", key)
        if not keys:
            raise HostError("SAG_DATA_KEYS er tom.")
        return MappingProxyType(keys)

    def read(self, name: str, other: str = "") -> bytes:
        """Return a key of 32 bytes."""
        text, place = self._env.text(name, ""), name
        if not text and not self._embedded:
            raise HostError(
                f"{other}{name} mangler: {KEY_BYTES} tilfældige byte i base64, ens på alle noder."
            )
        if not text:
            file = self._folder / name.removeprefix("SAG_").lower()
            if not file.exists():
                if self._installed:
                    raise HostError(
                        f"{file} mangler, men databasen er der. Hent nøglen fra sikkerhedskopien "
                        f"(eller sæt {name}): uden den kan databasen ikke læses."
                    )
                if not self._make:
                    return bytes(KEY_BYTES)  # nothing is installed yet, and this command makes nothing
                _make_key(file)
            text, place = file.read_text(encoding="ascii"), str(file)
        try:
            key = parse_key(text, place)
        except RecordsError as error:
            raise HostError(f"{place} er ikke gyldig base64.") from error
        _check_length(place, key)
        return key


def _check_length(place: str, key: bytes) -> None:
    if len(key) != KEY_BYTES:
        raise HostError(f"{place} skal være {KEY_BYTES} byte i base64, men er {len(key)}.")


def _make_key(file: Path) -> None:
    """Make a key file, whole or not at all; when two start at once, the first one's key counts."""
    draft, name = tempfile.mkstemp(prefix=f"{file.name}.", dir=file.parent)  # readable by the owner only
    try:
        with os.fdopen(draft, "w", encoding="ascii") as out:
            out.write(new_key())
        with contextlib.suppress(FileExistsError):
            os.link(name, file)
    finally:
        os.unlink(name)
