"""The root of what the running service refuses with, and what the database refuses for the moment."""

from typing import Final

from records.errors import Busy, Conflict, Unreachable


class HostError(Exception):
    """A setting, a file or an address is missing or wrong; the text is for whoever runs the service."""


GAVE_WAY: Final = (Busy, Conflict)
"""What an act ends with when others were in its way: nothing was saved, and it may be tried again."""

DatabaseAway = Unreachable
"""What anything ends with while there is no connection to the database. Whether a change that was just being
saved was saved is unknown."""
