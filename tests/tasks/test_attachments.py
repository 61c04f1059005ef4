"""Attached files: told by content, within limits, kept encrypted, read by who may, cleared when loose."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from engine.profile import ATTACHABLE
from records.tables import Attachment, AttachmentPart, Submission
from tasks import attachments, drafts, uploads
from tasks.access import Denied
from tasks.attachments import PART
from tasks.cases import CloseCase, close_case
from tasks.complete import CompleteTask, complete_task
from tasks.drafts import SaveDraft
from tasks.errors import Invalid, NotFound, NotOpen, Refused
from tasks.filekinds import KINDS, kind_of, kinds_in
from tasks.starts import StartProcedure, start_procedure
from tasks.uploads import AttachToCase, UploadForStart, UploadForTask
from tests.engine.drawing import chain, node, properties
from tests.host.stage import bundle, user
from tests.tasks.stage import Work

PDF = b"%PDF-1.7\n" + b"x" * 100 + b"\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def package(*names: str, **texts: str) -> bytes:
    """A zip file with these names."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, texts.get(name, "x"))
    return made.getvalue()


DOCX = package("[Content_Types].xml", "word/document.xml")

FILES = [
    {"type": "textfield", "key": "svar_tekst", "label": "Svar", "id": "tekst"},
    {
        "type": "filepicker",
        "key": "udtalelse",
        "id": "felt_udtalelse",
        "label": "Udtalelse",
        "accept": ".pdf, .docx",
        "multiple": True,
        "properties": {"max_mb": 1, "antal": 2},
    },
    {
        "type": "dynamiclist",
        "path": "raekker",
        "label": "Rækker",
        "id": "liste",
        "isRepeating": True,
        "allowAddRemove": True,
        "defaultRepetitions": 0,
        "components": [
            {"type": "filepicker", "key": "fil", "id": "felt_fil", "label": "Fil", "accept": "image/*"}
        ],
    },
]

WITH_FILES = bundle(
    "medfiler",
    node("startEvent", "s")
    + user("A", "Send udtalelse", skema="filer", frist="arbejdsdage_efter(i_dag, 2)", data="udtalelse")
    + user("B", "Læs den", skema="filer", frist="arbejdsdage_efter(i_dag, 2)")
    + node("endEvent", "e")
    + chain("s", "A", "B", "e"),
    lane="Rådgiver: A B",
    filer=FILES,
)


@pytest.fixture
def task(quick: Work) -> tuple[Work, int, int]:
    """A case with an open task whose form takes files: the stage, the case's id and the task's."""
    quick.publish(WITH_FILES)
    case_id = quick.open()
    quick.begin("medfiler", case_id)
    return quick, case_id, quick.task("A", case_id).id


