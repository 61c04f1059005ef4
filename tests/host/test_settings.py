"""Settings: read once, frozen, and a missing or wrong one stops the start by its name."""

from __future__ import annotations

import base64
import os
import stat
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest

from host.errors import HostError
from host.settings import Settings, read_settings
from tests.host.stage import ENVIRONMENT

REAL = {**ENVIRONMENT, "SAG_DATABASE_URL": "postgresql://sag@/sag"}
MAIL = {
    "SAG_SMTP_HOST": "mail",
    "SAG_MAIL_FROM": "sag@kommune.example",
    "SAG_BASE_URL": "https://sag.example/",
}


def test_an_embedded_installation_needs_nothing_and_keeps_its_keys(tmp_path: Path) -> None:
    first = read_settings({}, data=tmp_path / "data")
    assert first.database_url == f"sqlite:///{tmp_path / 'data' / 'sagsgang.db'}"
    assert (first.demo, first.https, first.port, first.smtp_host) == (True, False, 8080, None)
    assert read_settings({}, data=tmp_path / "data") == first
    keys = {first.index_key, first.secret_key, *first.data_keys.values()}
    assert len(keys) == 3
    assert {len(key) for key in keys} == {32}
    files = sorted((tmp_path / "data").iterdir())
    assert [file.name for file in files] == ["data_key", "index_key", "secret_key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_lost_key_is_not_made_anew_beside_a_database_it_cannot_read(tmp_path: Path) -> None:
    read_settings({}, data=tmp_path)
    (tmp_path / "sagsgang.db").touch()
    (tmp_path / "index_key").unlink()
    with pytest.raises(HostError, match=r"index_key mangler.*SAG_INDEX_KEY"):
        read_settings({}, data=tmp_path)
    assert not (tmp_path / "index_key").exists()


def test_a_command_that_only_reads_makes_nothing(tmp_path: Path) -> None:
    read_settings({}, data=tmp_path / "data", make=False)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("name", ["SAG_INDEX_KEY", "SAG_SECRET_KEY", "SAG_DATA_KEYS"])
def test_a_real_installation_must_be_given_its_keys(name: str) -> None:
    with pytest.raises(HostError, match=f"{name}.*mangler"):
        read_settings({key: value for key, value in REAL.items() if key != name})


@pytest.mark.parametrize("name", ["SAG_MAIL_FROM", "SAG_BASE_URL"])
def test_mail_needs_a_sender_and_an_address_to_link_to(name: str) -> None:
    with pytest.raises(HostError, match=f"{name} mangler"):
        read_settings({key: value for key, value in (REAL | MAIL).items() if key != name})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SAG_PORT", "otte", "helt tal"),
        ("SAG_PORT", "0", "mellem 1 og 65535"),
        ("SAG_SMTP_PORT", "70000", "mellem 1 og 65535"),
        ("SAG_DEMO", "måske", "1 eller 0"),
        ("SAG_HTTPS", "on", "1 eller 0"),
        ("SAG_SMTP_STARTTLS", "", "1 eller 0"),
        ("SAG_SCHEDULE_SECONDS", "hurtigt", "tal"),
        ("SAG_SCHEDULE_SECONDS", "0", "større end 0"),
        ("SAG_SCHEDULE_SECONDS", "nan", "større end 0"),
        ("SAG_BASE_URL", "sag.example", "http"),
        ("SAG_INDEX_KEY", "ikke base64!", "base64"),
        ("SAG_SECRET_KEY", base64.b64encode(b"for kort").decode(), "32 byte"),
        ("SAG_DATA_KEYS", "uden navn", "navn:base64"),
        ("SAG_DATA_KEYS", f"1:{base64.b64encode(b'for kort').decode()}", "32 byte"),
        ("SAG_DATA_KEYS", " ", "tom"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_repeats_a_key(name: str, value: str, words: str) -> None:
    with pytest.raises(HostError, match=f"{name}.*{words}") as refused:
        read_settings({**REAL, name: value})
    if "KEY" in name and value.strip():
        assert value not in str(refused.value)


def test_what_a_real_installation_reads() -> None:
    new, old = (base64.b64encode(letter * 32).decode() for letter in (b"n", b"o"))
    settings = read_settings({**REAL, **MAIL, "SAG_DATA_KEYS": f"2:{new},1:{old}", "SAG_DEMO": "no"})
    assert list(settings.data_keys) == ["2", "1"]
    assert (settings.demo, settings.https) == (False, False)
    assert settings.base_url == "https://sag.example"
    assert read_settings({**REAL, "SAG_HTTPS": "1"}).https is True
    assert read_settings({k: v for k, v in REAL.items() if k != "SAG_HTTPS"}).https is True


def test_settings_are_frozen_and_print_no_secret() -> None:
    settings: Any = read_settings({**REAL, **MAIL, "SAG_SMTP_PASSWORD": "hemmelig"})
    with pytest.raises(FrozenInstanceError):
        settings.port = 1
    with pytest.raises(TypeError):
        settings.data_keys["2"] = b""
    text = repr(settings)
    assert "hemmelig" not in text
    assert "postgresql" not in text
    for key in (settings.index_key, settings.secret_key, *settings.data_keys.values()):
        assert repr(key)[2:-1] not in text


def test_two_that_start_at_once_get_the_same_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link
    raced: list[Settings] = []

    def other_is_faster(source: str, target: Path) -> None:
        if not raced:
            monkeypatch.setattr(os, "link", link)
            raced.append(read_settings({}, data=tmp_path))
        link(source, target)

    monkeypatch.setattr(os, "link", other_is_faster)
    assert read_settings({}, data=tmp_path) == raced[0]
    assert len(list(tmp_path.iterdir())) == 3
