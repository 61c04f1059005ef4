"""The municipality's registers as they ship in processes/registre.yaml: read into an empty database."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from host.errors import HostError
from records.unit import Unit
from tasks.people import SYSTEM
from tasks.registers import FACTS, find_row, write_row

FILE = "registre.yaml"


def read_registers(processes: Path) -> dict[str, Any]:
    """Read the file; empty when the installation has none. Raises HostError."""
    file = processes / FILE
    if not file.is_file():
        return {}
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise HostError(f"{file} kan ikke læses: {error}") from error
    unknown = set(loaded) - set(FACTS)
    if unknown:
        raise HostError(f"{file}: ukendte registre: {', '.join(sorted(unknown))}.")
    return dict(loaded)


def fill_registers(unit: Unit, registers: Mapping[str, Any]) -> int:
    """Write the rows that are not there yet; return how many. What was changed in the programme stays."""
    written = 0
    for register, rows in registers.items():
        for row in rows or ():
            if find_row(unit, register, str(row["noegle"])) is None:
                write_row(
                    unit,
                    SYSTEM,
                    register,
                    str(row["noegle"]),
                    row.get("indhold") or {},
                    title=row["titel"],
                    status=row.get("status"),
                )
                written += 1
    return written
