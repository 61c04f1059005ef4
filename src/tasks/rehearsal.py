"""Rehearsals (gennemspil): worked examples that ship with a procedure, played through the use cases
(style.md).

A rehearsal says who does what on which day and what must then be true. It runs in a throw-away database
with a clock
of its own (`host.rehearsing` sets the stage), never in the live one.

A message reaches a course in two ways: `send: <name>` sends one to the case as a system outside would, and
`giv_besked: {trin: <id of the element that waits>, af: <person>, svar: {...}}` gives one by hand from the
case's page, with the answers of the element's form. Either may stand inside `afvises`, with its reason in
`fordi`.

Several cases in one rehearsal: `sager: {Sofie: {barn: …, foedt: …, raadgiver: …}, Noah: {…}}` instead of
`sag`, and `i_sag: Sofie` on every step that is about a case, its `saa` too. A step without it is about what
runs without a case, such as the Thursday meeting of Faglig Forum. Meetings: `rehearsal_meetings`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

from engine.errors import EngineError
from tasks import starts
from tasks.cases import (
    CancelCourse,
    CloseCase,
    OpenCase,
    Reallocate,
    ReopenCase,
    cancel_course,
    close_case,
    open_case,
    reallocate,
    reopen_case,
)
from tasks.claims import ClaimTask, HandOver, claim_task, hand_over
from tasks.complete import CompleteTask, complete_task
from tasks.consent_page import register_consent
from tasks.errors import TaskError
from tasks.expectations import Scene, compare
from tasks.messages import SendMessage, send_message
from tasks.messages_by_hand import GiveMessage, give_message
from tasks.people import SYSTEM, Actor
from tasks.rehearsal_consents import consent_of, withdraw_newest
from tasks.rehearsal_drafts import draft
from tasks.rehearsal_looks import (
    Wrong,
    begin_with,
    case_of,
    receiver_at,
    running_instance,
    runs_in_case,
    tasks_of,
)
from tasks.rehearsal_meetings import MEETING_STEPS, Asked
from tasks.rehearsal_setting import calendar_of, follow, seed, seed_case, send_uncased
from tasks.stage import Played, Stage, instant_of, is_reason, item_has, words_of

R = TypeVar("R")


_KINDS = (
    "udfoer",
    "afvises",
    "gaa_til",
    "send",
    "giv_besked",
    "omfordel",
    "overdrag",
    "tag",
    "luk_sag",
    "genaabn_sag",
    "annuller_forloeb",
    "samtykke",
    "traek_samtykke",
    "udkast",
    "start",
    *MEETING_STEPS,
    "saa",
)

_OF_CASE = ("barn", "foedt", "raadgiver", "cpr", "sagsart", "beskyttet_adresse", "adresse")
"""What a case is opened with; the rest of `sag` is what is written on it."""


@dataclass(slots=True)
class Rehearsal:
    """One rehearsal being played."""

    stage: Stage
    procedure: str
    script: Mapping[str, Any]
    scene: Scene = field(init=False)
    """The case, or what runs without one, that the step being played is about."""
    home: Scene = field(init=False)
    """The scene of steps that name no case."""
    scenes: dict[str, Scene] = field(default_factory=dict)
    """With several cases (`sager`): each by its name."""
    problems: list[str] = field(default_factory=list)

    def play(self) -> Played:
        """Play it to the end, or to the first step that cannot be played."""
        try:
            self.begin()
            for number, step in enumerate(self.script.get("trin") or [], 1):
                self.step(number, step)
        except (Wrong, TaskError, EngineError, LookupError, ValueError, TypeError) as error:
            self.problems.append(f"{type(error).__name__}: {words_of(error)}")
        return Played(
            self.procedure,
            str(self.script.get("navn", "")),
            tuple(self.script.get("beviser") or ()),
            tuple(self.problems),
        )

    def __post_init__(self) -> None:
        """Begin with no case."""
        self.scene = self.home = Scene()

    def begin(self) -> None:
        """Set the scene: registers, cases, and what is started. Raises what the use cases raise."""
        self.stage.set_clock(instant_of(self.script["begynder"]))
        self.stage.calendar = calendar_of(self.script, self.procedure)
        self.stage.run(seed, SYSTEM, self.script)
        if isinstance(self.script.get("sag"), Mapping):
            self._open_case(self.home, self.script["sag"])
        for name, given in (self.script.get("sager") or {}).items():
            self.scenes[str(name)] = Scene()
            self._open_case(self.scenes[str(name)], given)
        if self.script.get("start") is not None:
            self._start(self.script["start"])
        if "saa" in self.script:
            self._compare("start", self.script["saa"])

    def _open_case(self, scene: Scene, given: Mapping[str, Any]) -> None:
        rest = {key: self._people(value) for key, value in given.items() if key not in _OF_CASE}
        born = given.get("foedt")
        command = OpenCase(
            str(given.get("barn", "Liv Skov")),
            date.fromisoformat(str(born)) if born else None,
            given.get("cpr"),
            given.get("adresse"),
            bool(given.get("beskyttet_adresse")),
            given.get("sagsart"),
        )
        scene.case_id = self.stage.run(open_case, SYSTEM, command).case_id
        self.stage.run(seed_case, SYSTEM, (scene.case_id, rest))
        if given.get("raadgiver"):
            to = self.stage.person(given["raadgiver"])
            self.stage.run(reallocate, SYSTEM, Reallocate(self._case(scene), to, "Gennemspil"))

    def step(self, number: int, step: Mapping[str, Any]) -> None:
        """Play one step. Raises Wrong when it cannot be played."""
        kind = next((kind for kind in _KINDS if kind in step), None)
        if kind is None:
            raise Wrong(f"trin {number}: ukendt trin {sorted(step)}")
        where = f"trin {number} ({kind} {step[kind] if isinstance(step[kind], str) else ''})".replace(
            " )", ")"
        )
        if step.get("den") is not None:
            self.stage.move_to(instant_of(step["den"]))
        if "i_sag" in step and step["i_sag"] not in self.scenes:
            raise Wrong(f"{where}: der er ingen sag {step['i_sag']}; der er {', '.join(self.scenes)}")
        self.scene = self.scenes[step["i_sag"]] if "i_sag" in step else self.home
        try:
            if kind == "afvises":
                self._refused(where, step)
            elif kind != "saa":
                self._do(kind, step)
            self.stage.settle()
        except (TaskError, EngineError) as error:
            raise Wrong(f"{where}: {words_of(error)}") from error
        self._find_case()
        if "saa" in step:
            self._compare(where, step["saa"])

    def _do(self, kind: str, step: Mapping[str, Any]) -> None:
        if kind in MEETING_STEPS:
            actor = self._actor(step["af"]) if step.get("af") else SYSTEM
            use_case, command = self.stage.read(MEETING_STEPS[kind], SYSTEM, self._named(step))
            self.stage.run(use_case, actor, command)
        else:
            getattr(self, f"_{kind}")(step)

    def _named(self, step: Mapping[str, Any]) -> Asked:
        return Asked(self.scene, self.scenes, step, self.stage)

    def _compare(self, where: str, expected: Mapping[str, Any]) -> None:
        self.scene.named = self.scenes
        found = self.stage.read(compare, SYSTEM, (self.scene, expected, self.stage))
        self.problems += [f"{where}: {problem}" for problem in found]

    # -- acts ------------------------------------------------------------------------------------------------

    def _start(self, step: Mapping[str, Any]) -> None:
        given: Mapping[str, Any] = step["start"] if isinstance(step.get("start"), Mapping) else step
        actor = self._actor(given["af"]) if given.get("af") else SYSTEM
        key = given.get("procedure", self.procedure)
        if given.get("besked"):
            if self.scene.case_id is not None:
                command = SendMessage(
                    self.scene.case_id,
                    given["besked"],
                    given.get("noegle"),
                    self._people(given.get("data") or {}),
                )
                self.stage.run(send_message, actor, command)
            else:
                self._begin_with(actor, key, given)
        elif given.get("data") is not None:
            self._begin_with(actor, key, given)
        else:
            # A first contact runs without a case, also when the scene has one already.
            in_case = self.stage.read(runs_in_case, SYSTEM, key)
            started = self.stage.run(
                starts.start_procedure,
                actor,
                starts.StartProcedure(
                    key,
                    self.scene.case_id if in_case else None,
                    given.get("begivenhed"),
                    self._people(given.get("svar") or {}),
                ),
            )
            self.scene.instances.append(started.instance_id)
        self._find_case()

    def _begin_with(self, actor: Actor, key: str, given: Mapping[str, Any]) -> None:
        data = self._people(given.get("data") or {})
        self.scene.instances.append(
            self.stage.run(
                begin_with,
                actor,
                (key, self.scene.case_id, given.get("begivenhed"), given.get("besked"), data),
            )
        )

    def _udfoer(self, step: Mapping[str, Any]) -> None:
        task = self._task(step, str(step["udfoer"]))
        self.stage.run(
            complete_task, self._actor(step["af"]), CompleteTask(task, self._people(step.get("svar") or {}))
        )

    def _tag(self, step: Mapping[str, Any]) -> None:
        self.stage.run(claim_task, self._actor(step["af"]), ClaimTask(self._task(step, str(step["tag"]))))

    def _overdrag(self, step: Mapping[str, Any]) -> None:
        command = HandOver(
            self._task(step, str(step["overdrag"])),
            self.stage.person(step["til"]),
            str(step.get("begrundelse", "")),
        )
        self.stage.run(hand_over, self._actor(step["af"]), command)

    def _refused(self, where: str, step: Mapping[str, Any]) -> None:
        wanted = step.get("fordi")
        inner = step["afvises"]
        try:
            if isinstance(inner, Mapping):
                self._do(next(kind for kind in _KINDS if kind in inner), inner)
            else:
                self._udfoer({**step, "udfoer": inner})
        except (TaskError, EngineError) as error:
            if not is_reason(error, wanted):
                self.problems.append(f"{where}: afvist, men fordi »{words_of(error)}«, ikke {wanted!r}")
            return
        self.problems.append(f"{where}: skulle være afvist ({wanted!r}), men gik igennem")

    def _gaa_til(self, step: Mapping[str, Any]) -> None:
        self.stage.move_to(instant_of(step["gaa_til"]))

    def _send(self, step: Mapping[str, Any]) -> None:
        actor = self._actor(step["af"]) if step.get("af") else SYSTEM
        if self.scene.case_id is None:
            given = (str(step["send"]), step.get("noegle"), self._people(step.get("data") or {}))
            self.stage.run(send_uncased, SYSTEM, given)
            return
        command = SendMessage(
            self.scene.case_id, str(step["send"]), step.get("noegle"), self._people(step.get("data") or {})
        )
        self.stage.run(send_message, actor, command)

    def _giv_besked(self, step: Mapping[str, Any]) -> None:
        given = step["giv_besked"]
        receiver = self.stage.read(receiver_at, SYSTEM, (self.scene, str(given["trin"])))
        command = GiveMessage(self._case(), receiver, self._people(given.get("svar") or {}))
        self.stage.run(give_message, self._actor(given["af"]), command)

    def _omfordel(self, step: Mapping[str, Any]) -> None:
        given = step["omfordel"]
        command = Reallocate(
            self._case(), self.stage.person(given["til"]), str(given.get("begrundelse", "Omfordelt"))
        )
        self.stage.run(reallocate, self._actor(given["af"]), command)

    def _luk_sag(self, step: Mapping[str, Any]) -> None:
        given = step["luk_sag"]
        self.stage.run(
            close_case,
            self._actor(given["af"]),
            CloseCase(self._case(), str(given.get("begrundelse", "Lukket"))),
        )

    def _genaabn_sag(self, step: Mapping[str, Any]) -> None:
        given = step["genaabn_sag"]
        command = ReopenCase(self._case(), str(given.get("begrundelse", "Genåbnet")))
        self.stage.run(reopen_case, self._actor(given["af"]), command)

    def _annuller_forloeb(self, step: Mapping[str, Any]) -> None:
        given = step["annuller_forloeb"]
        instance_id = self.stage.read(
            running_instance, SYSTEM, (self.scene, given.get("procedure", self.procedure))
        )
        command = CancelCourse(instance_id, str(given.get("begrundelse", "Annulleret")))
        self.stage.run(cancel_course, self._actor(given["af"]), command)

    def _samtykke(self, step: Mapping[str, Any]) -> None:
        given = step["samtykke"]
        self.stage.run(register_consent, self._actor(given["af"]), consent_of(self._case(), given))

    def _traek_samtykke(self, step: Mapping[str, Any]) -> None:
        given = step["traek_samtykke"]
        reason = str(given.get("begrundelse", "Familien har trukket det"))
        command = (self._case(), str(given["modtager"]), reason)
        self.stage.run(withdraw_newest, self._actor(given["af"]), command)

    def _udkast(self, step: Mapping[str, Any]) -> None:
        self.stage.run(draft, self._actor(step["udkast"]["af"]), step["udkast"])

    # -- finding things --------------------------------------------------------------------------------------

    def _actor(self, name: str) -> Actor:
        return self.stage.actor(self.stage.person(name))

    def _case(self, scene: Scene | None = None) -> int:
        case_id = (scene or self.scene).case_id
        if case_id is None:
            raise Wrong("der er ingen sag")
        return case_id

    def _task(self, step: Mapping[str, Any], element_id: str) -> int:
        found: Sequence[tuple[int, Any, str]] = self.stage.read(tasks_of, SYSTEM, (self.scene, element_id))
        if step.get("hvor"):
            found = [row for row in found if item_has(row[1], self._people(step["hvor"]))]
        opened = [row for row in found if row[2] == "aaben"] or list(found)
        if not opened:
            raise Wrong(f"der er ingen opgave »{element_id}«")
        number = int(step.get("nr", 1))
        if number > len(opened) or (len(opened) > 1 and "nr" not in step):
            raise Wrong(f"der er {len(opened)} opgaver »{element_id}«; vælg med nr eller hvor")
        return opened[number - 1][0]

    def _find_case(self) -> None:
        if self.scene.case_id is None:
            known = tuple(self.scene.instances)
            self.scene.instances = self.stage.read(follow, SYSTEM, (known, self.stage.calendar))
            if self.scene.instances:
                self.scene.case_id = self.stage.read(case_of, SYSTEM, self.scene.instances[0])

    def _people(self, value: Any) -> Any:
        """Return the value with every »@name« as that person's id."""
        if isinstance(value, str) and value.startswith("@"):
            return str(self.stage.person(value[1:]))
        if isinstance(value, Mapping):
            return {key: self._people(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._people(inner) for inner in value]
        if isinstance(value, datetime):
            return value.isoformat(timespec="minutes")
        return value.isoformat() if isinstance(value, date | time) else value
