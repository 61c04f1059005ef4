"""The demo municipality's people, units and roles, as processes/persongalleri.yaml names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from host.errors import HostError
from records.tables import Person
from records.unit import Unit
from tasks.closing_days import write_usual_closing_days
from tasks.organisation import GiveRole, SavePerson, SaveUnit, give_role, save_person, save_unit
from tasks.people import SYSTEM
from tasks.roles import LEADERS
from tasks.signin import hash_password
from tasks.yaml_text import read_yaml

FILE = "persongalleri.yaml"


@dataclass(frozen=True, slots=True)
class Cast:
    """Who there is: person ids by username and by name, unit ids by key."""

    people: Mapping[str, int]
    names: Mapping[str, int]
    units: Mapping[str, int]


def read_cast(processes: Path) -> dict[str, Any]:
    """Read the cast file. Raises HostError."""
    try:
        loaded = read_yaml((processes / FILE).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise HostError(f"{processes / FILE} kan ikke læses: {error}") from error
    assert isinstance(loaded, dict)
    return loaded


def settle(unit: Unit, cast: Mapping[str, Any], password: str | None) -> Cast:
    """Write closing days, units, people and roles into an empty database; all get the same demo password."""
    write_usual_closing_days(unit)
    units: dict[str, int] = {}
    for row in cast["enheder"]:
        units[row["noegle"]] = save_unit(
            unit,
            SYSTEM,
            SaveUnit(
                None,
                row["noegle"],
                row["navn"],
                row["slags"],
                units.get(row.get("under")),
                row.get("distrikt"),
                row.get("fagomraade"),
            ),
        )
    people: dict[str, int] = {}
    names: dict[str, int] = {}
    # One hash for all: argon2 takes its time, and in the demo everybody has the same password.
    hashed = hash_password(password) if password is not None else None
    for row in cast["personer"]:
        person_id = save_person(
            unit,
            SYSTEM,
            SavePerson(
                None,
                row["navn"],
                row["bruger"],
                row.get("mail"),
                row.get("titel"),
                units.get(row.get("enhed")),
                True,
                hired_on=row.get("ansat"),
            ),
        )
        person = unit.session.get(Person, person_id)
        assert person is not None
        person.password_hash = hashed
        people[row["bruger"]] = names[row["navn"]] = person_id
        for held in row.get("roller", ()):
            give_role(unit, SYSTEM, GiveRole(person_id, held["rolle"], units.get(held.get("enhed"))))
    for row in cast["enheder"]:
        if row.get("leder") in people:
            give_role(unit, SYSTEM, GiveRole(people[row["leder"]], LEADERS[0], units[row["noegle"]]))
    return Cast(people, names, units)
