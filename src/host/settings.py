"""Settings, read once from the environment at start and frozen. A missing or wrong value stops the start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from host.errors import HostError
from records.crypto import KEY_BYTES, new_key, parse_key, parse_keys

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder: processes/, web/ and data/ lie in it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations."""

    database_url: str
    data_keys: Mapping[str, bytes]
    """Encryption keys by id, newest first; the newest encrypts, all of them decrypt."""
    index_key: bytes
    """Key of the blind index over personal numbers."""
    secret_key: bytes
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
    smtp_password: str | None
    smtp_starttls: bool
    mail_from: str
    processes: Path
    schedule_seconds: float
    """How often due timers and letters are looked for."""


def read_settings(
    environ: Mapping[str, str] | None = None, *, data: Path | None = None, make: bool = True
) -> Settings:
    """Read the settings from `SAG_…` variables. Raises HostError, naming the variable.

    With `make` False no folder or key is made: for commands that only read files.
    Without SAG_DATABASE_URL an embedded SQLite database in data/ is used, in demo mode; its keys are made
    once and
    kept beside it, readable by the owner only.
    """
    env = os.environ if environ is None else environ
    folder = data or Path(env.get("SAG_DATA", ROOT / "data"))
    url = env.get("SAG_DATABASE_URL") or f"sqlite:///{folder / 'sagsgang.db'}"
    embedded = "SAG_DATABASE_URL" not in env
    if embedded and make:
        folder.mkdir(parents=True, exist_ok=True)
    port = _number(env, "SAG_PORT", 8080)
    return Settings(
        database_url=url,
        data_keys=_data_keys(env, folder, embedded),
        index_key=_secret(env, "SAG_INDEX_KEY", folder, embedded),
        secret_key=_secret(env, "SAG_SECRET_KEY", folder, embedded),
        demo=_flag(env, "SAG_DEMO", embedded),
        https=_flag(env, "SAG_HTTPS", not embedded),
        municipality=env.get("SAG_MUNICIPALITY", "Aabenbro Kommune"),
        base_url=env.get("SAG_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        host=env.get("SAG_HOST", "127.0.0.1"),
        port=port,
        smtp_host=env.get("SAG_SMTP_HOST") or None,
        smtp_port=_number(env, "SAG_SMTP_PORT", 25),
        smtp_user=env.get("SAG_SMTP_USER") or None,
        smtp_password=env.get("SAG_SMTP_PASSWORD") or None,
        smtp_starttls=_flag(env, "SAG_SMTP_STARTTLS", False),
        mail_from=env.get("SAG_MAIL_FROM", "sagsgang@localhost"),
        processes=Path(env.get("SAG_PROCESSES", ROOT / "processes")),
        schedule_seconds=float(env.get("SAG_SCHEDULE_SECONDS", "1")),
    )


def _data_keys(env: Mapping[str, str], folder: Path, embedded: bool) -> Mapping[str, bytes]:
    if "SAG_DATA_KEYS" in env:
        return parse_keys(env["SAG_DATA_KEYS"])
    return {"1": _secret(env, "SAG_DATA_KEY", folder, embedded)}


def _secret(env: Mapping[str, str], name: str, folder: Path, embedded: bool) -> bytes:
    """Read a 32-byte key from the environment; in the embedded installation make it once and keep it beside
    the data."""
    if name in env:
        key = parse_key(env[name], name)
    elif not embedded:
        raise HostError(f"{name} is missing: 32 random bytes in base64, the same on every node")
    else:
        file = folder / name.removeprefix("SAG_").lower()
        if not folder.exists():
            return bytes(KEY_BYTES)  # nothing is installed yet, and this command makes nothing
        if not file.exists():
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(new_key())
        key = parse_key(file.read_text(encoding="ascii"), str(file))
    if len(key) != KEY_BYTES:
        raise HostError(f"{name} must be {KEY_BYTES} bytes in base64")
    return key


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(env.get(name, default))
    except ValueError as error:
        raise HostError(f"{name} must be a whole number") from error


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name)
    if text is None:
        return default
    if text.lower() not in ("0", "1", "false", "true", "no", "yes"):
        raise HostError(f"{name} must be 1 or 0")
    return text.lower() in ("1", "true", "yes")
