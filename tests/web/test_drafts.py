"""Half-filled forms in a real browser: saved by themselves, there after signing out, never overwritten."""

from __future__ import annotations

import pytest

from host.demo import PASSWORD
from tests.web.served import Site
from tools import livs_sag as story
from tools.visitor import Visitor

pytestmark = pytest.mark.slow

TEXT = "Hvad handler henvendelsen om?"


def begun(site: Site) -> Visitor:
    """Ida, with the form of a new contact before her."""
    ida = site.visitor("ida.krag")
    ida.go("/opgaver/begynd")
    ida.page.get_by_role("button", name="Ny henvendelse").click()
    ida.wait_for_form()
    return ida


def saved(visitor: Visitor) -> None:
    visitor.page.locator("[data-draft-line]").get_by_text("Kladde gemt").wait_for()


def text_of(visitor: Visitor) -> str:
    return str(visitor.field(TEXT).locator("textarea").input_value())


def test_a_draft_survives_signing_out_and_a_refusal(site: Site) -> None:
    ida = begun(site)
    ida.fill({TEXT: "Maja er bekymret."})
    saved(ida)
    address = ida.page.url.removeprefix(ida.base_url)
    ida.sign_out()
    ida.sign_in("ida.krag", PASSWORD)
    assert "Kladde gemt" in ida.row("Registrér henvendelse").inner_text()
    ida.go(address)
    ida.wait_for_form()
    assert text_of(ida) == "Maja er bekymret."
    ida.press("Afslut opgaven")
    assert "Hvem henvender sig? Feltet skal udfyldes." in ida.problems()
    assert text_of(ida) == "Maja er bekymret."


def test_two_windows_never_overwrite_each_other_silently(site: Site) -> None:
    ida = begun(site)
    other = Visitor(
        ida.page.context.browser.new_context(storage_state=ida.page.context.storage_state()).new_page(),
        ida.base_url,
    )
    other.page.goto(ida.page.url)
    other.wait_for_form()
    ida.fill({TEXT: "Fra det første vindue."})
    saved(ida)
    other.fill({TEXT: "Fra det andet vindue."})
    other.page.locator(".form-conflict").get_by_text("Der er to kladder").wait_for()
    other.page.get_by_role("button", name="Hent den anden kladde").click()
    other.page.wait_for_load_state()
    other.wait_for_form()
    assert text_of(other) == "Fra det første vindue."
    other.page.context.close()


def test_what_one_keeps_in_the_second_window_is_kept(site: Site) -> None:
    ida = begun(site)
    other = Visitor(ida.page.context.new_page(), ida.base_url)
    other.page.goto(ida.page.url)
    other.wait_for_form()
    ida.fill({TEXT: "Fra det første vindue."})
    saved(ida)
    other.page.locator(".form-conflict").get_by_text("Der er to kladder").wait_for()
    other.fill({TEXT: "Fra det andet vindue."})
    other.page.get_by_role("button", name="Behold det, der står her").click()
    saved(other)
    ida.page.reload()
    ida.wait_for_form()
    assert text_of(ida) == "Fra det andet vindue."
    assert story.CHILD not in ida.page.inner_text("main")
