"""Rehearsals in which every text is as long as its form allows, and every list has many rows: for what must
hold however much people write."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine import diagrams
from engine.diagrams import Diagram
from engine.types import Bundle, Step
from host.app import App
from host.cast import Cast
from host.rehearsing import RehearsalStage, scripts_of
from records.tables import Instance
from tasks.access import Denied
from tasks.errors import Invalid, NotFound, TaskError
from tasks.form_fields import Field
from tasks.forms import read
from tasks.outcome import Outcome
from tasks.people import SYSTEM, today
from tasks.rehearsal import Rehearsal, instant_of
from tasks.rehearsal_looks import Wrong
from tasks.stage import Played

LETTERS = "æøå"
"""Two bytes each in UTF-8."""

ROWS = 10
"""Rows in every list that may be added to; a form that allows fewer says so itself, and gets what it was
given."""

NAMES = (200, 150, 100, 60)
"""How long names of people and places may be in the forms."""

FULL, SAME_ROWS, RENAMED, AS_GIVEN = 0, 1, 2, 3


@dataclass(slots=True)
class Written:
    """Texts of a rehearsal, and what was written instead."""

    people: frozenset[str] = frozenset()
    """Who signs in: they are called what they are wherever a form asks for somebody there is."""
    instead: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """What was written that may be a name."""

    def note(self, before: str, now: str) -> None:
        """Keep what was written instead of a text."""
        if before not in self.people:
            self.instead[before] = now
        if len(now) in NAMES:
            self.names.add(now)

    def now(self, value: Any) -> Any:
        """What a text of the rehearsal is called now that it is full."""
        if isinstance(value, str):
            for before in sorted(self.instead, key=len, reverse=True):
                if value == before or value.endswith(f": {before}"):
                    return value[: len(value) - len(before)] + self.instead[before]
            return value
        if isinstance(value, Mapping):
            return {name: self.now(inner) for name, inner in value.items()}
        return [self.now(inner) for inner in value] if isinstance(value, list) else value

    def copy(self) -> Written:
        """As it is, to go back to when what was written is refused."""
        return Written(self.people, dict(self.instead), set(self.names))


@dataclass(slots=True)
class Full(Rehearsal):
    """A rehearsal played with full answers, and without what it expects: the texts are others now.

    An answer that the procedure refuses because it is full (a name that must be on a list) is given as the
    rehearsal has it.
    """

    diagrams: Sequence[Diagram] = ()
    kept: set[str] = field(default_factory=set)
    """Fields that were given as the rehearsal has them."""
    done: set[str] = field(default_factory=set)
    """Elements whose form was filled."""
    written: Written = field(default_factory=Written)
    waits_for: Any = None
    """When what the rehearsal looks at next happens."""

    def play(self) -> Played:
        """Play it, and move the clock to where the rehearsal ends."""
        played = Rehearsal.play(self)
        if self.waits_for is not None and not self.problems:
            self.stage.move_to(instant_of(self.waits_for))
        return played

    def step(self, number: int, step: Mapping[str, Any]) -> None:
        if "den" in step or "gaa_til" in step:
            self.waits_for = step.get("den", step.get("gaa_til"))
        acts = set(step) - {"den", "gaa_til", "saa", "i_sag"}
        if "afvises" in step or not acts:
            return  # the clock moves once, when something is done again
        step = {name: value for name, value in step.items() if name not in ("den", "saa")}
        if self.waits_for is not None:
            self.stage.move_to(instant_of(self.waits_for))
            self.waits_for = None
            self._find_case()  # it may have begun by itself
        Rehearsal.step(
            self, number, {**step, **({"hvor": self.written.now(step["hvor"])} if "hvor" in step else {})}
        )

    def _samtykke(self, step: Mapping[str, Any]) -> None:
        given = step["samtykke"]
        named = given["modtagere"] if isinstance(given["modtagere"], list) else [given["modtagere"]]
        recipients = [*named, *(_full_text(str(name), limit) for name in named for limit in NAMES)]
        Rehearsal._samtykke(self, {"samtykke": {**given, "modtagere": recipients}})

    def _traek_samtykke(self, step: Mapping[str, Any]) -> None:
        given = step["traek_samtykke"]
        for name in (self.written.now(given["modtager"]), given["modtager"]):
            with suppress(NotFound):
                Rehearsal._traek_samtykke(self, {"traek_samtykke": {**given, "modtager": name}})
                return

    def _task(self, step: Mapping[str, Any], element_id: str) -> int:
        try:
            return Rehearsal._task(self, step, element_id)
        except Wrong:  # several rows gave several tasks
            return Rehearsal._task(self, {**step, "nr": 1}, element_id)

    def _allow(self, who: str) -> None:
        """Register the consent to tell everybody whose name was written, by somebody who may."""
        day = self.stage.read(lambda unit, _, __: today(unit), SYSTEM, None).isoformat()
        for person in (who, *sorted(self.written.people)):
            with suppress(Denied):
                consent = {"af": person, "modtagere": sorted(self.written.names), "dato": day}
                Rehearsal._samtykke(self, {"samtykke": consent})
                return

    def _compare(self, where: str, expected: Mapping[str, Any]) -> None:
        """Nothing is expected."""

    def _udfoer(self, step: Mapping[str, Any]) -> None:
        element_id = str(step["udfoer"])
        act = partial(self._complete, step)
        self._try(element_id, step.get("svar") or {}, act)

    def _complete(self, step: Mapping[str, Any], svar: Mapping[str, Any]) -> None:
        try:
            Rehearsal._udfoer(self, {**step, "svar": svar})
        except Invalid as refusal:
            if refusal.fields:
                raise
            self._allow(step["af"])  # nobody has consented to tell whoever has such a name
            Rehearsal._udfoer(self, {**step, "svar": svar})

    def _giv_besked(self, step: Mapping[str, Any]) -> None:
        given = step["giv_besked"]
        self._try(
            str(given["trin"]),
            given.get("svar") or {},
            lambda svar: Rehearsal._giv_besked(self, {**step, "giv_besked": {**given, "svar": svar}}),
        )

    def _start(self, step: Mapping[str, Any]) -> None:
        given: Mapping[str, Any] = step["start"] if isinstance(step.get("start"), Mapping) else step
        diagram = next(
            (one for one in self.diagrams if one.key == given.get("procedure", self.procedure)), None
        )
        if diagram is None or given.get("data") is not None or given.get("besked"):
            Rehearsal._start(self, step)
            return
        at = str(given.get("begivenhed") or diagram.starts[0].id)
        self._try(at, given.get("svar") or {}, lambda svar: Rehearsal._start(self, {**given, "svar": svar}))

    def _try(self, element_id: str, given: Mapping[str, Any], act: Callable[[dict[str, Any]], None]) -> None:
        fields = self._fields(element_id)
        less: dict[str, int] = {}
        while True:
            before = self.written.copy()
            try:
                act(_level(fields, given, less, self.written))
                self.done.add(element_id)
                return
            except TaskError as refusal:
                self.written = before
                wrong = {place.partition("[")[0].partition(".")[0] for place in refusal.fields} or set(given)
                if not wrong or all(less.get(name) == AS_GIVEN for name in wrong):
                    raise
            for name in wrong:
                less[name] = min(less.get(name, FULL) + 1, AS_GIVEN)
            self.kept |= {f"{element_id}.{name}" for name, how in less.items() if how == AS_GIVEN}

    def _fields(self, element_id: str) -> tuple[Field, ...]:
        own = [one for one in self.diagrams if one.key == self.procedure]
        for diagram in (*own, *self.diagrams):
            element = diagram.elements.get(element_id)
            if element is not None and element.properties.get("skema"):
                return read(diagram.form(element.properties["skema"])).components
        return ()


def _level(
    fields: Iterable[Field], given: Any, less: Mapping[str, int], written: Written, how: int = FULL
) -> dict[str, Any]:
    """The answers of one level of a form, filled."""
    found: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    for one in fields:
        if not one.local:
            found.update(_level(one.components, found, less, written, how))
            continue
        name = one.local[0]
        mine = max(how, less.get(name, FULL))
        if mine == AS_GIVEN or len(one.local) > 1 or one.locked:
            continue
        if mine == RENAMED:
            if name in found:
                found[name] = written.now(found[name])
            continue
        if one.kind == "group":
            found[name] = _level(one.components, found.get(name), {}, written, mine)
        elif one.kind == "dynamiclist":
            rows = list(found.get(name) or [])
            if rows and not one.fixed_rows and mine == FULL:
                rows += [rows[-1]] * (ROWS - len(rows))
            if rows:
                found[name] = [_level(one.components, row, {}, written, mine) for row in rows]
        elif one.choices is not None and one.choices.expression is not None and name in found:
            found[name] = written.now(found[name])
        elif one.kind in ("textfield", "textarea"):
            limit = one.rules.max_length
            if not one.rules.pattern and not one.rules.validation_type and isinstance(limit, int):
                before = str(found.get(name) or "")
                found[name] = _full_text(before, limit)
                if before and not before[:4].isdigit():
                    written.note(before, found[name])
                elif before:
                    found[name] = before  # a case's number: it is looked up
    return found


def _full_text(before: str, limit: int) -> str:
    return before + (LETTERS * limit)[: max(0, limit - len(before))]


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest state that courses of a procedure had in a rehearsal."""

    size: int = 0
    after: tuple[str, ...] = ()
    """The steps that led to it."""
    state: str = field(default="", repr=False)


