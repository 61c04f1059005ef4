"""The JavaScript sandbox in which every FEEL expression runs; the only module that knows quickjs.

One context per thread, made when first needed, and made anew after a fork or when a limit was met. A context
has no way out: no files, no network, no Python; only the bundle, which tools/build_feel.mjs makes of
src/engine/js.
"""

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import quickjs

from engine.errors import FeelError
from engine.zone import transitions

MEMORY_BYTES: Final = 96 * 1024 * 1024
SECONDS: Final = 0.5
STACK_BYTES: Final = 1024 * 1024
LONGEST_INPUT: Final = 2_000_000
_CALENDARS_KEPT: Final = 8
_BUNDLE: Final = Path(__file__).with_name("js") / "feel.bundle.js"

Closing = tuple[str, str]
"""A key for a set of closed days, and the days as JSON: [days since 1970-01-01, ...]."""


class _Room:
    """One thread's context, and what it has been given so far."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._calendars: OrderedDict[str, None] = OrderedDict()
        self._functions: dict[str, Callable[..., Any]] = {}
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(STACK_BYTES)
        self._context.eval(_source())
        self.function("start")(json.dumps(transitions()))
        self._context.set_time_limit(SECONDS)

    def function(self, name: str) -> Callable[..., Any]:
        found = self._functions.get(name)
        if found is None:
            found = self._functions[name] = self._context.eval(f"feel.{name}")
        return found

    def know(self, closing: Closing) -> None:
        """Give the context these closed days, unless it has them."""
        key, days = closing
        if key in self._calendars:
            return
        self.function("addCalendar")(key, days)
        self._calendars[key] = None
        if len(self._calendars) > _CALENDARS_KEPT:
            oldest, _ = self._calendars.popitem(last=False)
            self.function("forgetCalendar")(oldest)


_local = threading.local()


def ask(function: str, *arguments: str | float, closing: Closing | None = None) -> Any:
    """Call `feel.<function>` of the bundle and return the JSON value that it answers.

    `closing` is made known first, and its key is then the last argument. Raises FeelError (Danish) when the
    bundle refuses, and when the call meets the limit on time, memory, stack or length.
    """
    if sum(len(one) for one in arguments if isinstance(one, str)) > LONGEST_INPUT:
        raise FeelError("Udtrykket får for mange data at regne på.")
    room = getattr(_local, "room", None)
    try:
        if room is None or room.pid != os.getpid():
            room = _local.room = _Room()
        if closing is not None:
            room.know(closing)
            arguments = (*arguments, closing[0])
        answer: str = room.function(function)(*arguments)
    except (quickjs.JSException, quickjs.StackOverflow, MemoryError) as error:
        # The context may be half way through something: the next call gets a fresh one.
        _local.room = None
        raise FeelError(_limit_met(str(error))) from None
    except UnicodeEncodeError:
        raise FeelError("Udtrykket indeholder et tegn, der ikke findes.") from None
    if answer[0] == "!":
        raise FeelError(answer[1:])
    return json.loads(answer[1:])


def _limit_met(message: str) -> str:
    # Never the message itself: it may carry lines of the bundle, or the data.
    if "interrupted" in message:
        return f"Udtrykket er ikke regnet ud efter {SECONDS:g} sekund.".replace(".", ",", 1)
    # with no memory left there is none for the error either, and it comes as null
    if "memory" in message or message.strip() == "null":
        return "Udtrykket bruger for meget hukommelse."
    if "stack" in message.lower():
        return "Udtrykket er for dybt indlejret."
    return "Udtrykket kan ikke regnes ud."


@lru_cache(maxsize=1)
def _source() -> str:
    return _BUNDLE.read_text(encoding="utf-8")
