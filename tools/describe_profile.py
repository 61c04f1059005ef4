"""Writes docs/profile.md: what a diagram may be made of, from the registry that the gate itself reads.

python -m tools.describe_profile            writes the page
python -m tools.describe_profile --check    fails when it is not up to date
"""

from __future__ import annotations

import sys
from pathlib import Path

from engine import figures, operators, profile, properties

PAGE = Path(__file__).resolve().parent.parent / "docs" / "profile.md"


def page() -> str:
    """Return the page."""
    lines = [
        "# What a diagram may be made of",
        "",
        (
            "Made by `python -m tools.describe_profile` from `profile.py`, `properties.py`, "
            "`operators.py` and `figures.py` in `src/engine`, which the gate reads too."
        ),
        "",
        (
            f"At most {profile.MAX_ELEMENTS} elements, {profile.MAX_NESTING} sub-processes in each other, "
            f"and {profile.MAX_INSTANCES} branches of one multi-instance activity."
        ),
        "",
        "## Elements",
        "",
        "| element | på dansk | hændelser |",
        "|---|---|---|",
    ]
    for tag, kind in profile.ELEMENTS.items():
        events = ", ".join(event or "uden" for event in kind.events)
        lines.append(f"| `{tag}` | {kind.label} | {events} |")
    lines += ["", "## What every expression may read", "", "| navn | hvad |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in profile.FACTS.items()]
    lines += ["", "## Properties (`spiffworkflow:properties`)", "", "| navn | hvor | hvad |", "|---|---|---|"]
    for name, entry in properties.PROPERTIES.items():
        places = ", ".join(f"`{place}`" for place in entry.places)
        lines.append(f"| `{name}` | {places} | {entry.label}: {entry.explanation} |")
    lines += [
        "",
        "## Effects (operators of service tasks)",
        "",
        "| operator | parametre (FEEL) | hvad |",
        "|---|---|---|",
    ]
    for name, operator in operators.OPERATORS.items():
        parameters = ", ".join(
            f"`{one.name}`" if one.required else f"`{one.name}` (kan udelades)" for one in operator.parameters
        )
        lines.append(f"| `{name}` | {parameters} | {operator.explanation} |")
    parts = ", ".join(f"`{name}`" for name in figures.PARTS)
    lines += [
        "",
        "## Figures (property `tal`, operator `noter_tal`)",
        "",
        (
            "A line is `art = FEEL`. FEEL gives a short code (a text, true/false), a number (an amount), a "
            f"context of {parts}, a list of these, or null for nothing. With `noegle` a later figure of the "
            "same kind and key in the case takes the place of the earlier one; a corrected task writes its "
            "figures anew."
        ),
        "",
        "| art | hvad | værdi |",
        "|---|---|---|",
    ]
    lines += [f"| `{name}` | {kind.label} | {kind.meaning} |" for name, kind in figures.KINDS.items()]
    lines += ["", "## Fields of forms (form-js)", "", "| type | på dansk |", "|---|---|"]
    lines += [f"| `{name}` | {component.label} |" for name, component in profile.COMPONENTS.items()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the page, or check it."""
    if "--check" in sys.argv[1:]:
        if PAGE.read_text(encoding="utf-8") != page():
            print("docs/profile.md is not up to date: python -m tools.describe_profile", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
