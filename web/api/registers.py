"""The municipality's registers over the API: read by everybody, changed by those who keep them."""

from __future__ import annotations

from flask import Response

from tasks import register_pages
from tasks.course_marks import MarkCourse
from tasks.errors import NotFound, Refused
from tasks.register_pages import KINDS, ReadRow, SaveRow
from web.api.ids import optional, text_of
from web.api.models import Done
from web.api.models import registers as models
from web.api.routes import app, caller, operation
from web.api.writing import write


@operation("GET", "/registers/{key}", summary="A register", out=models.RegisterRows)
def get_register(key: str) -> models.RegisterRows:
    """Return the rows of a register: maal, standard, kursus, initiativ …"""
    _known(key)
    found = app().read(register_pages.list_register, caller(), key)
    return models.RegisterRows(
        name=key,
        title=found.kind.title,
        may_keep=found.may_keep,
        items=[
            models.RegisterLine(key=line.key, title=line.title, status=line.status, due_on=line.due_on)
            for line in found.lines
        ],
    )


@operation(
    "GET",
    "/registers/{key}/row",
    summary="A row of a register",
    query=models.RegisterQuery,
    out=models.RegisterRow,
)
def get_register_row(key: str, query: models.RegisterQuery) -> models.RegisterRow:
    """Return a row with its history."""
    _known(key)
    found = app().read(register_pages.read_row, caller(), ReadRow(key, query.key))
    return models.RegisterRow(
        name=key,
        key=found.key,
        title=found.title,
        status=found.status,
        rev=found.rev,
        content=dict(found.content),
        changes=[
            models.RegisterChange(at=one.at, by=one.by, status=one.status, content=dict(one.content))
            for one in found.changes
        ],
    )


@operation(
    "POST",
    "/registers/{key}/row",
    summary="Make or change a row of a register",
    body=models.RegisterValues,
    out=Done,
    errors=(403, 412, 422),
)
def save_register_row(key: str, body: models.RegisterValues) -> Response:
    """Make a row, or change the one of this key; `rev` is the revision the caller has seen."""
    _known(key)
    command = SaveRow(key, body.key, body.title, body.status, dict(body.values), body.rev)
    return write(register_pages.save_row, command, lambda _: Done())


@operation(
    "GET",
    "/courses/marks",
    summary="Who has been on a course",
    query=models.CourseQuery,
    out=models.CourseMarks,
    errors=(403, 404),
)
def get_course_marks(query: models.CourseQuery) -> models.CourseMarks:
    """Return a course's audience and how far each of them is."""
    sheet = app().read(register_pages.read_row, caller(), ReadRow("kursus", query.course))
    if sheet.course is None:
        raise Refused("Hvem der har været på kurset, ser de, der fører registret, og ledere.")
    return models.CourseMarks(
        course=sheet.key,
        title=sheet.title,
        figure=sheet.course.said,
        items=[
            models.CourseMark(
                person=text_of(line.person_id),
                unit=text_of(line.unit_id),
                name=line.name,
                place=line.place,
                offered_on=line.offered_on,
                attended_on=line.attended_on,
                evaluated_on=line.evaluated_on,
                planned_on=line.planned_on,
                read=line.read,
                done=line.done,
                planned=line.planned,
            )
            for line in sheet.course.lines
        ],
    )


@operation(
    "POST",
    "/courses/marks",
    summary="Note how far somebody is with a course",
    body=models.NewCourseMark,
    out=Done,
    errors=(403, 404, 422),
)
def mark_course(body: models.NewCourseMark) -> Response:
    """Note that a course was offered, attended, evaluated, planned, or read by the caller."""
    command = MarkCourse(
        body.course,
        optional(body.person),
        optional(body.unit),
        body.offered_on,
        body.attended_on,
        body.evaluated_on,
        body.planned_on,
        body.read,
    )
    return write(register_pages.note_course, command, lambda _: Done())


def _known(key: str) -> None:
    if key not in KINDS:
        raise NotFound("Registret findes ikke.")
