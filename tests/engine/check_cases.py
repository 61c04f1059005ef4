"""For each rule of the gate a small bundle that breaks it, and what the problem must say."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.checks import Known, Procedure
from engine.types import Bundle
from tests.engine.check_drawing import (
    HEAD,
    SIMPLE,
    bundle,
    diagram,
    element,
    end,
    extensions,
    flow,
    flows,
    form,
    lane,
    message,
    message_event,
    properties,
    repeat,
    service,
    start,
    table,
    timer,
    user,
)
from tests.engine.check_drawing import field as answer

KNOWN = Known(
    roles=frozenset({"raadgiver", "front_stage"}),
    lanes=frozenset({"Rådgiver", "Front Stage"}),
    procedures={
        "anden": Procedure(receives=frozenset({"hoert"})),
        "kalder": Procedure(calls=frozenset({"proeve"}), names=frozenset({"givet"})),
    },
    receivers=frozenset({"til_andre"}),
    clauses=frozenset({"OS-01", "OS-02"}),
    guides=frozenset({"moedeguide"}),
)


@dataclass(frozen=True)
class Case:
    """A bundle that breaks `rule`, at `element`, with a text that holds `says`."""

    rule: str
    bundle: Bundle
    element: str | None
    says: str
    known: Known = field(default=KNOWN)
    level: str | None = None


def at(
    rule: str,
    place: str | None,
    says: str,
    *body: str,
    roots: str = "",
    lanes: str | None = None,
    **rest: object,
) -> Case:
    """A case whose diagram has this body."""
    parts = rest.pop("parts", None)
    known = rest.pop("known", KNOWN)
    level = rest.pop("level", None)
    drawn = diagram("".join(body), roots=roots, lanes=lanes, **rest)  # type: ignore[arg-type]
    return Case(rule, bundle(drawn, parts), place, says, known, level)  # type: ignore[arg-type]


def around(*middle: str, ways: tuple[str, ...] = ("s a x e",)) -> tuple[str, ...]:
    """start `s`, task `a`, what is given (`x`), end `e`."""
    return (start(), user("a"), *middle, end(), flows(*ways))


def of_form(
    rule: str, says: str, *components: dict[str, object], place: str | None = "Field_x", **extra: object
) -> Case:
    """A case whose form has these fields."""
    return Case(
        rule, bundle(diagram("".join(SIMPLE)), {"skema.form": form(*components, **extra)}), place, says
    )


XOR = element("exclusiveGateway", "x", default="x_e")
GOOD_TABLE = table(('"a"', "1"), ("-", "2"))


def decision(called: str) -> str:
    return element(
        "businessRuleTask",
        "x",
        extensions(f"<spiffworkflow:calledDecisionId>{called}</spiffworkflow:calledDecisionId>"),
    )


def script(text: str, id: str = "x") -> str:
    return element("scriptTask", id, f"<bpmn:script>{text}</bpmn:script>")


def catch(definition: str, id: str = "x") -> str:
    return element("intermediateCatchEvent", id, definition)


def edge(definition: str, id: str = "b", host: str = "a", **attributes: str) -> str:
    return element("boundaryEvent", id, definition, attachedToRef=host, **attributes)


FILE = (
    Case("fil", bundle(b"ikke xml"), None, "ikke gyldig XML"),
    Case("fil", Bundle("proeve", 0, {}), None, "intet diagram"),
    Case("ikke-bpmn", bundle(b"<html><body/></html>"), None, "yderste element hedder »html«"),
    Case("ingen-proces", bundle((HEAD + "</bpmn:definitions>").encode()), None, "intet forløb"),
    Case(
        "flere-processer",
        bundle(
            diagram("".join(SIMPLE)).replace(
                b"<bpmndi:BPMNDiagram>",
                b'<bpmn:process id="P2" name="To"><bpmn:startEvent id="s2"/></bpmn:process>'
                b"<bpmndi:BPMNDiagram>",
            )
        ),
        "P2",
        "»To«, og kun ét kan køres",
    ),
    at("ikke-koerbar", "proeve", "Sæt kryds i »Kørbar«", *SIMPLE, executable="false"),
    at(
        "for-stort",
        "proeve",
        "302 elementer; grænsen er 300",
        start(),
        *(element("manualTask", f"m{n}") for n in range(300)),
        end(),
        flows("s " + " ".join(f"m{n}" for n in range(300)) + " e"),
    ),
    at(
        "for-stort",
        "d8",
        "ligger i mere end 8 andre",
        "".join(f'<bpmn:subProcess id="d{n}">' for n in range(10)) + "</bpmn:subProcess>" * 10,
    ),
    at("id-mangler", None, "Elementet »Uden« har intet id", *SIMPLE, '<bpmn:task name="Uden"/>'),
    at("id-dobbelt", "a", "Id'et »a« bruges 2 gange", *SIMPLE, user("a")),
    at("id-reserveret", "End", "»End« er motorens eget", start(), user("a"), end("End"), flows("s a End")),
    at(
        "id-reserveret",
        "proeve.EndJoin",
        "motorens eget",
        *around(element("manualTask", "proeve.EndJoin"), ways=("s a proeve.EndJoin e",)),
    ),
    at(
        "id-ugyldigt",
        "kald-1",
        "kun have bogstaver",
        *around(element("callActivity", "kald-1", calledElement="anden"), ways=("s a kald-1 e",)),
    ),
    at("procesnoegle", "andet", "pakken hedder »proeve«", *SIMPLE, id="andet"),
    Case(
        "ikke-tegnet",
        bundle(diagram("".join(SIMPLE)).replace(b'bpmnElement="a"', b'bpmnElement="z"')),
        "a",
        "1 af 3 elementer er ikke tegnet",
    ),
)

PROFILE = (
    *(
        at("udenfor-profil", "x", words, *around(element(kind, "x", inside, **attributes)))
        for kind, words, inside, attributes in (
            ("task", "Vælg en type", "", {}),
            ("inclusiveGateway", "Tegn valg (XOR)", "", {}),
            ("complexGateway", "Tegn det med valg", "", {}),
            ("adHocSubProcess", "Ekstra opgaver", "", {}),
            ("transaction", "almindeligt delforløb", start("s2") + end("e2") + flows("s2 e2"), {}),
            (
                "subProcess",
                "hændelsesdelforløb",
                start("s2") + end("e2") + flows("s2 e2"),
                {"triggeredByEvent": "true"},
            ),
        )
    ),
    at("udenfor-profil", "z", "(globalTask) udføres ikke", *SIMPLE, '<bpmn:globalTask id="z"/>'),
    *(
        at("haendelse-udenfor-profil", "x", words, *around(catch(f"<bpmn:{kind}EventDefinition/>")))
        for kind, words in (
            ("link", "Tegn pilen helt frem"),
            ("conditional", "Brug en besked"),
            ("compensate", "almindelige opgaver"),
        )
    ),
    at("haendelse-udenfor-profil", "x", "ingen type og springes over", *around(catch(""))),
    at("haendelse-udenfor-profil", "x", "flere ting på én gang", *around(catch(timer("P1D") * 2))),
    at("haendelse-udenfor-profil", "s", "bestemmer hvornår", start("s", timer("P1D")), *SIMPLE[1:]),
    at(
        "haendelse-udenfor-profil",
        "s2",
        "ligger i et delforløb",
        *around(element("subProcess", "x", start("s2", message_event()) + end("e2") + flows("s2 e2"))),
        roots=message(),
    ),
    at(
        "haendelse-udenfor-profil",
        "e",
        "af typen signal",
        *SIMPLE[:2],
        end("e", "<bpmn:signalEventDefinition/>"),
        SIMPLE[3],
    ),
    at(
        "foer-efter-script",
        "x",
        "skjult preScript",
        *around(
            element("manualTask", "x", extensions("<spiffworkflow:preScript>a = 1</spiffworkflow:preScript>"))
        ),
    ),
    at(
        "data-tilknytning",
        "x",
        "Slet pilen til dataobjektet",
        *around(element("manualTask", "x", "<bpmn:ioSpecification/>")),
    ),
    at(
        "udvidelse-uden-virkning",
        "a",
        "»allowGuest« står ét sted",
        start(),
        user("a", "<spiffworkflow:allowGuest>true</spiffworkflow:allowGuest>"),
        *SIMPLE[2:],
    ),
    at(
        "fremmed-udvidelse",
        "a",
        "»assignee« fra Camunda 7 står ét sted; det bevares uændret",
        start(),
        user("a").replace(
            'id="a"', 'id="a" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:assignee="ole"'
        ),
        *SIMPLE[2:],
    ),
)

INNER = start("s2") + user("t") + end("e2") + flows("s2 t e2")

WAY = (
    at("start", "proeve", "Forløbet har ingen start", user("a"), end(), flows("a e")),
    at(
        "start",
        "x",
        "har ingen start",
        *around(element("subProcess", "x", user("t") + end("e2") + flows("t e2"))),
    ),
    at(
        "start",
        "s2",
        "kan ikke kendes fra hinanden",
        *SIMPLE,
        element("startEvent", "s2", name="s"),
        flows("s2 a"),
    ),
    at(
        "start",
        "s3",
        "har 2 starter",
        *around(element("subProcess", "x", INNER + start("s3") + flows("s3 t"))),
    ),
    at("slutning-mangler", "proeve", "Forløbet har ingen slutning", start(), user("a"), flows("s a")),
    at("loes-ende", "z", "Ingen pil fører til opgaven »z«", *SIMPLE, user("z"), flows("z e")),
    at("kan-ikke-naas", "y", "kan ikke nås fra en start", *SIMPLE, user("y"), user("z"), flows("y z y")),
    at("blindgyde", "z", "vil gå i stå der", *around(XOR, user("z"), ways=("s a x e", "x z"))),
    at(
        "ingen-vej-ud",
        "y",
        "fører ingen vej til en slutning",
        *around(
            element("exclusiveGateway", "x", default="x_e"), user("y"), user("z"), ways=("s a x e", "y z y")
        ),
        flow("x", "y", "felt"),
    ),
    at(
        "ingen-vej-ud",
        "proeve",
        "en løkke altid videre",
        start(),
        element("parallelGateway", "del"),
        user("a"),
        element("exclusiveGateway", "saml"),
        catch(timer("P1D", "timeDuration")),
        element("parallelGateway", "igen"),
        user("ekstra"),
        end(),
        flows("s del a e", "del saml x igen ekstra e", "igen saml"),
    ),
    at(
        "pil",
        "f",
        "ender ved »ingen«, som ikke findes",
        *SIMPLE,
        '<bpmn:sequenceFlow id="f" sourceRef="a" targetRef="ingen"/>',
    ),
    at(
        "pil",
        "a_t",
        "ligger i et andet delforløb",
        *around(element("subProcess", "x", INNER)),
        flow("a", "t"),
    ),
    at("pil", "s", "går ind i starten", *SIMPLE, flows("a s")),
    at("pil", "e", "går ud af slutningen", *SIMPLE, flows("e a")),
    at("flere-pile-ud", "a", "2 pile ud. Sæt en gateway efter", *SIMPLE, end("e2"), flows("a e2")),
    at(
        "betingelse-uden-virkning",
        "a_e",
        "Sæt et valg (XOR) ind",
        start(),
        user("a"),
        end(),
        flow("s", "a"),
        flow("a", "e", "true"),
    ),
    at(
        "betingelse-uden-virkning",
        "x_e",
        "aldrig læses",
        *around(XOR, end("e2"), ways=("s a x",)),
        flow("x", "e", "true"),
        flow("x", "e2", "false"),
    ),
    at(
        "betingelse-mangler",
        "x_e2",
        "har ingen betingelse",
        *around(XOR, end("e2"), ways=("s a x e", "x e2")),
    ),
    at(
        "standardvej",
        "x",
        "har ingen standardvej",
        *around(element("exclusiveGateway", "x"), end("e2"), ways=("s a x",)),
        flow("x", "e", "true"),
        flow("x", "e2", "false"),
    ),
    at(
        "standardvej",
        "x",
        "som ikke går ud af det",
        *around(element("exclusiveGateway", "x", default="s_a")),
    ),
    at(
        "laast-samling",
        "y",
        "Efter valget »x« går forløbet kun ad én af vejene",
        *around(
            XOR.replace("x_e", "x_b"),
            user("b"),
            user("c"),
            element("parallelGateway", "y"),
            ways=("s a x b y e", "c y"),
        ),
        flow("x", "c", "svar.felt"),
    ),
    at(
        "loekke-uden-ventetid",
        "x",
        "køre i ring gennem valget »x«",
        *around(XOR, script("n = 1", "y"), ways=("s a x e", "y x")),
        flow("x", "y", "true"),
    ),
    at(
        "vent-paa-det-foerste",
        "x",
        "færre end to",
        *around(element("eventBasedGateway", "x"), catch(timer("P1D"), "t"), ways=("s a x t e",)),
    ),
    at(
        "vent-paa-det-foerste",
        "x",
        "har 2 tidspunkter",
        *around(
            element("eventBasedGateway", "x"),
            catch(timer("P1D"), "t"),
            catch(timer("P2D"), "u"),
            ways=("s a x t e", "x u e"),
        ),
    ),
    at(
        "vent-paa-det-foerste",
        "b",
        "som ikke er en ventende hændelse",
        *around(
            element("eventBasedGateway", "x"),
            catch(timer("P1D"), "t"),
            user("b"),
            ways=("s a x t e", "x b e"),
        ),
    ),
    at(
        "kanthaendelse",
        "b",
        "som ikke findes her",
        *SIMPLE,
        edge(timer("P1D"), host="ingen"),
        end("e2"),
        flows("b e2"),
    ),
    at("kanthaendelse", "b", "fører ingen steder hen", *SIMPLE, edge(timer("P1D"))),
    at(
        "kanthaendelse",
        "b",
        "skal afbryde",
        *around(
            element("subProcess", "x", INNER),
            edge("<bpmn:errorEventDefinition/>", host="x", cancelActivity="false"),
            ways=("s a x e", "b e"),
        ),
    ),
    at(
        "gentagelse",
        "x",
        "antal gange",
        *around(element("userTask", "x", repeat("<bpmn:loopCardinality>3</bpmn:loopCardinality>"))),
    ),
    at("gentagelse", "x", "nævner ingen liste", *around(element("userTask", "x", repeat("")))),
    at(
        "gentagelse",
        "x",
        "markeret som løkke",
        *around(element("userTask", "x", "<bpmn:standardLoopCharacteristics/>")),
    ),
    at(
        "gentagelse",
        "x",
        "skal samle resultaterne",
        *around(
            element(
                "subProcess",
                "x",
                repeat(
                    '<bpmn:loopDataInputRef>[1]</bpmn:loopDataInputRef><bpmn:inputDataItem id="en"/>', "true"
                )
                + INNER,
            )
        ),
    ),
)

MESSAGES = (
    at("besked-mangler", "x", "har ingen besked", *around(element("receiveTask", "x"))),
    at("besked-mangler", "x", "»m«, som ikke findes", *around(element("sendTask", "x", messageRef="m"))),
    at("besked-mangler", "x", "har intet navn", *around(catch(message_event())), roots=message(name="")),
    at(
        "besked-uden-modtager",
        "x",
        "Ingen procedure venter på beskeden »besked«",
        *around(element("sendTask", "x", messageRef="m")),
        roots=message(),
    ),
    at(
        "besked-kun-en-gang",
        "b",
        "kun den første besked",
        *SIMPLE,
        edge(message_event(), cancelActivity="false"),
        end("e2"),
        flows("b e2"),
        roots=message(),
    ),
    at("reference-mangler", "x", "nævner intet signal", *around(catch("<bpmn:signalEventDefinition/>"))),
    at(
        "reference-mangler",
        "x",
        "en fejl, »f«, som ikke findes",
        *SIMPLE[:2],
        end("x", '<bpmn:errorEventDefinition errorRef="f"/>'),
        flows("s a x"),
    ),
    at("kald", "x", "nævner ingen procedure", *around(element("callActivity", "x"))),
    at("kald", "x", "kalder proceduren selv", *around(element("callActivity", "x", calledElement="proeve"))),
    at(
        "kald",
        "x",
        "kalder i ring: proeve → kalder → proeve",
        *around(element("callActivity", "x", calledElement="kalder")),
    ),
    at(
        "kald-ukendt",
        "x",
        "»ukendt«, som ikke er fundet",
        *around(element("callActivity", "x", calledElement="ukendt")),
    ),
    at(
        "kald-ukendt",
        "x",
        "som ikke er fundet",
        *around(element("callActivity", "x", calledElement="ukendt")),
        known=Known(),
        level="advice",
    ),
)

WORK = (
    at("bane-mangler", "a", "ligger ikke i en bane", *SIMPLE, lanes=""),
    at("bane-navn", "bane", "har intet navn", *SIMPLE, lanes=lane(None, "a")),
    at(
        "bane-navn",
        "bane",
        "Flere baner hedder »Rådgiver«",
        *SIMPLE,
        lanes=lane("Rådgiver", "a") + lane("Rådgiver", id="b2"),
    ),
    at("bane-ukendt", "bane", "Mente du »Rådgiver«?", *SIMPLE, lanes=lane("Rådgivr", "a")),
    at(
        "bane-henvisning",
        "bane",
        "nævner »væk«, som ikke findes",
        *SIMPLE,
        lanes=lane("Rådgiver", "a", "væk"),
    ),
    at(
        "rolle-ukendt",
        "s",
        "Rollen »radgiver« på »s« findes ikke. Mente du »raadgiver«?",
        start("s", properties(startes_af="radgiver")),
        *SIMPLE[1:],
    ),
    at(
        "vejledning-ukendt",
        "a",
        "»mødeguide« på »a« findes ikke. Mente du »moedeguide«?",
        start(),
        user("a", vejledninger="opgavekort, mødeguide"),
        *SIMPLE[2:],
    ),
    at(
        "skabelon-mangler",
        "x",
        "documents/referat.typ og documents/referat.json",
        *around(service("x", "udsted_dokument", art='"referat"', titel='"Referat"', indhold="{}")),
    ),
    at(
        "skabelon-mangler",
        "x",
        "Skriv arten i anførselstegn",
        *around(service("x", "udsted_dokument", art="i_dag", titel='"Referat"', indhold="{}")),
    ),
    at("rolle-ukendt", "x", "Rollen »chef«", *around(service("x", "adviser", rolle='"chef"', tekst='"Hej"'))),
    at("navn-mangler", "a", "har intet navn", *(part.replace('name="a"', 'name=""') for part in SIMPLE)),
    at(
        "navn-mangler",
        "x",
        "den besked som en person kan give",
        *around(element("intermediateCatchEvent", "x", properties(skema="skema") + message_event(), name="")),
        roots=message(),
    ),
    at("skema-mangler", "a", "har intet skema", start(), user("a", skema=""), *SIMPLE[2:]),
    at("skema-ukendt", "a", "Mente du »skema«?", start(), user("a", skema="skemaa"), *SIMPLE[2:]),
    at(
        "skema-ukendt",
        "x",
        "Mente du »skema«?",
        *around(catch(properties(skema="skemaa") + message_event())),
        roots=message(),
    ),
    at(
        "rolle-ukendt",
        "x",
        "Rollen »chef« på »x« findes ikke",
        *around(element("receiveTask", "x", properties(startes_af="chef"), messageRef="m")),
        roots=message(),
    ),
    at("frist-mangler", "a", "har ingen frist", start(), user("a", frist=""), *SIMPLE[2:]),
    at(
        "egenskab-ukendt",
        "a",
        "»forml«, som ikke findes. Mente du »formaal«?",
        start(),
        user("a", forml="x"),
        *SIMPLE[2:],
    ),
    at(
        "egenskab-sted",
        "e",
        "virker ikke på »e«",
        *SIMPLE[:2],
        end("e", properties(frist="i_dag")),
        SIMPLE[3],
    ),
    at(
        "egenskab-sted",
        "x",
        "»skema« virker ikke på »x«, som ikke venter på en besked",
        *around(catch(properties(skema="skema") + timer("P1D", "timeDuration"))),
    ),
    at(
        "egenskab-sted",
        "b",
        "»formaal« virker ikke på »b«, som ikke venter på en besked",
        *around(
            edge(properties(formaal="Hvorfor") + timer("P1D", "timeDuration")),
            end("e2"),
            ways=("s a e", "b e2"),
        ),
    ),
    at("egenskab-sted", "a", "modtageren altid af banen", start(), user("a", modtager='"ppr"'), *SIMPLE[2:]),
    at("egenskab-vaerdi", "proeve", "Vælg en af: sag, kommunen", *SIMPLE, own=properties(hoerer_til="byen")),
    at("startregel", "proeve", "ingen startregel", *SIMPLE, own=properties(startregel_for="sager")),
    at("startregel", "proeve", "kører uden sag", *SIMPLE, own=properties(startregel="i_dag")),
    at(
        "startregel",
        "proeve",
        "kører i en sag",
        *SIMPLE,
        own=properties(startregel="i_dag", startregel_for="sager", hoerer_til="kommunen"),
    ),
    at(
        "startregel",
        "proeve",
        "ved ikke, hvor forløbet begynder",
        *SIMPLE,
        start("s2"),
        flows("s2 a"),
        own=properties(startregel="i_dag", startregel_for="sager"),
    ),
    at(
        "navn-ukendt",
        "proeve",
        "for maal er der kun i_dag, maal, nu",
        *SIMPLE,
        own=properties(startregel="sag.dato", startregel_for="maal", hoerer_til="kommunen"),
    ),
    at("feel", "proeve", "startregel kan ikke læses", *SIMPLE, own=properties(startregel="dato(")),
    at("egenskab-vaerdi", "a", "er tom", start(), user("a", formaal=" "), *SIMPLE[2:]),
    at("egenskab-vaerdi", "a", "uden .form", start(), user("a", skema="skema.form"), *SIMPLE[2:]),
    at("egenskab-vaerdi", "a", "ikke som sag.navn = FEEL", start(), user("a", sag="felt"), *SIMPLE[2:]),
    at(
        "egenskab-vaerdi",
        "a",
        "skrives kun af systemet",
        start(),
        user("a", sag="sag.status = felt"),
        *SIMPLE[2:],
    ),
    at(
        "egenskab-vaerdi",
        "x",
        "kun være navne",
        *around(element("callActivity", "x", properties(data="a = 1"), calledElement="anden")),
    ),
    at("operator-mangler", "x", "Systemopgaven »x« gør ingenting", *around(element("serviceTask", "x"))),
    at(
        "operator-ukendt",
        "x",
        "»notere«, som ikke findes. Mente du »noter«?",
        *around(service("x", "notere")),
    ),
    at("parameter", "x", "mangler parameteren »tekst«", *around(service("x", "noter"))),
    at(
        "parameter",
        "x",
        "»teksten«, som noter ikke kender. Mente du »tekst«?",
        *around(service("x", "noter", teksten='"a"', tekst='"a"')),
    ),
    at("parameter", "x", "»z«, som ikke er et trin med skema", *around(service("x", "opret_sag", fra='"z"'))),
    at("parameter", "x", "intet felt »barn_navn«", *around(service("x", "opret_sag", fra='"a"'))),
    at(
        "parameter",
        "x",
        "Vælg en af: fagperson",
        *around(service("x", "registrer_parter", art='"ven"', raekker="[]")),
    ),
    at(
        "videregivelse",
        "x",
        "siger ikke på hvilket grundlag",
        *around(element("manualTask", "x", properties(frist="ingen"), name="1 Udsend brevet")),
    ),
    at("videregivelse", "x", "siger ikke på hvilket grundlag", *around(service("x", "udlever_dokument"))),
    at(
        "egenskab-vaerdi",
        "a",
        "siger ikke til hvem",
        start(),
        user("a", videregivelse="samtykke"),
        *SIMPLE[2:],
    ),
    at("egenskab-vaerdi", "a", "med en art", start(), user("a", tal="ff_sagg = 1"), *SIMPLE[2:]),
    at("parameter", "x", "Mente du »ff_sag«?", *around(service("x", "noter_tal", art='"ff_sagg"'))),
    at("punkt-ukendt", "a", "Punktet »OS-99«", start(), user("a", punkter="OS-01, OS-99"), *SIMPLE[2:]),
)


def gives(name: str) -> str:
    """A task that keeps `felt` under a name of its own."""
    return user("a", data=f"{name} = felt")


EXPRESSIONS = (
    at(
        "feel",
        "x_e2",
        "Udtrykket i betingelsen på pilen »x_e2«",
        *around(XOR, end("e2")),
        flow("x", "e2", "1 +"),
    ),
    at("feel", "x_e2", "Fjern lighedstegnet", *around(XOR, end("e2")), flow("x", "e2", "=svar.felt")),
    at("feel", "x_e2", "fjern ${ og }", *around(XOR, end("e2")), flow("x", "e2", "${felt}")),
    at("feel", "x", "Funktionen »arbejdsdage«", *around(script("n = arbejdsdage(i_dag)"))),
    at("feel", "a", "i frist på opgaven »a«", start(), user("a", frist="i morgen tidlig("), *SIMPLE[2:]),
    at("script", "x", "er ikke som navn = FEEL", *around(script("bare tekst"))),
    at("script", "x", "er tom", *around(script(""))),
    at("script", "x", "Brug egenskaben sag", *around(script("sag.x = 1"))),
    at(
        "navn-ukendt",
        "x_e2",
        "læser »feldt«, som intet trin sætter. Mente du »felt«?",
        start(),
        user("a", data="felt"),
        XOR,
        end(),
        end("e2"),
        flows("s a x e"),
        flow("x", "e2", "feldt"),
    ),
    at(
        "navn-ukendt",
        "x",
        "gentages over læser »rækker«",
        *around(
            element(
                "userTask",
                "x",
                repeat('<bpmn:loopDataInputRef>rækker</bpmn:loopDataInputRef><bpmn:inputDataItem id="en"/>'),
            )
        ),
    ),
    at("navn-ukendt", "proeve", "før start", *SIMPLE, own=properties(start_betingelse="felt = 1")),
    at(
        "navn-ukendt",
        "x",
        "kolonnen »Ind« i beslutningen »x« læser »felt«",
        *around(decision("tabel")),
        parts={"t.dmn": GOOD_TABLE},
    ),
    at("navn-reserveret", "x", "»svar«, som er en af de oplysninger", *around(script("svar = 1"))),
    at("navn-reserveret", "x", "»typename«", *around(script("typename = 1"))),
    at("navn-reserveret", "a", "»moede« i data", start(), gives("moede"), *SIMPLE[2:]),
    at("tidspunkt", "x", "Fjern anførselstegnene", *around(catch(timer('"P7D"', "timeDuration")))),
    at("tidspunkt", "x", "Skriv en dato", *around(catch(timer("P7X", "timeDuration")))),
    at("tidspunkt", "x", "har intet tidspunkt", *around(catch("<bpmn:timerEventDefinition/>"))),
    at("tidspunkt", "x", "skriv = og derefter FEEL", *around(catch(timer("${dato}")))),
    at("tidspunkt", "x", "som ikke er en dato", *around(catch(timer("=1 + 1")))),
    at("tidspunkt", "x", "kan ikke regnes ud", *around(catch(timer('=dato("2026-13-41")')))),
    at("tidspunkt", "a", "giver »P5D«", start(), user("a", frist='duration("P5D")'), *SIMPLE[2:]),
    at("tidspunkt", "a", "i frist på opgaven »a« giver »5«", start(), user("a", frist="2 + 3"), *SIMPLE[2:]),
    at(
        "tidspunkt-mangler",
        "b",
        "»felt«, som ikke altid",
        *around(
            user("b", frist="dato(felt)"),
            XOR.replace("x_e", "x_c"),
            user("c", data="felt"),
            ways=("s a x c b e",),
        ),
        flow("x", "b", "sag.haster"),
    ),
    at("tidspunkt-gentaget", "x", "gentager sig", *around(catch(timer("R3/P7D", "timeCycle")))),
    at(
        "tidspunkt-mangler", "x", "kan give null", *around(catch(timer("=if svar.felt then i_dag else null")))
    ),
    at("tidspunkt-mangler", "x", "giver intet tidspunkt", *around(catch(timer("=[i_dag][2]")))),
    at(
        "tidspunkt-mangler",
        "x",
        "læser »dag«, som ikke altid er sat",
        start(),
        user("a", data="dag"),
        catch(timer("=dag")),
        end(),
        flows("s a x e"),
        parts={"skema.form": form(answer("dag", "datetime"))},
    ),
    at(
        "svar-ikke-her",
        "x_e2",
        "Før det kommer hændelsen »t«",
        *around(catch(timer("P1D"), "t"), XOR, end("e2"), ways=("s a t x e",)),
        flow("x", "e2", "svar.felt"),
    ),
    at(
        "svar-ikke-her",
        "x_e2",
        "ikke altid",
        *around(
            catch(timer("P1D"), "t"),
            XOR,
            end("e2"),
            element("exclusiveGateway", "g", default="g_t"),
            ways=("s a g t x e",),
        ),
        flow("g", "x", "svar.felt"),
        flow("x", "e2", "svar.felt"),
        level="advice",
    ),
    at(
        "svar-felt",
        "x_e2",
        "svar.fel, men skemaet (skema)",
        *around(XOR, end("e2")),
        flow("x", "e2", "svar.fel"),
    ),
    at(
        "indsendt-trin",
        "x_e2",
        "»b«, som ikke findes",
        *around(XOR, end("e2")),
        flow("x", "e2", "indsendt.b.f = 1"),
    ),
    at(
        "indsendt-trin",
        "x_e2",
        "»e«, som intet skema har",
        *around(XOR, end("e2")),
        flow("x", "e2", "indsendt.e.f = 1"),
    ),
    at(
        "indsendt-trin",
        "x_e2",
        "uden et trin",
        *around(XOR, end("e2")),
        flow("x", "e2", "count(indsendt) = 1"),
    ),
    at(
        "indsendt-felt",
        "x_e2",
        "indsendt.a.fel, men",
        *around(XOR, end("e2")),
        flow("x", "e2", "indsendt.a.fel = 1"),
    ),
    of_form(
        "indsendt-felt",
        "indsendt.a.fel, men",
        {"type": "text", "text": "Det er indsendt. {{indsendt.a.fel}}", "id": "Field_x"},
    ),
    at(
        "data-felt",
        "a",
        "»fælt«, som ikke er et felt i skemaet",
        start(),
        user("a", data="fælt"),
        *SIMPLE[2:],
    ),
    at(
        "data-felt",
        "a",
        "udfylder »fælt« på forhånd, som ikke er et felt i skemaet",
        start(),
        user("a", forudfyld="fælt = i_dag"),
        *SIMPLE[2:],
    ),
    at(
        "egenskab-vaerdi",
        "a",
        "»felt« i forudfyld på",
        start(),
        user("a", forudfyld="felt"),
        *SIMPLE[2:],
    ),
    at(
        "navn-ukendt",
        "a",
        "for felt i forudfyld på",
        start(),
        user("a", forudfyld="felt = ukendt"),
        *SIMPLE[2:],
    ),
    at(
        "data-felt",
        "m",
        "har intet skema",
        start(),
        element("manualTask", "m", properties(data="felt", frist="ingen")),
        end(),
        flows("s m e"),
    ),
    at(
        "data-personnummer",
        "a",
        "personnummeret »cpr«",
        start(),
        user("a", data="cpr"),
        *SIMPLE[2:],
        parts={"skema.form": form(answer("cpr", properties={"personnummer": True}))},
    ),
    at(
        "data-personnummer",
        "a",
        "personnummeret »cpr«",
        start(),
        user("a", data="c = cpr"),
        *SIMPLE[2:],
        parts={"skema.form": form(answer("cpr", properties={"personnummer": True}))},
    ),
    at(
        "data-personnummer",
        "x",
        "personnummeret »cpr«",
        *around(catch(properties(skema="skema") + message_event())),
        roots=message(),
        parts={"skema.form": form(answer("cpr", properties={"personnummer": True}))},
    ),
    at(
        "data-personnummer",
        "x",
        "personnummeret »cpr«",
        *around(script("c = svar.cpr")),
        parts={"skema.form": form(answer("cpr", properties={"personnummer": True}))},
    ),
)

TABLES = (
    at("tabel-mangler", "x", "nævner ingen beslutningstabel", *around(element("businessRuleTask", "x"))),
    at("tabel-mangler", "x", "(den har: tabel)", *around(decision("tavle")), parts={"t.dmn": GOOD_TABLE}),
    Case("tabel", bundle(diagram("".join(SIMPLE)), {"t.dmn": b"<x/>"}), None, "ikke en DMN"),
    Case(
        "tabel",
        bundle(diagram("".join(SIMPLE)), {"t.dmn": table(("< 5", "1"), ("> 3", "2"), hit="UNIQUE")}),
        "tabel_1",
        "Række 1 og 2 gælder begge",
    ),
    Case("feel", bundle(diagram("".join(SIMPLE)), {"t.dmn": table(("[10..", "1"))}), "tabel_0", "Række 1"),
    Case(
        "id-dobbelt",
        bundle(diagram("".join(SIMPLE)), {"t.dmn": GOOD_TABLE, "u.dmn": GOOD_TABLE}),
        "tabel",
        "findes også i t.dmn",
    ),
)

FORMS = (
    Case(
        "skema-ulaeseligt", bundle(diagram("".join(SIMPLE)), {"skema.form": b"{"}), None, "ikke gyldig JSON"
    ),
    Case(
        "skema-ulaeseligt",
        bundle(diagram("".join(SIMPLE)), {"skema.form": b"[1]"}),
        None,
        "ikke et form-js-skema",
    ),
    Case(
        "skema-ulaeseligt",
        bundle(diagram("".join(SIMPLE)), {"skema.form": b"[" * 200_000}),
        None,
        "ikke gyldig JSON",
    ),
    Case(
        "skema-ubrugt", bundle(diagram("".join(SIMPLE)), {"andet.form": form()}), None, "»andet« bruges ikke"
    ),
    of_form("skema-felttype", "»iframe«", answer("x", "iframe")),
    of_form("skema-felttype", "hverken dato, tid", answer("x", "datetime", subtype="week")),
    of_form("skema-noegle", "har ingen nøgle", answer("", id="Field_x")),
    of_form("skema-noegle", "bruges allerede", answer("x"), answer("x")),
    of_form("skema-noegle", "Brug kun bogstaver", answer("x-y", id="Field_x")),
    of_form("skema-ledetekst", "har ingen ledetekst", answer("x", label="")),
    of_form("skema-ledetekst", "stadig ledeteksten »Text field«", answer("x", label="Text field")),
    of_form("skema-valg", "intet at vælge imellem", answer("x", "select")),
    of_form(
        "skema-valg", "mangler værdi eller tekst", answer("x", "radio", values=[{"value": "a", "label": ""}])
    ),
    of_form("skema-valg", "står to gange", answer("x", "radio", values=[{"value": "a", "label": "A"}] * 2)),
    of_form("skema-moenster", "Mønstret på »Feltet x«", answer("x", validate={"pattern": "[a-"})),
    of_form("skema-regel", "mangler tekst", answer("x"), place=None, regler=[{"felt": "x", "krav": "=x"}]),
    of_form(
        "skema-regel",
        "»y«, som ikke findes",
        answer("x"),
        place=None,
        regler=[{"felt": "y", "krav": "=x", "tekst": "Nej"}],
    ),
    of_form(
        "punkt-ukendt",
        "»OS-77« i regel 1",
        answer("x"),
        place=None,
        regler=[{"felt": "x", "krav": "=x", "tekst": "Nej", "punkter": "OS-77"}],
    ),
    of_form(
        "feel", "i regel 1", answer("x"), place=None, regler=[{"felt": "x", "krav": "=x +", "tekst": "Nej"}]
    ),
    of_form("feel", "for hvornår »Feltet x« skjules", answer("x", conditional={"hide": "=1 +"})),
    of_form("feel", "Begynd den med lighedstegn", answer("x", conditional={"hide": "y"})),
    of_form("navn-ukendt", "læser »y«, som hverken", answer("x", conditional={"hide": "=y = 1"})),
    of_form("navn-reserveret", "»typename«", answer("typename", id="Field_x")),
    of_form("navn-reserveret", "»sag«, som systemet bruger", answer("sag", id="Field_x")),
    of_form("skema-filer", "filer af typen ».exe«", answer("x", "filepicker", accept=".pdf, .exe")),
    of_form("skema-filer", "max_mb på »Feltet x«", answer("x", "filepicker", properties={"max_mb": 99})),
    of_form("rolle-ukendt", "Rollen »chef«", answer("x", "select", valuesExpression="=personer.chef")),
)

CASES = (*FILE, *PROFILE, *WAY, *MESSAGES, *WORK, *EXPRESSIONS, *TABLES, *FORMS)
