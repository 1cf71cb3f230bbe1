def test_a_token_opens_a_session_and_signing_out_ends_it(own_city) -> None:
    client = own_city.client
    assert client.get("/session").json()["name"] == "anonymous"
    signed = client.post("/session", json={"token": own_city.token})
    assert "HttpOnly" in signed.headers["set-cookie"]
    assert "SameSite=strict" in signed.headers["set-cookie"]
    assert client.get("/session").json()["name"] == "administrator"
    assert client.delete("/session").status_code == 204
    assert client.get("/session").json()["name"] == "anonymous"


def test_an_unknown_token_is_refused_everywhere(city) -> None:
    bad = {"Authorization": "Bearer wrong"}
    for path in ("/session", "/collections", "/tiles/buildings/14/13721/6694.mvt"):
        answer = city.client.get(path, headers=bad)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert city.client.post("/session", json={"token": "wrong"}).status_code == 401


def test_another_scheme_is_refused_with_the_right_one(city) -> None:
    answer = city.client.get("/session", headers={"Authorization": "Basic abc"})
    assert "Bearer <token>" in answer.json()["detail"]


def test_a_body_that_is_no_token_is_named(city) -> None:
    answer = city.client.post("/session", json={})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "token"
