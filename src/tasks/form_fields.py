"""A form-js form as the server reads it: its fields, their rules, where values lie. Evaluates nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tasks.errors import TaskError
from tasks.filekinds import KINDS

Path = tuple[str | int, ...]
"""Where a value lies in the answers; an int is the number of a row (from 0) in a repeated list."""

Pattern = tuple[str | None, ...]
"""The same for a field of the form, where None stands for the number of the row."""

MISSING: Final = object()
"""What JSON calls `undefined`: nothing was there."""

KEYED: Final = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "checkbox",
        "checklist",
        "radio",
        "select",
        "taglist",
        "datetime",
        "filepicker",
    }
)
SINGLE_CHOICE: Final = frozenset({"radio", "select"})
SEVERAL_CHOICES: Final = frozenset({"checklist", "taglist"})
CHOICE: Final = SINGLE_CHOICE | SEVERAL_CHOICES
INERT: Final = frozenset({"text", "separator", "spacer", "button"})
SUPPORTED: Final = KEYED | INERT | {"group", "dynamiclist"}


class BrokenForm(TaskError):
    """The form itself cannot be used: an unknown type of field, a key twice, a rule without text."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression of the form, without its leading `=`.

    `path` is set when it is nothing but a path (`personer.raadgiver`), `constant` for `true` and `false`.
    """

    text: str
    path: tuple[str, ...] | None = None
    constant: bool | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a field's `validate` promises. Each limit is a value, an Expression, or None for none."""

    required: bool = False
    min: Any = None
    max: Any = None
    min_length: Any = None
    max_length: Any = None
    pattern: str = ""
    pattern_message: str = ""
    validation_type: str = ""
    any: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen: the value that is kept and the Danish text that a person sees."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Where the options come from: fixed `options`, the top-level name `key` of the context, or FEEL."""

    options: tuple[Option, ...] | None = None
    key: str | None = None
    expression: Expression | None = None


@dataclass(frozen=True, slots=True)
class FileRules:
    """Which files a field takes."""

    kinds: frozenset[str] = frozenset(KINDS)
    max_mb: int = 10
    """Of each file."""
    most: int = 10
    """How many files."""

    @property
    def max_bytes(self) -> int:
        """The largest file, in bytes."""
        return self.max_mb * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One element of the form. `local` is its place below its parent, `pattern` its place in the answers."""

    id: str
    kind: str
    local: tuple[str, ...]
    pattern: Pattern
    label: str
    hide: Expression | None = None
    disabled: bool = False
    readonly: bool | Expression = False
    rules: Rules = Rules()
    default: Any = MISSING
    choices: Choices | None = None
    decimal_digits: int | float | None = None
    increment: Any = None
    as_string: bool = False
    subtype: str = "date"
    time_format: str = "no_timezone"
    time_step: int = 15
    not_past: bool = False
    personal_number: bool = False
    components: tuple["Field", ...] = ()
    repetitions: int = 1
    fixed_rows: bool = False
    files: FileRules = FileRules()

    @property
    def locked(self) -> bool:
        """Whether nobody can change the value in the browser, so that what is posted does not count."""
        return self.disabled or self.readonly is True


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The names at one level of the answers; `kind` is `open` (object), `rows` (list) or `closed` (value)."""

    kind: str
    children: dict[str, "Shape"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CrossRule:
    """A rule over several fields: `condition` must be true, else `text` is shown at the field `path`."""

    path: tuple[str, ...]
    condition: Expression
    text: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form that was read. Made by `forms.read`; cached, so never change it."""

    id: str
    components: tuple[Field, ...]
    rules: tuple[CrossRule, ...]
    shape: Shape
    has_conditions: bool
    needs_start_values: bool
    roles: frozenset[str]
    texts: Mapping[str, str]


def path_text(path: Path | Pattern) -> str:
    """Return a place in the answers as text: `barn.navn`, `fagpersoner[0].navn`, `fagpersoner[].navn`."""
    text = ""
    for part in path:
        if part is None:
            text += "[]"
        elif isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text
