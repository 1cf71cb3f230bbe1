"""Geocoding over HTTP."""

import csv
import io

import pytest


def answers(city, query: str, **more: str) -> list[dict]:
    answer = city.client.get("/geocode", params={"q": query, **more})
    assert answer.status_code == 200
    return answer.json()["answers"]


def test_an_address_is_found(sample_city) -> None:
    [best] = answers(sample_city, "上海市浦东新区世纪大道１００号94层")
    assert best["confidence"] >= 0.8
    assert best["how"] == {"code": "exact", "zh": "门牌号精确匹配", "en": "exact house number"}
    assert best["object"]["name"] == "上海环球金融中心"
    assert (best["lon"], best["lat"]) == pytest.approx((121.503, 31.2365), abs=1e-3)


def test_the_normal_form_is_stated(sample_city) -> None:
    answer = sample_city.client.get("/geocode", params={"q": "上海浦东世纪大道一百号"}).json()
    assert answer["normal"] == "上海市浦东新区世纪大道100号"


@pytest.mark.parametrize("where", ["/geocode", "/geocode/suggest"])
@pytest.mark.parametrize("query", ["", "  ", "长" * 201])
def test_a_query_that_is_none_is_refused(sample_city, where: str, query: str) -> None:
    answer = sample_city.client.get(where, params={"q": query})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "q"


def test_the_address_of_a_place(sample_city) -> None:
    answer = sample_city.client.get("/geocode/reverse", params={"lon": 121.5013, "lat": 31.2356})
    assert answer.status_code == 200
    found = answer.json()
    assert found["address"]["name"] == "上海中心大厦"
    assert found["divisions"][0]["name"] == "陆家嘴街道"


@pytest.mark.parametrize("lon", ["", "181", "nan", "inf", "x"])
def test_a_place_that_is_none_is_refused(sample_city, lon: str) -> None:
    answer = sample_city.client.get("/geocode/reverse", params={"lon": lon, "lat": "31"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "lon"


def test_suggestions(sample_city) -> None:
    found = sample_city.client.get("/geocode/suggest", params={"q": "世纪大道1", "limit": "3"}).json()["suggestions"]
    assert len(found) == 3
    assert all("世纪大道1" in each["text"] for each in found)


def test_a_list(sample_city) -> None:
    texts = ["世纪大道100号", "没有的地方", ""]
    answer = sample_city.client.post("/geocode/batch", json=texts)
    assert answer.status_code == 200
    found = answer.json()["answers"]
    assert [each["query"] for each in found] == texts
    assert [each["answer"] and each["answer"]["how"]["code"] for each in found] == ["exact", None, None]
    assert sample_city.client.post("/geocode/batch", json={"addresses": texts}).json() == answer.json()


def test_a_table(sample_city) -> None:
    body = "门牌,备注\n世纪大道88号,a\n".encode("gb18030")
    headers = {"content-type": "text/csv"}
    answer = sample_city.client.post("/geocode/batch?column=门牌", content=body, headers=headers)
    assert answer.status_code == 200
    [row] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["备注"], row["how"], row["layer"]) == ("a", "exact", "buildings")
    refused = sample_city.client.post("/geocode/batch?column=无", content=body, headers=headers)
    assert (refused.status_code, refused.json()["parameter"]) == (400, "column")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("{}", "give a list of addresses"),
        ("[1]", "body[0]: 1 is not a text"),
        ("[", "this is not JSON"),
        ('["a"' + ', "a"' * 10_000 + "]", "10001 addresses"),
    ],
)
def test_what_is_no_list_is_refused(sample_city, body: str, detail: str) -> None:
    answer = sample_city.client.post("/geocode/batch", content=body)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]


def test_graded_houses_are_not_found_by_others(city) -> None:
    assert answers(city, "内部楼") == []
    found = city.client.get("/geocode", params={"q": "内部楼"}, headers=city.signed_in).json()["answers"]
    assert found[0]["object"]["name"] == "内部楼"
