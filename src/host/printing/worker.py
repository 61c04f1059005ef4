"""The process that renders: reads one job list on standard input, answers each job on standard output, ends.

It runs alone, with little of everything: no writing, bounded memory and processor time, no network (the
proxies lead nowhere and no packages are found), and sees only the folder it is given. Nothing of Sagsgang is
imported.
"""

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO

MEMORY = 3 * 1024**3
"""Bytes of address space; the renderer reserves far more than it uses."""

STANDARDS = ["ua-1", "a-2a"]


def confine(seconds: int) -> None:
    """Take from this process what rendering does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def render(folder: str, job: dict[str, Any], as_pictures: bool) -> bytes:
    """Render one job. Raises what typst raises."""
    import typst

    options: dict[str, Any] = (
        {"format": "png", "ppi": 100} if as_pictures else {"format": "pdf", "pdf_standards": STANDARDS}
    )
    made = typst.compile(
        os.path.join(folder, job["main"]),
        root=folder,
        font_paths=[],
        ignore_system_fonts=True,
        sys_inputs={"data": job["data"]},
        package_path=os.path.join(folder, "none"),
        package_cache_path=os.path.join(folder, "none"),
        timestamp=job["timestamp"],
        **options,
    )
    if isinstance(made, list):
        return b"".join(struct.pack(">Q", len(page)) + page for page in made)
    if as_pictures:
        return struct.pack(">Q", len(made)) + bytes(made)
    return bytes(made)


def answer(out: BinaryIO, mark: bytes, content: bytes) -> None:
    """Write one answer: a mark, the length, the content."""
    out.write(mark + struct.pack(">Q", len(content)) + content)
    out.flush()


def main() -> None:
    """Do every job of the list."""
    order = json.loads(sys.stdin.buffer.read())
    confine(order["seconds"])
    out = sys.stdout.buffer
    for job in order["jobs"]:
        try:
            content = render(os.path.join(order["folder"], job["folder"]), job, order["pictures"])
        except Exception as error:
            answer(out, b"F", str(getattr(error, "diagnostic", "") or error).encode())
        else:
            answer(out, b"P", content)


if __name__ == "__main__":
    main()
