"""Makes the README's pictures of documents from templates and samples: python -m tools.document_pictures"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from host.printing import render_pictures
from host.printing.templates import sample_jobs
from host.wiring import read_bundle

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "documents"
SHOWN = (
    (
        "opstart_af_sag",
        "faelles_plan",
        {"barn": "Liv Skov", "foedt": "2022-03-03", "raadgiver": "Mette Holm"},
    ),
    ("samarbejdsmoede", "aftaleskema", {"barn": "Noah Vind", "foedt": "2021-09-10", "raadgiver": None}),
    (
        "faglig_forum_punkt",
        "sos_referat",
        {"barn": "Liv Lykke", "foedt": "2016-06-12", "raadgiver": "Mette Holm"},
    ),
)
"""Procedure and kind of each document, and whom its sample is about; its first page is shown."""


def main() -> int:
    """Render and write them."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for key, kind, whom in SHOWN:
        job = sample_jobs(read_bundle(ROOT / "processes" / key))[kind]
        about = {**job.about, "kommune": "Aabenbro Kommune", **whom}
        (PICTURES / f"{kind}.png").write_bytes(render_pictures(replace(job, about=about))[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
