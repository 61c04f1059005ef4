"""What an uploaded file is, told by its content: what its name and the browser say counts for nothing."""

import io
import zipfile
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that may be attached."""

    name: str
    """How `accept` in a form names it, without the dot."""
    media: str
    label: str


KINDS: Final = {
    kind.name: kind
    for kind in (
        FileKind("pdf", "application/pdf", "PDF"),
        FileKind("png", "image/png", "PNG-billede"),
        FileKind("jpg", "image/jpeg", "JPEG-billede"),
        FileKind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word"),
        FileKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel"),
        FileKind(
            "pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PowerPoint"
        ),
        FileKind("odt", "application/vnd.oasis.opendocument.text", "OpenDocument-tekst"),
        FileKind("ods", "application/vnd.oasis.opendocument.spreadsheet", "OpenDocument-regneark"),
        FileKind("txt", "text/plain", "Tekst"),
    )
}

_ALSO: Final = {"jpeg": "jpg", "text": "txt"}
_OFFICE: Final = {"word/": "docx", "xl/": "xlsx", "ppt/": "pptx"}
_MOST_INSIDE: Final = 20_000


def kind_of(content: bytes) -> FileKind | None:
    """Return what a file is, None when it is nothing that may be attached (a program, macros)."""
    if content.startswith(b"%PDF-"):
        return KINDS["pdf"] if b"%%EOF" in content[-2048:] else None
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return KINDS["png"]
    if content.startswith(b"\xff\xd8\xff"):
        return KINDS["jpg"]
    if content.startswith(b"PK\x03\x04"):
        return _packed(content)
    return KINDS["txt"] if _is_text(content) else None


def _packed(content: bytes) -> FileKind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
            if len(names) > _MOST_INSIDE:
                return None
            if "mimetype" in names:
                info = package.getinfo("mimetype")
                said = package.read(info).decode("ascii", "replace") if info.file_size < 200 else ""
                scripted = any(name.startswith(("Basic/", "Scripts/")) for name in names)
                return None if scripted else next((k for k in KINDS.values() if k.media == said), None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    return next(
        (KINDS[kind] for start, kind in _OFFICE.items() if any(n.startswith(start) for n in names)), None
    )


def _is_text(content: bytes) -> bool:
    if not content:
        return False
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    start = text[:1000].lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<script", "<svg", "<?xml", "#!")):
        return False
    return not any(ord(sign) < 32 and sign not in "\t\n\r\f" for sign in text)


def kind_of_media(media: str) -> FileKind:
    """Return the kind that was kept as `media`."""
    return next((kind for kind in KINDS.values() if kind.media == media), KINDS["txt"])


def kinds_in(accept: str) -> frozenset[str]:
    """Return the kinds that a form's `accept` names (".pdf, image/*"); all when it is empty."""
    wanted = [part.strip().lower() for part in accept.split(",") if part.strip()]
    if not wanted:
        return frozenset(KINDS)
    found: set[str] = set()
    for part in wanted:
        name = part.removeprefix(".")
        found |= {
            kind.name
            for kind in KINDS.values()
            if _ALSO.get(name, name) == kind.name
            or part == kind.media
            or (part.endswith("/*") and kind.media.startswith(part[:-1]))
        }
    return frozenset(found)


def labels_of(kinds: frozenset[str]) -> str:
    """Return kinds as a sentence says them: »PDF, Word eller PNG-billede«."""
    names = [kind.label for kind in KINDS.values() if kind.name in kinds]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} eller {names[-1]}" if names else ""
