"""Markdown that owners write in diagrams and procedures, as safe HTML: raw HTML is shown as text, not
obeyed.
"""

from __future__ import annotations

from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

_READER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


@lru_cache(maxsize=512)
def markdown(text: str, below: int = 2) -> Markup:
    """Return `text` as HTML. Headings begin one level under `below`, the page's own."""
    tokens = _READER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + below, 6)}"
        if token.type == "link_open":
            token.attrSet("rel", "noopener noreferrer")
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))