@contextmanager
def states(patch: Any) -> Iterator[dict[str, Largest]]:
    """Watch the states that are saved, by the key of the procedure. `patch` is pytest's monkeypatch."""
    found: dict[str, Largest] = {}
    take = Outcome.take

    def watched(self: Outcome, instance: Instance, diagram: Diagram, step: Step) -> None:
        size = len((instance.state or "").encode())
        if size > found.get(diagram.key, Largest()).size:
            after = tuple(one.element_id for one in step.finished)
            found[diagram.key] = Largest(size, after, instance.state)
        take(self, instance, diagram, step)

    patch.setattr(Outcome, "take", watched)
    yield found
    patch.setattr(Outcome, "take", take)


def play_full(app: App, cast: Cast, key: str, script: dict[str, Any], diagrams: Sequence[Diagram]) -> Full:
    """Play a rehearsal with full answers on a fresh stage (`host.rehearsing.Theatre`)."""
    played = Full(RehearsalStage(app, cast), key, script, diagrams=diagrams)
    played.written = Written(frozenset(cast.names))
    played.play()
    return played


def forms_in(script: Mapping[str, Any], bundle: Bundle) -> set[str]:
    """The bundle's own elements whose forms a rehearsal fills."""
    steps = [step for step in script.get("trin") or () if "afvises" not in step]
    filled = {step["udfoer"] for step in steps if "udfoer" in step}
    filled |= {step["giv_besked"]["trin"] for step in steps if "giv_besked" in step}
    return filled & diagrams.load(bundle).elements.keys()


def scripts_for_every_form(bundle: Bundle) -> list[dict[str, Any]]:
    """Rehearsals of a bundle that together fill each form which any of them fills, the longest first."""
    chosen, seen = [], set[str]()
    for script in sorted(scripts_of(bundle), key=lambda one: -len(one.get("trin") or ())):
        if forms_in(script, bundle) - seen:
            chosen.append(script)
            seen |= forms_in(script, bundle)
    return chosen
