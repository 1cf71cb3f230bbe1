import pytest


def found(city, query: str) -> list[dict]:
    answer = city.client.get("/search", params={"q": query})
    assert answer.status_code == 200
    return answer.json()["results"]


@pytest.mark.parametrize(
    "query", ["上海中心", "Shanghai Tower", "shanghai tower", "  ＳＨＡＮＧＨＡＩ ＴＯＷＥＲ ", "中心大厦"]
)
def test_shanghai_tower_is_found_by_either_name_and_any_spelling(city, query: str) -> None:
    best = found(city, query)[0]
    assert (best["name"], best["name_en"]) == ("上海中心大厦", "Shanghai Tower")
    assert (best["lon"], best["lat"]) == pytest.approx((121.5013, 31.2356), abs=1e-3)


def test_a_whole_name_comes_before_a_part_and_the_taller_before_the_lower(own_city) -> None:
    own_city.sql("UPDATE onemap.buildings SET name = '上海' WHERE name_en = 'Jin Mao Tower'")
    assert [result["name"] for result in found(own_city, "上海")] == ["上海", "上海中心大厦", "上海环球金融中心"]


def test_signs_of_like_stand_for_themselves(city) -> None:
    assert found(city, "%") == []
    assert found(city, "_") == []


def test_roads_are_found_too(city) -> None:
    assert found(city, "世纪大道")[0]["layer"] == "roads"


def test_graded_rows_are_not_found_by_others(city) -> None:
    assert found(city, "内部楼") == []
    answer = city.client.get("/search", params={"q": "内部楼"}, headers=city.signed_in)
    assert [result["name"] for result in answer.json()["results"]] == ["内部楼"]


@pytest.mark.parametrize(
    ("query", "detail"), [("", "q: nothing to search for"), ("长" * 101, "q: the text is not a name")]
)
def test_a_query_that_is_none_is_refused(city, query: str, detail: str) -> None:
    answer = city.client.get("/search", params={"q": query})
    assert answer.status_code == 400
    assert detail in answer.json()["detail"]
