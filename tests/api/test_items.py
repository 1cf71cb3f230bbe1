import pytest
from sqlalchemy import text

ITEMS = "/collections/buildings/items"


def features(answer) -> list[dict]:
    assert answer.status_code == 200, answer.text
    return answer.json()["features"]


def walk(client, url: str) -> list[dict]:
    """Follow the next links to the end."""
    found: list[dict] = []
    while url:
        page = client.get(url).json()
        found += page["features"]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    return found


def test_shanghai_tower_answers_with_its_height_floors_and_place(city) -> None:
    (tower,) = features(city.client.get(ITEMS, params={"name_en": "Shanghai Tower"}))
    assert (tower["properties"]["height_m"], tower["properties"]["floors"]) == (632, 128)
    ring = tower["geometry"]["coordinates"][0][0]
    assert min(lon for lon, _ in ring) < 121.5013 < max(lon for lon, _ in ring)
    assert min(lat for _, lat in ring) < 31.2356 < max(lat for _, lat in ring)
    assert tower["properties"]["grade"] == "open"


def test_an_item_has_an_address_of_its_own(city) -> None:
    tower = features(city.client.get(ITEMS, params={"name": "金茂大厦"}))[0]
    item = city.client.get(f"{ITEMS}/{tower['id']}").json()
    assert item["properties"] == tower["properties"]
    assert {link["rel"] for link in item["links"]} >= {"self", "alternate", "collection"}


def test_pages_by_key_give_every_item_once(city) -> None:
    found = walk(city.client, f"{ITEMS}?limit=1")
    assert len(found) == 3
    assert len({feature["id"] for feature in found}) == 3


def test_pages_hold_while_rows_are_added(own_city) -> None:
    first = own_city.client.get(f"{ITEMS}?limit=2").json()
    own_city.sql("INSERT INTO onemap.buildings (name, geom) SELECT '新', geom FROM onemap.buildings")
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    rest = walk(own_city.client, following)
    ids = [feature["id"] for feature in first["features"] + rest]
    assert len(ids) == len(set(ids)) == 7


def test_a_wish_for_too_many_is_clamped_with_a_next_link(city_with) -> None:
    with city_with(items_limit=2) as city:
        page = city.client.get(f"{ITEMS}?limit=1000000000").json()
        assert page["numberReturned"] == 2
        assert [link["rel"] for link in page["links"]].count("next") == 1


def test_a_box_finds_what_it_touches(city) -> None:
    names = {
        f["properties"]["name"] for f in features(city.client.get(f"{ITEMS}?bbox=121.5009,31.2368,121.5016,31.2380"))
    }
    assert names == {"金茂大厦"}
    high = {
        f["properties"]["name"]
        for f in features(city.client.get(f"{ITEMS}?bbox=121.5009,31.2368,0,121.5016,31.2380,500"))
    }
    assert high == names


def test_a_box_over_the_antimeridian_is_two_boxes(city) -> None:
    assert len(features(city.client.get(f"{ITEMS}?bbox=121.4,31,-170,32"))) == 3
    assert features(city.client.get(f"{ITEMS}?bbox=170,31,-170,32")) == []


def test_columns_filter_by_equality_in_their_own_types(city) -> None:
    def found(**filters: str) -> set[str]:
        return {f["properties"]["name_en"] for f in features(city.client.get(ITEMS, params=filters))}

    assert found(height_m="420.5") == {"Jin Mao Tower"}
    assert found(floors="101") == {"Shanghai World Financial Center"}
    assert found(use="office", floors="128") == {"Shanghai Tower"}
    assert found(use="'; DROP TABLE onemap.buildings; --") == set()


def test_graded_rows_are_for_those_who_may(city) -> None:
    anonymous = {f["properties"]["name"] for f in features(city.client.get(ITEMS))}
    administrator = {f["properties"]["name"] for f in features(city.client.get(ITEMS, headers=city.signed_in))}
    assert administrator - anonymous == {"内部楼"}
    hidden = next(
        f["id"] for f in features(city.client.get(ITEMS, headers=city.signed_in)) if f["properties"]["name"] == "内部楼"
    )
    assert city.client.get(f"{ITEMS}/{hidden}").status_code == 404


