"""What is too much of a device in a minute."""

from twin.sensing.devices.conduct import MOST_REFUSED, Conduct


def test_a_minute_is_counted_for_each_device_and_begins_anew() -> None:
    now = [0.0]
    conduct = Conduct(lambda: now[0])
    assert conduct.came("a", 60, 60) == ""
    assert "more than 60 observations in a minute" in conduct.came("a", 1, 60)
    assert conduct.came("b", 60, 60) == ""
    now[0] = 61.0
    assert conduct.came("a", 60, 60) == ""
    conduct.forget("a")
    assert conduct.came("a", 60, 60) == ""


def test_refusals_are_too_many_beyond_a_hundred_and_the_last_reason_is_told() -> None:
    conduct = Conduct(lambda: 0.0)
    assert conduct.refused("a", MOST_REFUSED, "it is hot") == ""
    assert conduct.refused("a", 1, "it is cold").endswith("the last since it is cold")
