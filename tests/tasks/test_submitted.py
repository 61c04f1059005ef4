"""`indsendt`: what was handed in earlier in the course is read from there, and is not in its state."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from engine import runtime
from engine.submitted import reads_submitted
from records.counting import count_statements
from records.tables import Instance
from tasks.correct import CorrectStep, correct_step
from tasks.errors import Invalid
from tasks.externals import only_what_the_form_reads
from tasks.procedures import diagram_of
from tasks.submitted import submitted_facts
from tasks.worksheet import ReadTask, read_task
from tests.engine.drawing import chain, node
from tests.host.stage import service, user
from tests.tasks.stage import Work, drawn

FIRST = [
    {"type": "textarea", "key": "tekst", "label": "Tekst"},
    {"type": "textfield", "key": "andet", "label": "Andet"},
    {"type": "textfield", "key": "cpr", "label": "CPR", "properties": {"personnummer": True}},
]
SECOND = [
    {"type": "text", "text": "Før: {{indsendt.A.tekst}}"},
    {"type": "textfield", "key": "svar_tekst", "label": "Svar"},
]
LONG = "æ" * 5000


def procedure() -> Any:
    return drawn(
        "indsend",
        user("A", skema="foerst"),
        service("straks", "noter", "Straks", tekst='"Straks: " + substring(indsendt.A.tekst, 1, 5)'),
        user("B", "Næste", skema="siden"),
        service("siden", "noter", "Siden", tekst='"Siden: " + substring(indsendt.A.tekst, 1, 5)'),
        user("C", "Sidste", skema="siden"),
        chain("s", "A", "straks", "B", "siden", "C", "e"),
        lane="Rådgiver: A B C",
        forms={"foerst": FIRST, "siden": SECOND},
    )


@pytest.fixture
def course(work: Work) -> tuple[Work, int]:
    """A course in which the first step has been done with a long text."""
    work.publish(procedure())
    case_id = work.open()
    work.begin("indsend", case_id)
    work.complete("Mette Holm", "A", tekst=LONG, andet="x")
    return work, case_id


def fact(work: Work) -> Any:
    with work.app.database.reading(now=work.app.now()) as unit:
        [instance] = unit.session.scalars(select(Instance))
        diagram = diagram_of(unit, instance.version_id)
        return submitted_facts(unit, diagram, instance.id)["indsendt"]


def test_it_is_read_at_once_and_later_and_is_not_in_the_state(course: tuple[Work, int]) -> None:
    work, case_id = course
    assert "Straks: æææææ" in work.journal(case_id)
    sheet = work.run("Mette Holm", read_task, ReadTask(work.task("B").id))
    assert sheet.context["indsendt"] == {"A": {"tekst": LONG}}
    [instance] = work.rows(select(Instance))
    assert runtime.data(instance.state) == {}
    assert len(instance.state.encode()) < 300
    work.complete("Mette Holm", "B")
    assert "Siden: æææææ" in work.journal(case_id)


def test_only_the_fields_that_are_read_are_handed_over(course: tuple[Work, int]) -> None:
    assert fact(course[0]) == {"A": {"tekst": LONG}}


def test_a_correction_is_what_is_read_from_then_on(course: tuple[Work, int]) -> None:
    work, _ = course
    task_id = work.task("A", status="udfoert").id
    corrected = {"tekst": LONG, "andet": "y"}
    work.run("Mette Holm", correct_step, CorrectStep(task_id, corrected, "Tastefejl"))
    with pytest.raises(Invalid) as refused:  # the note in the journal has read it
        work.run("Mette Holm", correct_step, CorrectStep(task_id, {"tekst": "kort"}, "Tastefejl"))
    assert set(refused.value.fields) == {"tekst"}


def test_nothing_is_handed_in_before_the_step(work: Work) -> None:
    work.publish(procedure())
    work.begin("indsend", work.open())
    assert fact(work) == {"A": None}


def test_who_does_not_read_it_sends_no_statement_for_it(work: Work) -> None:
    work.publish(drawn("uden", user("A", skema="tekst"), chain("s", "A", "e"), lane="Rådgiver: A"))
    started = work.begin("uden", work.open())
    with work.app.database.reading(now=work.app.now()) as unit:
        diagram = diagram_of(unit, work.course(started.instance_id).version_id)
        with count_statements(work.app.database) as count:
            assert submitted_facts(unit, diagram, started.instance_id) == {}
    assert len(count) == 0
    assert reads_submitted(diagram) == {}


def test_people_from_outside_get_what_their_form_shows() -> None:
    context = {"indsendt": {"A": {"tekst": "vist", "andet": "ikke vist"}, "B": {"tekst": "ikke vist"}}}
    assert only_what_the_form_reads({"components": SECOND}, context) == {
        "indsendt": {"A": {"tekst": "vist"}, "B": {}}
    }
    assert only_what_the_form_reads({"components": FIRST}, context) == {}


def test_a_form_that_starts_a_course_is_handed_in_at_its_start_event(work: Work) -> None:
    bundle = drawn(
        "fra_start",
        service("straks", "noter", "Straks", tekst='"Fra start: " + indsendt.s.tekst'),
        user("B", "Næste", skema="siden"),
        service("siden", "noter", "Siden", tekst='"Siden: " + indsendt.s.tekst'),
        chain("s", "straks", "B", "siden", "e"),
        lane="Rådgiver: B",
        forms={"foerst": FIRST, "siden": [SECOND[1]]},
    )
    text = bundle.files["fra_start.bpmn"].decode()
    start = node("startEvent", "s")
    with_form = user("s", skema="foerst").replace("userTask", "startEvent")
    assert start in text
    bundle.files["fra_start.bpmn"] = text.replace(start, with_form).encode()  # type: ignore[index]
    work.publish(bundle)
    case_id = work.open()
    work.begin("fra_start", case_id, tekst="Hej")
    work.complete("Mette Holm", "B")
    assert {"Fra start: Hej", "Siden: Hej"} <= set(work.journal(case_id))