def test_items_of_the_past_are_what_was_true_and_what_was_believed(own_city) -> None:
    with own_city.database.reader.connect() as connection:
        then = connection.execute(text("SELECT clock_timestamp()")).scalar_one().isoformat()
    own_city.sql("UPDATE onemap.buildings SET floors = 999 WHERE name_en = 'Shanghai Tower'")
    wanted = {"name_en": "Shanghai Tower"}
    assert features(own_city.client.get(ITEMS, params=wanted))[0]["properties"]["floors"] == 999
    assert features(own_city.client.get(ITEMS, params=wanted | {"as_of": then}))[0]["properties"]["floors"] == 128
    assert features(own_city.client.get(ITEMS, params=wanted | {"datetime": "1990-01-01"})) == []


def test_an_interval_shows_every_slice_of_a_feature(own_city) -> None:
    own_city.sql("UPDATE onemap.buildings SET valid = '[2001-01-01Z, 2010-01-01Z)' WHERE name_en = 'Shanghai Tower'")
    own_city.sql(
        "INSERT INTO onemap.buildings (fid, name, name_en, geom, valid) OVERRIDING SYSTEM VALUE "
        "SELECT fid, '改建', name_en, geom, '[2010-01-01Z,)' FROM onemap.buildings WHERE name_en = 'Shanghai Tower'"
    )
    url = f"{ITEMS}?name_en=Shanghai%20Tower&datetime=2005-01-01T00:00:00Z/..&limit=1"
    assert [f["properties"]["name"] for f in walk(own_city.client, url)] == ["上海中心大厦", "改建"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("bbox=1,2,3,4,5", "bbox: 5 numbers given; 4 (west,south,east,north) or 6 are needed"),
        ("bbox=a,b,c,d", "bbox: 'a,b,c,d' is not a list of numbers"),
        ("bbox=121,32,122,31", "south below north"),
        ("bbox=nan,1,2,3", "has a number that is not finite"),
        ("limit=0", "limit: '0' is not a whole number of at least 1"),
        ("limit=-1", "limit: '-1' is not a whole number of at least 1"),
        ("limit=abc", "limit: 'abc' is not a whole number of at least 1"),
        ("datetime=2026-13-01", "datetime: '2026-13-01' names no instant of the calendar"),
        ("as_of=gestern", "as_of: 'gestern' is not an RFC 3339 date-time"),
        ("after=1", "after: '1' is not the cursor of a next link"),
        ("after=1.999999999999999999", "is not the cursor of a next link"),
        ("colour=red", "colour: layer buildings has no such column; it has name, name_en"),
        ("floors=many", "floors: 'many' is not a value of type integer"),
        ("floors=99999999999", "floors: '99999999999' is not a value of type integer"),
        ("has_parts=perhaps", "has_parts: 'perhaps' is not a value of type boolean"),
        ("f=xml", "f: 'xml' is not a supported format; use json or html"),
    ],
)
def test_a_bad_parameter_is_named_with_what_would_be_right(city, query: str, detail: str) -> None:
    answer = city.client.get(f"{ITEMS}?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/collections/nope/items", f"{ITEMS}/999999", f"{ITEMS}/abc", f"{ITEMS}/{10**30}", "/nowhere"]
)
def test_what_is_not_there_is_404(city, path: str) -> None:
    answer = city.client.get(path)
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_a_nul_character_is_refused_and_not_a_failure(city) -> None:
    assert city.client.get(f"{ITEMS}?name=%00").status_code == 400
    assert city.client.get("/search?q=%00").status_code == 400


def test_a_browser_gets_a_page_with_chinese_titles(city) -> None:
    page = city.client.get(f"{ITEMS}?limit=1", headers={"accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html")
    assert "名称" in page.text
    assert "下一页" in page.text
    item = city.client.get(f"{ITEMS}?f=html&name=金茂大厦").text
    assert "金茂大厦" in item


def test_text_from_data_cannot_become_markup(own_city) -> None:
    own_city.sql("UPDATE onemap.buildings SET name = '<script>alert(1)</script>'")
    assert "<script>alert" not in own_city.client.get(f"{ITEMS}?f=html").text
