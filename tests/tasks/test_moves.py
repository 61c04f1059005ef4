"""Courses moved to another version, and drafts of procedures, through the use cases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from engine.types import Bundle, Problem
from records.tables import CourseMove, Instance, ProcedureDraft, ProcedureVersion, Timer
from tasks import moves, revisions
from tasks.cases import CancelCourse, cancel_course
from tasks.errors import Invalid, NotFound, NotOpen, Refused, Stale
from tasks.moves import MoveBack, MoveCourse, PlanMoves
from tasks.people import today
from tasks.procedures import PublishBundle, publish
from tasks.revisions import ChangeDraft, DropDraft, MakeDraft, NoteCheck, PublishDraft
from tasks.worksheet import ReadTask, read_task
from tests.tasks.stage import Work, steps

ONE = steps("en", "A", "B", lane="Rådgiver: A B")
LONGER = steps("en", "A", "B", "C", lane="Rådgiver: A B; Front Stage: C")
OTHERS = steps("en", "A", "B", lane="Front Stage: A; Rådgiver: B")
LATER = steps("en", "A", "B", lane="Rådgiver: A B", due="arbejdsdage_efter(i_dag, 5)")
WITHOUT = steps("en", "B", lane="Rådgiver: B")


def course_of(work: Work, case_id: int) -> Instance:
    """The one course of a case."""
    [found] = work.rows(select(Instance).where(Instance.case_id == case_id))
    return found  # type: ignore[no-any-return]


def begun(work: Work, child: str = "Liv Skov") -> int:
    """A case whose course waits at A."""
    case_id = work.open(child)
    work.begin("en", case_id)
    return case_id


def test_another_lane_and_another_rule_reach_the_open_task_and_it_can_go_back(work: Work) -> None:
    first = work.run(None, publish, PublishBundle(ONE))
    case_id = begun(work)
    course, task = course_of(work, case_id), work.task("A", case_id)
    work.run(None, publish, PublishBundle(OTHERS))
    work.run(None, publish, PublishBundle(LATER))
    for name in ("Mette Holm", "Anne Toft"):
        with pytest.raises(Refused):
            work.run(name, moves.move_course, MoveCourse(course.id, 2))
    work.run("Eva Holst", moves.move_course, MoveCourse(course.id, 2))
    elsewhere = work.task("A", case_id)
    assert (elsewhere.id, elsewhere.role, elsewhere.assignee_id) == (task.id, "front_stage", None)
    assert elsewhere.due_at == task.due_at
    work.run("Eva Holst", moves.move_back, MoveBack(course.id))
    assert work.holder(work.task("A", case_id)) == "Mette Holm"
    done = work.run("Eva Holst", moves.move_course, MoveCourse(course.id, 3))
    assert [row.element for row in done.reckoned] == ["Trin A"]
    assert work.task("A", case_id).due_on == today_plus(work, 7)
    with pytest.raises(NotOpen, match="allerede på version 3"):
        work.run("Eva Holst", moves.move_course, MoveCourse(course.id, 3))
    # Something has happened since: it goes back by its present state.
    work.complete("Mette Holm", "A", case_id)
    work.run("Eva Holst", moves.move_back, MoveBack(course.id))
    assert course_of(work, case_id).version_id == first
    work.complete("Mette Holm", "B", case_id)
    assert course_of(work, case_id).status == "afsluttet"
    assert set(work.rows(select(CourseMove.state))) == {""}  # nothing of the child is kept longer
    assert [text for text in work.journal(case_id) if "version" in text][:1] == [
        "Forløbet er flyttet fra version 1 til version 2"
    ]


def today_plus(work: Work, days: int) -> object:
    """A day counted from today."""
    return work.read(None, lambda unit, actor, n: today(unit) + timedelta(days=n), days)


def test_what_must_stay_says_why_and_nothing_of_it_is_moved(quick: Work) -> None:
    first = quick.run(None, publish, PublishBundle(ONE))
    case_id = begun(quick)
    quick.run(None, publish, PublishBundle(WITHOUT))
    course = course_of(quick, case_id)
    [planned] = quick.read("Eva Holst", moves.plan_moves, PlanMoves("en", 2))
    assert not planned.moves
    assert planned.reasons == (("Trin A", "Forløbet står ved »Trin A«, som ikke findes i den nye version."),)
    with pytest.raises(Invalid, match="Trin A"):
        quick.run("Eva Holst", moves.move_course, MoveCourse(course.id, 2))
    assert course_of(quick, case_id).version_id == first
    assert not quick.rows(select(CourseMove.id))
    with pytest.raises(NotFound):
        quick.read("Eva Holst", moves.plan_moves, PlanMoves("en", 9))
    with pytest.raises(NotOpen):
        quick.run("Eva Holst", moves.move_back, MoveBack(course.id))
    quick.run("Mette Holm", cancel_course, CancelCourse(course.id, "Slut"))
    with pytest.raises(NotOpen):
        quick.run("Eva Holst", moves.move_course, MoveCourse(course.id, 2))


def test_what_was_done_before_is_read_in_the_version_it_was_done_in(quick: Work) -> None:
    quick.run(None, publish, PublishBundle(ONE))
    case_id = begun(quick)
    done = quick.task("A", case_id).id
    quick.complete("Mette Holm", "A", case_id, svar_tekst="Det går godt.")
    renamed = steps("en", "B", "D", lane="Rådgiver: B D")
    quick.run(None, publish, PublishBundle(renamed))
    course = course_of(quick, case_id)
    quick.run("Eva Holst", moves.move_course, MoveCourse(course.id, 2))
    quick.complete("Mette Holm", "B", case_id)  # to a step that only version 2 has
    for task_id in (done, quick.task("D", case_id).id):
        sheet = quick.run("Mette Holm", read_task, ReadTask(task_id))
        assert [(entry.step, entry.answers) for entry in sheet.earlier][-1] == (
            "Trin A",
            {"svar_tekst": "Det går godt."},
        )
    quick.run("Mette Holm", cancel_course, CancelCourse(course.id, "Slut"))
    assert set(quick.rows(select(CourseMove.state))) == {""}


def test_a_rule_that_cannot_be_reckoned_keeps_the_course_where_it_is(quick: Work) -> None:
    quick.run(None, publish, PublishBundle(ONE))
    case_id = begun(quick)
    broken = steps("en", "A", "B", lane="Rådgiver: A B", due="findes_ikke")
    quick.run(None, publish, PublishBundle(broken))
    with pytest.raises(Invalid, match="Trin A"):
        quick.run("Eva Holst", moves.move_course, MoveCourse(course_of(quick, case_id).id, 2))
    assert course_of(quick, case_id).moved_at is None


def test_courses_follow_by_themselves_when_the_version_is_valid(work: Work) -> None:
    first = work.run(None, publish, PublishBundle(ONE))
    stays, goes = begun(work, "Liv Skov"), begun(work, "Noah Vind")
    work.complete("Mette Holm", "A", goes)
    second = work.run(None, publish, PublishBundle(WITHOUT, work.app.now() + timedelta(days=2)))
    assert work.run(None, lambda unit, actor, id: moves.move_later(unit, id), second) == 2
    work.until("2026-02-03T09:00")
    assert course_of(work, goes).version_id == first
    work.until("2026-02-05T09:00")
    assert (course_of(work, goes).version_id, course_of(work, stays).version_id) == (second, first)
    assert any("flyttes ikke til version 2" in text and "Trin A" in text for text in work.journal(stays))
    assert not work.rows(select(Timer.id).where(Timer.kind == moves.KIND))


# -- drafts --------------------------------------------------------------------------------------------------


def checked(work: Work, draft_id: int, *problems: str) -> None:
    """Note what a check found in a draft as it is."""
    sheet, _ = work.read("Eva Holst", revisions.read_draft, draft_id)
    found = tuple(Problem("en.bpmn", "A", 1, "r", text) for text in problems)
    work.run("Eva Holst", revisions.note_check, NoteCheck(draft_id, sheet.hash, found))


def files_of(bundle: Bundle) -> dict[str, bytes]:
    """The files of a bundle."""
    return dict(bundle.files)


def test_a_draft_goes_its_way_and_what_is_changed_must_go_it_again(work: Work) -> None:
    work.run(None, publish, PublishBundle(ONE))
    draft = work.run("Eva Holst", revisions.make_draft, MakeDraft("en")).id
    with pytest.raises(NotOpen):
        work.run("Eva Holst", revisions.make_draft, MakeDraft("en"))
    with pytest.raises(Invalid, match="magen til version 1"):
        through(work, draft, "Birgit Skov")
    work.run("Eva Holst", revisions.change_draft, ChangeDraft(draft, files_of(LONGER)))
    with pytest.raises(Stale):
        work.run("Eva Holst", revisions.change_draft, ChangeDraft(draft, {}, (), 1))
    with pytest.raises(Invalid, match="Kør kontrollen"):
        work.run(None, revisions.send_draft, "en")
    checked(work, draft, "Banen findes ikke")
    with pytest.raises(Invalid, match="A: Banen findes ikke"):
        work.run(None, revisions.send_draft, "en")
    with pytest.raises(Invalid, match="en anden end"):
        through(work, draft, "Eva Holst")
    checked(work, draft)
    work.run(None, revisions.send_draft, "en")
    work.run("Eva Holst", revisions.change_draft, ChangeDraft(draft, {"nyt.form": b"{}"}))
    with pytest.raises(Invalid, match="efter høringen"):
        work.run(None, approving("Birgit Skov", work), "en")
    work.run("Eva Holst", revisions.change_draft, ChangeDraft(draft, {}, ("nyt.form",)))
    with pytest.raises(NotOpen):
        work.run("Eva Holst", revisions.publish_draft, day_of(work, draft, 1))
    sheet = through(work, draft, "Birgit Skov", days=1)
    assert (sheet.status, sheet.version, sheet.approved_by) == ("udgivet", 2, ("Birgit Skov",))
    assert work.rows(select(func.max(ProcedureVersion.version))) == [2]
    with pytest.raises(NotOpen):
        work.run("Eva Holst", revisions.drop_draft, DropDraft(draft))


def approving(name: str, work: Work):  # type: ignore[no-untyped-def]
    """A use case: somebody approves the draft of a procedure."""
    person = work.person(name)
    return lambda unit, actor, key: revisions.approve_draft(unit, key, [person])


def day_of(work: Work, draft_id: int, days: int) -> PublishDraft:
    """Publish with a day from which it counts."""
    day = work.read(None, lambda unit, actor, n: today(unit) + timedelta(days=n), days)
    return PublishDraft(draft_id, day, "Nyt")


def through(work: Work, draft_id: int, by: str, days: int = 0) -> revisions.DraftSheet:
    """Check, send, approve and publish a draft."""
    checked(work, draft_id)
    work.run(None, revisions.send_draft, "en")
    work.run(None, approving(by, work), "en")
    with pytest.raises(Invalid, match="tidligst"):
        work.run("Eva Holst", revisions.publish_draft, day_of(work, draft_id, -1))
    sheet = work.run("Eva Holst", revisions.publish_draft, day_of(work, draft_id, days))
    assert isinstance(sheet, revisions.DraftSheet)
    return sheet


def test_what_cannot_be_in_a_draft(quick: Work) -> None:
    with pytest.raises(Refused):
        quick.run("Mette Holm", revisions.make_draft, MakeDraft("ny"))
    for key in ("Ny Nøgle", "../x"):
        with pytest.raises(Invalid):
            quick.run("Eva Holst", revisions.make_draft, MakeDraft(key))
    with pytest.raises(NotFound):
        quick.run("Eva Holst", revisions.make_draft, MakeDraft("ny", 1))
    for path in ("../ny.bpmn", "ny.exe", "a/b.form", ""):
        with pytest.raises(Invalid):
            quick.run("Eva Holst", revisions.make_draft, MakeDraft("ny", None, {path: b"x"}))
    with pytest.raises(Invalid, match="for stor"):
        quick.run(
            "Eva Holst",
            revisions.make_draft,
            MakeDraft("ny", None, {"ny.bpmn": b"x" * (revisions.LARGEST_FILE + 1)}),
        )
    made = quick.run("Eva Holst", revisions.make_draft, MakeDraft("en", None, files_of(ONE)))
    assert made.base_version == 0
    assert through(quick, made.id, "Birgit Skov").version == 1
    second = quick.run("Eva Holst", revisions.make_draft, MakeDraft("en", 1, {}, ("tekst.form",)))
    assert "tekst.form" not in second.files
    quick.run("Eva Holst", revisions.drop_draft, DropDraft(second.id))
    assert sorted(quick.rows(select(ProcedureDraft.status))) == ["kasseret", "udgivet"]
