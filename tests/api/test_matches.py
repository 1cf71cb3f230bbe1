"""Matches over HTTP: who may decide, and what everybody sees."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from city import City, open_server
from two_surveys import NEW, OLD, load_survey

from api.client import Client
from api.layers import all_layers
from layers.access.principals import token_hash
from layers.entities.matching.jobs import match_kind
from layers.errors import Conflict, Forbidden, Unauthenticated
from layers.ops.jobs import run_worker


@pytest.fixture(scope="module")
def surveyed(server: Any, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Yield two surveys of a quarter, compared by the worker when the steward asks."""
    folder = tmp_path_factory.mktemp("surveyed")
    with server.copy_of(template) as database:
        load_survey(database, folder, "old", OLD, 10, "2026-01-01")
        load_survey(database, folder, "new", NEW, 50, "2026-02-01")
        with open_server(database, folder) as city:
            city.sql(
                "INSERT INTO onemap.principal (name, token_sha256, roles) VALUES "
                f"('keeper', '{token_hash('keeper')}', '{{steward}}'), ('guest', '{token_hash('guest')}', '{{}}')"
            )
            with client_of(city, "keeper") as client:
                client.propose_matches("buildings", ("old", "new"))
            asyncio.run(run_worker(database, [match_kind(all_layers)], until_empty=True))
            yield city


def client_of(city: City, token: str | None = None) -> Client:
    return Client(str(city.client.base_url), token)


def jin(client: Client) -> int:
    found = client.matches("buildings", state=None)
    return int(next(number for number, row in found.iterrows() if row.a["properties"]["source_key"] == "old/jin"))


def test_the_job_tells_what_it_found(surveyed: City) -> None:
    job = surveyed.client.get("/jobs", headers=surveyed.signed_in).json()["jobs"][0]
    assert (job["state"], job["title"], job["result"]["fresh"]) == ("done", "match buildings", 5)


def test_everybody_sees_proposals_with_both_shapes_and_what_speaks_for_them(surveyed: City) -> None:
    page = surveyed.client.get("/matches", params={"layer": "buildings", "limit": "2"}).json()
    assert page["counts"] == {"same": {"proposed": 2}, "contains": {"proposed": 3}}
    seen = page["matches"]
    while following := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = surveyed.client.get(following[0]).json()
        seen += page["matches"]
    assert len({each["id"] for each in seen}) == len(seen) == 5
    # A part lies in its whole more surely than two are one, and waits behind these all the same.
    assert [each["relation"] for each in seen] == ["same"] * 2 + ["contains"] * 3
    assert seen[1]["score"] < seen[2]["score"]
    with client_of(surveyed) as client:
        match = client.matches("buildings").iloc[0]
    assert match.a["geometry"]["type"] == match.b["geometry"]["type"] == "MultiPolygon"
    assert match.parts["name"]["points"] == 4.5


def test_layers_that_have_matches_are_told_with_their_counts(surveyed: City) -> None:
    answer = surveyed.client.get("/matches").json()
    assert answer == {"layers": {"buildings": {"same": {"proposed": 2}, "contains": {"proposed": 3}}}, "matches": []}


def test_who_may_not_decide_is_told_so_and_it_is_recorded(surveyed: City) -> None:
    with client_of(surveyed) as nobody, pytest.raises(Unauthenticated, match="administrator or steward"):
        nobody.decide_match(jin(nobody), "accept", "because")
    with client_of(surveyed, "guest") as guest, pytest.raises(Forbidden, match="guest does not have it"):
        guest.decide_match(jin(guest), "accept", "because")
    with surveyed.database.owner.connect() as connection:
        refused = connection.exec_driver_sql("SELECT count(*) FROM onemap.audit WHERE allowed = 'no'").scalar()
    assert refused == 2


def test_a_steward_merges_and_takes_it_back(surveyed: City) -> None:
    def items() -> dict[str, Any]:
        features = surveyed.client.get("/collections/buildings/items?limit=100&f=json").json()["features"]
        told = {each["id"]: each for each in features}
        for each in told.values():
            del each["properties"]["recorded_from"]
        return told

    tile = "/tiles/buildings/14/13721/6694.mvt"
    before, bytes_before = items(), surveyed.client.get(tile)
    with client_of(surveyed, "keeper") as keeper:
        number = jin(keeper)
        merged = keeper.decide_match(number, "accept", "the same tower")
        assert (merged["state"], merged["filled"]["floors"]["value"]) == ("accepted", 88)
        changed = surveyed.client.get(tile)
        assert changed.headers["etag"] != bytes_before.headers["etag"]
        assert changed.content != bytes_before.content
        assert items() != before
        with pytest.raises(Conflict, match="is accepted"):
            keeper.decide_match(number, "accept", "again")
        assert keeper.decide_match(number, "undo", "a mistake")["state"] == "undone"
    assert items() == before
    assert surveyed.client.get(tile).content == bytes_before.content
    # Who decided is for those who may know.
    seen = surveyed.client.get(f"/matches/{number}").json()
    assert "principal" not in seen
    assert "reason" not in seen
    told = surveyed.client.get(f"/matches/{number}", headers=surveyed.signed_in).json()
    assert (told["principal"], told["reason"]) == ("keeper", "a mistake")


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/matches?layer=nothing", 404, "there is no layer 'nothing'"),
        ("/matches?layer=buildings&state=maybe", 400, "none of proposed, accepted, refused, undone"),
        ("/matches?layer=wind_streets", 400, "has no objects of its own"),
        ("/matches/99", 404, "there is no match 99"),
    ],
)
def test_wrong_questions_are_answered_with_what_is_wrong(surveyed: City, path: str, status: int, detail: str) -> None:
    answer = surveyed.client.get(path)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_a_decision_wants_a_reason(surveyed: City) -> None:
    url = "/matches/accept?layer=buildings&above=0.9"
    answer = surveyed.client.post(url, headers=surveyed.signed_in, json={})
    assert (answer.status_code, answer.json()["parameter"]) == (400, "reason")
    answer = surveyed.client.post(url, headers=surveyed.signed_in, json={"reason": "sure enough"})
    assert answer.json() == {"layer": "buildings", "accepted": 0, "left": 0}
