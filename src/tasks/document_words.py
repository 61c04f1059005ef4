"""The words for what a document's content keeps by keys: what people chose in the bundle's forms, and roles.

An option is kept by its value (`moede`); the document, and the page that shows it, say what was read when it
was chosen (»Møde«).
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from records.unit import Unit
from tasks.procedures import diagram_of
from tasks.roles import roles_of

Words = Mapping[str, str]
"""Key → Danish text. A value that means different things in different fields stands under `field.value`."""

LONGEST_LABEL: Final = 32
"""Characters of a field's label that can be a heading."""

_IN_EXPRESSION: Final = re.compile(r'value:\s*"([^"]+)",\s*label:\s*"([^"]+)"')


def option_words(files: Mapping[str, bytes]) -> Words:
    """Return the words of every option in a bundle's forms."""
    found: dict[str, dict[str, set[str]]] = {}
    for path, content in files.items():
        if path.endswith(".form"):
            for field, value, label in _options(_read(content)):
                found.setdefault(value, {}).setdefault(label, set()).add(field)
    words: dict[str, str] = {}
    for value, labels in found.items():
        if len(labels) == 1:
            words[value] = next(iter(labels))
        else:
            words |= {f"{field}.{value}": label for label, fields in labels.items() for field in fields}
    return words


def field_labels(files: Mapping[str, bytes]) -> Words:
    """Return what a bundle's forms call their fields, without what two of them call differently and what is
    too long to stand over an answer."""
    found: dict[str, set[str]] = {}
    for path, content in files.items():
        if path.endswith(".form"):
            for field, label in _fields(_read(content)):
                found.setdefault(field, set()).add(label)
    return {
        field: next(iter(labels))
        for field, labels in found.items()
        if len(labels) == 1 and all(len(label) <= LONGEST_LABEL for label in labels)
    }


def labels_for(unit: Unit, version_id: int | None) -> Words:
    """Return what the forms of a procedure's version call their fields. Found once per process."""
    cache: dict[int | None, Words] = unit.shared.setdefault("document_labels", {})
    labels = cache.get(version_id)
    if labels is None:
        files = diagram_of(unit, version_id).files if version_id is not None else {}
        labels = cache[version_id] = field_labels(files)
    return labels


def words_for(unit: Unit, version_id: int | None) -> Words:
    """Return the words of the options of a procedure's version, and the names of all roles for what no form
    offers. Found once per process, since versions never change."""
    cache: dict[int | None, Words] = unit.shared.setdefault("document_words", {})
    words = cache.get(version_id)
    if words is None:
        files = diagram_of(unit, version_id).files if version_id is not None else {}
        names = {key: role.name for key, role in roles_of(unit).by_key.items()}
        words = cache[version_id] = {**names, **option_words(files)}
    return words


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _options(part: Any) -> Iterable[tuple[str, str, str]]:
    """Field, value and label of each option below a part of a form, listed or written out in FEEL."""
    if isinstance(part, list):
        for one in part:
            yield from _options(one)
    if not isinstance(part, dict):
        return
    field = str(part.get("key") or "")
    values = part.get("values")
    for option in values if isinstance(values, list) else ():
        if isinstance(option, dict) and isinstance(option.get("value"), str) and option.get("label"):
            yield field, option["value"], str(option["label"])
    for value, label in _IN_EXPRESSION.findall(str(part.get("valuesExpression") or "")):
        yield field, value, label
    yield from _options(part.get("components"))


def _fields(part: Any) -> Iterable[tuple[str, str]]:
    """Name and label of each field below a part of a form; a repeated list is named by its path."""
    if isinstance(part, list):
        for one in part:
            yield from _fields(one)
    if not isinstance(part, dict):
        return
    name, label = part.get("key") or part.get("path"), part.get("label")
    if name and isinstance(label, str) and label and "{{" not in label and not label.startswith("="):
        yield str(name), label.strip().rstrip(":")
    yield from _fields(part.get("components"))
