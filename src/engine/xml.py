"""The one door through which a bundle's XML is read: diagrams and decision tables."""

import codecs
from typing import Any

from lxml import etree

from engine.errors import DiagramError

MAX_BYTES = 2 * 1024 * 1024
_PROLOG = 4096


def parse_xml(content: bytes) -> etree._Element:
    """Read `content` and give the document's root element.

    Nothing outside the bytes is ever fetched and no entity is expanded. Comments and processing instructions
    are dropped, so every node of the tree is an element. Raises DiagramError (Danish, with the line where one
    is known) for more than 2 MB, for any DOCTYPE, and for what is not well-formed XML.
    """
    if len(content) > MAX_BYTES:
        raise DiagramError("Filen er større end 2 MB og læses ikke.")
    if not content.strip():
        raise DiagramError("Filen er tom.")
    # resolve_entities=False also keeps internal entities from being expanded; the DOCTYPE itself is refused
    # below, since a file with one comes from no modeller that we know.
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        # The parser may stop inside a bomb before the tree exists; say what it is all the same.
        if _has_doctype(content):
            raise DiagramError("Filen indeholder en DOCTYPE og læses ikke. Fjern den.", line=1) from None
        raise DiagramError("Filen er ikke gyldig XML.", line=getattr(error, "lineno", None) or None) from None
    document: Any = root.getroottree().docinfo
    if document.doctype:
        raise DiagramError("Filen indeholder en DOCTYPE og læses ikke. Fjern den.", line=1)
    return root


def _has_doctype(content: bytes) -> bool:
    start = content[:_PROLOG]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "replace").encode("ascii", "replace")
    return b"<!DOCTYPE" in start.upper()
