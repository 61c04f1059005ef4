"""The command line: what each command does, says and answers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from host.__main__ import main
from host.clock import wall
from host.settings import ROOT
from host.wiring import connect
from records.schema import is_current
from records.tables import ClosingDay, Person, ProcedureVersion, RoleHolding
from tasks.people import SYSTEM
from tasks.shell import visit
from tasks.signin import Resume, SignIn, person_of_token, sign_in
from tests.host.stage import ENVIRONMENT, Stage, environment, prepare, settings_for

COMMANDS = (
    *("run", "serve", "work", "test", "check", "feel", "rehearse", "trace", "bench"),
    *("migrate", "publish", "user", "token", "demo"),
)
PASSWORD = "en ganske lang adgangskode"


@pytest.fixture
def url(databases: Any, database_kind: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty database that the commands are told of."""
    found: str = databases.new(database_kind)
    for name, value in environment(found).items():
        monkeypatch.setenv(name, value)
    return found


class Sag:
    """`./sag` in this process: what it answers, prints and complains of."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.complaint = ""

    def __call__(self, *arguments: str, typed: str = "", answers: int = 0) -> str:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        status = main(arguments)
        said = self._capsys.readouterr()
        self.complaint = said.err
        assert status == answers, said.err
        return said.out


@pytest.fixture
def sag(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Sag:
    return Sag(capsys, monkeypatch)


def opened(url: str, **changes: Any) -> Stage:
    return Stage(connect(settings_for(url, **changes)))


# --- help -----------------------------------------------------------------------------------------


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"\n    {command} " in text
    assert "Svarkode" in text


@pytest.mark.parametrize("command", [*COMMANDS, "demo reset", "demo at"])
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command.split(), "--help"])
    assert end.value.code == 0
    assert f"./sag {command}" in capsys.readouterr().out


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["flyv"])
    assert end.value.code == 2
    assert "flyv" in capsys.readouterr().err


# --- an installation ------------------------------------------------------------------------------


def test_migrate_makes_the_schema_and_may_be_run_again(sag: Sag, url: str) -> None:
    for _ in range(2):
        assert "ajour" in sag("migrate")
    assert is_current(url)


def test_the_first_administrator_of_an_empty_installation(sag: Sag, url: str) -> None:
    sag(
        "user", "Kirsten", "--name", "Kirsten Bro", "--email", "k@b.example", "--admin", typed=PASSWORD + "\n"
    )
    stage = opened(url)
    app = stage.app
    session = app.run(sign_in, SYSTEM, SignIn("kirsten", PASSWORD, "127.0.0.1", wall()))
    assert session.person_id is not None
    assert app.actor(session.person_id).holds("sekretaer_drift")
    assert len(stage.rows(select(ClosingDay))) == 3, "the calendar has its usual closing days"
    assert stage.rows(select(Person.email)) == ["k@b.example"]
    # A new password ends what is open; nothing else changes, and nothing is doubled.
    sag("user", "kirsten", "--admin", "--role", "procesejer", typed="en helt anden adgangskode\n")
    assert session.token is not None
    assert app.read(visit, SYSTEM, Resume(session.token, wall())) is None
    again = app.run(sign_in, SYSTEM, SignIn("kirsten", PASSWORD, "127.0.0.1", wall()))
    assert again.token is None
    [person] = stage.rows(select(Person))
    assert (person.name, person.email) == ("Kirsten Bro", "k@b.example")
    assert sorted(stage.rows(select(RoleHolding.role))) == ["procesejer", "sekretaer_drift"]
    app.database.close()


def test_a_user_that_cannot_be_made_is_refused_and_nothing_is_saved(sag: Sag, url: str) -> None:
    for arguments, typed, words in (
        (["ny"], "kort\n", "for kort"),
        (["ny"], "", "for kort"),
        (["ny", "--role", "trommeslager"], PASSWORD, "trommeslager"),
        (["ny", "--role", "raadgiver@intetsteds"], PASSWORD, "intetsteds"),
    ):
        sag("user", *arguments, typed=typed, answers=2)
        assert words in sag.complaint
    stage = opened(url)
    assert stage.rows(select(Person)) == []
    stage.app.database.close()


def test_a_role_in_a_unit(sag: Sag, databases: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases.new("sqlite", prepare)
    monkeypatch.setenv("SAG_DATABASE_URL", url)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    sag("user", "ny", "--name", "Ny Rådgiver", "--role", "raadgiver@kontor_boern", typed=PASSWORD)
    stage = opened(url)
    [person] = stage.rows(select(Person).where(Person.username == "ny"))
    [held] = stage.app.actor(person.id).holdings
    assert (held.role, held.unit_id is not None, held.group_id is not None) == ("raadgiver", True, True)
    stage.app.database.close()


def test_a_token_is_shown_once_and_belongs_to_the_person(sag: Sag, url: str) -> None:
    sag("user", "kirsten", "--name", "Kirsten", typed=PASSWORD)
    token = sag("token", "kirsten").strip()
    assert token.startswith("sag_")
    stage = opened(url)
    assert stage.app.read(person_of_token, SYSTEM, token) == stage.rows(select(Person.id))[0]
    assert stage.app.read(person_of_token, SYSTEM, token[:-1]) is None
    stage.app.database.close()
    sag("token", "ingen", answers=2)
    assert "ingen" in sag.complaint


def test_publish_by_key_and_by_folder(sag: Sag, url: str, tmp_path: Path) -> None:
    assert "udgivet" in sag("publish", "boernesamtale")
    sag("publish", str(ROOT / "processes" / "boernesamtale"))
    stage = opened(url)
    assert stage.rows(select(ProcedureVersion.version)) == [1], "the same content is the same version"
    stage.app.database.close()
    sag("publish", "findes_ikke", answers=2)
    assert "findes_ikke.bpmn" in sag.complaint
    folder = tmp_path / "tom"
    folder.mkdir()
    (folder / "tom.bpmn").write_text("<ikke bpmn/>")
    sag("publish", str(folder), answers=2)
    assert "tom kan ikke udgives" in sag.complaint


def test_a_missing_setting_is_named(sag: Sag, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SAG_INDEX_KEY")
    sag("migrate", answers=2)
    assert sag.complaint.startswith("sag: SAG_INDEX_KEY mangler")


def test_a_database_that_does_not_answer_is_said_in_one_line(
    sag: Sag, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAG_DATABASE_URL", "postgresql://sag@127.0.0.1:1/sag")
    for command in (["migrate"], ["token", "x"], ["feel", "1"]):
        sag(*command, answers=2)
        assert "Databasen svarer ikke" in sag.complaint
        assert "Traceback" not in sag.complaint


# --- check ----------------------------------------------------------------------------------------


def test_check_answers_0_for_what_ships_and_1_for_what_is_wrong(sag: Sag, tmp_path: Path) -> None:
    good = str(ROOT / "processes" / "boernesamtale" / "boernesamtale.bpmn")
    sag("check", good)
    bad = tmp_path / "galt.bpmn"
    bad.write_text("<ikke bpmn/>")
    assert "galt.bpmn" in sag("check", good, str(bad), answers=1)
    found = json.loads(sag("check", "--json", str(bad), answers=1))
    assert found
    sag("check", str(tmp_path / "findes_ikke.bpmn"), answers=1)


# --- the demo -------------------------------------------------------------------------------------


def test_a_demo_is_set_up_and_moved(sag: Sag, databases: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url = databases.new("sqlite")
    for name, value in environment(url, SAG_DEMO="1").items():
        monkeypatch.setenv(name, value)
    assert "2026-02-02 08:00" in sag("demo", "reset", "--at", "2026-02-02T08:00")
    stage = opened(url, demo=True)
    assert f"{stage.app.now():%Y-%m-%d}" == "2026-02-02"
    assert len(stage.rows(select(ProcedureVersion))) == len(list((ROOT / "processes").glob("*/*.bpmn")))
    assert "2026-03-30 09:00" in sag("demo", "at", "2026-03-30")
    sag("demo", "at", "2026-03-01", answers=2)
    assert "kun flyttes frem" in sag.complaint
    sag("demo", "at", "på fredag", answers=2)
    stage.app.database.close()


def test_a_real_installation_has_no_demo(sag: Sag, url: str) -> None:
    sag("migrate")
    for arguments in (["reset"], ["at", "2030-01-01"]):
        sag("demo", *arguments, answers=2)
        assert "ikke en demo" in sag.complaint
    assert is_current(url)
