"""What was answered before in the same case, as text: shown beside the form, and on a finished task's
page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from records.tables import CourseMove, Instance, Person, Submission, Task
from records.unit import Unit
from tasks.facts import person_options
from tasks.form_history import Shown, render_answers
from tasks.forms import Form, needed_roles, read
from tasks.procedures import diagram_of

LATEST = 30
"""Submissions shown beside a form."""


@dataclass(frozen=True, slots=True)
class EarlierAnswers:
    """One submission; `reason` is set when it corrects an earlier one."""

    id: int
    task_id: int | None
    step: str
    at: datetime
    by: str | None
    answers: dict[str, Any]
    shown: tuple[Shown, ...]
    reason: str | None
    on_behalf_of: str | None = None
    """Who was away while it was answered for them."""


def earlier_answers(
    unit: Unit, instance_id: int, case_id: int | None, facts: Mapping[str, Any], *, limit: int = LATEST
) -> tuple[EarlierAnswers, ...]:
    """Return the newest submissions of this case, or of this course without one; newest first.

    `facts` is what labels and conditions read. Two statements, and one per role that a form lets choose from.
    """
    where = Submission.instance_id == instance_id if case_id is None else Instance.case_id == case_id
    away = aliased(Person)
    first = (
        select(CourseMove.from_version_id)
        .where(CourseMove.instance_id == Instance.id)
        .order_by(CourseMove.id)
        .limit(1)
        .correlate(Instance)
        .scalar_subquery()
    )
    begun_in = func.coalesce(first, Instance.version_id)
    query = (
        # In the version that it was done in: the course may have been moved since.
        select(Submission, func.coalesce(Task.version_id, begun_in), Person.name, away.name)
        .join(Instance, Instance.id == Submission.instance_id)
        .outerjoin(Task, Task.id == Submission.task_id)
        .outerjoin(Person, Person.id == Submission.by_id)
        .outerjoin(away, away.id == Submission.on_behalf_of_id)
        .where(where)
        .order_by(Submission.id.desc())
        .limit(limit)
    )
    rows = unit.session.execute(query).all()
    forms = {
        (version_id, row.element_id): _form(unit, version_id, row.element_id) for row, version_id, *_ in rows
    }
    roles = {role for form in forms.values() if form is not None for role in needed_roles(form)}
    context = {**facts, "personer": person_options(unit, sorted(roles))}
    return tuple(
        EarlierAnswers(
            row.id,
            row.task_id,
            diagram_of(unit, version_id).elements[row.element_id].name,
            row.at,
            name,
            row.answers,
            _shown(unit, forms[(version_id, row.element_id)], row.answers, context),
            row.reason,
            behalf,
        )
        for row, version_id, name, behalf in rows
    )


def _form(unit: Unit, version_id: int, element_id: str) -> Form | None:
    diagram = diagram_of(unit, version_id)
    name = diagram.elements[element_id].properties.get("skema")
    return read(diagram.form(name)) if name else None


def _shown(
    unit: Unit, form: Form | None, answers: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[Shown, ...]:
    if form is None:
        return ()
    return tuple(render_answers(form, answers, context, now=unit.now, calendar=unit.calendar))
