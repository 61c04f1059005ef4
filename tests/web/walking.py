"""A rehearsal that ships with a procedure, walked by people: some steps at the pages, the rest over HTTP.

The answers are the rehearsal's own, so that they stand in one place: at a page each field is filled by the
words that stand at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from engine.feel import evaluate
from host.demo import move_clock
from host.rehearsing import scripts_of
from host.wiring import read_bundle
from records.tables import Instance
from tasks.rehearsal import Rehearsal
from tasks.stage import instant_of
from tests.scenarios.over_api import ApiStage
from tests.web.served import Site
from tests.web.town import PROCESSES, Town
from tools.visitor import Visitor

COOKIE = "sag_session"

_WIDE = {"width": 1400, "height": 900}


class People:
    """Those who take part, each signed in once, in a browser of their own."""

    def __init__(self, site: Site) -> None:
        """Take the municipality; a browser is opened when somebody is first asked for."""
        self._site = site
        self._names = {known: user for user, known in site.town.cast.people.items()}
        self._here: dict[str, Visitor] = {}

    def __call__(self, name: str) -> Visitor:
        """Somebody by the name in the cast."""
        if name not in self._here:
            visitor = Visitor(self._site.new_page(viewport=_WIDE), self._site.address)
            visitor.name = self._names[self._site.town.cast.names[name]]
            door = self._site.town.visitor(visitor.name)
            cookie = door.client.get_cookie(COOKIE)
            assert cookie is not None
            visitor.page.context.add_cookies(
                [{"name": COOKIE, "value": cookie.value, "url": self._site.address, "httpOnly": True}]
            )
            self._here[name] = visitor
        return self._here[name]


class _Stage(ApiStage):
    """The API's stage; nothing but the story begins by itself as its clock moves."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self.calls = _STARTED  # several stories in one municipality: no key is used twice

    def move_to(self, at: datetime) -> None:
        move_clock(self._town.app, at, calendar=None)


_STARTED: list[str] = []


class Walk:
    """One rehearsal being walked. Left out is what is refused and what must be true: the rehearsal itself
    proves that."""

    def __init__(
        self, site: Site, people: People, procedure: str, name: str, case: str | None = None
    ) -> None:
        """Set the scene of the rehearsal whose name has these words; with `case` of its steps in one case."""
        [script] = [one for one in scripts_of(read_bundle(PROCESSES / procedure)) if name in one["navn"]]
        if case is not None:
            given = {"sager": {case: script["sager"][case]}, "start": None}
            script = {**script, **given, "trin": [one for one in script["trin"] if one.get("i_sag") == case]}
        self.town = site.town
        self.people = people
        first = [{"start": script["start"]}] if script.get("start") else []
        self._steps = [*first, *_what_happens(script["trin"])]
        self._story = Rehearsal(_Stage(site.town), procedure, {**script, "saa": {}, "start": None})
        self._story.begin()

    @property
    def case(self) -> int:
        """The case of the story."""
        [found] = {one.case_id for one in (self._story.home, *self._story.scenes.values())} - {None}
        return int(found)  # type: ignore[arg-type]

    # --- over HTTP --------------------------------------------------------------------------------

    def until(self, step: str) -> None:
        """Walk over HTTP up to the step of this name, which is next then."""
        while not _is(self._steps[0], step):
            self._play(self._steps.pop(0))

    def over_http(self, *steps: str) -> None:
        """Walk over HTTP through these steps, and what lies before each."""
        for step in steps:
            self.until(step)
            self._play(self._steps.pop(0))

    def rest(self) -> None:
        """Walk over HTTP to the end."""
        while self._steps:
            self._play(self._steps.pop(0))

    def clock_to(self, at: str) -> None:
        """Move the clock to a local time; what falls due happens in order on the way."""
        self._story.stage.move_to(instant_of(at))

    def _play(self, step: Mapping[str, Any]) -> None:
        self._story.step(0, step)
        assert not self._story.problems, self._story.problems

    # --- at the pages -----------------------------------------------------------------------------

    def taken(self, name: str) -> Mapping[str, Any]:
        """Take the next step out of the story, for the test to do; its time has come then."""
        self.until(name)
        step = self._steps.pop(0)
        if step.get("den") is not None:
            self.clock_to(step["den"])
        return step

    def opened(self, name: str, *row: str, by: str | None = None) -> tuple[Visitor, Mapping[str, Any]]:
        """Have the one who does a step (`by` another of the group) open its task from the list, whose row
        says `row`."""
        step = self.taken(name)
        scenes = self._story.scenes
        self._story.scene = scenes[step["i_sag"]] if "i_sag" in step else self._story.home
        visitor = self.people(by or step["af"])
        address = f"/opgaver/{self._story._task(step, name)}"
        if row or not visitor.page.url.endswith(address):
            self._open(visitor, address, row)
        visitor.wait_for_form()
        return visitor, step

    def _open(self, visitor: Visitor, address: str, row: Sequence[str]) -> None:
        for scope in ("mine", "grupper"):
            visitor.go(f"/opgaver?vis={scope}")
            link = visitor.page.locator(f'.row-link[href="{address}"]')
            if link.count() == 1:
                break
        line = visitor.page.locator("table.worklist tr").filter(has=link)
        says(line, *row)
        take = line.get_by_role("button", name="Tag opgaven")
        (take if take.count() else link).click()

    def at_page(
        self, name: str, *page: str, row: Sequence[str] = (), instead: Mapping[str, Any] | None = None
    ) -> Visitor:
        """Do a step from the list, where its row says `row`, to its end; its page says `page`. `instead` is
        answered where the rehearsal goes another way."""
        visitor, step = self.opened(name, *row)
        says(visitor.page.locator("main"), *page)
        self.answer(visitor, {**(step.get("svar") or {}), **(instead or {})})
        visitor.submit()
        self.settle()
        return visitor

    def settle(self) -> None:
        """Let happen what the last act at the pages left to be done at once."""
        self._story.stage.settle()
        self._story._find_case()

    def began(self, visitor: Visitor, way: str) -> None:
        """Have somebody begin the next course of the story at the page that is open, by the button `way`."""
        step = self.taken("start")
        visitor.page.get_by_role("main").get_by_role("button", name=way).or_(
            visitor.page.get_by_role("main").get_by_role("link", name=way)
        ).first.click()
        if answers := step["start"].get("svar"):
            visitor.wait_for_form()
            self.answer(visitor, answers)
            visitor.submit("Begynd")
        else:
            visitor.page.wait_for_url("**/opgaver*/**")
        with self.town.app.database.reading(now=self.town.app.now()) as unit:
            self._story.scene.instances += unit.session.scalars(select(func.max(Instance.id)))
        self.settle()

    def answer(self, visitor: Visitor, answers: Mapping[str, Any]) -> None:
        """Give the form that is open a rehearsal's answers; rows that it has beyond those go."""
        components, context = visitor.page.evaluate(_FORM)
        form = _Form(components, context, self.town.app.now())
        words = form.in_words(self._story._people(answers))
        for label, rows in words.items():
            if isinstance(rows, list) and rows and isinstance(rows[0], dict):
                there = visitor.field(label).locator(".fjs-repeat-row-container")
                while there.count() > len(rows):
                    visitor.remove_row(label, there.count())
        visitor.fill(words)


