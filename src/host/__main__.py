"""The command line, `./sag`: one program for running, testing and looking after an installation."""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from engine import checks
from engine.errors import EngineError
from engine.feel import feel_as_json
from engine.workdays import Calendar, local
from host.errors import HostError
from records.errors import RecordsError, Unreachable
from tasks.errors import TaskError

Command = Callable[[argparse.Namespace], int]

REFUSED = 2
"""Exit status of a command that could not be carried out; 1 means that it found problems."""

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status. Errors are told in one line on standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    parser = _parser()
    given = parser.parse_args(list(sys.argv[1:] if arguments is None else arguments) or ["run"])
    command: Command = given.command
    try:
        return command(given)
    except Unreachable as error:
        print(f"sag: {error} ({error.__cause__})", file=sys.stderr)
        return REFUSED
    except (HostError, RecordsError, TaskError, EngineError) as error:
        print(f"sag: {error}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./sag",
        description="Sagsgang: procedurer som diagrammer, der kører.",
        epilog="Svarkode: 0 godt, 1 der er fundet problemer, 2 kommandoen kunne ikke udføres, 130 afbrudt. "
        "Indstillinger læses fra miljøvariabler, der begynder med SAG_ (se README).",
    )
    commands = parser.add_subparsers(metavar="KOMMANDO", required=True)

    def add(name: str, command: Command, about: str, more: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}. {more}")
        sub.set_defaults(command=command)
        return sub

    add(
        "run",
        _run,
        "start Sagsgang med det hele i én proces (det samme som ./sag alene)",
        "En tom database bliver til demokommunen.",
    )
    serve = add("serve", _serve, "start Sagsgang med gunicorn, til rigtig drift")
    serve.add_argument("--workers", type=int, default=2, metavar="N", help="processer (2)")
    serve.add_argument("--threads", type=int, default=4, metavar="N", help="tråde i hver (4)")
    serve.add_argument("--bind", metavar="ADRESSE:PORT", help="i stedet for SAG_HOST og SAG_PORT")
    serve.add_argument("--no-scheduler", action="store_true", help="overlad frister og mails til ./sag work")
    add("work", _work, "udfør det, der forfalder, og send mails, uden web")
    test = add("test", _test, "sæt testmiljøet op, og kør alle tests")
    test.add_argument("rest", nargs=argparse.REMAINDER, metavar="PYTEST", help="kun de tests, der nævnes")
    check = add("check", _check, "tjek diagrammer, som når de skal udgives", "Svarer 1, når der er fejl.")
    check.add_argument("files", nargs="+", metavar="FIL")
    check.add_argument("--json", action="store_true", help="som én JSON-liste")
    feel = add(
        "feel",
        _feel,
        "beregn et FEEL-udtryk, og vis værdien som JSON",
        "Lukkedagene er dem, der står i indstillingerne.",
    )
    feel.add_argument("expression", metavar="UDTRYK")
    feel.add_argument("--data", default="{}", metavar="JSON", help="objekt med det, udtrykket læser")
    feel.add_argument("--now", metavar="TID", help="det, `nu` og `i_dag` betyder (dansk tid uden tidszone)")
    feel.add_argument(
        "--closed",
        action="append",
        default=[],
        metavar="DAG",
        help="en lukkedag mere: ÅÅÅÅ-MM-DD, eller MM-DD hvert år",
    )
    rehearse = add(
        "rehearse",
        _rehearse,
        "spil procedurernes gennemspil på SQLite og PostgreSQL, og vis, hvad de passerer",
        "Databaserne er til at smide væk, og deres ur er deres eget. Svarer 1, når et gennemspil går galt, "
        "eller når en procedures egne gennemspil ikke passerer hvert element, hver pil og hver række i dens "
        "tabeller.",
    )
    rehearse.add_argument("keys", nargs="*", metavar="PROCEDURE", help="kun disse")
    rehearse.add_argument(
        "--database",
        choices=("begge", "sqlite", "postgresql"),
        default="begge",
        help="kun på den ene: sqlite kræver ikke, at testmiljøet er sat op (begge)",
    )
    rehearse.add_argument("--json", action="store_true", help="som JSON")
    trace = add("trace", _trace, "vis, hvor hvert krav bor, og hvad der beviser det")
    trace.add_argument("--json", action="store_true", help="som JSON")
    bench = add("bench", _bench, "mål farten, i forhold til en bar transaktion i samme kørsel")
    bench.add_argument("name", nargs="?", metavar="NAVN", help="kun denne måling")
    bench.add_argument("--json", action="store_true", help="som JSON")
    bench.add_argument("--quick", action="store_true", help="kun for at se, at alt kan måles")
    add("migrate", _migrate, "bring databasens skema ajour")
    publish = add(
        "publish",
        _publish,
        "tjek en procedure, og udgiv den som næste version",
        "Åbne forløb bliver på den version, de startede på.",
    )
    publish.add_argument(
        "key", metavar="PROCEDURE", help="nøglen på en, der følger med, eller stien til en mappe"
    )
    user = add(
        "user",
        _user,
        "opret en bruger, eller giv en bruger en ny adgangskode",
        "Adgangskoden læses fra terminalen eller standard input.",
    )
    user.add_argument("username", metavar="BRUGERNAVN")
    user.add_argument("--name", metavar="NAVN")
    user.add_argument("--email", metavar="MAIL")
    user.add_argument("--role", action="append", default=[], metavar="ROLLE", help="nøgle, eller nøgle@enhed")
    user.add_argument(
        "--admin", action="store_true", help="systemforvalter: den første i en tom installation"
    )
    token = add("token", _token, "lav en API-nøgle til en bruger", "Den vises kun denne ene gang.")
    token.add_argument("username", metavar="BRUGERNAVN")
    demo = add("demo", _demo, "demokommunen: sæt den op forfra, eller flyt dens ur")
    doing = demo.add_subparsers(metavar="HANDLING", required=True, dest="action")
    reset = doing.add_parser("reset", help="tøm demoen, og sæt den op forfra")
    reset.add_argument(
        "--at",
        metavar="TID",
        help="uden sager og forhistorie: dato eller tidspunkt, hvor uret begynder (dansk tid)",
    )
    at = doing.add_parser("at", help="flyt uret frem; det, der forfalder undervejs, sker i rækkefølge")
    at.add_argument("time", metavar="TID", help="dato eller tidspunkt (dansk tid)")
    return parser


