"""Correcting a completed step: beside the old answers, with a reason, where nothing depends on it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from records.tables import Case, Submission
from tasks.access import Denied
from tasks.cases import CloseCase, Reallocate, close_case, reallocate
from tasks.complete import CompleteTask, complete_task
from tasks.correct import CorrectStep, correct_step
from tasks.errors import Invalid, NotOpen
from tasks.worksheet import ReadTask, read_task
from tests.engine.drawing import chain, node, over, repeated, script
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn

FORM = [
    {"type": "textfield", "key": key, "label": key}
    for key in ("frit", "vej", "part", "notat", "dag", "i_sagen", "laest")
]


def procedure() -> Any:
    return drawn(
        "ret",
        user("A", skema="a", data="vej", sag="sag.i_sagen = i_sagen\nsag.laest = laest"),
        service("note", "noter", "Journalfør", tekst='"Kom: " + svar.notat'),
        service("part", "registrer_parter", "Registrér", art='"familie"', raekker="[{navn: svar.part}]"),
        service("laes", "noter", "Læs sagen", tekst="sag.laest"),
        user("B", "Næste", skema="a", frist="if svar.dag = null then i_dag else dato(svar.dag)"),
        chain("s", "A", "note", "part", "laes", "B", "e"),
        lane="Rådgiver: A B",
        forms={"a": FORM},
    )


OLD = {
    "frit": "gammel",
    "vej": "op",
    "part": "Gerda",
    "notat": "x",
    "dag": "2026-03-01",
    "i_sagen": "1",
    "laest": "l",
}


def begin(work: Work) -> int:
    work.publish(procedure())
    case_id = work.open()
    work.begin("ret", case_id)
    work.complete("Mette Holm", "A", **OLD)
    return case_id


def correct(work: Work, by: str = "Mette Holm", reason: str = "Tastefejl", **changes: str) -> Any:
    task = work.task("A", status="udfoert")
    return work.run(by, correct_step, CorrectStep(task.id, {**OLD, **changes}, reason))


def test_a_free_answer_is_corrected_beside_the_old_one(work: Work) -> None:
    case_id = begin(work)
    correct(work, frit="ny", i_sagen="2")
    old, new = work.rows(select(Submission).order_by(Submission.id))
    assert (old.answers["frit"], new.answers["frit"]) == ("gammel", "ny")
    assert (new.replaces_id, new.reason) == (old.id, "Tastefejl")
    with work.app.database.reading(now=work.app.now()) as unit:
        stored = unit.connection.execute(text("SELECT reason FROM submission WHERE reason IS NOT NULL"))
        assert "Tastefejl" not in str(stored.all())
    assert work.rows(select(Case.data))[0]["i_sagen"] == "2"
    assert work.journal(case_id, "rettet") == ["A rettet: Tastefejl"]
    sheet = work.run("Mette Holm", read_task, ReadTask(old.task_id))
    assert sheet.values["frit"] == "ny"
    assert [entry.reason for entry in sheet.earlier] == ["Tastefejl", None]
    correct(work, frit="nyere", i_sagen="2")
    assert work.rows(select(Submission.replaces_id).order_by(Submission.id)) == [None, old.id, new.id]


@pytest.mark.parametrize(
    ("field", "by"),
    [
        ("vej", "gået videre"),
        ("notat", "Journalfør"),
        ("part", "Registrér"),
        ("laest", "Læs sagen"),
        ("dag", "Næste"),
    ],
)
def test_an_answer_that_was_used_stays_as_it_is(quick: Work, field: str, by: str) -> None:
    begin(quick)
    with pytest.raises(Invalid) as error:
        correct(quick, **{field: "2026-04-01"})
    assert list(error.value.fields) == [field]
    assert by in error.value.fields[field]
    assert quick.count(Submission) == 1


def test_what_others_have_written_in_the_case_since_is_not_set_back(quick: Work) -> None:
    case_id = begin(quick)
    with quick.app.database.writing(now=quick.app.now()) as unit:
        case = unit.session.get_one(Case, case_id)
        case.data = {**case.data, "i_sagen": "fra et andet forløb"}
    correct(quick, frit="ny")
    assert quick.rows(select(Case.data))[0]["i_sagen"] == "fra et andet forløb"


def test_not_after_a_later_step_nor_in_a_closed_case_nor_without_a_reason(quick: Work) -> None:
    case_id = begin(quick)
    for reason in ("", "x" * 2001):
        with pytest.raises(Invalid) as error:
            correct(quick, reason=reason)
        assert list(error.value.fields) == ["begrundelse"]
    quick.complete("Mette Holm", "B")
    with pytest.raises(NotOpen, match="senere trin"):
        correct(quick, frit="ny")
    quick.begin("ret", case_id)
    quick.complete("Mette Holm", "A", **OLD)
    quick.run("Mette Holm", close_case, CloseCase(case_id, "Slut"))
    with pytest.raises(NotOpen):
        correct(quick, frit="ny")


def test_only_who_did_it_and_who_is_still_in_the_case(work: Work) -> None:
    case_id = begin(work)
    for name in ("Birgit Skov", "Jonas Friis"):
        with pytest.raises(Denied):
            correct(work, name, frit="ny")
    with pytest.raises(NotOpen, match="ikke udført"):
        work.run("Mette Holm", correct_step, CorrectStep(work.task("B").id, {}, "Hm"))
    work.run("Birgit Skov", reallocate, Reallocate(case_id, work.person("Jonas Friis"), "Fyldt 13"))
    with pytest.raises(Denied):
        correct(work, frit="ny")


def test_a_later_step_of_a_called_procedure_counts(quick: Work) -> None:
    quick.publish(
        drawn(
            "kaldt",
            user("K1", skema="tekst"),
            user("K2", skema="tekst"),
            chain("s", "K1", "K2", "e"),
            lane="Rådgiver: K1 K2",
        ),
        drawn(
            "ret",
            user("A", skema="a"),
            node("callActivity", "kald", calledElement="kaldt"),
            chain("s", "A", "kald", "e"),
            lane="Rådgiver: A",
            forms={"a": FORM},
        ),
    )
    quick.begin("ret", quick.open())
    quick.complete("Mette Holm", "A", **OLD)
    correct(quick, frit="ny")
    quick.complete("Mette Holm", "K1")
    with pytest.raises(NotOpen, match="senere trin"):
        correct(quick, frit="nyere")


def test_a_repeated_step_is_corrected_with_its_own_item(quick: Work) -> None:
    hide = '=kilde.navn != "skolen"'
    hidden = {"type": "textfield", "key": "svar", "label": "Svar", "conditional": {"hide": hide}}
    each = repeated(over("kilder", "kilde", "alle", "udfald"))
    marked = user("A", skema="a").replace("</bpmn:userTask>", f"{each}</bpmn:userTask>")
    lines = 'kilder = [{navn: "skolen"}, {navn: "lægen"}]\nudfald = null'
    quick.publish(
        drawn(
            "ret",
            script("x", lines),
            marked,
            user("B", skema="a"),
            chain("s", "x", "A", "B", "e"),
            lane="Rådgiver: A B",
            forms={"a": [hidden]},
        )
    )
    quick.begin("ret", quick.open())
    first = next(task for task in quick.tasks() if task.item == {"navn": "skolen"})
    quick.run("Mette Holm", complete_task, CompleteTask(first.id, {"svar": "ja"}))
    quick.run("Mette Holm", correct_step, CorrectStep(first.id, {"svar": "nej"}, "Fejl"))
    assert quick.rows(select(Submission.answers).order_by(Submission.id)) == [{"svar": "ja"}, {"svar": "nej"}]
