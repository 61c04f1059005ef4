"""Files over the API, and from the page of a case without a script."""

from __future__ import annotations

from io import BytesIO

import pytest

from tests.tasks.test_attachments import PDF
from tests.web.town import API, Caller, Town


def send(caller: Caller, path: str, content: bytes) -> tuple[int, dict[str, str]]:
    """Send a file as the body."""
    answer = caller.client.post(
        API + path,
        data=content,
        headers={"Authorization": f"Bearer {caller.token}"},
        content_type="application/pdf",
    )
    return answer.status_code, answer.get_json(force=True)


@pytest.fixture
def case(town: Town) -> str:
    """A case of Mette's."""
    made: str = town.caller("ida.krag").post("/cases", {"child_name": "Liv Skov", "born": "2023-03-03"})["id"]
    started = town.caller("kirsten.bro").post("/procedures/opstart_af_sag/start", {"case": made})
    answers = {"raadgiver": town.person("mette.holm"), "begrundelse": "Kender Liv"}
    town.caller("kirsten.bro").complete(started["next_task"], answers)
    return made


def test_a_file_goes_in_and_comes_out_again(town: Town, case: str) -> None:
    mette = town.caller("mette.holm")
    large = b"%PDF-1.7\n" + b"x" * 3_000_000 + b"\n%%EOF"
    status, sent = send(mette, f"/cases/{case}/attachments?name=Brev.pdf", large)
    assert status == 200
    [line] = mette.get(f"/cases/{case}/attachments")["items"]
    assert (line["name"], line["size"], line["by"]) == ("Brev.pdf", len(large), "Mette Holm")
    back = mette.call("GET", f"/attachments/{sent['id']}")
    assert back.data == large
    assert back.headers["Content-Disposition"].startswith("attachment;")
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    status, refused = send(mette, f"/cases/{case}/attachments?name=x.pdf", b"MZ\x00program")
    assert status == 422
    assert "kan ikke vedhæftes" in refused["detail"]
    assert send(mette, f"/cases/{case}/attachments?name=x.pdf", b"%PDF-" + b"x" * 28_000_000)[0] == 413
    town.caller("jonas.friis").get(f"/attachments/{sent['id']}", 403)
    town.caller("jonas.friis").get(f"/cases/{case}/attachments", 403)
    assert send(town.caller("jonas.friis"), f"/cases/{case}/attachments?name=x.pdf", PDF)[0] == 403


def test_the_page_of_a_case_takes_a_file(town: Town, case: str) -> None:
    mette = town.visitor("mette.holm")
    form = {"fil": (BytesIO(PDF), "Brev fra mor.pdf"), "_formular": mette.form_token}
    address = f"/sager/{case}/vedhaeft"
    assert mette.client.post(address, data={"fil": (BytesIO(PDF), "x.pdf")}).status_code == 403
    assert mette.client.post(address, data=form, content_type="multipart/form-data").status_code == 302
    page = mette.get(f"/sager/{case}/dokumenter").text
    assert "Brev fra mor.pdf er vedhæftet." in page
    assert page.count("Brev fra mor.pdf") >= 2
    for wrong in ({"fil": (BytesIO(b"MZ\0"), "x.pdf")}, {}):
        answer = mette.client.post(
            address, data={**wrong, "_formular": mette.form_token}, content_type="multipart/form-data"
        )
        assert answer.status_code == 302
    assert "kan ikke vedhæftes" in mette.get(f"/sager/{case}/dokumenter").text
    assert town.visitor("jonas.friis").get(f"/sager/{case}/dokumenter").status_code == 403
