"""A write that is sent twice happens once: the answer is kept under the caller's key, in the same
transaction."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from records.tables import IdempotencyKey
from records.unit import Unit
from tasks.errors import Invalid
from tasks.people import Actor

USED = "Nøglen (Idempotency-Key) er brugt til en anden forespørgsel. Brug en ny."
KEPT = timedelta(days=7)
"""How long an answer is kept for the same request sent again."""

_NOT_YET: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Once:
    """Run a use case at most once per key of a person; `answer` turns its result into what is kept and
    returned."""

    key: str
    request: str
    """Method, path and body of the request: the same key with another request is refused."""
    use_case: Callable[[Unit, Actor, Any], Any]
    command: Any
    answer: Callable[[Any], Any]

    @property
    def digest(self) -> str:
        """What tells this request from others, without keeping it."""
        return hashlib.sha256(self.request.encode()).hexdigest()

    @property
    def task_id(self) -> int | None:
        """The task the command is about, so that a failure becomes an incident of it."""
        found = getattr(self.command, "task_id", None)
        return found if isinstance(found, int) else None

    @property
    def case_id(self) -> int | None:
        """The case the command is about, likewise."""
        found = getattr(self.command, "case_id", None)
        return found if isinstance(found, int) else None

    @property
    def answers(self) -> Any:
        """The command's answers, kept as a draft when the procedure cannot go on."""
        return getattr(self.command, "answers", None)


def once(unit: Unit, actor: Actor, command: Once) -> Any:
    """Return the kept answer of an earlier request with this key, else run it and keep the answer.

    Raises Invalid when the key was used for another request, and whatever the use case raises (nothing is
    kept). Of two that come at the same time one waits until the other is done: then it raises Conflict, and
    finds the answer when it is tried again.
    """
    known = kept_answer(unit, actor, command)
    if known is not None:
        return known.body
    assert actor.person_id is not None, "only a person sends requests"
    kept = IdempotencyKey(
        person_id=actor.person_id,
        key=command.key,
        request_hash=command.digest,
        status=200,
        body=_NOT_YET,
        at=unit.now,
    )
    unit.session.add(kept)
    # Written before the act: whoever brings the same key meanwhile waits here, not in the middle of the act.
    unit.session.flush()
    kept.body = json.loads(json.dumps(command.answer(command.use_case(unit, actor, command.command))))
    return kept.body


def forget_old(unit: Unit) -> int:
    """Delete the answers that were given more than KEPT ago; return how many. Until then nobody repeats a
    request by mistake, and what an answer says of a case is kept no longer than that."""
    gone = unit.session.execute(
        delete(IdempotencyKey)
        .where(IdempotencyKey.at < unit.now - KEPT)
        .returning(IdempotencyKey.key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def kept_answer(unit: Unit, actor: Actor, command: Once) -> IdempotencyKey | None:
    """Return what this key was answered before; None when it is new. Raises Invalid when it was used for
    another request."""
    known = unit.session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.person_id == actor.person_id, IdempotencyKey.key == command.key
        )
    )
    if known is not None and known.request_hash != command.digest:
        raise Invalid(USED, {"Idempotency-Key": "Brug en ny nøgle til hver forespørgsel."})
    return known
