"""The municipality's registers over the API: read by everybody, changed by those who keep them."""

from __future__ import annotations

from flask import Response

from tasks import register_pages
from tasks.errors import NotFound
from tasks.register_pages import KINDS, ReadRow, SaveRow
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


def _known(key: str) -> None:
    if key not in KINDS:
        raise NotFound("Registret findes ikke.")
