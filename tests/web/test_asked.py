"""Whatever a browser asks for, it gets an answer: numbers that no row has, NUL, letters like digits."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.town import Town
from web.asked import number

HUGE = "9" * 25

ADDRESSES = [
    *(
        f"/{page}/{HUGE}"
        for page in ("sager", "opgaver", "dokumenter", "haendelser", "administration/personer")
    ),
    f"/procedurer/opstart_af_sag/{HUGE}",
    "/sager/999999999999999999",
    "/dokumenter/1?version=²",
    "/dokumenter/1?version=99999999999",
    "/sager?soeg=%00",
    "/sager?efter=²",
    f"/sager?efter={HUGE}",
    "/opgaver?soeg=%00",
    "/opgaver?soeg=%ff",
    f"/opgaver?efter=0~2026-01-01T00:00:00%2B00:00~{HUGE}",
    f"/opgaver?efter={HUGE}~2026-01-01T00:00:00%2B00:00~1",
    "/opgaver?efter=0~0001-01-01T00:00:00%2B14:00~1",
    "/opgaver?efter=0~2026-01-01T00:00:00~1",
    f"/procedurer/opstart_af_sag/begynd?sag={HUGE}",
    "/procedurer/opstart_af_sag/begynd?sag=²",
    "/procedurer/opstart_af_sag/begynd?start=%00",
    "/procedurer/%00/begynd",
    "/sager/1/tidslinje?foer=²",
    "/sager/1/tidslinje?art=%00",
    "/sager/1/forloeb?vis=²",
    "/sager/1/besked/%00",
    "/haandbog/%00",
    "/log-ind?videre=%00",
]
FORMS: list[tuple[str, dict[str, str]]] = [
    ("/sager/1/notat", {"tekst": "a\0b"}),
    ("/sager/1/omfordel", {"til": "²", "begrundelse": "x"}),
    ("/sager/1/omfordel", {"til": HUGE, "begrundelse": "x"}),
    ("/sager/1/luk", {"begrundelse": "x" * 50_000}),
    ("/opgaver/1/tag", {"rev": "²"}),
    ("/opgaver/2/giv-videre", {"til": "²", "begrundelse": "x"}),
    ("/demo/ur", {"dage": "²"}),
    ("/demo/ur", {"dage": HUGE}),
    ("/demo/ur", {"til": "31.12.9999"}),
    ("/log-ind", {"brugernavn": "a\0", "adgangskode": "b"}),
]
SCRIPTS: list[tuple[str, str, Any]] = [
    ("POST", "/opgaver/2/afslut", {"answers": {"x": "\0"}, "rev": "²"}),
    ("POST", "/opgaver/2/afslut", {"answers": [1], "rev": {}}),
    ("POST", "/opgaver/2/afslut", [1, 2]),
    ("PUT", "/opgaver/2/kladde", {"answers": {"behov_begrundelse": "a\0b", "\ud800": "\ud800"}}),
    ("PUT", "/opgaver/2/kladde", {"answers": "x", "draft_rev": HUGE}),
    ("POST", "/opgaver/2/ret", {"answers": [], "begrundelse": {"a": 1}}),
    ("POST", "/procedurer/opstart_af_sag/begynd?sag=1", {"answers": 5}),
]


def test_nothing_asked_for_breaks_a_page(any_town: Town) -> None:
    ida, kirsten = any_town.caller("ida.krag"), any_town.caller("kirsten.bro")
    case = ida.post("/cases", {"child_name": "Liv Skov"})["id"]
    task = kirsten.post("/procedures/opstart_af_sag/start", {"case": case})["next_task"]
    kirsten.complete(task, {"raadgiver": any_town.person("mette.holm")})
    mette = any_town.visitor("mette.holm")
    for path in ADDRESSES:
        assert mette.get(path).status_code < 500, path
    for path, form in FORMS:
        assert mette.send("POST", path, form).status_code < 500, (path, form)
    for method, path, body in SCRIPTS:
        assert mette.send(method, path, body=body).status_code < 500, (path, body)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("7", 7),
        (" 7 ", 7),
        (7, 7),
        ("0", 0),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("-1", None),
        (-1, None),
        ("²", None),
        ("٣", None),
        ("", None),
        (None, None),
        (True, None),
        (1.0, None),
        ({}, None),
    ],
)
def test_numbers(asked: object, read: int | None) -> None:
    assert number(asked) == read
