"""People's leave, and the log of administration."""

from __future__ import annotations

from flask import Response

from tasks import admin_log, leave
from web.api.ids import number_of, optional, read_place_cursor, write_place_cursor
from web.api.models import Done
from web.api.models import staff as models
from web.api.routes import app, caller, operation
from web.api.writing import write

_NAMES = {"til": "last_day"}


@operation(
    "GET", "/people/{person_id}/leave", summary="A person's leave", out=models.LeaveRows, errors=(403,)
)
def list_leave(person_id: int) -> models.LeaveRows:
    """Return a person's leave: to the person, their leader and the systemforvalter."""
    sheet = app().read(leave.read_leave, caller(), person_id)
    return models.LeaveRows(
        person=models.PersonId(id=str(sheet.person_id), name=sheet.person),
        items=[
            models.LeaveRow(
                id=str(line.id),
                first_day=line.first_day,
                last_day=line.last_day,
                substitute=_person(line.substitute_id, line.substitute),
                status=line.status,
            )
            for line in sheet.leaves
        ],
        possible_substitutes=[models.PersonId(id=str(one), name=name) for one, name in sheet.possible],
    )


def _person(person_id: int | None, name: str | None) -> models.PersonId | None:
    return models.PersonId(id=str(person_id), name=name or "") if person_id is not None else None


@operation(
    "POST",
    "/people/{person_id}/leave",
    summary="Enter a leave",
    body=models.LeaveBody,
    out=models.LeaveId,
    errors=(403,),
    names=_NAMES,
)
def add_leave(person_id: int, body: models.LeaveBody) -> Response:
    """Enter a leave with a substitute of the same role; one that begins today moves the tasks at once."""
    command = leave.SaveLeave(person_id, body.first_day, body.last_day, optional(body.substitute))
    return write(leave.save_leave, command, lambda id: models.LeaveId(id=str(id)))


@operation(
    "PUT",
    "/people/{person_id}/leave/{leave_id}",
    summary="Change a leave",
    body=models.LeaveBody,
    out=models.LeaveId,
    errors=(403, 409),
    names=_NAMES,
)
def change_leave(person_id: int, leave_id: int, body: models.LeaveBody) -> Response:
    """Change the days or the substitute of a leave that is not over; the first day only before it begins."""
    command = leave.SaveLeave(person_id, body.first_day, body.last_day, optional(body.substitute), leave_id)
    return write(leave.save_leave, command, lambda id: models.LeaveId(id=str(id)))


@operation("POST", "/leave/{leave_id}/end", summary="End a leave", out=Done, errors=(403, 409))
def end_leave(leave_id: int) -> Response:
    """Cancel a leave that has not begun, or end one that has: what is unfinished goes back."""
    return write(leave.end_leave, leave.EndLeave(leave_id), lambda _: Done())


@operation(
    "GET",
    "/administration/log",
    summary="The log of administration",
    query=models.LogQuery,
    out=models.LogRows,
    errors=(403,),
)
def list_admin_log(query: models.LogQuery) -> models.LogRows:
    """Return who changed people, roles, units, closing days, passwords and leave; for the systemforvalter."""
    person_id = number_of(query.person) if query.person is not None else None
    command = admin_log.ReadAdminLog(person_id, read_place_cursor(query.after), query.limit + 1)
    rows = app().read(admin_log.read_admin_log, caller(), command)
    page = rows[: query.limit]
    return models.LogRows(
        items=[
            models.LogRow(
                id=str(row.id),
                at=row.at,
                who=row.who,
                kind=row.kind,
                person=_person(row.person_id, row.person),
                text=row.text,
            )
            for row in page
        ],
        next=write_place_cursor(page[-1].at, page[-1].id) if len(rows) > query.limit else None,
    )
