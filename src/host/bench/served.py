"""Real gunicorn workers on a stage's database, over loopback, gone when the measurement ends."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from host.bench.children import child_environment, end, end_with_parent
from host.bench.stage import Stage
from host.errors import HostError
from host.settings import ROOT

START_SECONDS = 60


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
            env=child_environment(stage),
            cwd=ROOT,
            stdout=log,
            stderr=log,
            pass_fds=[listener.fileno()],
            preexec_fn=end_with_parent(),
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
            end(process)


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
