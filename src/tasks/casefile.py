"""The case in which something happens, read once and locked: its row, its child and its people."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Date,
    Executable,
    Integer,
    and_,
    bindparam,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from records.prepared import Prepared
from records.tables import Case, CaseRole, Child, LeavePeriod, OrgUnit, Person, RoleHolding, Task
from records.unit import Unit
from tasks.errors import NotFound
from tasks.facts import Office, case_facts, time_facts
from tasks.people import today
from tasks.registers import municipality_facts
from tasks.routing import CasePerson
from tasks.substitutes import away_on


@dataclass(slots=True)
class CaseFile:
    """The case of an act, or the lack of one (a first contact, P10, runs without)."""

    unit: Unit
    case: Case | None = None
    child: Child | None = None
    people: dict[str, CasePerson] = field(default_factory=dict)
    """The case's people now, by role key."""
    office: Office | None = None
    """The unit the case belongs to, as its facts show it."""
    _municipality: dict[str, Any] | None = None

    @property
    def case_id(self) -> int | None:
        """Id of the case, None without one."""
        return self.case.id if self.case is not None else None

    @property
    def unit_id(self) -> int | None:
        """Id of the unit the case belongs to, None without one."""
        return self.case.unit_id if self.case is not None else None

    def facts(self, answers: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what expressions may read beside the process data: `sag` or (without a
        case) `kommunen`, `nu`, `i_dag` and `svar`."""
        facts: dict[str, Any] = time_facts(self.unit)
        if self.case is not None and self.child is not None:
            facts["sag"] = case_facts(self.case, self.child, self.people, today(self.unit), self.office)
        else:
            if self._municipality is None:
                self._municipality = municipality_facts(self.unit)
            facts["kommunen"] = self._municipality
        if answers is not None:
            facts["svar"] = dict(answers)
        return facts

    def forget(self) -> None:
        """Read the registers anew the next time: one was just written."""
        self._municipality = None

    def write(self, values: Mapping[str, Any]) -> None:
        """Add values to the case's data (`sag = …`). Without a case there is nowhere to write them: they
        are dropped."""
        if self.case is not None and values:
            self.case.data = {**self.case.data, **values}
            if "distrikt" in values:
                district = values["distrikt"]
                self.case.district = str(district).strip()[:80] or None if district else None

    def adopt(self, case: Case, child: Child, people: Mapping[str, CasePerson]) -> None:
        """Become the file of a case that was opened or attached during the act."""
        self.case, self.child, self.people = case, child, dict(people)
        self.know_people()

    def know_people(self) -> None:
        """Read the case's people and office anew: somebody got a role in the case, or it has another unit."""
        if self.case is not None:
            self.unit.session.flush()
            self.people, self.office = _people_and_office(self.unit, self.case.id)


_CASE = select(Case, Child).join(Child, Child.id == Case.child_id)
_READ = _CASE.where(Case.id == bindparam("id"))
# The case row is locked before any instance row, everywhere, so that two acts never wait for each other.
_LOCK = _READ.with_for_update(of=Case)
_LOCK_BY_TASK = Prepared(
    select(Case.id)
    .where(Case.id == select(Task.case_id).where(Task.id == bindparam("task_id")).scalar_subquery())
    .with_for_update()
)


def lock_case(unit: Unit, case_id: int) -> CaseFile:
    """Lock a case and return its file: two statements. Raises NotFound."""
    return _known(_load(unit, _LOCK, case_id))


def lock_case_of_task(unit: Unit, task_id: int) -> None:
    """Lock the case a task belongs to, if it has one; nothing is read of it before it is ours."""
    unit.run(_LOCK_BY_TASK, {"task_id": task_id})


def file_of(unit: Unit, case: Case | None, child: Child | None) -> CaseFile:
    """Return the file of a case that was read together with something else; empty without a case."""
    if case is None:
        return CaseFile(unit)
    people, office = _people_and_office(unit, case.id)
    return CaseFile(unit, case, child, people, office)


def read_case_file(unit: Unit, case_id: int) -> CaseFile:
    """Return the file of a case without locking it. Raises NotFound."""
    return _known(_load(unit, _READ, case_id))


def _load(unit: Unit, query: Executable, id: int) -> CaseFile:
    row = unit.session.execute(query, {"id": id}).one_or_none()
    return file_of(unit, *row) if row is not None else CaseFile(unit)


def _known(file: CaseFile) -> CaseFile:
    if file.case is None:
        raise NotFound("Sagen findes ikke.")
    return file


def read_case_files(unit: Unit, case_ids: Collection[int]) -> dict[int, CaseFile]:
    """Return the files of several cases by their ids, without locking them: two statements."""
    rows = unit.session.execute(_CASE.where(Case.id.in_(case_ids))).all()
    people = _grouped(
        unit.connection.execute(_PEOPLE_OF_MANY, {"case_ids": list(case_ids), "today": today(unit)})
    )
    return {case.id: CaseFile(unit, case, child, *_told(people.get(case.id, ()))) for case, child in rows}


_TODAY = bindparam("today", type_=Date)
_HOLDER = aliased(Person)


def _people_query(here: Callable[[Any], ColumnElement[bool]]) -> Any:
    """Return the statement that reads people and office of the cases of which `here` is true.

    The office with its kontorleder comes in the same statement as the people: each act reads both.
    """
    return union_all(
        select(
            CaseRole.case_id.label("of_case"),
            CaseRole.id.label("place"),
            *(CaseRole.role, CaseRole.person_id, Person.name, Person.active),
            *(LeavePeriod.id, LeavePeriod.substitute_id),
            *(null().label("unit_id"), null().label("unit"), null().label("area"), null().label("district")),
        )
        .join(Person, Person.id == CaseRole.person_id)
        .outerjoin(LeavePeriod, and_(LeavePeriod.person_id == Person.id, away_on(_TODAY)))
        .where(here(CaseRole.case_id), CaseRole.until.is_(None)),
        select(
            Case.id,
            literal_column("0", Integer),
            *(null(), _HOLDER.id, _HOLDER.name, null(), null(), null()),
            *(OrgUnit.id, OrgUnit.name, OrgUnit.area, OrgUnit.district),
        )
        .select_from(Case)
        .join(OrgUnit, OrgUnit.id == Case.unit_id)
        .outerjoin(
            RoleHolding,
            and_(
                RoleHolding.unit_id == OrgUnit.id,
                RoleHolding.role == literal_column("'kontorleder'"),
                or_(RoleHolding.valid_from.is_(None), RoleHolding.valid_from <= _TODAY),
                or_(RoleHolding.valid_to.is_(None), RoleHolding.valid_to >= _TODAY),
            ),
        )
        .outerjoin(_HOLDER, and_(_HOLDER.id == RoleHolding.person_id, _HOLDER.active.is_(True)))
        .where(here(Case.id)),
    ).order_by("place", "name")


_PEOPLE = Prepared(_people_query(lambda column: column == bindparam("case_id")))
_PEOPLE_OF_MANY = _people_query(lambda column: column.in_(bindparam("case_ids", expanding=True)))


def people_of(unit: Unit, case_id: int) -> dict[str, CasePerson]:
    """Return the case's people now, by role key, with who stands in for them today; the latest wins when a
    role has several."""
    return _people_and_office(unit, case_id)[0]


def _people_and_office(unit: Unit, case_id: int) -> tuple[dict[str, CasePerson], Office | None]:
    return _told(unit.run(_PEOPLE, {"case_id": case_id, "today": today(unit)}))


def _grouped(rows: Iterable[Sequence[Any]]) -> dict[int, list[Sequence[Any]]]:
    found: dict[int, list[Sequence[Any]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _told(rows: Iterable[Sequence[Any]]) -> tuple[dict[str, CasePerson], Office | None]:
    people: dict[str, CasePerson] = {}
    office: Office | None = None
    for _, _, role, person_id, name, active, leave_id, substitute_id, *unit in rows:
        if role is not None:
            people[role] = CasePerson(person_id, name, bool(active), leave_id is not None, substitute_id)
        elif office is None or office.leader is None:
            leader = (person_id, name) if person_id is not None else None
            office = Office(unit[0], unit[1], unit[2], unit[3], leader)
    return people, office
