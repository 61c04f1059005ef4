"""Searching as a Danish reader expects, alike on every database: Ø is ø, Aagaard is Ågård."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import String, cast, func, or_
from sqlalchemy.sql.elements import ColumnElement

from records.sortkeys import name_key

MOST_WORDS: Final = 6

_DANISH: Final = (("Æ", "æ"), ("Ø", "ø"), ("Å", "å"))


def words_of(search: str) -> list[str]:
    """Return the words somebody searches for, each of which must be found."""
    return "".join(" " if sign < " " else sign for sign in search).split()[:MOST_WORDS]


def matches(word: str, texts: Iterable[Any], name_keys: Iterable[Any] = ()) -> ColumnElement[bool]:
    """Return the condition that a word stands somewhere in one of these columns.

    `texts` hold what people read; `name_keys` are the sort keys of names (`records.sortkeys.name_key`).
    Neither database folds Danish letters by itself, whatever its locale.
    """
    pattern = f"%{_escaped(_folded(word))}%"
    found: list[ColumnElement[bool]] = [_folded_column(column).like(pattern, escape="\\") for column in texts]
    key = name_key(word)
    if key:
        found += [column.like(f"%{_escaped(key)}%", escape="\\") for column in name_keys]
    return or_(*found)


def _folded(word: str) -> str:
    for capital, small in _DANISH:
        word = word.replace(capital, small)
    return "".join(sign.lower() if sign.isascii() else sign for sign in word)


def _folded_column(column: Any) -> ColumnElement[str]:
    folded: ColumnElement[str] = func.coalesce(cast(column, String), "")
    for capital, small in _DANISH:
        folded = func.replace(folded, capital, small)
    return func.lower(folded)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
