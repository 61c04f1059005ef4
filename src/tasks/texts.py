"""What people write in the platform's own fields (a name, a reason): trimmed, no longer than is kept; and the
keys that owners write, as words."""

import unicodedata

from tasks.errors import Invalid

NAME = 200
"""Longest name of a person, unit or child; the columns hold no more."""

REASON = 2000
"""Longest reason or note in a sentence or two."""

EMPTY = "Feltet skal udfyldes."


def written(text: str | None, field: str, longest: int = NAME) -> str | None:
    """Return the text trimmed, None when nothing is left. Raises Invalid, naming `field`, when it is too
    long.

    Control characters are left out (NUL is in no PostgreSQL text); line ends stay.
    """
    kept = "".join(sign for sign in text or "" if sign in "\n\t" or not _is_control(sign)).strip()
    if len(kept) > longest:
        raise Invalid(
            "Teksten er for lang.", {field: f"Skriv højst {longest} tegn. Der er {len(kept)} tegn nu."}
        )
    return kept or None


def _is_control(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cs")


def required(text: str | None, field: str, message: str, longest: int = NAME) -> str:
    """Return the text trimmed. Raises Invalid, with the Danish `message` when it is empty."""
    kept = written(text, field, longest)
    if kept is None:
        raise Invalid(message, {field: EMPTY})
    return kept


def reason_of(text: str | None) -> str:
    """Return the reason for an act, which must be there. Raises Invalid."""
    return required(text, "begrundelse", "Skriv en begrundelse.", REASON)


def spelled(key: str) -> str:
    """Return a key with the letters and spaces it is written without: `naeste_moede` is »næste møde«."""
    return key.replace("_", " ").replace("aa", "å").replace("oe", "ø").replace("ae", "æ")