def send(work: Work, task_id: int, content: bytes = PDF, name: str = "udtalelse.pdf", **more: Any) -> Any:
    """Upload a file for the field of the statement."""
    field, by = more.get("field", "felt_udtalelse"), more.get("by", "Mette Holm")
    return work.run(by, uploads.upload_for_task, UploadForTask(task_id, field, name, content))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0rest", "jpg"),
        (DOCX, "docx"),
        (package("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (package("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (package("mimetype", mimetype="application/vnd.oasis.opendocument.text"), "odt"),
        ("Kære Mette\nhilsen æøå".encode(), "txt"),
        (b"MZ\x90\x00program", None),
        (b"%PDF-1.7 cut off", None),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (package("mimetype", "Basic/x", mimetype="application/vnd.oasis.opendocument.text"), None),
        (package("noget.exe"), None),
        (b"PK\x03\x04damaged", None),
        (b"<!DOCTYPE html><script>alert(1)</script>", None),
        (b"<svg onload='x'/>", None),
        (b"#!/bin/sh\nrm", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old office", None),
        (b"", None),
    ],
)
def test_a_file_is_what_its_content_says(content: bytes, kind: str | None) -> None:
    found = kind_of(content)
    assert (found.name if found else None) == kind


def test_the_kinds_of_the_profile_are_those_that_are_known() -> None:
    assert set(ATTACHABLE) == set(KINDS)
    assert kinds_in(".pdf, image/*") == {"pdf", "png", "jpg"}
    assert kinds_in("") == set(KINDS)


@pytest.mark.rule("ST-139", "BF-15")
def test_an_answer_takes_the_file_and_the_case_keeps_it(task: tuple[Work, int, int]) -> None:
    work, case_id, task_id = task
    first = send(work, task_id)
    row = send(work, task_id, PNG, "../../billede.exe\x00.png", field="felt_fil")
    assert row.name == "billede.exe .png"
    answers = {
        "udtalelse": [{"id": str(first.id), "navn": "løgn.exe"}],
        "raekker": [{"fil": [{"id": str(row.id)}]}],
    }
    work.run("Mette Holm", complete_task, CompleteTask(task_id, answers))
    kept = work.rows(select(Submission.answers).where(Submission.task_id == task_id))[0]
    assert kept["udtalelse"] == [
        {"id": str(first.id), "navn": "udtalelse.pdf", "stoerrelse": len(PDF), "type": "PDF"}
    ]
    assert kept["raekker"][0]["fil"][0]["type"] == "PNG-billede"
    found = work.run("Mette Holm", attachments.list_attachments, case_id)
    assert {line.name for line in found} == {"udtalelse.pdf", "billede.exe .png"}
    opened = work.run("Mette Holm", attachments.open_attachment, first.id)
    pieces = [work.read(None, attachments.read_part, (first.id, n)) for n in range(opened.parts)]
    assert b"".join(pieces) == PDF
    with pytest.raises(Denied):
        work.run("Jonas Friis", attachments.open_attachment, first.id)
    assert ("Jonas Friis", "ingen", "vedhæftning", True) in work.views(case_id)
    assert ("Mette Holm", "raadgiver", "vedhæftning", False) in work.views(case_id)


def test_nothing_can_be_read_in_the_database(task: tuple[Work, int, int]) -> None:
    work, _, task_id = task
    send(work, task_id, PDF.replace(b"x" * 20, b"HEMMELIGT-HEMMELIGT-"))
    with work.app.database.reading(now=work.app.now()) as unit:
        [(content, name)] = unit.session.execute(
            text(
                "SELECT p.content, a.name FROM attachment_part p JOIN attachment a ON a.id = p.attachment_id"
            )
        ).all()
    assert b"HEMMELIGT" not in bytes(content)
    assert "udtalelse" not in name


def test_a_large_file_is_kept_in_pieces(quick: Work) -> None:
    case_id = quick.open()
    content = b"%PDF-1.7\n" + bytes(range(256)) * (PART // 256 * 2) + b"\n%%EOF"
    line = quick.run("Mette Holm", uploads.attach_to_case, AttachToCase(case_id, "stor.pdf", content))
    assert quick.count(AttachmentPart) == 3
    assert quick.run("Mette Holm", attachments.open_attachment, line.id).parts == 3
    assert quick.journal(case_id, "vedhaeftet") == ["Vedhæftet: stor.pdf"]


def test_the_forms_limits_hold(task: tuple[Work, int, int]) -> None:
    work, _, task_id = task
    with pytest.raises(Invalid, match="højst være på 1 MB"):
        send(work, task_id, b"%PDF-" + b"x" * 1024 * 1024 + b"%%EOF")
    with pytest.raises(Invalid, match="typen PDF eller Word"):
        send(work, task_id, PNG, "billede.pdf")
    with pytest.raises(NotFound):
        send(work, task_id, field="tekst")
    ids = [{"id": str(send(work, task_id).id)} for _ in range(3)]
    with pytest.raises(Invalid) as many:
        work.run("Mette Holm", complete_task, CompleteTask(task_id, {"udtalelse": ids}))
    assert many.value.fields == {"udtalelse": "Vælg højst 2 filer."}


def test_a_file_of_somebody_else_or_of_another_field_is_refused(task: tuple[Work, int, int]) -> None:
    work, case_id, task_id = task
    other = work.open("Noah Birk", "Jonas Friis")
    line = work.run("Jonas Friis", uploads.attach_to_case, AttachToCase(other, "fremmed.pdf", PDF))
    picture = send(work, task_id, PNG, "x.png", field="felt_fil")
    for number in (line.id, picture.id, 999_999):
        with pytest.raises(Invalid) as wrong:
            work.run("Mette Holm", complete_task, CompleteTask(task_id, {"udtalelse": [{"id": str(number)}]}))
        assert list(wrong.value.fields) == ["udtalelse"]
    for value in ("files::1", [{"id": "x"}], [{"id": 7}], {"id": "1"}):
        with pytest.raises(Invalid):
            work.run("Mette Holm", complete_task, CompleteTask(task_id, {"udtalelse": value}))
    with pytest.raises((Denied, Refused)):
        send(work, task_id, by="Jonas Friis")
    assert work.open_elements(case_id) == ["A"]


def test_a_draft_keeps_a_file_and_what_nothing_waits_for_is_cleared(task: tuple[Work, int, int]) -> None:
    work, _, task_id = task
    kept, dropped = send(work, task_id), send(work, task_id)
    draft = {"udtalelse": [{"id": str(kept.id), "navn": "udtalelse.pdf", "stoerrelse": 5}]}
    work.run("Mette Holm", drafts.save_draft, SaveDraft(task_id, draft))

    def clear() -> int:
        with work.app.database.writing(now=work.app.now()) as unit:
            return attachments.clear_loose(unit)

    assert clear() == 0
    work.clock.set(work.clock.now() + timedelta(hours=25))
    assert clear() == 1
    assert [row.id for row in work.rows(select(Attachment))] == [kept.id]
    assert dropped.id != kept.id
    work.run("Mette Holm", complete_task, CompleteTask(task_id, draft))
    work.clock.set(work.clock.now() + timedelta(days=30))
    assert clear() == 0
    assert work.count(AttachmentPart) == 1


def test_a_start_takes_files_too(quick: Work) -> None:
    with_form = node("startEvent", "s", properties(skema="filer", startes_af="alle"))
    quick.publish(
        bundle(
            "begynd",
            with_form
            + user("A", "Læs", skema="filer", frist="arbejdsdage_efter(i_dag, 2)")
            + node("endEvent", "e")
            + chain("s", "A", "e"),
            lane="Rådgiver: A",
            filer=FILES,
        )
    )
    case_id = quick.open()
    upload = UploadForStart("begynd", None, "felt_udtalelse", "x.pdf", PDF)
    line = quick.run("Mette Holm", uploads.upload_for_start, upload)
    with pytest.raises(Denied):
        quick.run("Jonas Friis", attachments.open_attachment, line.id)
    answers = {"udtalelse": [{"id": str(line.id)}]}
    quick.run("Mette Holm", start_procedure, StartProcedure("begynd", case_id, answers=answers))
    [found] = quick.run("Mette Holm", attachments.list_attachments, case_id)
    assert found.id == line.id
    with pytest.raises(Invalid):  # it belongs to that course now
        quick.run("Mette Holm", start_procedure, StartProcedure("begynd", case_id, answers=answers))


def test_a_closed_case_takes_no_files(quick: Work) -> None:
    case_id = quick.open()
    quick.run("Mette Holm", close_case, CloseCase(case_id, "Færdig"))
    with pytest.raises(NotOpen):
        quick.run("Mette Holm", uploads.attach_to_case, AttachToCase(case_id, "x.pdf", PDF))
    with pytest.raises(Denied):
        quick.run("Jonas Friis", uploads.attach_to_case, AttachToCase(case_id, "x.pdf", PDF))
