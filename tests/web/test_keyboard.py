"""The worklist and a task without a mouse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.served import Site

pytestmark = pytest.mark.slow

MOST = 60
"""Presses of Tab after which something that can be reached must have been reached."""


def tab_to(page: Any, text: str) -> None:
    """Press Tab until what has the focus says `text`."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(e => (e.innerText || e.getAttribute('aria-label') || '').trim())(document.activeElement)"
        )
        if focused.startswith(text):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on »{text}« cannot be seen"
            return
    raise AssertionError(f"»{text}« is not reached with the keyboard")


def test_from_the_list_to_a_refused_form_without_a_mouse(site: Site) -> None:
    page = site.visitor("ida.krag").page
    tab_to(page, "Gå til sidens indhold")
    page.keyboard.press("Enter")
    tab_to(page, "Begynd noget nyt")
    page.keyboard.press("Enter")
    page.wait_for_url("**/opgaver/begynd")
    tab_to(page, "Ny henvendelse")
    page.keyboard.press("Enter")
    page.locator("[data-form][data-ready]").wait_for()
    tab_to(page, "Gå til formularen")
    page.keyboard.press("Enter")
    tab_to(page, "Afslut opgaven")
    page.keyboard.press("Enter")
    page.locator(".form-problems:not([hidden])").wait_for()
    assert page.evaluate("document.activeElement.className") == "form-problems"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    named = page.evaluate("document.activeElement.closest('.fjs-form-field')?.innerText ?? ''")
    assert named.startswith("Hvordan kom henvendelsen?")


def test_a_diagram_too_large_for_its_place_opens_where_it_starts(site: Site) -> None:
    page = site.visitor("eva.holst").page
    page.goto(f"{site.address}/procedurer/boerne_og_familiemoede/1")
    start = page.locator('[data-element-id="Start_Manuelt"].djs-shape')
    start.wait_for()
    shown, place = start.bounding_box(), page.locator(".djs-container").bounding_box()
    assert place["y"] <= shown["y"] <= place["y"] + place["height"] - shown["height"]
    assert place["x"] <= shown["x"] <= place["x"] + place["width"] / 2
