"""Processes that a measurement starts: their environment, and that they end with it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from host.bench.stage import Stage
from host.settings import ROOT

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 10


def child_environment(stage: Stage) -> dict[str, str]:
    """Return the environment for a process on the stage's database; nothing of a real one is in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAG_")}
    return kept | stage.environment | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def end_with_parent() -> Callable[[], object] | None:
    """Return what a child does before exec so that the kernel ends it when the bench is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a process that may have ended already, and wait for it."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
