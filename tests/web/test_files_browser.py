"""The field for files in a browser: chosen, kept in the draft, removed with the keyboard, sent, fetched."""

from __future__ import annotations

import pytest

from host.publishing import publish_bundles
from tests.tasks.test_attachments import DOCX, PDF, PNG, WITH_FILES
from tests.web.looking import Looker
from tests.web.served import Site

pytestmark = pytest.mark.slow


def test_files_in_a_form(site: Site) -> None:
    publish_bundles(site.town.app, [WITH_FILES])
    kirsten = site.town.caller("kirsten.bro")
    case = site.town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov", "born": "2023-03-03"})["id"]
    kirsten.post(f"/cases/{case}/reallocate", {"person": site.town.person("mette.holm"), "reason": "Ny"})
    site.town.caller("mette.holm").post("/procedures/medfiler/start", {"case": case})
    mette = site.visitor("mette.holm")
    mette.open_task("Send udtalelse")
    page = mette.page
    field = page.get_by_label("Udtalelse")
    wrong = {"name": "billede.pdf", "mimeType": "application/pdf", "buffer": PNG}
    field.set_input_files(wrong)
    page.get_by_text("billede.pdf kan ikke vedhæftes").wait_for()
    field.set_input_files({"name": "brev.pdf", "mimeType": "application/pdf", "buffer": PDF})
    page.get_by_text("brev.pdf er vedhæftet.").wait_for()
    field.set_input_files({"name": "notat.docx", "mimeType": "application/msword", "buffer": DOCX})
    page.get_by_role("link", name="notat.docx").wait_for()
    assert field.is_disabled()  # two is the most
    looker = Looker()
    looker.look(page, "a form with files")
    assert looker.found == []
    remove = page.get_by_role("button", name="Fjern brev.pdf")
    remove.focus()
    page.keyboard.press("Enter")
    page.get_by_text("brev.pdf er fjernet.").wait_for()
    page.get_by_text("Kladde gemt kl.").wait_for()
    page.reload()
    mette.wait_for_form()
    page.get_by_role("link", name="notat.docx").wait_for()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="notat.docx").click()
    assert fetched.value.suggested_filename == "notat.docx"
    mette.submit()
    mette.go(f"/sager/{case}/dokumenter")
    assert page.get_by_role("link", name="notat.docx").count() == 1
    assert page.get_by_role("link", name="brev.pdf").count() == 0
