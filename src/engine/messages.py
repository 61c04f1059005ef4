"""What a token may wait for besides people, and what it may throw.

A catching step keeps what happened to it in a slot: the token's own internal data, or one part of it for each
event behind an event-based gateway. Slots are saved, so they hold JSON only.
"""

from __future__ import annotations

from typing import Any, Final

from SpiffWorkflow.util.task import TaskState

from engine.course import Token
from engine.environment import plain
from engine.errors import FeelError
from engine.timers import Timer, read, saved
from engine.types import ThrownMessage

Slot = dict[str, Any]

LONGEST_KEY: Final = 200
"""Characters of a message's key."""


class Event:
    """Something to wait for. This one never waits."""

    def arm(self, token: Token, slot: Slot) -> None:
        """The token has come here: work out what the event depends on. Called once per wait."""

    def happened(self, slot: Slot) -> bool:
        """Whether the token may go on."""
        return True

    def take(self, token: Token, slot: Slot) -> None:
        """The token goes on: write what the event brought."""


class TimerEvent(Event):
    """Waits for an instant. Only `runtime.fire` makes it happen, except that a past one happens at once."""

    def __init__(self, timer: Timer) -> None:
        self.timer = timer

    def arm(self, token: Token, slot: Slot) -> None:
        """Reckon the due instant, once."""
        call = token.course.call
        due = self.timer.due(call, token.data, call.now)
        slot["due"] = saved(due)
        if self.timer.follows_facts(call):
            slot["base"] = saved(call.now)
        if due <= call.now:
            slot["fired"] = True

    def happened(self, slot: Slot) -> bool:
        """Whether it has been fired."""
        return "fired" in slot

    def recompute(self, token: Token, slot: Slot) -> None:
        """Reckon again from what the facts say now; a value that is gone leaves the old instant."""
        call = token.course.call
        if "base" in slot and self.timer.expression is not None:
            value = call.evaluate(self.timer.expression, token.data)
            if value is not None:
                slot["due"] = saved(self.timer.due(call, token.data, read(slot["base"])))


class MessageEvent(Event):
    """Waits for a message that `runtime.deliver` hands to exactly this wait."""

    def __init__(self, name: str, variable: str | None, key: str | None) -> None:
        self.name = name
        self.variable = variable
        self.key = key

    def arm(self, token: Token, slot: Slot) -> None:
        """Work out the key, once."""
        key = key_of(self.key, token)
        if key is not None:
            slot["key"] = key

    def happened(self, slot: Slot) -> bool:
        """Whether a message has been handed over."""
        return "payload" in slot

    def take(self, token: Token, slot: Slot) -> None:
        """Write the payload to the message's variable, when it has one."""
        if self.variable:
            token.write({self.variable: slot["payload"]})


class ThrownInside(Event):
    """A signal, error or escalation: thrown and caught within one instance."""

    def __init__(
        self, kind: str, code: str | None, expression: str | None = None, variable: str | None = None
    ) -> None:
        self.kind = kind
        self.code = code
        """What must be equal: a signal's name, an error's or escalation's code. A catch without code takes
        all.
        """
        self.expression = expression
        self.variable = variable

    def happened(self, slot: Slot) -> bool:
        """Whether one was thrown."""
        return "caught" in slot

    def take(self, token: Token, slot: Slot) -> None:
        """Write what was thrown to the event's variable, when it has one."""
        if self.variable:
            token.write({self.variable: slot["caught"]})

    def throw(self, token: Token) -> None:
        """Hand it to whoever waits: a signal to all, the others to the nearest edge around the token."""
        content = token.course.call.evaluate(self.expression, token.data) if self.expression else None
        catchers = self._signalled(token) if self.kind == "signal" else self._around(token)
        for catcher, slot in catchers:
            slot["caught"] = plain(content)
            catcher.task_spec._update(catcher)

    def _catches(self, event: Event) -> bool:
        return isinstance(event, ThrownInside) and event.kind == self.kind and event.code in (None, self.code)

    def _signalled(self, token: Token) -> list[tuple[Token, Slot]]:
        return [
            (waiting, slot)
            for waiting in token.course.running()
            if waiting._state == TaskState.WAITING
            for _, event, slot in waiting.task_spec.waits(waiting)
            if self._catches(event)
        ]

    def _around(self, token: Token) -> list[tuple[Token, Slot]]:
        # The library hands an error to every edge in the instance that catches its code, also to those of
        # sub-processes that run beside this one.
        while (owner := getattr(token.workflow, "owner", None)) is not None:
            token = owner
            activity = owner.parent if owner.task_spec.rounds is not None else owner
            on_edge = [
                (edge, slot)
                for edge in activity.parent.children
                if edge._state == TaskState.WAITING
                for _, event, slot in edge.task_spec.waits(edge)
                if self._catches(event)
            ]
            if on_edge:
                # An edge that names the code goes before one that takes all.
                on_edge.sort(
                    key=lambda found: next(e.code is None for _, e, _ in found[0].task_spec.waits(found[0]))
                )
                return on_edge[:1]
        return []


class Throwing:
    """The message that a send task, throw event or message end sends."""

    def __init__(self, name: str, payload: str | None, key: str | None) -> None:
        self.name = name
        self.payload = payload
        self.key = key

    def throw(self, token: Token) -> None:
        """Record the message for the platform. Raises FeelError when the payload is no object."""
        call = token.course.call
        content = call.evaluate(self.payload, token.data) if self.payload and self.payload.strip() else {}
        if content is None:
            content = {}
        if not isinstance(content, dict):
            raise FeelError(f"Indholdet af beskeden »{self.name}« skal være felter, fx {{dato: dato}}.")
        assert token.task_spec.element is not None
        call.actions.append(
            ThrownMessage(token.task_spec.element.id, self.name, key_of(self.key, token), content)
        )


def key_of(expression: str | None, token: Token) -> str | None:
    """The value of a message key as text; None when there is no key or it has no value."""
    if not expression or not expression.strip():
        return None
    value = token.course.call.evaluate(expression, token.data)
    if isinstance(value, bool | int | float):
        whole = isinstance(value, float) and value.is_integer()
        value = str(value).lower() if isinstance(value, bool) else str(int(value) if whole else value)
    if value is None or (isinstance(value, str) and len(value) <= LONGEST_KEY):
        return value
    raise FeelError(f"En nøgle skal være en tekst eller et tal på højst {LONGEST_KEY} tegn.")