def _run(given: argparse.Namespace) -> int:
    from host.serving import run_embedded

    return run_embedded()


def _serve(given: argparse.Namespace) -> int:
    from host.serving import serve

    return serve(given.bind, given.workers, given.threads, scheduler=not given.no_scheduler)


def _work(given: argparse.Namespace) -> int:
    from host.serving import work

    return work()


def _test(given: argparse.Namespace) -> int:
    raise HostError("Kør ./sag test: startscriptet sætter testmiljøet op først.")


def _check(given: argparse.Namespace) -> int:
    from host.printing import problems_beside
    from host.publishing import known_around
    from host.settings import read_settings
    from host.wiring import read_bundle, read_roles

    processes = read_settings(make=False).processes
    paths = [Path(name) for name in given.files]
    known = known_around(read_roles(processes), processes)
    problems = [*checks.check_files(paths, known), *problems_beside(paths, read_bundle)]
    text = checks.render(problems, json=given.json)
    if text:
        print(text)
    return 1 if any(problem.level == "error" for problem in problems) else 0


def _feel(given: argparse.Namespace) -> int:
    from host.clock import wall

    try:
        data = json.loads(given.data)
    except ValueError as error:
        raise HostError(f"--data er ikke JSON: {error}") from error
    if not isinstance(data, dict):
        raise HostError("--data skal være et JSON-objekt.")
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
            raise HostError(f"--closed {text}: skriv ÅÅÅÅ-MM-DD eller MM-DD.") from error
    return Calendar(tuple(days)) if more else calendar


def _rehearse(given: argparse.Namespace) -> int:
    from host.rehearsal_run import DATABASES, run_rehearsals
    from host.settings import read_settings

    kinds = tuple(DATABASES) if given.database == "begge" else (given.database,)
    return run_rehearsals(read_settings(make=False).processes, given.keys, kinds, as_json=given.json)


def _trace(given: argparse.Namespace) -> int:
    from host.tracing import print_trace

    return print_trace(as_json=given.json)


def _bench(given: argparse.Namespace) -> int:
    from host.bench.run import run_bench

    return run_bench(given.name, as_json=given.json, quick=given.quick)


def _migrate(given: argparse.Namespace) -> int:
    from host.settings import read_settings
    from records.schema import migrate

    migrate(read_settings().database_url)
    print("Databasens skema er ajour.")
    return 0


def _publish(given: argparse.Namespace) -> int:
    from host.publishing import publish_folder
    from host.register_file import fill_registers, read_registers
    from host.settings import read_settings
    from host.wiring import open_app

    app = open_app(read_settings())
    folder = Path(given.key) if "/" in given.key else app.settings.processes / given.key
    try:
        if given.key == "registre":
            rows = read_registers(app.settings.processes)
            written = app.write(lambda unit: fill_registers(unit, rows))
            print(f"{written} rækker er skrevet i registrene.")
            return 0
        version = publish_folder(app, folder)
    finally:
        app.database.close()
    print(f"{folder.name} er udgivet (version-id {version}).")
    return 0


def _user(given: argparse.Namespace) -> int:
    import getpass

    from host.settings import read_settings
    from host.wiring import open_app
    from tasks.accounts import SaveAccount, save_account
    from tasks.people import SYSTEM

    password = (
        getpass.getpass("Adgangskode (mindst 12 tegn): ")
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    app = open_app(read_settings())
    roles = (*given.role, *(["sekretaer_drift"] if given.admin else []))
    try:
        command = SaveAccount(given.username, password, given.name, given.email, roles)
        app.run(save_account, SYSTEM, command)
    finally:
        app.database.close()
    print(f"{given.username} kan nu logge ind.")
    return 0


def _token(given: argparse.Namespace) -> int:
    from host.settings import read_settings
    from host.wiring import open_app
    from tasks.people import SYSTEM
    from tasks.signin import NewToken, new_token

    app = open_app(read_settings())
    try:
        print(app.run(new_token, SYSTEM, NewToken(given.username)))
    finally:
        app.database.close()
    return 0


def _demo(given: argparse.Namespace) -> int:
    from host import demo, story
    from host.settings import read_settings
    from host.wiring import open_app

    settings = read_settings()
    if not settings.demo:
        raise HostError("Dette er ikke en demo (SAG_DEMO).")
    if given.action == "reset":
        app = story.reset(settings, _local_instant(given.at) if given.at else None)
        print(f"Demokommunen er sat op. Uret står på {local(app.now()):%Y-%m-%d %H:%M}.")
    else:
        app = open_app(settings)
        try:
            fired = demo.move_clock(app, _local_instant(given.time))
        finally:
            app.database.close()
        print(f"Uret står på {local(app.now()):%Y-%m-%d %H:%M}; {fired} tidspunkter er indtruffet undervejs.")
    app.database.close()
    return 0


def _local_instant(text: str) -> datetime:
    from tasks.stage import instant_of

    try:
        return instant_of(text)
    except ValueError as error:
        raise HostError(f"{text} er ikke en dato eller et tidspunkt.") from error


if __name__ == "__main__":
    sys.exit(main())
