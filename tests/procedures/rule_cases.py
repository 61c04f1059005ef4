"""Answers that break one rule of a shipped form, and the same answers put right, for rules that no rehearsal
breaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.types import Bundle
from tasks.forms import check_answers, read

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class RuleCase:
    """What is refused at `field` with `text`, and what is not."""

    bundle: str
    form: str
    field: str
    text: str
    wrong: Mapping[str, Any]
    right: Mapping[str, Any]
    context: Mapping[str, Any]
    put_right: Mapping[str, Any] | None = None
    """The context that the answers put right are given in, when it is another one."""

    def refuses(self, bundle: Bundle, *, right: bool = False) -> bool:
        """Tell whether the form refuses the wrong answers, or those put right, as the case says."""
        form = read(json.loads(bundle.files[self.form]))
        context = self.put_right if right and self.put_right is not None else self.context
        checked = check_answers(form, self.right if right else self.wrong, context=context, now=NOW)
        return self.text in checked.errors.get(self.field, "")


def _people(count: int) -> list[dict[str, str]]:
    return [{"navn": f"Person {number}", "gruppe": "familie"} for number in range(count)]


def _resources(count: int) -> list[dict[str, str]]:
    row = {"relation": "nabo", "bor_i_lokalomraade": "ja", "egnet": "nej", "kan": "Hente i skole"}
    return [{"navn": f"Person {number}", **row} for number in range(count)]


def _missing(count: int) -> list[dict[str, str]]:
    return [
        {"oplysning": f"Nr. {number}", "kilde": "Skolen", "status": "modtaget"} for number in range(count)
    ]


def _informed(count: int) -> list[dict[str, str]]:
    row = {"modtaget_dato": "2026-03-09", "indhold": "Fravær", "grundlag": "samtykke"}
    return [{"kilde": f"Kilde {number}", **row} for number in range(count)]


def _goals(count: int) -> list[dict[str, str]]:
    row = {
        "standard": "inddragelse",
        "politisk_maal": "PM-1",
        "evaluator": "skolechef",
        "frist": "2030-03-01",
    }
    return [{"noegle": f"M-{number}", "titel": "Et mål", **row} for number in range(count)]


_GOALS = {
    "kommunen": {
        "standarder": [{"noegle": "inddragelse", "titel": "Inddragelse"}],
        "politiske_maal": [{"noegle": "PM-1", "titel": "Et politisk mål"}],
    }
}
_INVITED = {"formaal_tekst": "Trivsel", "dagsorden": "Velkomst", "forberedelse": "Tænk over ugen"}
_SHARED = {"sag": {"oplysninger_delt": "2026-03-10"}, "i_dag": "2026-03-10"}
_HELD = {
    "afholdt": "ja",
    "afholdt_dato": "2026-03-11",
    "perspektiv_barn": "Ro",
    "perspektiv_familie": "Aflastning",
}

CASES = [
    RuleCase(
        "opstart_af_sag",
        "opstartssamtale.form",
        "familie",
        "Skriv, hvem fra familien der deltog.",
        {"familie": []},
        {"familie": [{"navn": "Maja Skov", "relation": "mor"}]},
        {"i_dag": "2026-03-10"},
    ),
    RuleCase(
        "opstart_af_sag",
        "manglende_oplysninger.form",
        "manglende",
        "højst være 10 rækker",
        {"manglende": _missing(11)},
        {"manglende": _missing(10)},
        {},
    ),
    RuleCase(
        "netvaerksmoede",
        "planlaegning.form",
        "netvaerk",
        "højst inviteres 20",
        {
            "deltagere": _people(15),
            "netvaerk": [{"navn": f"N {n}", "relation": "ven", "bor_i_lokalomraade": "ja"} for n in range(6)],
        },
        {
            "deltagere": _people(15),
            "netvaerk": [{"navn": f"N {n}", "relation": "ven", "bor_i_lokalomraade": "ja"} for n in range(5)],
        },
        _SHARED,
    ),
    RuleCase(
        "netvaerksmoede",
        "moede_og_referat.form",
        "ressourcer",
        "højst skrives tolv",
        {**_HELD, "ressourcer": _resources(13)},
        {**_HELD, "ressourcer": _resources(12)},
        _SHARED,
    ),
    RuleCase(
        "netvaerksmoede",
        "moede_flyttet.form",
        "dato",
        "efter den dag, oplysningerne er delt",
        {"dato": "2026-03-10"},
        {"dato": "2026-03-11"},
        _SHARED,
    ),
    RuleCase(
        "loebende_opfoelgning",
        "opfoelgning.form",
        "maalvurdering",
        "Vælg for hvert mål",
        {"maalvurdering": [{"valg": "fastholdes"}]},
        {"maalvurdering": [{"valg": "fastholdes"}, {"valg": "fastholdes"}]},
        {"maal_numre": [1, 2], "i_dag": "2026-03-10"},
    ),
    RuleCase(
        "paragraf50_undersoegelse",
        "oplysninger.form",
        "oplysninger",
        "højst være 15 rækker",
        {"oplysninger": _informed(16), "moede_oensket": "nej"},
        {"oplysninger": _informed(15), "moede_oensket": "nej"},
        {"i_dag": "2026-03-10"},
    ),
    RuleCase(
        "revision_af_standarder",
        "nye_maal.form",
        "maal_liste",
        "højst være 40 mål",
        {"maal_liste": _goals(41)},
        {"maal_liste": _goals(40)},
        _GOALS,
    ),
    *(
        RuleCase(
            key,
            "invitation.form",
            "formaal_tekst",
            "Forældrene skal være blandt deltagerne",
            _INVITED,
            _INVITED,
            {"moede": {"deltagere": []}},
            {"moede": {"deltagere": [{"navn": "Maja Skov", "rolle": "familie"}]}},
        )
        for key in ("samarbejdsmoede", "tvaerfagligt_dialogmoede")
    ),
    RuleCase(
        "samarbejdsmoede",
        "udlevering.form",
        "flere_moeder",
        "mindst ét opfølgende møde",
        {"flere_moeder": "nej"},
        {"flere_moeder": "ja"},
        {"opf_start": None, "runde": 1, "moede": {"deltagere": []}},
    ),
]
