"""Whether a consent holds on a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def holds(one: Mapping[str, Any], day: date) -> bool:
    """Tell whether a kept consent holds on a local day."""
    expires = date.fromisoformat(one["udloeber"]) if one.get("udloeber") else None
    return is_held(date.fromisoformat(one["dato"]), expires, bool(one.get("trukket")), day)


def held_on(one: Mapping[str, Any], day: date) -> bool:
    """Tell whether what is kept of a consent allowed something on a local day, though it may have been
    withdrawn since. The day it was given does not matter: it may be written down later."""
    if one.get("udloeber") and day > date.fromisoformat(one["udloeber"]):
        return False
    if not one.get("trukket"):
        return True
    return bool(one.get("trukket_den")) and day < date.fromisoformat(one["trukket_den"])


def is_held(given_on: date, expires_on: date | None, withdrawn: bool, day: date) -> bool:
    """Tell whether a consent given and expiring on these days holds on a local day."""
    return not withdrawn and given_on <= day and (expires_on is None or day <= expires_on)
