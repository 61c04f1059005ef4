"""Real gunicorn workers on a stage's database, over loopback, gone when the measurement ends."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from host.bench.stage import Stage
from host.errors import HostError
from host.settings import ROOT

START_SECONDS = 60
_PR_SET_PDEATHSIG = 1


@contextmanager
def served(stage: Stage, workers: int, threads: int) -> Iterator[int]:
    """Serve the stage as `./sag serve` does, without scheduler; give the port. Raises HostError."""
    with socket.socket() as listener, tempfile.TemporaryFile() as log:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        # The socket is ours from the start, so nobody else can get the port in between.
        options = ["--workers", str(workers), "--threads", str(threads), "--no-scheduler"]
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "host", "serve", *options, "--bind", f"fd://{listener.fileno()}"],
            env={**_environment(), **stage.environment},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            preexec_fn=_end_with_parent(),
        )
        try:
            listener.listen()
            try:
                _wait(process, port)
            except HostError as error:
                log.seek(0)
                raise HostError(f"{error}\n{log.read().decode(errors='replace')}") from None
            yield port
        finally:
            _end(process)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAG_")}
    return kept | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/log-ind")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise HostError("the web did not start")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> Callable[[], object] | None:
    """What the child does before exec so that the kernel ends it when the bench is killed."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
