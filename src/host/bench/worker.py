"""A process that fires what is due at an instant until nothing is left; the bench starts several."""

import sys
from datetime import datetime

from host.clock import FrozenClock
from host.settings import read_settings
from host.wiring import connect


def main(instant: str) -> int:
    """Fire everything that is due at the instant (ISO, with offset)."""
    app = connect(read_settings(), clock=FrozenClock(datetime.fromisoformat(instant)))
    try:
        while app.fire_due():
            pass
    finally:
        app.database.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
