"""Every requirement has a home and a proof, or a reason to wait; and the trace finds what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.types import Bundle
from host import tracing
from host.__main__ import main
from host.errors import HostError
from host.settings import ROOT
from host.wiring import read_bundle
from tasks.trace import (
    Place,
    Requirement,
    Waiting,
    assumptions_in,
    homes_in,
    homes_in_code,
    proofs_in,
    proofs_in_tests,
    shares,
    trace,
)

KEYS = [
    "opstart_af_sag",
    "netvaerksmoede",
    "loebende_opfoelgning",
    "faglig_forum_sag",
    "faglig_forum_moede",
    "boerne_og_familiemoede",
    "samarbejdsmoede",
    "tvaerfagligt_dialogmoede",
    "ad_hoc_gruppe",
    "foerste_henvendelse",
    "paragraf50_undersoegelse",
    "ressourceperson_aftale",
    "indsats_og_opfoelgning",
    "overgang_15",
    "visitation",
    "revision_af_procedure",
    "revision_af_standarder",
    "evaluering_af_maal",
    "ledelsesinformation",
    "kompetenceudvikling",
    "initiativ_arbejdsgruppe",
    "konsultativ_bistand",
]
"""The procedures P01 to P22 by key; of P14 the first of its three."""


def requirement(clause: str, kind: str = "form", *procedures: str) -> Requirement:
    return Requirement(clause, kind, procedures or ("P01",), "A rule.", "A check.")


def test_every_requirement_of_what_is_drawn_has_a_home_and_a_proof() -> None:
    lines, _ = tracing.trace_checkout(ROOT / "processes")
    states = {line.requirement.id: line.state for line in lines}
    wanted = {
        line.requirement.id
        for line in lines
        if line.requirement.seed == "OS"
        or (line.requirement.seed == "ST" and "P10" in line.requirement.procedures)
    }
    assert len(wanted) == 34 + 13
    assert {clause for clause in wanted if states[clause] != "covered"} == set()
    assert {line.requirement.id: line.state for line in lines if line.state == "lacking"} == {}
    # What waits has a reason for each procedure; what is drawn waits for nothing.
    drawn = {path.parent.name for path in (ROOT / "processes").glob("*/*.bpmn")}
    later = {f"P{number:02}" for number, key in enumerate(KEYS, 1) if key not in drawn}
    assert set(tracing.read_waiting().procedures) == later


def test_the_command_says_it_in_words_and_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trace"]) == 0
    text = capsys.readouterr().out
    assert "OS-19 " in text
    assert "OS   34 af  34 dækket (100 %), 0 venter, 0 mangler" in text
    assert "Elementer, der bygger på en antagelse:" in text
    assert main(["trace", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["requirements"]) == 326
    first = next(one for one in said["requirements"] if one["id"] == "OS-01")
    assert first["state"] == "covered"
    assert {"kind": "element", "where": "opstart_af_sag/T1_Sagsfordeling"} in first["homes"]
    assert said["seeds"]["OS"] == {"covered": 34, "lacking": 0, "waiting": 0, "background": 0}


def test_a_lacking_requirement_is_named_and_fails_the_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = tmp_path / "requirements.csv"
    more.write_text(
        tracing.REQUIREMENTS.read_text(encoding="utf-8")
        + '"OS-99";"x";"x";"A rule nobody carries out.";"form";"P01,P16";"x";"x"\n',
        encoding="utf-8",
    )
    known = tracing.read_requirements(more)
    monkeypatch.setattr(tracing, "read_requirements", lambda: known)
    assert main(["trace"]) == 1
    assert "MANGLER OS-99 hjem og bevis: A rule nobody carries out." in capsys.readouterr().out
    twice = tmp_path / "twice.csv"
    twice.write_text(
        more.read_text(encoding="utf-8") + '"OS-99";"x";"x";"";"form";"P01";"x";"x"\n', encoding="utf-8"
    )
    monkeypatch.undo()
    with pytest.raises(HostError, match="to gange"):
        tracing.read_requirements(twice)


def test_an_unknown_id_is_a_slip(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [one for one in tracing.read_requirements() if one.id != "OS-19"]
    monkeypatch.setattr(tracing, "read_requirements", lambda: known)
    with pytest.raises(HostError, match="OS-19"):
        tracing.trace_checkout(ROOT / "processes")


def test_states() -> None:
    home, proof = Place("element", "p/T1"), Place("test", "t::x")
    waiting = Waiting({"P04": "Ikke tegnet."}, {"OS-05": "Kommer senere."})
    lines = trace(
        [
            requirement("OS-01"),
            requirement("OS-02"),
            requirement("OS-03"),
            requirement("OS-04", "background"),
            requirement("OS-05"),
            requirement("OS-06", "form", "P04"),
            requirement("OS-07", "form", "P04", "P01"),
        ],
        waiting,
        [("OS-01", home), ("OS-02", home), ("OS-01", home)],
        [("OS-01", proof), ("OS-03", proof)],
    )
    assert [line.state for line in lines] == [
        "covered",
        "lacking",
        "lacking",
        "background",
        "waiting",
        "waiting",
        "lacking",
    ]
    assert lines[0].homes == (home,)
    assert shares(lines) == {"OS": {"covered": 1, "lacking": 3, "waiting": 2, "background": 1}}


def test_homes_of_a_procedure() -> None:
    homes = set(homes_in(read_bundle(ROOT / "processes" / "foerste_henvendelse")))
    kinds = {place.kind for clause, place in homes if clause in ("ST-53", "ST-54")}
    assert kinds >= {"process", "element", "form rule", "clause"}
    assert ("ST-39", Place("element", "foerste_henvendelse/Start_NyUnderretning")) in homes


def test_proofs_of_a_procedure() -> None:
    bundle = Bundle("p", 0, {"rehearsals.yaml": b"- {navn: En, beviser: [OS-01, OS-02]}\n- {navn: To}\n"})
    assert list(proofs_in(bundle)) == [
        ("OS-01", Place("rehearsal", "p: En")),
        ("OS-02", Place("rehearsal", "p: En")),
    ]
    assert list(proofs_in(Bundle("p", 0, {}))) == []


CODE = '''"""A module (OS-01)."""

LIMIT = 3
"""A value (OS-02)."""


class Thing:
    """A class."""

    part: int = 0
    """A part of it (OS-03, OS-04)."""

    def act(self) -> None:
        """Acts (ST-5), which is no UTF-8."""
        print("OS-06")  # OS-07
'''


def test_homes_in_code_are_in_docstrings() -> None:
    assert [(clause, place.where) for clause, place in homes_in_code("m.py", CODE)] == [
        ("OS-01", "m.py"),
        ("OS-02", "m.py:LIMIT"),
        ("OS-03", "m.py:Thing.part"),
        ("OS-04", "m.py:Thing.part"),
        ("ST-5", "m.py:Thing.act"),
    ]


TESTS = """
import pytest

