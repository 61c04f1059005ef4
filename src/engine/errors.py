"""What can go wrong in the engine. Every message is Danish and fit to show to a person."""


class EngineError(Exception):
    """Root of the engine's errors.

    `message` is Danish; `element_id` names the element of the diagram concerned and `line` the line in its
    file (1-based), each None where nobody knows it.
    """

    def __init__(self, message: str, *, element_id: str | None = None, line: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.element_id = element_id
        self.line = line


class FeelError(EngineError):
    """An expression cannot be read, or cannot be worked out within the limits."""


class DiagramError(EngineError):
    """A file of a bundle (diagram, decision table, form) is refused as it stands."""


class NotOpen(EngineError):
    """The task, timer, wait or call named is not open in this snapshot."""


class StepLimit(EngineError):
    """The diagram runs on without reaching a wait state, or the state outgrows its limit."""


class NoReceiver(EngineError):
    """Nothing in this snapshot waits for the message."""
