"""Keys that owners write in forms and diagrams, as words: `formuleret_af` is »Formuleret af«."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tasks.texts import spelled
from web import dates
from web.words import gettext

_KEY = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")

_KNOWN = {
    "dato": "Dato",
    "formaal": "Formål",
    "foraelder": "Forælder",
    "bedsteforaelder": "Bedsteforælder",
    "maal": "Mål",
    "moededato": "Mødedato",
    "nr": "Nr.",
    "oenske": "Ønske eller behov",
    "oenske_ref": "Ønske eller behov",
    "opfoelgningsinterval_mdr": "Opfølgning hver … måned",
    "plan_dato": "Planens dato",
    "raadgiver": "Rådgiver",
    "soeskende": "Søskende",
    "uden_familien_begrundelse": "Hvorfor familien ikke har formuleret målene",
}
"""Keys whose words cannot be found by rule."""


_NONE: Mapping[str, str] = {}


def label(key: str, labels: Mapping[str, str] = _NONE) -> str:
    """Return a key as a heading: `barnets_perspektiv` is »Barnets perspektiv«; `labels` has some."""
    if key in _KNOWN:
        return gettext(_KNOWN[key])
    if key in labels:
        return labels[key]
    words = spelled(key)
    return words[:1].upper() + words[1:]


def value_words(value: Any, words: Mapping[str, str] = _NONE) -> str:
    """Return a value as a Dane writes it: dates, yes and no, lists, and the keys of options; `words` says
    what some keys mean."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return gettext("ja") if value else gettext("nej")
    if isinstance(value, list | tuple):
        return ", ".join(value_words(one, words) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{label(key)}: {value_words(inner, words)}" for key, inner in value.items())
    text = str(value)
    if text in words:
        return words[text]
    day = dates.read_day(text) if len(text) == len("2026-01-31") else None
    if day is not None:
        return dates.plain_day(day)
    # An option is kept by its key. A word that somebody wrote is left as it is, unless it is such a key.
    if text in _KNOWN or ("_" in text and _KEY.fullmatch(text)):
        return label(text).casefold()
    return text
