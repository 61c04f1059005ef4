"""The role catalogue (processes.md 1.1): which roles there are and what each is bound to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from records.unit import Unit

Binding = Literal["S", "O", "M", "P"]
"""S the case's person, O the holders in a unit, M the meeting's person, P a personal post."""

LEADERS = ("leder",)
"""The role of those who lead a unit: they see its cases and those of the units below it, and get its
escalations."""

CASEWORKER = "raadgiver"
"""The role of whoever is responsible for a case (OS-03)."""

EVERYBODY = "alle"
"""In `startes_af`: any employee may start the procedure (ST-39)."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its key in diagrams and data, and its Danish name."""

    key: str
    name: str
    binding: Binding
    internal: bool
    also: tuple[str, ...] = ()
    """Other Danish names that a lane may carry."""


class RoleCatalogue:
    """All roles, found by key or by Danish name."""

    def __init__(self, roles: Iterable[Role]) -> None:
        """Take the roles; keys and names must be unique; an alias role (`samme_som`) is given as another
        name."""
        self.by_key: Mapping[str, Role] = {role.key: role for role in roles}
        self._by_name = {
            name.casefold(): role for role in self.by_key.values() for name in (role.name, *role.also)
        }

    def find(self, lane: str | None) -> Role | None:
        """Return the role that a lane's name or key means, or None."""
        if lane is None:
            return None
        return self.by_key.get(lane.strip()) or self._by_name.get(lane.strip().casefold())

    def name_of(self, key: str) -> str:
        """Return the Danish name of a role key (the key itself when it is unknown)."""
        role = self.by_key.get(key)
        return role.name if role else key


def roles_of(unit: Unit) -> RoleCatalogue:
    """Return the catalogue this installation was wired with."""
    catalogue = unit.shared["roles"]
    assert isinstance(catalogue, RoleCatalogue)
    return catalogue
