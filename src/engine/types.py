"""The plain values that the engine takes in and hands out; the only engine module that `records` may import.

Everything here is frozen data without behaviour. Instants are aware datetimes in UTC unless a field says
otherwise; `Json` values are what a JSON document can hold and nothing else (dates travel as ISO strings).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

Json: TypeAlias = Any
"""A JSON value: dict with string keys, list, str, int, float, bool or None."""

Answers: TypeAlias = dict[str, Any]
"""What a person submitted in a form: field key to JSON value."""

Snapshot: TypeAlias = str
"""The live state of one instance as JSON text. Opaque: only `engine` reads it."""

Outcome: TypeAlias = Literal["completed", "cancelled"]
Level: TypeAlias = Literal["error", "advice"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """One version of one procedure: its files verbatim, by path. Version 0 is a draft or a folder on disk."""

    key: str
    version: int
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node of a diagram, also inside sub-processes. `kind` is the BPMN tag, e.g. `userTask`."""

    id: str
    kind: str
    name: str
    lane: str | None = None
    parent: str | None = None
    """Id of the sub-process the element lies in; None at the top level."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """The `spiffworkflow:properties` of the element."""
    instructions: str = ""
    """`spiffworkflow:instructionsForEndUser`."""
    documentation: str = ""
    message: str | None = None
    """Name of the message that the element waits for or throws; a start event with one is a message start."""
    called: str | None = None
    """Procedure key of a call activity."""
    attached_to: str | None = None
    """Id of the activity that a boundary event sits on."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One sequence flow. `condition` is FEEL text, None when the flow has none."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class OpenedTask:
    """A user or manual task that became ready. `id` is the engine's and stays the same until it closes."""

    id: str
    element_id: str
    name: str
    lane: str | None
    item: Json | None = None
    """The element of the collection that a multi-instance task is for."""


@dataclass(frozen=True, slots=True)
class TimerSet:
    """A timer that now waits, or has a new due instant. `due` is aware, in UTC."""

    id: str
    element_id: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait for a message: receive task, catch event or boundary event. `key` None: any key will do."""

    id: str
    element_id: str
    message: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class FinishedStep:
    """An element that finished in this call; one row of the append-only log."""

    id: str
    element_id: str
    kind: str
    name: str
    lane: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Effect:
    """A service task was passed: the platform performs `operator` in the same transaction."""

    element_id: str
    operator: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ThrownMessage:
    """A message left the instance (send task, throw event or message end)."""

    element_id: str
    name: str
    key: str | None
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CalledProcess:
    """A call activity was reached: an instance of `called` starts with `data`, `finish_call(id)` ends it."""

    id: str
    element_id: str
    called: str
    data: dict[str, Any]


Action: TypeAlias = Effect | ThrownMessage | CalledProcess


@dataclass(frozen=True, slots=True)
class Ended:
    """The instance is over. `element_id` is the end event reached last; None when it was cancelled."""

    element_id: str | None
    name: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """All that changed in one call of the runtime; the platform applies it once, in the same transaction."""

    opened: tuple[OpenedTask, ...] = ()
    closed: tuple[str, ...] = ()
    """Ids of tasks that were open before the call and are not any more, completed and cancelled alike."""
    finished: tuple[FinishedStep, ...] = ()
    timers_set: tuple[TimerSet, ...] = ()
    timers_gone: tuple[str, ...] = ()
    waiting_set: tuple[Waiting, ...] = ()
    waiting_gone: tuple[str, ...] = ()
    calls_gone: tuple[str, ...] = ()
    """Engine ids of calls that were cancelled; their instances are cancelled with them."""
    actions: tuple[Action, ...] = ()
    """What the platform must do, in the order in which the diagram reached it."""
    ended: Ended | None = None
    taken: tuple[str, ...] = ()
    """What was passed besides the steps, in order: ids of sequence flows, and the rows of decision tables
    that decided, as `table#row` counted from 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a bundle. `text` is Danish and says what to do about it."""

    file: str
    element_id: str | None
    line: int | None
    rule: str
    text: str
    level: Level = "error"
