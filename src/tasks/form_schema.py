"""Reads a form-js schema (version 19) into a Form; refuses what the browser or the server could not keep."""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from engine import feel
from engine.profile import MAX_FILE_MB, MAX_FILES
from tasks.filekinds import kinds_in
from tasks.form_fields import (
    CHOICE,
    INERT,
    KEYED,
    MISSING,
    SUPPORTED,
    BrokenForm,
    Choices,
    CrossRule,
    Expression,
    Field,
    FileRules,
    Form,
    Pattern,
    Rules,
    Shape,
    path_text,
)
from tasks.form_numbers import big
from tasks.form_options import read_options

MAX_FIELDS: Final = 500
MAX_DEPTH: Final = 12
_CACHED_FORMS: Final = 256

# `typename` would make the engine's library rebuild an object from the data; the others are JavaScript's own.
_FORBIDDEN_NAMES: Final = frozenset({"typename", "constructor", "prototype", "__proto__"})
_PATH: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\Z")
_ROLE: Final = re.compile(r"\bpersoner\s*\.\s*(\w+)")
_TIME_STEPS: Final = frozenset({1, 5, 10, 15, 30, 60})


def read_schema(schema: Mapping[str, Any]) -> Form:
    """Return the form that `schema` describes, the same object for the same content. Raises BrokenForm."""
    try:
        text = json.dumps(schema, ensure_ascii=False, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as problem:
        raise BrokenForm("Skemaet kan ikke læses: det er ikke gyldig JSON.") from problem
    return _read_text(text)


def read_expression(text: str) -> Expression:
    """Return a FEEL expression, given with or without its leading `=`. It is not parsed here."""
    text = text.removeprefix("=").strip()
    if text in ("true", "false"):
        return Expression(text, constant=text == "true")
    path = tuple(text.split("."))
    return Expression(text, path=path if _PATH.match(text) and all(map(feel.is_name, path)) else None)


@lru_cache(maxsize=_CACHED_FORMS)
def _read_text(text: str) -> Form:
    schema: dict[str, Any] = json.loads(text)
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        raise BrokenForm("Skemaet har ingen felter (»components«).")
    shape = Shape("open")
    components = _fields(schema["components"], (), shape, 0)
    everything = list(_all(components))
    if len(everything) > MAX_FIELDS:
        raise BrokenForm(f"Skemaet har flere end {MAX_FIELDS} felter.")
    return Form(
        id=str(schema.get("id", "")),
        components=components,
        rules=tuple(_cross_rule(rule, shape) for rule in _list(schema.get("regler"), "regler")),
        shape=shape,
        has_conditions=any(one.hide is not None for one in everything),
        needs_start_values=any(one.locked or one.fixed_rows for one in everything),
        roles=frozenset(_ROLE.findall(text)),
        texts={
            path_text(one.pattern): one.label
            for one in everything
            if one.kind in KEYED or (one.local and one.label)
        },
    )


def _all(fields: tuple[Field, ...]) -> Iterator[Field]:
    for one in fields:
        yield one
        yield from _all(one.components)


def _fields(components: Any, prefix: Pattern, shape: Shape, depth: int) -> tuple[Field, ...]:
    if depth > MAX_DEPTH:
        raise BrokenForm("Skemaets grupper ligger for dybt i hinanden.")
    return tuple(_field(raw, prefix, shape, depth) for raw in _list(components, "components"))


def _field(raw: Any, prefix: Pattern, shape: Shape, depth: int) -> Field:
    if not isinstance(raw, dict):
        raise BrokenForm("Et felt i skemaet er ikke et objekt.")
    kind = raw.get("type")
    if kind not in SUPPORTED:
        raise BrokenForm(f"Skemaet bruger felttypen »{str(kind)[:40]}«, som ikke er understøttet.")
    name = str(raw.get("id") or raw.get("key") or raw.get("path") or kind)
    common: dict[str, Any] = {
        "id": name,
        "kind": kind,
        "label": _label(raw),
        "hide": _condition(raw),
    }
    if kind in INERT:
        return Field(local=(), pattern=prefix, **common)
    local = _segments(raw.get("key" if kind in KEYED else "path"), name)
    if kind != "group" and not local:
        raise BrokenForm(f"Feltet »{name}« mangler et navn (»key« eller »path«).")
    common |= {"local": local, "pattern": prefix + local}
    if kind == "group":
        inner = _claim(shape, local, "open", name)
        return Field(
            **common, components=_fields(raw.get("components", []), prefix + local, inner, depth + 1)
        )
    common["disabled"] = bool(raw.get("disabled"))
    common["readonly"] = _readonly(raw.get("readonly"))
    if kind == "dynamiclist":
        return _repeated(raw, common, shape, depth)
    _claim(shape, local, "closed", name)
    return Field(
        **common,
        rules=_rules(raw.get("validate"), name),
        default=raw.get("defaultValue", MISSING),
        choices=_choices(raw, name) if kind in CHOICE else None,
        personal_number=bool(_object(raw.get("properties")).get("personnummer")),
        **(_number(raw, name) if kind == "number" else {}),
        **(_datetime(raw, name) if kind == "datetime" else {}),
        files=_files(raw, name) if kind == "filepicker" else FileRules(),
    )


def _repeated(raw: dict[str, Any], common: dict[str, Any], shape: Shape, depth: int) -> Field:
    name = common["id"]
    if raw.get("isRepeating", True) is not True:
        raise BrokenForm(f"Listen »{name}« skal gentage sine felter (»isRepeating«).")
    repetitions = raw.get("defaultRepetitions", 1)
    if not isinstance(repetitions, int) or isinstance(repetitions, bool) or not 0 <= repetitions <= 50:
        raise BrokenForm(f"Listen »{name}« skal begynde med 0–50 rækker (»defaultRepetitions«).")
    inner = _claim(shape, common["local"], "rows", name)
    locked = common["disabled"] or common["readonly"] is True
    return Field(
        **common,
        components=_fields(raw.get("components", []), (*common["pattern"], None), inner, depth + 1),
        repetitions=repetitions,
        fixed_rows=locked or not raw.get("allowAddRemove", True),
    )


def _claim(shape: Shape, local: tuple[str, ...], kind: str, name: str) -> Shape:
    """Take the place `local` below `shape`; only groups may share theirs."""
    for number, segment in enumerate(local, 1):
        wanted = kind if number == len(local) else "open"
        found = shape.children.get(segment)
        if found is None:
            found = shape.children[segment] = Shape(wanted)
        elif found.kind != "open" or wanted != "open":
            raise BrokenForm(f"Feltnavnet »{'.'.join(local)}« ({name}) er allerede brugt i skemaet.")
        shape = found
    return shape


def _segments(name: Any, field_id: str) -> tuple[str, ...]:
    if name in (None, ""):
        return ()
    if not isinstance(name, str):
        raise BrokenForm(f"Feltet »{field_id}« har et navn, der ikke er tekst.")
    segments = tuple(name.split("."))
    for segment in segments:
        if not feel.is_name(segment) or segment in _FORBIDDEN_NAMES:
            raise BrokenForm(f"Feltet »{field_id}« må ikke hedde »{name[:60]}«.")
    return segments


def _label(raw: dict[str, Any]) -> str:
    for name in ("label", "dateLabel", "timeLabel"):
        if isinstance(raw.get(name), str) and raw[name]:
            label: str = raw[name]
            return label
    return ""


def _condition(raw: dict[str, Any]) -> Expression | None:
    hide = _object(raw.get("conditional")).get("hide")
    if not isinstance(hide, str) or not hide.startswith("="):
        return None
    expression = read_expression(hide)
    return None if expression.constant is False else expression


def _readonly(value: Any) -> bool | Expression:
    if not isinstance(value, str) or not value.startswith("="):
        return bool(value)
    expression = read_expression(value)
    return expression if expression.constant is None else expression.constant


def _rules(raw: Any, name: str) -> Rules:
    rules = _object(raw)
    pattern, message = rules.get("pattern"), rules.get("patternErrorMessage")
    if pattern and not isinstance(pattern, str):
        raise BrokenForm(f"Feltet »{name}« har et mønster (»pattern«), der ikke er tekst.")
    read = Rules(
        required=bool(rules.get("required")),
        min=_limit(rules.get("min")),
        max=_limit(rules.get("max")),
        min_length=_limit(rules.get("minLength")),
        max_length=_limit(rules.get("maxLength")),
        pattern=pattern or "",
        pattern_message=message if isinstance(message, str) else "",
        validation_type=str(rules.get("validationType") or ""),
    )
    return Rules() if read == Rules() else _switched_on(read)


def _switched_on(rules: Rules) -> Rules:
    return Rules(
        rules.required,
        rules.min,
        rules.max,
        rules.min_length,
        rules.max_length,
        rules.pattern,
        rules.pattern_message,
        rules.validation_type,
        any=True,
    )


def _limit(value: Any) -> Any:
    return read_expression(value) if isinstance(value, str) and value.startswith("=") else value


def _choices(raw: dict[str, Any], name: str) -> Choices:
    key, values, expression = raw.get("valuesKey"), raw.get("values"), raw.get("valuesExpression")
    if key is not None:
        return Choices(key=str(key))
    if values is not None:
        return Choices(options=read_options(values))
    if isinstance(expression, str) and expression.startswith("="):
        return Choices(expression=read_expression(expression))
    raise BrokenForm(f"Feltet »{name}« har ingen valgmuligheder.")


def _number(raw: dict[str, Any], name: str) -> dict[str, Any]:
    digits, increment = big(raw.get("decimalDigits")), raw.get("increment")
    step: Decimal | None = None
    if increment not in (None, "", 0):
        step = big(increment)
        if step is None:
            raise BrokenForm(f"Feltet »{name}« har et trin (»increment«), der ikke er et tal.")
    return {
        "decimal_digits": int(digits) if digits is not None and digits >= 0 else None,
        "increment": step or None,
        "as_string": bool(raw.get("serializeToString")),
    }


def _datetime(raw: dict[str, Any], name: str) -> dict[str, Any]:
    subtype = raw.get("subtype", "date")
    if subtype not in ("date", "time", "datetime"):
        raise BrokenForm(f"Feltet »{name}« er hverken dato, tidspunkt eller begge dele (»subtype«).")
    step = raw.get("timeInterval")
    return {
        "subtype": subtype,
        "time_format": str(raw.get("timeSerializingFormat") or "no_timezone"),
        "time_step": step if step in _TIME_STEPS else 15,
        "not_past": bool(raw.get("disallowPassedDates")),
    }


def _files(raw: dict[str, Any], name: str) -> FileRules:
    properties = _object(raw.get("properties"))
    kinds = kinds_in(str(raw.get("accept") or ""))
    size, most = properties.get("max_mb", 10), properties.get("antal", 10)
    if not kinds:
        raise BrokenForm(f"Feltet »{name}« tager ingen filer, der kan vedhæftes (»accept«).")
    if not all(isinstance(n, int) and not isinstance(n, bool) for n in (size, most)):
        raise BrokenForm(f"Feltet »{name}« har »max_mb« eller »antal«, der ikke er hele tal.")
    if not 1 <= size <= MAX_FILE_MB or not 1 <= most <= MAX_FILES:
        raise BrokenForm(f"Feltet »{name}« kan højst tage {MAX_FILES} filer på {MAX_FILE_MB} MB.")
    return FileRules(kinds, size, most if raw.get("multiple") is True else 1)


def _cross_rule(raw: Any, shape: Shape) -> CrossRule:
    rule = _object(raw)
    path, condition, text = rule.get("felt"), rule.get("krav"), rule.get("tekst")
    if not (isinstance(path, str) and isinstance(condition, str) and isinstance(text, str) and text):
        raise BrokenForm("En regel i skemaet (»regler«) mangler »felt«, »krav« eller »tekst«.")
    segments = _segments(path, path)
    place: Shape | None = shape
    for segment in segments:
        place = place.children.get(segment) if place is not None and place.kind == "open" else None
    if not segments or place is None:
        raise BrokenForm(f"En regel i skemaet peger på feltet »{path[:60]}«, som ikke findes.")
    clauses = str(rule.get("punkter") or "").split(",")
    return CrossRule(
        segments, read_expression(condition.strip()), text, tuple(c.strip() for c in clauses if c.strip())
    )


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BrokenForm(f"»{name}« i skemaet er ikke en liste.")
    return value


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
