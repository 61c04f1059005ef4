"""A whole service for one test: the demo municipality in a database of its own, and small procedures drawn
on the spot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from sqlalchemy import select

from engine.types import Bundle
from host.app import App
from host.cast import read_cast, settle
from host.clock import Clock, FrozenClock
from host.publishing import publish_bundles
from host.settings import ROOT, Settings, read_settings
from host.wiring import connect
from records.schema import migrate
from records.tables import Case, Task
from tasks.caseroles import set_case_role
from tasks.cases import OpenCase, open_case
from tasks.people import SYSTEM, Actor, holders
from tasks.starts import Started, StartProcedure, start_procedure
from tests.engine.drawing import document, node, properties

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BEGINS = datetime(2026, 2, 2, 8, 0, tzinfo=UTC)

ENVIRONMENT = {
    "SAG_DATA_KEYS": "1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "SAG_INDEX_KEY": "MTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "SAG_SECRET_KEY": "MjEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "SAG_PROCESSES": str(ROOT / "processes"),
    "SAG_HTTPS": "0",
    "SAG_DEMO": "0",
}
"""Settings of a throw-away installation, but for its database."""


def environment(url: str, **more: str) -> dict[str, str]:
    """The variables of an installation on this database."""
    return {**ENVIRONMENT, "SAG_DATABASE_URL": url, **more}


def settings_for(url: str, **changes: Any) -> Settings:
    """The settings of an installation on this database."""
    return replace(read_settings(environment(url)), **changes)


def prepare(url: str) -> None:
    """Make the schema and put the demo municipality in. For `databases.new(kind, prepare)`."""
    migrate(url)
    app = connect(settings_for(url), clock=FrozenClock(LONG_AGO))
    with app.database.writing(now=app.now()) as unit:
        settle(unit, read_cast(app.settings.processes), None)
    app.database.close()


class Stage:
    """One service with a frozen clock, and short words for what tests do with it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._children = iter(range(1, 1_000_000))

    @property
    def clock(self) -> FrozenClock:
        assert isinstance(self.app.clock, FrozenClock)
        return self.app.clock

    def publish(self, *bundles: Bundle) -> None:
        """Publish procedures, long ago."""
        now = self.clock.now()
        self.clock.set(LONG_AGO)
        publish_bundles(self.app, bundles)
        self.clock.set(now)

    def holders(self, role: str) -> list[Actor]:
        """Everybody who has a role."""
        with self.app.database.reading(now=self.app.now()) as unit:
            ids = sorted({person_id for person_id, _, _ in holders(unit, role)})
        return [self.app.actor(person_id) for person_id in ids]

    def case(self, child: str | None = None, **fields: Any) -> int:
        """Open a case whose rådgiver is the first one there is; its id."""
        name = child or f"Barn {next(self._children)}"
        command = OpenCase(name, fields.pop("born", date(2020, 5, 17)), **fields)
        case_id = self.app.run(open_case, SYSTEM, command).case_id
        person_id = self.holders("raadgiver")[0].person_id
        assert person_id is not None
        with self.app.database.writing(now=self.app.now()) as unit:
            set_case_role(unit, unit.session.get_one(Case, case_id), "raadgiver", person_id)
        return case_id

    def start(self, key: str, case_id: int | None = None) -> Started:
        """Start a procedure."""
        return self.app.run(start_procedure, SYSTEM, StartProcedure(key, case_id))

    def tasks(self, case_id: int | None = None, status: str = "aaben") -> list[Task]:
        """The tasks of a case (of all when None), oldest first."""
        query = select(Task).where(Task.status == status).order_by(Task.id)
        return self.rows(query if case_id is None else query.where(Task.case_id == case_id))

    def rows(self, query: Any) -> list[Any]:
        """What a query for one column or class finds."""
        with self.app.database.reading(now=self.app.now()) as unit:
            return list(unit.session.scalars(query))


@contextmanager
def open_stage(
    url: str, *bundles: Bundle, clock: Clock | FrozenClock | None = None, **changes: Any
) -> Iterator[Stage]:
    """Open a service on a database that `prepare` has filled; its clock is frozen unless another is given."""
    app = connect(settings_for(url, **changes), clock=clock or FrozenClock(BEGINS))
    try:
        stage = Stage(app)
        if bundles:
            publish_bundles(app, bundles)
        yield stage
    finally:
        app.database.close()


# --- drawing --------------------------------------------------------------------------------------


def service(id: str, operator: str, name: str = "", **parameters: str) -> str:
    """A service task; parameters are FEEL."""
    given = "".join(
        f'<spiffworkflow:parameter id="{key}" type="any" value={quoteattr(value)} />'
        for key, value in parameters.items()
    )
    inside = (
        f'<bpmn:extensionElements><spiffworkflow:serviceTaskOperator id="{operator}">'
        f"<spiffworkflow:parameters>{given}</spiffworkflow:parameters>"
        "</spiffworkflow:serviceTaskOperator></bpmn:extensionElements>"
    )
    return node("serviceTask", id, inside, name=name or id)


def user(id: str, name: str = "", **values: str) -> str:
    """A user task."""
    return node("userTask", id, properties(**values), name=name or id)


def bundle(
    key: str,
    inside: str,
    *,
    outside: str = "",
    lane: str = "",
    own: Mapping[str, str] | None = None,
    **forms: Any,
) -> Bundle:
    """A procedure anybody may start. `lane`: »Front Stage: A B; Rådgiver: C«. `own`: properties of the
    process. `forms`: name → components."""
    lanes = dict(part.strip().split(":") for part in lane.split(";") if part.strip())
    text = document(inside, outside, lanes).decode()
    text = text.replace(
        '<bpmn:process id="p"', f'<bpmn:process id="{key}" name="{key.capitalize()}"'
    ).replace(
        'isExecutable="true">',
        f'isExecutable="true">{properties(**{"startes_af": "alle", **(own or {})})}',
        1,
    )
    files: Mapping[str, bytes] = {f"{name}.form": form(components) for name, components in forms.items()}
    return Bundle(key, 0, {f"{key}.bpmn": text.encode(), **files})


def form(components: list[dict[str, Any]]) -> bytes:
    """A form of these fields."""
    return json.dumps(
        {"type": "default", "id": "skema", "schemaVersion": 19, "components": components}
    ).encode()
