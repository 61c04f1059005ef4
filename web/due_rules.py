"""Rules for due dates as a caseworker says them: `arbejdsdage_efter(i_dag, 5)` is »5 arbejdsdage efter, at
opgaven kom«.

Pure functions over the text of the rule. What has no words here has none, and the page shows the rule itself.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tasks.texts import spelled
from web.words import gettext, ngettext

_CALL = re.compile(r"(?P<name>[a-zæøå_][\wæøå]*)\((?P<inner>.*)\)\Z", re.DOTALL)
_NAME = re.compile(r"[a-zæøåA-ZÆØÅ_][\wæøåÆØÅ]*(?:\.[a-zæøåA-ZÆØÅ_][\wæøåÆØÅ]*)*\Z")
_CHOICE = re.compile(r"if\s+(?P<test>.+?)\s+then\s+(?P<yes>.+?)\s+else\s+(?P<no>.+)\Z", re.DOTALL)
_CLOCK = re.compile(r'"(\d{1,2}):(\d{2})"\Z')


@lru_cache(maxsize=1000)
def _parts(text: str) -> tuple[str, ...]:
    """Return the arguments of a call, split at the commas that stand outside of brackets and texts."""
    found, depth, quoted, begin = [], 0, False, 0
    for place, sign in enumerate(text):
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign in "([{":
            depth += 1
        elif not quoted and sign in ")]}":
            depth -= 1
        elif sign == "," and depth == 0 and not quoted:
            found.append(text[begin:place].strip())
            begin = place + 1
    return (*found, text[begin:].strip())


def in_words(rule: str) -> str:
    """Return when something is due by `rule` (FEEL), as the end of a sentence; empty without words for it."""
    text = rule.strip().removeprefix("=").strip()
    if not text:
        return ""
    choice = _CHOICE.match(text)
    if choice:
        yes, no = in_words(choice["yes"]), in_words(choice["no"])
        return gettext("%(yes)s, ellers %(no)s", yes=yes, no=no) if yes and no else ""
    call = _CALL.match(text)
    if call:
        return _call(call["name"], _parts(call["inner"]))
    known = {
        "i_dag": gettext("samme dag, som opgaven kommer"),
        "arbejdsfrist_dato": gettext("på arbejdsfristen"),
        "frist_dato": gettext("på fristen"),
        "ingen": gettext("ingen"),
        "moede.dato": gettext("på mødedagen"),
        "moede.start": gettext("når mødet begynder"),
        "moede.slut": gettext("når mødet er slut"),
        "moede.punkt.start": gettext("når punktet begynder"),
        "moede.punkt.slut": gettext("når punktet er slut"),
        "svarfrist": gettext("på svarfristen"),
    }
    if text in known:
        return known[text]
    return gettext("på »%(name)s«", name=_plain(text)) if _NAME.match(text) else ""


def short(rule: str) -> str:
    """Return `rule` as it stands on a badge: »5 arbejdsdage« where it counts from the day the task comes."""
    call = _CALL.match(rule.strip())
    given = _parts(call["inner"]) if call else ()
    if call and call["name"] in _DISTANCES and len(given) == 2 and given[0] == "i_dag" and given[1].isdigit():
        return _distance(call["name"], int(given[1]))
    return in_words(rule) or gettext("regel")


def _call(name: str, given: tuple[str, ...]) -> str:
    if name in _DISTANCES and len(given) == 2 and given[1].isdigit():
        base = _base(given[0], after=name.endswith("_efter"))
        return f"{_distance(name, int(given[1]))} {base}" if base else ""
    if name in ("dato", "arbejdsfrist") and len(given) == 1:
        return in_words(given[0])
    if name == "ff_materialefrist" and len(given) == 1:
        return gettext("på Faglig Forums materialefrist")
    if name == "tidspunkt" and len(given) == 2 and _CLOCK.match(given[1]):
        hour, minute = _CLOCK.match(given[1]).groups()  # type: ignore[union-attr]
        day = in_words(given[0])
        return gettext("%(day)s kl. %(time)s", day=day, time=f"{int(hour)}.{minute}") if day else ""
    if name in ("seneste", "max", "tidligste", "min") and len(given) > 1:
        days = [in_words(one) for one in given]
        if not all(days):
            return ""
        joined = gettext(" eller ").join(days)
        late = name in ("seneste", "max")
        return (
            gettext("%(days)s – det seneste", days=joined)
            if late
            else gettext("%(days)s – det tidligste", days=joined)
        )
    return ""


_DISTANCES = ("arbejdsdage_efter", "arbejdsdage_foer", "maaneder_efter", "dage_efter", "dage_foer")


def _distance(name: str, count: int) -> str:
    if name.startswith("arbejdsdage"):
        return ngettext("%(num)d arbejdsdag", "%(num)d arbejdsdage", count)
    if name.startswith("maaneder"):
        return ngettext("%(num)d måned", "%(num)d måneder", count)
    return ngettext("%(num)d dag", "%(num)d dage", count)


def _base(text: str, *, after: bool) -> str:
    """Return what is counted from: »efter mødet«."""
    if _CALL.match(text) and "ff_materialefrist(" in text:
        what = gettext("Faglig Forums materialefrist")
        return gettext("efter %(what)s", what=what) if after else gettext("før %(what)s", what=what)
    if text in ("i_dag", "dato(i_dag)"):
        return gettext("efter, at opgaven kom") if after else gettext("før, at opgaven kom")
    known = {
        "arbejdsfrist_dato": gettext("arbejdsfristen"),
        "frist_dato": gettext("fristen"),
        "moede_dato": gettext("mødet"),
        "moede.dato": gettext("mødet"),
        "anmodet_dato": gettext("anmodningen"),
        "opfoelgning_frist": gettext("opfølgningen"),
        "modtaget": gettext("modtagelsen"),
        "plan_dato": gettext("planens dato"),
    }
    what = known.get(text) or (gettext("»%(name)s«", name=_plain(text)) if _NAME.match(text) else "")
    if not what:
        return ""
    return gettext("efter %(what)s", what=what) if after else gettext("før %(what)s", what=what)


def _plain(name: str) -> str:
    """Return the last name of a path as words: `sag.naeste_moede` is »næste møde«."""
    return spelled(name.rpartition(".")[2])
