"""Makes the README's pictures of documents from templates and samples: python -m tools.document_pictures"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from engine.types import Bundle
from host.printing import render_pictures
from host.printing.templates import sample_jobs

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "documents"
SHOWN = (
    ("opstart_af_sag", "faelles_plan"),
    ("samarbejdsmoede", "aftaleskema"),
    ("faglig_forum_punkt", "sos_referat"),
)
"""Procedure and kind of each document; its first page is shown."""


def documents_of(key: str) -> Bundle:
    """The templates and samples of a procedure."""
    folder = ROOT / "processes" / key / "documents"
    return Bundle(key, 0, {f"documents/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())})


def main() -> int:
    """Render and write them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for key, kind in SHOWN:
        job = sample_jobs(documents_of(key))[kind]
        about = {**job.about, "kommune": "Aabenbro Kommune"}
        (PICTURES / f"{kind}.png").write_bytes(render_pictures(replace(job, about=about))[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
