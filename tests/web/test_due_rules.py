"""Rules for due dates as a caseworker says them."""

from __future__ import annotations

import pytest

from web import due_rules


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("arbejdsdage_efter(i_dag, 5)", "5 arbejdsdage efter, at opgaven kom"),
        ("= arbejdsdage_foer(moede.dato, 1)", "1 arbejdsdag før mødet"),
        ("moede.dato", "på mødedagen"),
        ("moede.punkt.slut", "når punktet er slut"),
        ("dage_foer(moede.dato, 7)", "7 dage før mødet"),
        (
            'tidspunkt(dato(ff_materialefrist(moede.dato)), "15:00")',
            "på Faglig Forums materialefrist kl. 15.00",
        ),
        (
            'tidspunkt(arbejdsdage_efter(dato(ff_materialefrist(moede.dato)), 1), "12:00")',
            "1 arbejdsdag efter Faglig Forums materialefrist kl. 12.00",
        ),
        ("naeste_moede", "på »næste møde«"),
        ("modtaget + duration(x)", ""),
    ],
)
def test_in_words(rule: str, words: str) -> None:
    assert due_rules.in_words(rule) == words


def test_a_badge_is_short() -> None:
    assert due_rules.short("arbejdsdage_efter(i_dag, 10)") == "10 arbejdsdage"
    assert due_rules.short("modtaget + duration(x)") == "regel"
