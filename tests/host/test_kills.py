"""Processes killed (kill -9) at random moments under load: nothing is lost, and nothing happens twice.

Three processes on PostgreSQL, two on SQLite. In each, people complete tasks without pause while timers fall
due, procedures call and message each other, documents, notices and mails are written. The everyday suite
kills a few; the full run kills as many as asked for, on each database:

    ./sag test tests/host/test_kills.py --kills 50

`SAG_KILLS=50` does the same where pytest's options cannot be given. `SAG_KILLS_SEED` repeats a run's choices
(not its moments).
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import func, select

from host.clock import Clock
from host.publishing import publish_bundles
from host.settings import ROOT
from records.tables import (
    CaseParty,
    Deadline,
    Document,
    DocumentVersion,
    Incident,
    Instance,
    JournalEntry,
    Message,
    Notice,
    Outbox,
    Receiver,
    StepEntry,
    Submission,
    Task,
    Timer,
)
from tasks.demo_clock import put_ahead
from tasks.people import SYSTEM
from tests.host.kill_node import Orders
from tests.host.kill_procedures import called, receiving, rounds
from tests.host.stage import Stage, environment, open_stage, prepare

NODES = {"postgresql": 3, "sqlite": 2}
EVERYDAY_KILLS = 4
CASES = 6
"""Cases at work in the everyday run; a longer one has more."""
PEOPLE = 2
END_SECONDS = 60.0
"""How long the last round may take at most, on a machine with other things to do."""


class Mailbox:
    """A mail server that counts what it gets."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Take a mail."""
        content = envelope.content.decode("utf-8", "replace")
        self.ids[content.partition("Message-ID: <")[2].partition("@sagsgang>")[0]] += 1
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    """A mail server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


@dataclass
class Nodes:
    """The nodes that live now, and the program that forks them."""

    factory: subprocess.Popen[str]
    orders: dict[str, Any]
    alive: list[int] = field(default_factory=list)
    started: int = 0
    killed: int = 0

    def start(self) -> None:
        """One more."""
        self.started += 1
        assert self.factory.stdin is not None
        assert self.factory.stdout is not None
        self.factory.stdin.write(
            json.dumps({**self.orders, "seed": self.orders["seed"] + self.started}) + "\n"
        )
        self.factory.stdin.flush()
        self.alive.append(int(self.factory.stdout.readline()))

    def kill(self, process: int) -> None:
        """Kill -9, and wait until it is gone."""
        self.end(process, signal.SIGKILL)
        self.killed += 1

    def end(self, process: int, number: signal.Signals, seconds: float = 20.0) -> float:
        """Send a signal; return how long the process took to go."""
        began = time.monotonic()
        os.kill(process, number)
        while os.path.exists(f"/proc/{process}") and time.monotonic() - began < seconds:
            time.sleep(0.005)
        assert not os.path.exists(f"/proc/{process}"), f"{process} did not end"
        self.alive.remove(process)
        return time.monotonic() - began


@contextmanager
def nodes(orders: Orders, variables: dict[str, str]) -> Iterator[Nodes]:
    """The program that forks nodes; whatever is left of them is killed at the end."""
    program = Path(__file__).with_name("kill_node.py")
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    factory = subprocess.Popen(
        [sys.executable, "-P", str(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **variables, "PYTHONPATH": path},
    )
    found = Nodes(factory, asdict(orders))
    try:
        yield found
    finally:
        for process in list(found.alive):
            found.kill(process)
        assert factory.stdin is not None
        factory.stdin.close()
        factory.wait(20)
        assert factory.stdout is not None
        factory.stdout.close()


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How many processes to kill."""
    asked: int | None = request.config.getoption("--kills", default=None)
    return asked if asked is not None else int(os.environ.get("SAG_KILLS", EVERYDAY_KILLS))


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_happens_twice(
    databases: Any, database_kind: str, tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    url = databases.new(database_kind, prepare)
    seed = int(os.environ.get("SAG_KILLS_SEED", random.randrange(10_000)))
    with mail_server() as (mailbox, port), open_stage(url, clock=Clock()) as stage:
        run = Run(stage, tmp_path, seed)
        run.begin(CASES + kills // 4)
        variables = environment(
            url,
            SAG_SMTP_HOST="127.0.0.1",
            SAG_SMTP_PORT=str(port),
            SAG_MAIL_FROM="sagsgang@aabenbro.example",
            SAG_BASE_URL="https://sag.aabenbro.example",
            SAG_SCHEDULE_SECONDS="0.1",
            SAG_DEMO="1",
        )
        with nodes(run.orders, variables) as found:
            for _ in range(NODES[database_kind]):
                found.start()
            run.kill(found, kills)
            took = run.finish(found)
        run.check(mailbox)
        with capsys.disabled():
            print(run.report(database_kind, found.killed, mailbox, took))


class Run:
    """One run: what was acknowledged, and what must be true of the database after it."""

    def __init__(self, stage: Stage, folder: Path, seed: int) -> None:
        self.stage = stage
        self.seed = seed
        self.chance = random.Random(seed)
        front_stage = [actor.person_id for actor in stage.holders("front_stage")]
        caseworker = stage.holders("raadgiver")[0].person_id
        assert caseworker is not None
        self.orders = Orders(
            acknowledged=str(folder / "acknowledged"),
            troubles=str(folder / "troubles"),
            finish=str(folder / "finish"),
            front_stage=tuple(person_id for person_id in front_stage if person_id is not None),
            caseworker=caseworker,
            people=PEOPLE,
            seed=seed,
        )
        self.cases: list[int] = []

    def begin(self, cases: int) -> None:
        """Open the cases and start the procedure in each."""
        publish_bundles(self.stage.app, [called(), receiving(), rounds()])
        for _ in range(cases):
            case_id = self.stage.case()
            self.stage.start("runder", case_id)
            self.cases.append(case_id)

    def kill(self, found: Nodes, kills: int) -> None:
        """Kill so many at random moments, each time one that has had time to get to work."""
        self._wait_for_acknowledged(1)
        for _ in range(kills):
            time.sleep(self.chance.uniform(0.05, 0.8))
            found.kill(self.chance.choice(found.alive))
            found.start()
            if self.chance.random() < 0.3:  # the new one as well, while it begins
                time.sleep(self.chance.uniform(0.0, 0.1))
                found.kill(found.alive[-1])
                found.start()

    def _wait_for_acknowledged(self, number: int) -> None:
        until = time.monotonic() + 30
        while len(self.acknowledged()) < number:
            assert time.monotonic() < until, "nobody gets anything done"
            time.sleep(0.05)

    def finish(self, found: Nodes) -> float:
        """Let everybody come to the end, and stop the nodes; return the seconds the slowest took to stop."""
        self._wait_for_acknowledged(len(self.acknowledged()) + 3)
        Path(self.orders.finish).touch()
        until = time.monotonic() + END_SECONDS
        running = select(func.count()).select_from(Instance).where(Instance.status == "igang")
        while self.stage.rows(running) != [0]:
            assert time.monotonic() < until, f"stuck: {self.what_is_left()}"
            time.sleep(0.1)
        # A letter that a killed node was about to send is tried again two minutes later.
        self.stage.app.run(put_ahead, SYSTEM, 600)
        unsent = select(func.count()).select_from(Outbox).where(Outbox.sent_at.is_(None))
        while self.stage.rows(unsent) != [0]:
            assert time.monotonic() < until, f"{self.stage.rows(unsent)} letters are left"
            time.sleep(0.1)
        return max(found.end(process, signal.SIGTERM) for process in list(found.alive))

    def what_is_left(self) -> str:
        """For the message of a failure."""
        rows = self.stage.rows
        tasks = [(t.id, t.element_id, t.case_id) for t in self.stage.tasks()]
        timers = [(t.id, t.kind, t.element_id, t.due_at, t.attempts) for t in rows(select(Timer))]
        incidents = [one.text for one in rows(select(Incident))]
        return f"tasks {tasks}, timers {timers}, incidents {incidents}, {self.troubles()}"

    def acknowledged(self) -> list[tuple[int, int, float]]:
        """(task, submission, seconds) of every completion that somebody was told had gone well."""
        file = Path(self.orders.acknowledged)
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(task), int(sub), float(took)) for task, sub, took in map(str.split, lines)]

    def troubles(self) -> str:
        file = Path(self.orders.troubles)
        return file.read_text() if file.exists() else ""

    def check(self, mailbox: Mailbox) -> None:
        """Everything that must hold, whoever was killed when."""
        assert self.troubles() == ""
        self._check_completions()
        for case_id in self.cases:
            self._check_case(case_id)
        self._check_reminders()
        self._check_mail(mailbox)
        for gone in (Timer, Receiver, Incident, CaseParty):
            assert self.stage.rows(select(gone)) == []
        assert self.stage.tasks() == []
        assert {row.status for row in self.stage.rows(select(Deadline))} <= {"overholdt", "for_sent"}

    def _check_completions(self) -> None:
        rows = self.stage.rows
        told = Counter(task_id for task_id, _, _ in self.acknowledged())
        assert set(told.values()) == {1}, "somebody was told twice that the same task is done"
        journalled = Counter(rows(select(JournalEntry.task_id).where(JournalEntry.kind == "udfoert")))
        submitted = Counter(rows(select(Submission.task_id)))
        done = set(rows(select(Task.id).where(Task.status == "udfoert")))
        assert journalled == submitted == Counter(dict.fromkeys(done, 1))
        assert set(told) <= done, "an acknowledged completion is lost"
        kept = {row.task_id: row.id for row in rows(select(Submission))}
        assert all(kept[task_id] == submission_id for task_id, submission_id, _ in self.acknowledged())
        steps = self.stage.rows(select(StepEntry))
        twice = [key for key, n in Counter((s.instance_id, s.engine_id) for s in steps).items() if n > 1]
        assert not twice, "a step is in the log twice"

    def _check_case(self, case_id: int) -> None:
        rows = self.stage.rows
        number = rows(
            select(func.count())
            .select_from(Task)
            .where(Task.case_id == case_id, Task.element_id == "A", Task.status == "udfoert")
        )[0]
        each = list(range(1, number + 1))
        versions = rows(
            select(DocumentVersion.version)
            .join(Document, Document.id == DocumentVersion.document_id)
            .where(Document.case_id == case_id)
        )
        assert sorted(versions) == each
        notes = Counter(
            rows(
                select(JournalEntry.text).where(JournalEntry.case_id == case_id, JournalEntry.kind == "notat")
            )
        )
        assert notes == Counter({f"{what} {n}": 1 for n in each for what in ("kaldt", "modtaget")})
        timers = Counter(
            rows(
                select(JournalEntry.text).where(JournalEntry.case_id == case_id, JournalEntry.kind == "timer")
            )
        )
        assert timers == Counter({f"Tidspunktet er kommet: {name}": number for name in ("T", "KT", "MT")})
        advised = Counter(
            (row.person_id, row.text)
            for row in rows(select(Notice).where(Notice.case_id == case_id, Notice.kind == "advis"))
        )
        assert set(advised.values()) == {1}
        assert len(advised) == number * len(self.orders.front_stage)
        messages = Counter(
            (row.name, row.status) for row in rows(select(Message).where(Message.case_id == case_id))
        )
        assert messages == Counter({("runde_slut", "leveret"): number, ("kvittering", "leveret"): number})
        courses = Counter(
            (row.parent_id is not None, row.status)
            for row in rows(select(Instance).where(Instance.case_id == case_id))
        )
        assert courses == Counter({(True, "afsluttet"): number, (False, "afsluttet"): number + 1})

    def _check_reminders(self) -> None:
        rows = self.stage.rows
        for kind in ("paamindelse", "eskalering"):
            noted = Counter(rows(select(JournalEntry.task_id).where(JournalEntry.kind == kind)))
            told = Counter(
                (row.task_id, row.person_id) for row in rows(select(Notice).where(Notice.kind == kind))
            )
            assert set(noted.values()) <= {1}
            assert set(told.values()) <= {1}
            assert {task_id for task_id, _ in told} == set(noted)

    def _check_mail(self, mailbox: Mailbox) -> None:
        """At least once, each under its own id; a letter a notice."""
        sent = self.stage.rows(select(Outbox.message_id))
        assert set(mailbox.ids) == set(sent)
        assert len(sent) == self.stage.rows(select(func.count()).select_from(Notice))[0]

    def report(self, kind: str, kills: int, mailbox: Mailbox, took: float) -> str:
        """What happened, in a line or two."""
        rows = self.stage.rows
        waits = sorted(seconds for _, _, seconds in self.acknowledged())
        done = rows(select(func.count()).select_from(Task).where(Task.status == "udfoert"))[0]
        timers = rows(
            select(func.count())
            .select_from(JournalEntry)
            .where(JournalEntry.kind.in_(("timer", "paamindelse", "eskalering")))
        )[0]
        return (
            f"\n{kind}: {kills} kills, seed {self.seed}: {done} completions "
            f"({len(waits)} acknowledged), {timers} timers, {len(mailbox.ids)} mails "
            f"({sum(mailbox.ids.values()) - len(mailbox.ids)} of them twice); a completion took "
            f"{waits[len(waits) // 2]:.3f} s, at most {waits[-1]:.3f} s; stopped in {took:.1f} s"
        )
