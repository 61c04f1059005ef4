"""Danish sort keys: text that sorts byte by byte as a Danish reader expects, on any database.

Neither database sorts Danish by itself, and they would not agree: the key is stored in a column beside the
text (`records.types.SortKey`). Letters follow the alphabet a-z, æ, ø, å; capitals and accents make no
difference (Élise = elise); letters of other languages go where Danish puts them (ä with æ, ö with ø, ü with
y); punctuation counts as a space, and spaces as one. Texts whose keys are equal need a tie-break in the
query: the id. The key of what somebody searches for is found in the keys with LIKE.

A key tells nearly as much as the text itself, so never keep one beside an encrypted column.
"""

import unicodedata
from typing import Final

# The three ASCII characters that follow z. They mean nothing in LIKE.
_AE: Final = "{"
_OE: Final = "|"
_AA: Final = "}"
_LAST: Final = frozenset((_AE, _OE, _AA))

# A letter and its mark that are a letter of their own here, decomposed; every other mark is dropped.
_MARKED: Final = {
    "a\N{COMBINING RING ABOVE}": _AA,
    "a\N{COMBINING DIAERESIS}": _AE,
    "o\N{COMBINING DIAERESIS}": _OE,
    "o\N{COMBINING DOUBLE ACUTE ACCENT}": _OE,
    "u\N{COMBINING DIAERESIS}": "y",
    "u\N{COMBINING DOUBLE ACUTE ACCENT}": "y",
}
_LETTERS: Final = {"æ": _AE, "ø": _OE, "œ": _OE, "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ı": "i", "ŋ": "n"}
_SIGNS: Final = str.maketrans(_LETTERS | dict.fromkeys("{|}", " ") | dict.fromkeys("'’‘`´.", ""))


def text_key(text: str) -> str:
    """Return the sort key of `text`, in which aa stays two letters (ekstraarbejde)."""
    # Decomposed first, so that an ø with an accent (ǿ) becomes an ø; the marks that are left go last.
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(_SIGNS)
    for pair, letter in _MARKED.items():
        folded = folded.replace(pair, letter)
    letters = (sign for sign in folded if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() or sign in _LAST else " " for sign in letters).split())


def name_key(name: str) -> str:
    """Return the sort key of a person's or place's `name`, where aa is å: Aagaard stands last, with Ågård."""
    return text_key(name).replace("aa", _AA)
