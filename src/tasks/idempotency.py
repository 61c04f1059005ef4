"""A write that is sent twice happens once: the answer is kept under the caller's key, in the same
transaction."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from records.tables import IdempotencyKey
from records.unit import Unit
from tasks.errors import Invalid
from tasks.people import Actor


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
    def task_id(self) -> int | None:
        """The task the command is about, so that a failure becomes an incident of it."""
        found = getattr(self.command, "task_id", None)
        return found if isinstance(found, int) else None

    @property
    def answers(self) -> Any:
        """The command's answers, kept as a draft when the procedure cannot go on."""
        return getattr(self.command, "answers", None)


def once(unit: Unit, actor: Actor, command: Once) -> Any:
    """Return the kept answer of an earlier request with this key, else run it and keep the answer.

    Raises Invalid when the key was used for another request, and whatever the use case raises (nothing is
    kept).
    """
    digest = hashlib.sha256(command.request.encode()).hexdigest()
    known = unit.session.scalar(
        select(IdempotencyKey).where(
            IdempotencyKey.person_id == actor.person_id, IdempotencyKey.key == command.key
        )
    )
    if known is not None:
        if known.request_hash != digest:
            raise Invalid("Nøglen (Idempotency-Key) er brugt til en anden forespørgsel. Brug en ny.")
        return known.body
    body = json.loads(json.dumps(command.answer(command.use_case(unit, actor, command.command))))
    unit.session.add(
        IdempotencyKey(
            person_id=actor.person_id,
            key=command.key,
            request_hash=digest,
            status=200,
            body=body,
            at=unit.now,
        )
    )
    return body
