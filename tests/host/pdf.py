"""A PDF as tests read it: what it says it is, and the tree of what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from pypdf import PdfReader


@dataclass(frozen=True)
class Tag:
    """One element of the structure: its kind (H1, Table, P …), its attributes and what is below it."""

    kind: str
    node: Any

    def below(self, kind: str) -> list[Tag]:
        """Elements of a kind that are anywhere in this one."""
        return [tag for tag in _walk(self.node) if tag.kind == kind]


class Pdf:
    """One file."""

    def __init__(self, content: bytes) -> None:
        self._reader = PdfReader(BytesIO(content))
        self.root: Any = self._reader.trailer["/Root"].get_object()

    @property
    def text(self) -> str:
        """All that can be read, hyphens at line ends taken away."""
        pages = "\n".join(page.extract_text() for page in self._reader.pages)
        return " ".join(pages.replace("-\n", "").replace("\u00ad\n", "").split())

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._reader.pages)

    @property
    def title(self) -> str:
        """The title in the file's own information."""
        assert self._reader.metadata is not None
        return str(self._reader.metadata.title)

    @property
    def identifiers(self) -> str:
        """The XMP packet, where a file says which standards it keeps."""
        return str(self.root["/Metadata"].get_object().get_data().decode())

    def tags(self, kind: str = "") -> list[Tag]:
        """The elements of the structure in reading order, of one kind or all."""
        found = list(_walk(self.root["/StructTreeRoot"].get_object()))
        return [tag for tag in found if kind in ("", tag.kind)]

    def marked_content(self) -> dict[int, list[int]]:
        """For each page the numbers of its pieces of content in the order in which they are read; a page
        numbers them in the order in which it shows them."""
        numbers = {page.indirect_reference.idnum: n for n, page in enumerate(self._reader.pages, 1)}
        found: dict[int, list[int]] = {}
        _gather(self.root["/StructTreeRoot"].get_object(), None, numbers, found)
        return found


def _walk(node: Any) -> Iterator[Tag]:
    kids = node.get("/K")
    if kids is None:
        return
    for kid in kids if isinstance(kids, list) else [kids]:
        inner = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(inner, dict) and "/S" in inner:
            yield Tag(str(inner["/S"]).removeprefix("/"), inner)
            yield from _walk(inner)


def _gather(node: Any, page: int | None, numbers: dict[int, int], found: dict[int, list[int]]) -> None:
    if isinstance(node, int):
        assert page is not None
        found.setdefault(page, []).append(int(node))
    elif isinstance(node, dict):
        if "/Pg" in node:
            page = numbers[node.raw_get("/Pg").idnum]
        _gather(node["/MCID"] if "/MCID" in node else node.get("/K", []), page, numbers, found)
    else:
        for kid in node:
            _gather(kid.get_object(), page, numbers, found)
