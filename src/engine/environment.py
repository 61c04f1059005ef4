"""What the expressions of a diagram may read and do: FEEL over data and facts, and nothing else.

SpiffWorkflow evaluates through `workflow.script_engine`, and in places through `script_engine.environment`
directly, so the confinement sits in the environment: whatever path an expression takes, it ends in
`feel.evaluate`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any, Final

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from engine import decisions, feel
from engine.decisions import Decision
from engine.errors import EngineError, FeelError, StepLimit
from engine.lines import script_entries
from engine.profile import FACTS
from engine.types import Action, Answers, Json
from engine.workdays import DEFAULT, Calendar

MAX_STEPS: Final = 2000
"""Elements that one call may pass before it must reach a wait state."""
MAX_SECONDS: Final = 10
"""Time that one call may take; a single expression has a limit of its own."""
MAX_DEPTH: Final = 40
"""How deep lists and objects may lie inside each other."""

STAMPS: Final = ""
"""Key under which a token's data keeps, per name, when it was last written. No form field or variable can
have it.
"""


class Call:
    """What one call of the runtime was given, and what it gathers on the way."""

    __slots__ = ("_began", "_names", "actions", "answers", "calendar", "facts", "now", "steps", "taken")

    def __init__(
        self,
        *,
        facts: Mapping[str, Any],
        now: datetime,
        calendar: Calendar | None,
        answers: Answers | None = None,
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now must have an offset")
        self.facts = facts
        self.now = now
        self.calendar = calendar if calendar is not None else DEFAULT
        self.answers = answers
        self.actions: list[Action] = []
        self.steps = 0
        self.taken: list[str] = []
        """See `Step.taken`."""
        self._names: dict[str, Any] | None = None
        self._began = monotonic()

    def evaluate(self, expression: str, data: Mapping[str, Any]) -> Json:
        """The value of a FEEL expression that reads `data` and the facts. Raises FeelError."""
        return feel.evaluate(expression, self.context(data), now=self.now, calendar=self.calendar)

    def context(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """All names that an expression may read; facts win over data of the same name."""
        if self._names is None:
            self._names = {**self.facts, **({} if self.answers is None else {"svar": self.answers})}
        context = {**data, **self._names}
        context.pop(STAMPS, None)
        return context

    def holds(self, condition: str, data: Mapping[str, Any]) -> bool:
        """Whether a condition is true. Null (something unknown) is false; anything else that is no boolean is
        an error.
        """
        value = self.evaluate(condition, data)
        if value is None or isinstance(value, bool):
            return value is True
        raise FeelError(f"Betingelsen »{condition.strip()}« giver ikke ja eller nej.")

    def decide(self, decision: Decision, data: Mapping[str, Any]) -> dict[str, Any]:
        """The outputs of a decision table, by name. Raises FeelError."""
        context = self.context(data)
        return decisions.decide(decision, context, now=self.now, calendar=self.calendar, taken=self.taken)

    def reads_facts(self, expression: str) -> bool:
        """Whether the expression reads live facts, so that its value may change while a timer waits."""
        return bool(feel.variables(expression) & _LIVE_FACTS)

    def learn(self, name: str, value: Json) -> None:
        """Let a fact have another value for what is evaluated after this."""
        self.facts = {**self.facts, name: value}
        self._names = None

    def count_step(self, element_id: str | None) -> None:
        """Raise StepLimit when the diagram runs on and on without waiting for anybody."""
        self.steps += 1
        if monotonic() - self._began > MAX_SECONDS:
            raise StepLimit(
                f"Forløbet regner for længe: mere end {MAX_SECONDS} sekunder uden at vente på nogen.",
                element_id=element_id,
            )
        if self.steps > MAX_STEPS:
            raise StepLimit(
                f"Forløbet kører i ring: mere end {MAX_STEPS} trin uden at vente på nogen eller noget.",
                element_id=element_id,
            )


_LIVE_FACTS: Final = frozenset(FACTS) - {"nu", "i_dag", "svar", "starter"}


def assignments(script: str) -> list[tuple[str, str]]:
    """Name and expression of each line `name = FEEL` of a script, in order. Empty and `//` lines are left
    out.

    Raises FeelError for any other line, and for a name that belongs to the facts.
    """
    found = []
    for entry in script_entries(script):
        if entry.expression is None:
            raise FeelError(f"»{entry.name}« skal have formen: navn = udtryk.")
        if entry.name in FACTS:
            raise FeelError(f"Navnet »{entry.name}« er optaget og kan ikke tildeles.")
        found.append((entry.name, entry.expression))
    return found


class FeelEnvironment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """The library's door to expressions, opening on FEEL only."""

    def __init__(self, call: Call) -> None:
        super().__init__({})
        self._call = call

    def evaluate(
        self, expression: str, context: Mapping[str, Any], external_context: Mapping[str, Any] | None = None
    ) -> Json:
        """The value of one FEEL expression."""
        if not expression or not expression.strip():
            raise FeelError("Udtrykket er tomt.")
        return self._call.evaluate(expression, {**context, **(external_context or {})})

    def execute(
        self, script: str, context: dict[str, Any], external_context: Mapping[str, Any] | None = None
    ) -> bool:
        """Run the lines `name = FEEL` in order, writing each value into `context`."""
        for name, expression in assignments(script or ""):
            context[name] = self.evaluate(expression, context, external_context)
        return True

    def call_service(self, context: Mapping[str, Any], **_: Any) -> str:
        """Refused: an effect is recorded for the platform, nothing is ever called from here."""
        raise EngineError("Forløbet kan ikke kalde andre systemer.")


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """The library's script engine without its Python: no `ast.parse`, no `eval`, and errors as they are."""

    def __init__(self, call: Call) -> None:
        super().__init__(FeelEnvironment(call))

    def validate(self, expression: str) -> None:
        """The checks have read every expression before a diagram is published."""

    def evaluate(self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None) -> Json:
        """The value of one expression over the task's data; an error names the task's element."""
        with at(task.task_spec.bpmn_id):
            return self.environment.evaluate(expression, task.data, external_context)

    def execute(self, task: Any, script: str, external_context: Mapping[str, Any] | None = None) -> bool:
        """Run script lines over the task's data; an error names the task's element."""
        with at(task.task_spec.bpmn_id):
            self.environment.execute(script, task.data, external_context)
        return True

    def call_service(self, task: Any, **kwargs: Any) -> str:
        """Refused, as in the environment."""
        return str(self.environment.call_service(task.data, **kwargs))


class at:
    """Whatever EngineError is raised inside and knows no element learns this one."""

    __slots__ = ("_element_id",)

    def __init__(self, element_id: str | None) -> None:
        self._element_id = element_id

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, EngineError) and error.element_id is None:
            error.element_id = self._element_id


def plain(value: Any, depth: int = 0) -> Json:
    """A deep copy of a JSON value, so that nothing outside the engine can change what is inside.

    Raises EngineError for what JSON cannot hold: other types, keys that are not text, infinite numbers, too
    much nesting, and the empty key.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise EngineError("Et tal i svaret er uendeligt eller ukendt og kan ikke gemmes.")
        return value
    if depth >= MAX_DEPTH:
        raise EngineError("Svaret er pakket for dybt ind og kan ikke gemmes.")
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        copied: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str) or key == STAMPS:
                raise EngineError("Et felt i svaret har ikke et navn og kan ikke gemmes.")
            copied[_text(key)] = plain(item, depth + 1)
        return copied
    raise EngineError(f"En værdi af typen {type(value).__name__} kan ikke gemmes i forløbet.")


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise EngineError("En tekst i svaret indeholder et ugyldigt tegn og kan ikke gemmes.") from None
    return value
