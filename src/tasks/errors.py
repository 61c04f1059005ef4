"""What a use case may refuse with; every message is Danish and meant for the person who acted.

The HTTP status of each class is decided in `web/errors.py` only.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class TaskError(Exception):
    """Root of everything that `tasks` refuses.

    `message` is a Danish sentence that says what to do; `fields` maps the path of a field in a form
    (`barn.navn`, `fagpersoner[1].navn`) to the Danish message shown at that field.
    """

    def __init__(self, message: str, fields: Mapping[str, str] = _NO_FIELDS) -> None:
        """Take the Danish `message` and, per path of a field, what is wrong with that field."""
        super().__init__(message)
        self.message = message
        self.fields: Mapping[str, str] = MappingProxyType(dict(fields))


class Refused(TaskError):
    """The actor may not do this: wrong role, unit or case."""


class NotFound(TaskError):
    """What was asked for does not exist, or the actor may not know that it does."""


class Stale(TaskError):
    """Somebody else changed the thing since the actor read it; read it again first."""


class NotOpen(TaskError):
    """The task, instance or case is finished, cancelled or closed and takes no more work."""


class Invalid(TaskError):
    """The answers break a rule of the form or of the procedure; `fields` says where."""


class Taken(Invalid):
    """There may be one only, and somebody made it already: what was to be made is there."""
