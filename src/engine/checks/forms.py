"""Checks forms as files: components, keys, labels, choices, patterns, expressions and rules.

Only what can be seen without answers; whether answers fit a form is decided in `tasks`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from engine import feel
from engine.checks.outline import FormText, FormUse, Outline
from engine.checks.reading import fields_of, try_pattern
from engine.checks.rules import Findings, Known
from engine.errors import FeelError
from engine.lines import names as split_names
from engine.profile import ATTACHABLE, COMPONENTS, FACTS, FORBIDDEN_NAMES, FORM_FACTS, MAX_FILE_MB, MAX_FILES

MAX_BYTES: Final = 1024 * 1024
MAX_FIELDS: Final = 500
MAX_DEPTH: Final = 12
MAX_OPTIONS: Final = 1000

_TEMPLATE: Final = re.compile(r"\{\{([^{}#/]+)\}\}")
_ENGLISH: Final = frozenset(
    # What the form editor writes by itself.
    {
        "text field",
        "text area",
        "number",
        "checkbox",
        "checkbox group",
        "radio group",
        "select",
        "tag list",
        "date time",
        "date",
        "time",
        "group",
        "dynamic list",
        "value",
    }
)


def read_form(name: str, file: str, content: bytes, known: Known, findings: Findings) -> Outline:
    """Read one form and report all that is wrong with it except its expressions; never raises."""
    outline = Outline(name, file)
    schema = _load(content, findings)
    if schema is None:
        return outline
    source = FormText(content)
    reader = _Reader(outline, source, known, findings)
    reader.components(schema["components"], (), depth=0, sure=True, rows=False)
    reader.rules(schema.get("regler"))
    return outline


def _load(content: bytes, findings: Findings) -> dict[str, Any] | None:
    if len(content) > MAX_BYTES:
        findings.add("skema-ulaeseligt", "Skemaet er større end 1 MB og læses ikke. Del det i flere.")
        return None
    try:
        schema = json.loads(content)
    except json.JSONDecodeError as error:
        findings.add(
            "skema-ulaeseligt",
            "Skemaet er ikke gyldig JSON. Gem det igen i skemaværktøjet.",
            line=error.lineno,
        )
        return None
    except (ValueError, RecursionError):
        findings.add("skema-ulaeseligt", "Skemaet er ikke gyldig JSON. Gem det igen i skemaværktøjet.")
        return None
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), list):
        findings.add(
            "skema-ulaeseligt", "Filen er ikke et form-js-skema med felter. Gem det igen i skemaværktøjet."
        )
        return None
    if schema.get("type", "default") != "default":
        findings.add(
            "skema-ulaeseligt", f"Skemaet er af typen »{schema['type']}«. Brug et almindeligt form-js-skema."
        )
        return None
    return schema


class _Reader:
    """Walks the components of one form."""

    def __init__(self, outline: Outline, source: FormText, known: Known, findings: Findings) -> None:
        self._outline = outline
        self._source = source
        self._known = known
        self._findings = findings
        self._taken: dict[tuple[str, ...], str] = {}
        self._count = 0

    def components(self, raw: Any, prefix: tuple[str, ...], *, depth: int, sure: bool, rows: bool) -> None:
        """Check a list of components at `prefix`. `sure`: they are never hidden; `rows`: they repeat."""
        if not isinstance(raw, list):
            self._add("skema-ulaeseligt", "Skemaets felter er ikke en liste. Gem det igen i skemaværktøjet.")
            return
        if depth > MAX_DEPTH:
            self._add(
                "skema-ulaeseligt",
                f"Skemaet har mere end {MAX_DEPTH} grupper inden i hinanden. Gør det fladere.",
            )
            return
        for item in raw:
            self._count += 1
            if self._count > MAX_FIELDS:
                if self._count == MAX_FIELDS + 1:
                    self._add(
                        "skema-ulaeseligt", f"Skemaet har flere end {MAX_FIELDS} felter. Del det i flere."
                    )
                return
            if isinstance(item, dict):
                self._component(item, prefix, depth, sure, rows)
            else:
                self._add(
                    "skema-ulaeseligt", "Et felt i skemaet er ikke et felt. Gem det igen i skemaværktøjet."
                )

    def _component(
        self, item: dict[str, Any], prefix: tuple[str, ...], depth: int, sure: bool, rows: bool
    ) -> None:
        kind = str(item.get("type"))
        title = _title(item)
        component = COMPONENTS.get(kind)
        if component is None:
            self._add(
                "skema-felttype",
                f"Feltet »{title}« er af typen »{kind[:40]}«, som ikke bruges her. Vælg en af: "
                f"{', '.join(COMPONENTS)}.",
                item,
            )
            return
        hidden = self._condition(item, title)
        sure = sure and not hidden
        local: tuple[str, ...] = ()
        if component.keyed or component.container:
            local = self._key(item, kind, title)
            if not local and kind != "group":
                return
            self._claim(prefix + local, kind, title, item)
            if local and not prefix:
                self._outline.answers.add(local[0])
            self._outline.every.update(local)
        if component.keyed or kind == "dynamiclist":
            self._label(item, title)
        if component.keyed:
            top = (prefix + local)[0]
            validate = _mapping(item.get("validate"))
            if validate.get("required") and sure and not rows and len(prefix + local) == 1:
                self._outline.demanded.add(top)
            if _mapping(item.get("properties")).get("personnummer"):
                self._outline.personal.add(top)
            self._validation(validate, title, item)
        if component.options:
            self._options(item, title)
        if kind == "datetime" and item.get("subtype", "date") not in ("date", "time", "datetime"):
            self._add(
                "skema-felttype", f"Feltet »{title}« er hverken dato, tid eller begge. Vælg en af dem.", item
            )
        if kind == "filepicker":
            self._files(item, title)
        for name in ("readonly", "disabled", "text", "description", "defaultValue"):
            self._expression(item.get(name), f"i {name} på »{title}«", item)
        if kind == "text":
            for template in _TEMPLATE.findall(str(item.get("text", ""))):
                use = FormUse(template.strip(), f"i teksten »{title[:40]}«", _id(item))
                self._outline.expressions.append(use)
        if component.container:
            repeats = rows or kind == "dynamiclist"
            self.components(
                item.get("components", []), prefix + local, depth=depth + 1, sure=sure, rows=repeats
            )

    def _files(self, item: dict[str, Any], title: str) -> None:
        unknown = [
            part.strip()
            for part in str(item.get("accept") or "").split(",")
            if part.strip() and part.strip().lower().removeprefix(".") not in (*ATTACHABLE, "jpeg", "image/*")
        ]
        if unknown:
            self._add(
                "skema-filer",
                f"»{title}« tager filer af typen »{unknown[0][:40]}«, som ikke kan vedhæftes. Vælg blandt: "
                f"{', '.join(f'.{kind}' for kind in ATTACHABLE)}.",
                item,
            )
        given = _mapping(item.get("properties"))
        for name, most in (("max_mb", MAX_FILE_MB), ("antal", MAX_FILES)):
            value = given.get(name, 1)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
                self._add("skema-filer", f"{name} på »{title}« skal være et helt tal fra 1 til {most}.", item)

    def _condition(self, item: dict[str, Any], title: str) -> bool:
        hide = _mapping(item.get("conditional")).get("hide")
        if not hide:
            return False
        if isinstance(hide, str) and hide.startswith("="):
            # form-js reads the condition as a unary test, so that is what it must be.
            self._expression(hide, f"for hvornår »{title}« skjules", item, "unary")
        else:
            self._add("feel", f"Betingelsen for »{title}« er ikke FEEL. Begynd den med lighedstegn.", item)
        return True

    def _key(self, item: dict[str, Any], kind: str, title: str) -> tuple[str, ...]:
        key = item.get("path" if COMPONENTS[kind].container else "key")
        if key in (None, ""):
            if kind != "group":
                self._add("skema-noegle", f"Feltet »{title}« har ingen nøgle. Skriv en.", item)
            return ()
        parts = tuple(str(key).split("."))
        for part in parts:
            if part in FORBIDDEN_NAMES:
                self._add(
                    "navn-reserveret",
                    f"Feltet »{title}« har nøglen »{part}«, som er reserveret. Vælg en anden.",
                    item,
                )
            elif not feel.is_name(part):
                self._add(
                    "skema-noegle",
                    f"Feltet »{title}« har nøglen »{str(key)[:60]}«. Brug kun bogstaver, tal og understreg.",
                    item,
                )
                return ()
        if parts[0] in FACTS or parts[0] in FORM_FACTS:
            self._add(
                "navn-reserveret",
                f"Feltet »{title}« har nøglen »{parts[0]}«, som systemet bruger. Vælg en anden.",
                item,
            )
        return parts

    def _claim(self, path: tuple[str, ...], kind: str, title: str, item: dict[str, Any]) -> None:
        for length in range(1, len(path) + 1):
            part = path[:length]
            inner = length < len(path) or kind == "group"
            before = self._taken.get(part)
            passing = before == "dynamiclist" and length < len(path)
            if before is not None and not passing and not (inner and before == "group"):
                self._add(
                    "skema-noegle",
                    f"Nøglen »{'.'.join(path)}« på »{title}« bruges allerede i skemaet. Giv feltet sin egen.",
                    item,
                )
                return
            if before is None:
                self._taken[part] = "group" if inner else kind

    def _label(self, item: dict[str, Any], title: str) -> None:
        label = next((item[name] for name in ("label", "dateLabel", "timeLabel") if item.get(name)), "")
        if not isinstance(label, str) or not label.strip():
            self._add("skema-ledetekst", f"Feltet »{title}« har ingen ledetekst. Skriv en på dansk.", item)
        elif label.strip().casefold() in _ENGLISH:
            self._add(
                "skema-ledetekst",
                f"Feltet »{title}« har stadig ledeteksten »{label}«. Skriv en på dansk.",
                item,
            )

    def _validation(self, validate: Mapping[str, Any], title: str, item: dict[str, Any]) -> None:
        for name in ("min", "max", "minLength", "maxLength"):
            self._expression(validate.get(name), f"for {name} på »{title}«", item)
        pattern = validate.get("pattern")
        if not pattern:
            return
        try:
            try_pattern(str(pattern))
        except FeelError:
            self._add(
                "skema-moenster",
                f"Mønstret på »{title}« kan ikke læses: »{str(pattern)[:60]}«. Ret det, eller slet det.",
                item,
            )

    def _options(self, item: dict[str, Any], title: str) -> None:
        expression, key, values = item.get("valuesExpression"), item.get("valuesKey"), item.get("values")
        if isinstance(expression, str) and expression.startswith("="):
            self._expression(expression, f"for valgene i »{title}«", item)
            for role in sorted(fields_of(expression[1:], "personer")):
                if self._known.roles is not None and role not in self._known.roles:
                    self._add("rolle-ukendt", f"Rollen »{role}« i »{title}« findes ikke. Ret den.", item)
            return
        if isinstance(key, str) and key:
            return
        if not isinstance(values, list) or not values:
            self._add("skema-valg", f"Feltet »{title}« har intet at vælge imellem. Skriv valgene.", item)
            return
        seen = set()
        for option in values[:MAX_OPTIONS]:
            value = option.get("value") if isinstance(option, dict) else option
            label = option.get("label") if isinstance(option, dict) else option
            if value in (None, "") or label in (None, ""):
                self._add("skema-valg", f"Et valg i »{title}« mangler værdi eller tekst. Udfyld begge.", item)
            elif repr(value) in seen:
                self._add(
                    "skema-valg", f"Værdien »{str(value)[:40]}« står to gange i »{title}«. Behold én.", item
                )
            seen.add(repr(value))

    def _expression(
        self, value: Any, place: str, item: dict[str, Any], kind: feel.Kind = "expression"
    ) -> None:
        if isinstance(value, str) and value.startswith("="):
            self._outline.expressions.append(FormUse(value[1:].strip(), place, _id(item), kind))

    def rules(self, raw: Any) -> None:
        """Check the form's own rules across fields (`regler`)."""
        if raw is None:
            return
        if not isinstance(raw, list):
            self._add("skema-regel", "regler i skemaet er ikke en liste. Ret den.")
            return
        for number, rule in enumerate(raw[:MAX_FIELDS], 1):
            found = _mapping(rule)
            name, demand, text = found.get("felt"), found.get("krav"), found.get("tekst")
            missing = [
                word
                for word, value in (("felt", name), ("krav", demand), ("tekst", text))
                if not isinstance(value, str) or not value.strip()
            ]
            if missing:
                self._add(
                    "skema-regel", f"Regel {number} i skemaet mangler {' og '.join(missing)}. Udfyld det."
                )
                continue
            if tuple(str(name).split(".")) not in self._taken:
                self._add(
                    "skema-regel",
                    f"Regel {number} peger på feltet »{str(name)[:60]}«, som ikke findes. Ret det.",
                )
            expression = str(demand).strip().removeprefix("=").strip()
            self._outline.expressions.append(FormUse(expression, f"i regel {number} (»{name}«)", ""))
            for clause in split_names(str(found.get("punkter") or "")):
                if self._known.clauses is not None and clause not in self._known.clauses:
                    self._add(
                        "punkt-ukendt", f"Punktet »{clause}« i regel {number} er ikke i kravlisten. Ret det."
                    )

    def _add(self, rule: str, text: str, item: Mapping[str, Any] | None = None) -> None:
        component = _id(item) if item is not None else ""
        line = self._source.line(component) if component else None
        self._findings.add(rule, text, element_id=component or None, line=line)


def _id(item: Mapping[str, Any]) -> str:
    for name in ("id", "key", "path"):
        if isinstance(item.get(name), str) and item[name]:
            found: str = item[name]
            return found
    return ""


def _title(item: Mapping[str, Any]) -> str:
    for name in ("label", "dateLabel", "timeLabel", "key", "path", "text", "id", "type"):
        if isinstance(item.get(name), str) and item[name].strip():
            return " ".join(item[name].split())[:80]
    return "uden navn"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