def _what_happens(steps: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The steps that go through; of one that is refused, only that time passes."""
    for step in steps:
        if "afvises" not in step:
            yield {key: value for key, value in step.items() if key != "saa"} or {"saa": {}}
        elif "den" in step:
            yield {"gaa_til": step["den"]}


def _is(step: Mapping[str, Any], name: str) -> bool:
    return name in step or any(
        value == name for key, value in step.items() if key not in ("svar", "af", "i_sag")
    )


def says(place: Any, *parts: str) -> None:
    """Demand that a place of a page says these texts."""
    text = " ".join(place.inner_text().split())
    for part in parts:
        assert part in text, (part, text)


# --- a form's own words ---------------------------------------------------------------------------

_FORM = """
() => {
  const place = document.querySelector('[data-form]');
  const json = name => JSON.parse(place.querySelector(`[data-form-${name}]`)?.textContent ?? '{}');
  return [json('schema').components, json('context')];
}
"""


@dataclass(frozen=True, slots=True)
class _Form:
    """The form that is open: its fields, what it knows, and what time it is there."""

    components: Sequence[Mapping[str, Any]]
    context: Mapping[str, Any]
    now: datetime

    def in_words(
        self, answers: Mapping[str, Any], fields: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, Any]:
        """Answers by key, by the words that stand at the fields."""
        told: dict[str, Any] = {}
        for one in self.components if fields is None else fields:
            inner, name = one.get("components"), one.get("path") or one.get("key")
            label = one.get("label") or one.get("dateLabel") or one.get("timeLabel")
            if inner is not None and not one.get("path"):
                told.update(self.in_words(answers, inner))
            elif answers.get(name) is None or one.get("disabled") or one.get("readonly"):
                continue
            elif inner is not None:
                told[label] = [self.in_words(row, inner) for row in answers[name]]
            else:
                told[label] = self._said(one, answers[name])
        return told

    def _said(self, field: Mapping[str, Any], value: Any) -> Any:
        if field["type"] == "checkbox":
            return bool(value)
        if field["type"] == "datetime":
            return _day_or_time(str(value))
        options = field.get("values") or ()
        if "valuesExpression" in field:
            options = evaluate(field["valuesExpression"].removeprefix("="), self.context, now=self.now)
        words = {str(option["value"]): option["label"] for option in options}
        if isinstance(value, list):
            return [words[str(one)] for one in value]
        return words[str(value)] if words else str(value)


def _day_or_time(text: str) -> str:
    """An answer as one writes it: `20.04.2026`, `10:00` or both."""
    day, _, clock = text.rpartition("T") if "T" in text else ("", "", text)
    if "-" in clock:
        day, clock = clock, ""
    said = date.fromisoformat(day).strftime("%d.%m.%Y") if day else ""
    return f"{said} {clock[:5]}".strip()
