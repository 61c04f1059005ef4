"""Keys, encryption, rotation and the blind index (setup.md 10)."""

import time

import pytest

from records import crypto
from records.crypto import KeyRing, parse_keys
from records.errors import KeyMissing, RecordsError, Unreadable

OLD, NEW, INDEX = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
CPR = "010120-1234"


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing({"2": NEW, "1": OLD}, INDEX)


def test_what_is_encrypted_opens_again_and_is_not_readable_before(ring: KeyRing) -> None:
    stored = ring.encrypt("Åse Ærø 010120-1234", "child.name")
    assert stored.startswith("2:")
    assert "010120" not in stored
    assert stored.isascii()
    assert ring.decrypt(stored, "child.name") == "Åse Ærø 010120-1234"


def test_the_same_text_never_looks_the_same_twice(ring: KeyRing) -> None:
    assert len({ring.encrypt(CPR, "child.cpr") for _ in range(100)}) == 100


def test_an_empty_text_is_a_value_too(ring: KeyRing) -> None:
    assert ring.decrypt(ring.encrypt("", "child.name"), "child.name") == ""


def test_a_value_moved_to_another_column_does_not_open(ring: KeyRing) -> None:
    stored = ring.encrypt(CPR, "child.cpr")
    with pytest.raises(Unreadable, match=r"child\.name"):
        ring.decrypt(stored, "child.name")


@pytest.mark.parametrize("damage", ["2:", "2:AAAA", "2:ikke base64!", CPR, ""])
def test_a_value_that_is_damaged_or_was_never_encrypted_is_refused(ring: KeyRing, damage: str) -> None:
    with pytest.raises(Unreadable):
        ring.decrypt(damage, "child.cpr")


def test_a_single_changed_character_is_noticed(ring: KeyRing) -> None:
    stored = ring.encrypt(CPR, "child.cpr")
    for place in range(2, len(stored)):
        other = "A" if stored[place] != "A" else "B"
        with pytest.raises(Unreadable):
            ring.decrypt(stored[:place] + other + stored[place + 1 :], "child.cpr")


def test_rotation_opens_the_old_and_writes_with_the_new(ring: KeyRing) -> None:
    before = KeyRing({"1": OLD}, INDEX)
    stored = before.encrypt(CPR, "child.cpr")
    assert before.is_current(stored)
    assert not ring.is_current(stored)
    assert ring.decrypt(stored, "child.cpr") == CPR
    assert ring.encrypt(CPR, "child.cpr").startswith("2:")
    assert ring.newest == "2"
    assert ring.key_ids == ("2", "1")


def test_a_missing_key_is_named_and_no_key_is_shown(ring: KeyRing) -> None:
    stored = KeyRing({"1": OLD}, INDEX).encrypt(CPR, "child.cpr")
    with pytest.raises(KeyMissing, match=r"»1«.*Angivne nøgler: 2") as raised:
        KeyRing({"2": NEW}, INDEX).decrypt(stored, "child.cpr")
    assert NEW.hex() not in str(raised.value)


def test_another_key_under_the_same_id_does_not_open(ring: KeyRing) -> None:
    stored = ring.encrypt(CPR, "child.cpr")
    with pytest.raises(Unreadable):
        KeyRing({"2": OLD}, INDEX).decrypt(stored, "child.cpr")


def test_the_blind_index_finds_a_number_however_it_is_written(ring: KeyRing) -> None:
    found = {ring.blind_index(written) for written in ("010120-1234", "0101201234", " 010120 - 1234 ")}
    assert len(found) == 1
    digits = found.pop()
    assert len(digits) == 64
    assert digits != ring.blind_index("010120-1235")
    assert digits != KeyRing({"2": NEW}, OLD).blind_index(CPR)


def test_the_blind_index_survives_a_rotation_of_the_other_keys(ring: KeyRing) -> None:
    assert KeyRing({"1": OLD}, INDEX).blind_index(CPR) == ring.blind_index(CPR)


def test_keys_are_read_from_a_setting() -> None:
    one, other = crypto.new_key(), crypto.new_key()
    assert list(parse_keys(f"2026:{one}, 2025:{other}\n")) == ["2026", "2025"]
    assert len(parse_keys(f"2026:{one}")["2026"]) == crypto.KEY_BYTES
    assert parse_keys("") == {}


@pytest.mark.parametrize("setting", ["hemmelig", "1:hemmelig!", "1:AAAA 1:AAAA"])
def test_a_setting_that_is_wrong_is_refused_without_repeating_it(setting: str) -> None:
    with pytest.raises(RecordsError) as raised:
        parse_keys(setting)
    assert "hemmelig" not in str(raised.value)
    assert "AAAA" not in str(raised.value)


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ({}, INDEX),
        ({"1": b"short"}, INDEX),
        ({"1": OLD}, b""),
        ({"en nøgle": OLD}, INDEX),
        ({"1:2": OLD}, INDEX),
    ],
)
def test_a_ring_of_wrong_keys_is_refused(keys: dict[str, bytes], index: bytes) -> None:
    with pytest.raises(RecordsError):
        KeyRing(keys, index)


def test_it_costs_microseconds(ring: KeyRing) -> None:
    """A few microseconds each (setup.md 10); the bound is loose, it only tells a key set-up per value."""
    started = time.perf_counter()
    for _ in range(1000):
        ring.decrypt(ring.encrypt(CPR, "child.cpr"), "child.cpr")
        ring.blind_index(CPR)
    assert (time.perf_counter() - started) / 1000 < 200e-6
