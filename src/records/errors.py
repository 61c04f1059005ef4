"""Everything that the memory refuses, under one root."""


class RecordsError(Exception):
    """Root of this package's errors. The message is Danish where a person may come to see it."""


class Busy(RecordsError):
    """The database could not give a lock or connection in time, or made this transaction a deadlock's victim.

    Nothing was saved. The caller may do the whole use case again; the unit of work never does so by itself,
    because what was read before may no longer hold.
    """

    def __init__(self, message: str = "Systemet har travlt lige nu. Prøv igen om et øjeblik.") -> None:
        super().__init__(message)


class Conflict(RecordsError):
    """Somebody else saved the same thing first: a unique value, or a newer revision of a row."""

    def __init__(self, message: str = "En anden har gemt det samme imens. Hent siden igen.") -> None:
        super().__init__(message)


class Unreachable(RecordsError):
    """There is no connection to the database, or it broke: whether the last commit was saved is unknown."""

    def __init__(self, message: str = "Databasen svarer ikke lige nu. Prøv igen om et øjeblik.") -> None:
        super().__init__(message)


class NotWritable(RecordsError):
    """Something was to be saved in a unit of work that was opened for reading only."""


class NaiveInstant(RecordsError, ValueError):
    """A date-time without an offset was handed to the database, so that its instant is unknown."""


class KeyMissing(RecordsError):
    """A value is to be encrypted or read, and the key with that id (or any key) was not given at start."""


class Unreadable(RecordsError):
    """A stored value does not open with its key: it was changed, damaged, or moved from another column."""


class NotSearchable(RecordsError, TypeError):
    """An encrypted column was compared in a query; no two encryptions are alike: nothing would match."""


class AppendOnly(RecordsError):
    """A row that may only be added was to be changed or deleted."""


class SchemaMismatch(RecordsError):
    """The database's schema is not the one that this version of the program works with."""
