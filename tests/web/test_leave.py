"""A person's leave and the log of administration, on their pages and over the API."""

from __future__ import annotations

from tests.web.town import Town


def test_a_leader_enters_a_leave_and_the_person_ends_it(town: Town) -> None:
    mette, sara = town.person("mette.holm"), town.person("sara.lund")
    page = f"/personer/{mette}/fravaer"
    leader = town.visitor("birgit.skov")
    assert "Sara Lund" in leader.get(page).text
    wrong = leader.send("POST", page, {"fra": "i morgen", "til": "12.02.2026", "stedfortraeder": sara})
    assert wrong.status_code == 422
    assert "Skriv datoen som" in wrong.text
    other = leader.send("POST", page, {"fra": "10.02.2026", "til": "12.02.2026", "stedfortraeder": "1000000"})
    assert other.status_code == 422
    assert "samme rolle" in other.text
    entered = leader.send("POST", page, {"fra": "10.02.2026", "til": "12.02.2026", "stedfortraeder": sara})
    assert entered.status_code == 302
    own = town.caller("mette.holm")
    row = own.get(f"/people/{mette}/leave")["items"][0]
    assert (row["first_day"], row["last_day"], row["status"]) == ("2026-02-10", "2026-02-12", "planlagt")
    assert row["substitute"] == {"id": sara, "name": "Sara Lund"}
    visitor = town.visitor("mette.holm")
    assert "Dit fravær" in visitor.get("/konto").text
    assert 'value="10.02.2026"' in visitor.get(f"{page}?ret={row['id']}").text
    assert visitor.send("POST", f"{page}/{row['id']}/slut").status_code == 302
    assert own.get(f"/people/{mette}/leave")["items"][0]["status"] == "annulleret"


def test_leave_over_the_api_is_the_persons_and_the_leaders(town: Town) -> None:
    mette, sara = town.person("mette.holm"), town.person("sara.lund")
    body = {"first_day": "2026-02-10", "last_day": "2026-02-12", "substitute": sara}
    town.caller("jonas.friis").post(f"/people/{mette}/leave", body, status=403)
    town.caller("jonas.friis").get(f"/people/{mette}/leave", status=403)
    own = town.caller("mette.holm")
    leave = own.post(f"/people/{mette}/leave", body)["id"]
    longer = own.call("PUT", f"/people/{mette}/leave/{leave}", {**body, "last_day": "2026-02-13"})
    assert longer.status_code == 200
    refused = own.post(f"/people/{mette}/leave", {**body, "substitute": mette}, status=422)
    assert "substitute" in str(refused) or "first_day" in str(refused)
    town.caller("birgit.skov").post(f"/leave/{leave}/end")
    assert own.get(f"/people/{mette}/leave")["items"][0]["status"] == "annulleret"


def test_what_administration_changes_is_logged_and_paged(town: Town) -> None:
    finn, caller = town.visitor("finn.dahl"), town.caller("finn.dahl")
    mette = town.person("mette.holm")
    page = f"/administration/personer/{mette}"
    given = {
        "navn": "Mette Holm Bæk",
        "brugernavn": "mette.holm",
        "email": "",
        "titel": "Rådgiver",
        "enhed": "",
    }
    finn.send("POST", page, given)
    finn.send("POST", f"{page}/roller", {"rolle": "referent", "rolle_enhed": "", "fra": "", "til": ""})
    password = finn.send("POST", f"{page}/adgangskode").text.split('tabindex="0">')[1].split("<")[0]
    finn.send("POST", f"{page}/spaer")
    finn.send("POST", "/administration/lukkedage", {"tekst": "Kommunens dag", "dato": "01.06.2026"})
    shown = finn.get("/administration/log").text
    for said in ("»Mette Holm« → »Mette Holm Bæk«", "Givet: Referent", "Spærret", "Kommunens dag"):
        assert said in shown
    first = caller.get("/administration/log?limit=2")
    second = caller.get(f"/administration/log?limit=2&after={first['next']}")
    everything = caller.get("/administration/log?limit=100")["items"]
    assert [*first["items"], *second["items"]] == everything[:4]
    assert {row["who"] for row in everything[:4]} == {"Finn Dahl"}
    assert password not in str(everything)
    about = caller.get(f"/administration/log?person={mette}")["items"]
    assert {row["kind"] for row in about} >= {"person", "rolle", "adgang", "adgangskode"}
    town.caller("kirsten.bro").get("/administration/log", status=403)
    assert town.visitor("kirsten.bro").get("/administration/log").status_code == 403
