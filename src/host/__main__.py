"""The command line, `./sag`: one program for running, testing and looking after an installation."""

import argparse
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from engine import checks
from engine.errors import EngineError
from engine.feel import feel_as_json
from engine.workdays import Calendar
from host.errors import HostError
from records.errors import RecordsError
from tasks.errors import TaskError

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. Errors are told in one line on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for noisy in ("apscheduler", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    parser = _parser()
    given = parser.parse_args(list(sys.argv[1:] if arguments is None else arguments) or ["run"])
    command: Command = given.command
    try:
        return command(given)
    except (HostError, RecordsError, TaskError, EngineError) as error:
        print(f"sag: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./sag", description="Sagsgang: procedures as diagrams, run for real."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, about: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(command=command)
        return sub

    add("run", _run, "serve with everything in one process (the default); an empty database gets the demo")
    serve = add("serve", _serve, "serve with gunicorn, for real use")
    serve.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    serve.add_argument("--threads", type=int, default=4, help="threads of each (default 4)")
    serve.add_argument("--bind", help="address:port (default: SAG_HOST and SAG_PORT)")
    serve.add_argument("--no-scheduler", action="store_true", help="leave timers and mail to `./sag work`")
    add("work", _work, "fire timers and send mail, without web")
    test = add("test", _test, "set up and run the whole suite (handled by the start script)")
    test.add_argument("rest", nargs=argparse.REMAINDER)
    check = add("check", _check, "check diagrams as the publishing gate does")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true", help="one JSON list instead of lines")
    feel = add("feel", _feel, "evaluate a FEEL expression and print its value as JSON")
    feel.add_argument("expression")
    feel.add_argument("--data", default="{}", help="JSON object the expression reads")
    feel.add_argument("--now", help="the instant that `nu` means (ISO, local time when without offset)")
    feel.add_argument(
        "--closed",
        action="append",
        default=[],
        metavar="DAY",
        help="one more closing day: YYYY-MM-DD or MM-DD",
    )
    rehearse = add("rehearse", _rehearse, "play the rehearsals of the shipped procedures")
    rehearse.add_argument("keys", nargs="*", metavar="KEY")
    rehearse.add_argument("--json", action="store_true")
    trace = add("trace", _trace, "print the home and the proof of every requirement")
    trace.add_argument("--json", action="store_true")
    bench = add("bench", _bench, "measure, as ratios to a bare commit in the same run")
    bench.add_argument("name", nargs="?", metavar="NAME")
    bench.add_argument("--json", action="store_true")
    add("migrate", _migrate, "bring the database's schema up to date")
    publish = add("publish", _publish, "check and publish a procedure's folder as its next version")
    publish.add_argument("key", metavar="KEY")
    user = add(
        "user",
        _user,
        "make a person who can sign in, or set a password; reads the password from the terminal",
    )
    user.add_argument("username")
    user.add_argument("--name")
    user.add_argument("--email")
    user.add_argument("--role", action="append", default=[], help="role key, or role@unit")
    user.add_argument(
        "--admin", action="store_true", help="make the person systemforvalter: the first administrator"
    )
    token = add("token", _token, "make an API token for a person; it is shown once")
    token.add_argument("username")
    demo = add("demo", _demo, "the demo municipality: set it up anew, or move its clock")
    doing = demo.add_subparsers(metavar="ACTION", required=True, dest="action")
    reset = doing.add_parser("reset", help="empty the demo database and set it up anew")
    reset.add_argument("--at", help="local date or date-time at which its clock begins")
    at = doing.add_parser("at", help="move the clock forward; what falls due happens in order")
    at.add_argument("time", help="local date or date-time")
    return parser


def _run(given: argparse.Namespace) -> int:
    from host.serving import run_embedded

    return run_embedded()


def _serve(given: argparse.Namespace) -> int:
    from host.serving import serve

    return serve(given.bind, given.workers, given.threads, scheduler=not given.no_scheduler)


def _work(given: argparse.Namespace) -> int:
    from host.mail import smtp_sender
    from host.scheduler import Scheduler
    from host.settings import read_settings
    from host.wiring import open_app

    app = open_app(read_settings())
    scheduler = Scheduler(app, smtp_sender(app.settings))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    scheduler.start()
    stop.wait()
    scheduler.stop()
    app.database.close()
    return 0


def _test(given: argparse.Namespace) -> int:
    raise HostError("run it as ./sag test: the start script sets the test environment up first")


def _check(given: argparse.Namespace) -> int:
    problems = checks.check_files([Path(name) for name in given.files])
    text = checks.render(problems, json=given.json)
    if text:
        print(text)
    return 1 if any(problem.level == "error" for problem in problems) else 0


def _feel(given: argparse.Namespace) -> int:
    from host.clock import wall

    try:
        data = json.loads(given.data)
    except ValueError as error:
        raise HostError(f"--data is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise HostError("--data must be a JSON object")
    now = _local_instant(given.now) if given.now else wall()
    print(feel_as_json(given.expression, data, calendar=_calendar(given.closed), now=now))
    return 0


def _calendar(more: Sequence[str]) -> Calendar:
    """The installation's closing days, else the usual ones; and those named on the line."""
    from engine.workdays import ClosingDay
    from host.settings import read_settings
    from host.wiring import installed_calendar

    calendar = installed_calendar(read_settings(make=False))
    days: list[ClosingDay] = list(calendar.closing)
    for text in more:
        try:
            days.append(date.fromisoformat(text) if len(text) == 10 else (int(text[:2]), int(text[3:])))
        except ValueError as error:
            raise HostError(f"--closed {text}: write YYYY-MM-DD or MM-DD") from error
    return Calendar(tuple(days)) if more else calendar


def _rehearse(given: argparse.Namespace) -> int:
    from host.rehearsing import rehearse
    from host.settings import read_settings

    played = rehearse(read_settings(make=False).processes, given.keys)
    failed = [one for one in played if one.problems]
    if given.json:
        print(json.dumps([_as_json(one) for one in played], ensure_ascii=False, indent=1))
    else:
        for one in played:
            print(f"{'FEJL' if one.problems else 'ok  '} {one.procedure}: {one.name}")
            for problem in one.problems:
                print(f"       {problem}")
        print(f"{len(played) - len(failed)} ud af {len(played)} gennemspil gik som skrevet.")
    return 1 if failed or not played else 0


def _as_json(played: object) -> dict[str, object]:
    from tasks.stage import Played

    assert isinstance(played, Played)
    return {
        "procedure": played.procedure,
        "name": played.name,
        "proves": list(played.proves),
        "problems": list(played.problems),
        "visited": sorted(f"{key}:{element}" for key, element in played.visited),
    }


def _trace(given: argparse.Namespace) -> int:
    from host.tracing import print_trace

    return print_trace(as_json=given.json)


def _bench(given: argparse.Namespace) -> int:
    from host.bench.run import run_bench

    return run_bench(given.name, as_json=given.json)


def _migrate(given: argparse.Namespace) -> int:
    from host.settings import read_settings
    from records.schema import migrate

    migrate(read_settings().database_url)
    print("Databasens skema er ajour.")
    return 0


def _publish(given: argparse.Namespace) -> int:
    from host.publishing import publish_folder
    from host.settings import read_settings
    from host.wiring import open_app

    app = open_app(read_settings())
    folder = Path(given.key) if "/" in given.key else app.settings.processes / given.key
    version = publish_folder(app, folder)
    print(f"{folder.name} er udgivet (version-id {version}).")
    return 0


def _user(given: argparse.Namespace) -> int:
    import getpass

    from host.accounts import save_account
    from host.settings import read_settings
    from host.wiring import open_app

    password = (
        getpass.getpass("Adgangskode (mindst 12 tegn): ")
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    app = open_app(read_settings())
    roles = [*given.role, *(["sekretaer_drift"] if given.admin else [])]
    save_account(app, given.username, given.name, given.email, password, roles)
    print(f"{given.username} kan nu logge ind.")
    return 0


def _token(given: argparse.Namespace) -> int:
    from host.settings import read_settings
    from host.wiring import open_app
    from tasks.people import SYSTEM
    from tasks.signin import NewToken, new_token

    app = open_app(read_settings())
    print(app.run(new_token, SYSTEM, NewToken(given.username)))
    return 0


def _demo(given: argparse.Namespace) -> int:
    from host import demo
    from host.settings import read_settings
    from host.wiring import open_app

    settings = read_settings()
    if not settings.demo:
        raise HostError("this is not a demo installation (SAG_DEMO)")
    if given.action == "reset":
        app = demo.reset(replace(settings), _local_instant(given.at) if given.at else None)
        print(f"Demokommunen er sat op. Uret står på {app.now():%Y-%m-%d %H:%M} UTC.")
    else:
        app = open_app(settings)
        fired = demo.move_clock(app, _local_instant(given.time))
        print(f"Uret er flyttet; {fired} tidspunkter er indtruffet.")
    app.database.close()
    return 0


def _local_instant(text: str) -> datetime:
    from tasks.stage import instant_of

    try:
        return instant_of(text)
    except ValueError as error:
        raise HostError(f"{text} is not a date or date-time") from error


if __name__ == "__main__":
    sys.exit(main())
