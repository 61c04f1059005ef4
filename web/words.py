"""gettext with types. The Danish sentence in the code is the source text; other languages lie in
`translations/`.
"""

from __future__ import annotations

import flask_babel


def gettext(text: str, **values: object) -> str:
    """Return `text` in the reader's language with `%(name)s` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """Return `one` or `many` after `count`, which is there as `%(num)d`."""
    return str(flask_babel.ngettext(one, many, count, **values))


def locale() -> str:
    """Return the reader's locale; Danish outside a request."""
    return str(flask_babel.get_locale() or "da")
