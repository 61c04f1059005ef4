"""The kinds of figures that procedures leave behind for the leaders (P19): the closed list.

Labels and explanations are Danish because owners of procedures and leaders read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PARTS: Final = (
    "vaerdi",
    "opdeling",
    "beloeb",
    "antal",
    "dato",
    "frist",
    "distrikt",
    "noegle",
    "tekst",
)
"""What a figure may say of itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of figure: what it is, and what its parts mean."""

    label: str
    meaning: str


KINDS: Final[dict[str, Kind]] = {
    "sagstype": Kind("Sagens type (ST-140)", "`vaerdi` sagstypen; den seneste gælder"),
    "henvendelse": Kind(
        "Første henvendelse behandlet (ST-55)",
        "`vaerdi` udfaldet, `opdeling` typen (henvendelse, underretning, akut)",
    ),
    "henvendelse_kanal": Kind("Første henvendelse efter kanal (ST-55)", "`vaerdi` kanalen"),
    "paragraf50": Kind("§50-undersøgelse iværksat (ST-80)", "`vaerdi` ivaerksat"),
    "hjemmebesoeg": Kind("Hjemmebesøg i §50-undersøgelse (ST-80)", "`vaerdi` gennemfoert eller begrundet"),
    "indsats": Kind(
        "Indsats iværksat (ST-33, ST-149)",
        "`vaerdi` stedet (hjemmet, naermiljoeet, andet), `opdeling` sagstypen, `beloeb` budget, `dato` "
        "iværksat, `noegle` indsatsens id",
    ),
    "indsats_ressourceperson": Kind(
        "Indsats varetaget af ressourceperson (ST-102)",
        "`vaerdi` lokal, anden eller nej, `noegle` indsatsens id",
    ),
    "indsats_afsluttet": Kind(
        "Indsats afsluttet", "`vaerdi` årsagen, `dato` slutdatoen, `noegle` indsatsens id"
    ),
    "vurdering_3_mdr": Kind(
        "3-måneders vurdering (ST-141)",
        "`vaerdi` afventer, siden udfaldet; `frist` senest, `noegle` indsatsens id",
    ),
    "evaluering_1_aar": Kind(
        "1-års evaluering (ST-143)",
        "`vaerdi` afventer, ellers effekten; `beloeb` faktisk udgift, `frist` datoen, `noegle` indsatsens id",
    ),
    "ressourcepersonaftale": Kind(
        "Aftale med ressourceperson (ST-102)",
        "`vaerdi` i_kraft eller ophoert, `opdeling` lokal eller anden, `noegle` aftalens id",
    ),
    "ff_sag": Kind("Sag anmeldt til Faglig Forum", "`vaerdi` anledningen, `dato` anmodningens dato"),
    "ff_ventetid": Kind(
        "Ventetid til Faglig Forum", "`antal` dage fra anmodning til møde, `dato` mødets dato"
    ),
    "ff_materiale": Kind(
        "Materiale til Faglig Forum (FF-33)", "`vaerdi` rettidigt, for_sent_accepteret eller for_sent_afvist"
    ),
    "ff_inddragelse": Kind(
        "Inddragelse i Faglig Forum (FF-07)", "`vaerdi` familie_og_barn, familie, barn, ingen"
    ),
    "ff_retning": Kind(
        "Retning givet i Faglig Forum (FF-05)",
        "`vaerdi` retningen, `opdeling` sagsart, `beloeb` ramme",
    ),
    "ff_nyt_tilbud": Kind("Forslag til nyt tilbud (FF-06)", "`tekst` forslaget"),
    "ad_hoc_moede": Kind(
        "Ad hoc-møde (ST-19)", "`vaerdi` kategori efter trivselslinjen, `distrikt` distriktet"
    ),
    "samarbejdsmoede_svar": Kind(
        "Ekstern fagpersons svar på mødekalender (SM-27)",
        "`vaerdi` accept, ny_tid eller afslag, `frist` den 10. arbejdsdag, `dato` svarets dato",
    ),
    "ppr_konsultation": Kind("Konsultativ bistand leveret (ST-59)", "`vaerdi` formen, `antal` 1"),
    "uddannelsesstatus": Kind(
        "Unges uddannelsesstatus ved 15 år (ST-120)",
        "`vaerdi` grundskole, ungdomsuddannelse, i_job eller uden_for_uddannelse, `noegle` status",
    ),
    "rettidig_indsats": Kind("Rettidig indsats ved opfølgning (OS-31)", "`vaerdi` ja eller nej"),
}
"""Kind → what it is. What no kind can be made of is counted from tasks, cases and registers."""

LONGEST_CODE: Final = 80
"""Characters in a code, a district or a key."""
