"""gettext with types. The Danish sentence in the code is the source text; other languages lie in
`translations/`.

A page asks for hundreds of texts, so the reader's language is found once for a request, and each text of a
language once.
"""

from __future__ import annotations

from typing import Any

import flask_babel
from flask import g
from markupsafe import Markup

_MOST_TEXTS = 10_000


class _Language:
    """The texts of one language."""

    __slots__ = ("_marked", "_translations", "name")

    def __init__(self, name: str, translations: Any) -> None:
        self.name = name
        self._translations = translations
        self._marked: dict[str, tuple[Markup, Markup]] = {}

    def text(self, text: str) -> str:
        """Return the text in this language, its `%` as they stand."""
        return str(self._translations.ugettext(text))

    def texts(self, one: str, many: str, count: int) -> str:
        """Return the text that goes with so many."""
        return str(self._translations.ungettext(one, many, count))

    def marked(self, text: str) -> tuple[Markup, Markup]:
        """Return the text as a template takes it: with holes to fill in, and with none."""
        found = self._marked.get(text)
        if found is None:
            if len(self._marked) >= _MOST_TEXTS:
                self._marked.clear()
            holes = Markup(self.text(text))
            found = self._marked[text] = (holes, holes % {} if "%(" not in text else holes)
        return found


_languages: dict[str, _Language] = {}


def _language() -> _Language:
    """Return the reader's language; Danish outside a request."""
    try:
        found: _Language = g.words
    except (AttributeError, RuntimeError):
        name = str(flask_babel.get_locale() or "da")
        translations = flask_babel.get_translations()
        if not g:
            return _Language(name, translations)
        found = _languages.get(name) or _languages.setdefault(name, _Language(name, translations))
        g.words = found
    return found


def gettext(text: str, **values: object) -> str:
    """Return `text` in the reader's language with `%(name)s` filled in."""
    found = _language().text(text)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Return `one` or `many` after `count`, which is there as `%(num)d`."""
    return _language().texts(one, many, count) % {"num": count, **values}


def marked(text: str, **values: object) -> Markup:
    """Return what `_('…')` in a template says: the text is ours and safe, what is filled in is escaped."""
    holes, whole = _language().marked(text)
    return holes % values if values else whole


def locale() -> str:
    """Return the reader's locale; Danish outside a request."""
    return _language().name