pytestmark = pytest.mark.rule("OS-01")

@pytest.mark.rule("OS-02", "OS-03")
def test_a(): ...

@pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.rule("OS-04"))])
def test_b(x): ...

def test_c():
    "OS-05"
"""


def test_a_list_of_ids_in_a_mark_is_unpacked() -> None:
    source = """
IDS = ("FF-01", "FF-02")

@pytest.mark.rule(*IDS)
def test_a(): ...

@pytest.mark.rule("FF-03", *["FF-04"])
def test_b(): ...
"""
    assert [(clause, place.where) for clause, place in proofs_in_tests("t.py", source)] == [
        ("FF-01", "t.py::test_a"),
        ("FF-02", "t.py::test_a"),
        ("FF-03", "t.py::test_b"),
        ("FF-04", "t.py::test_b"),
    ]


def test_proofs_in_tests_are_marks() -> None:
    assert [(clause, place.where) for clause, place in proofs_in_tests("t.py", TESTS)] == [
        ("OS-01", "t.py"),
        ("OS-02", "t.py::test_a"),
        ("OS-03", "t.py::test_a"),
        ("OS-04", "t.py::test_b"),
    ]


def test_elements_that_rest_on_an_assumption_are_counted() -> None:
    drawn = b"""<a><p:property name="antagelse" value="Efter to dage." />
    <p:property value="x" name='antagelse'/><p:property name="indhold" value="antagelse" /></a>"""
    assert assumptions_in(Bundle("p", 0, {"p.bpmn": drawn, "x.form": drawn})) == 2
