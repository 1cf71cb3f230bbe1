import pytest

from api.routes.landing import CONFORMANCE


def test_the_landing_page_links_to_all_that_ogc_asks_for(city) -> None:
    document = city.client.get("/").json()
    assert {link["rel"] for link in document["links"]} >= {"self", "service-desc", "service-doc", "conformance", "data"}


def test_every_link_of_the_landing_page_works(city) -> None:
    for headers in ({}, city.signed_in):
        for link in city.client.get("/", headers=headers).json()["links"]:
            if not link.get("templated"):
                assert city.client.get(link["href"], headers=headers).status_code == 200, link


def test_the_landing_page_shows_the_way_to_everything(city) -> None:
    def paths(**headers: str) -> set[str]:
        links = city.client.get("/", headers=headers).json()["links"]
        return {link["href"].removeprefix(str(city.client.base_url)).partition("?")[0] for link in links}

    anybody = {"/grids", "/rasters", "/geocode", "/objects", "/objects/{code}", "/matches"}
    assert anybody <= paths()
    assert {"/quarantine", "/loads"}.isdisjoint(paths())
    assert {"/quarantine", "/loads"} <= paths(**city.signed_in)
    page = city.client.get("/?f=html").text
    assert all(title in page for title in ("网格", "栅格", "地理编码", "统一编码", "同一对象"))


def test_every_link_of_every_collection_works(city) -> None:
    for collection in city.client.get("/collections").json()["collections"]:
        for link in collection["links"]:
            assert city.client.get(link["href"]).status_code == 200, link


def test_conformance_is_declared(city) -> None:
    assert tuple(city.client.get("/conformance").json()["conformsTo"]) == CONFORMANCE


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/buildings"])
def test_documents_come_as_pages_to_browsers(city, path: str) -> None:
    page = city.client.get(path, headers={"accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert city.client.get(path, params={"f": "json"}).headers["content-type"] == "application/json"


def test_a_collection_knows_its_extent(city) -> None:
    def box(**headers: str) -> list[float]:
        found: list[float] = city.client.get("/collections/buildings", headers=headers).json()["extent"]["spatial"][
            "bbox"
        ]
        return found[0]

    assert box() == pytest.approx([121.5008, 31.2352, 121.5034, 31.2376])
    assert box(**city.signed_in) == pytest.approx([121.4986, 31.2336, 121.5034, 31.2376])


def test_queryables_are_the_columns_with_titles_and_types(city) -> None:
    schema = city.client.get("/collections/buildings/queryables")
    assert schema.headers["content-type"] == "application/schema+json"
    assert schema.json()["properties"]["height_m"] == {"title": "高度 height", "type": "number", "x-ogc-unit": "m"}


def test_the_definition_of_the_api_names_every_route(city) -> None:
    paths = city.client.get("/openapi.json").json()["paths"]
    assert {
        "/collections/{layer_id}/items",
        "/tiles/{layer_ids}/{z}/{x}/{y}.mvt",
        "/search",
        "/catalog",
        "/readyz",
    } <= set(paths)


def test_the_catalogue_has_legends_styles_and_counts(city) -> None:
    document = city.client.get("/catalog").json()
    layers = {layer["id"]: layer for theme in document["themes"] for layer in theme["layers"]}
    buildings = layers["buildings"]
    assert buildings["count"] == 3, "the fourth is not open"
    assert buildings["title"] == {"zh": "建筑", "en": "Buildings"}
    assert {legend["id"] for legend in buildings["legends"]} == set(buildings["maplibre"])
    assert document["principal"]["name"] == "anonymous"


def test_the_catalogue_follows_an_edit(own_city) -> None:
    def count() -> int:
        themes = own_city.client.get("/catalog").json()["themes"]
        return next(layer["count"] for theme in themes for layer in theme["layers"] if layer["id"] == "roads")

    assert count() == 2
    own_city.sql("DELETE FROM onemap.roads WHERE name = '世纪大道'")
    assert count() == 1


def test_alive_ready_and_counted(city) -> None:
    assert city.client.get("/healthz").json() == {"status": "ok"}
    assert city.client.get("/readyz").json()["status"] == "ok"
    city.client.get("/tiles/buildings/14/13721/6694.mvt")
    figures = city.client.get("/metrics").text
    assert 'twin_requests_total{route="tiles",status="200"}' in figures
    assert "twin_tile_bytes_total" in figures


def test_a_database_that_is_behind_is_not_ready(own_city) -> None:
    own_city.sql(
        "UPDATE onemap.alembic_version SET version_num = '0000'"
        " WHERE version_num = (SELECT min(version_num) FROM onemap.alembic_version)"
    )
    answer = own_city.client.get("/readyz")
    assert answer.status_code == 503
    assert "run twin up" in answer.json()["detail"]
