"""What one answer expands has a most, however it is nested."""

import pytest
from mast import Service, datastream, observations, thing


@pytest.fixture(scope="module")
def stream(service: Service) -> int:
    """Make a datastream with sixty observations, and return its number."""
    observed = [one for day in (1, 2, 3) for one in observations(*range(20), day=day)]
    number = service.make("Things", thing(Datastreams=[datastream(Observations=observed)]))
    return int(service.get(f"Things({number})/Datastreams")["value"][0]["@iot.id"])


def expanded(stranger: Service, stream: int, inner: str) -> tuple[int, str]:
    """Expand 60 datastreams of 60 observations, each with its datastream: 7,320 entities, and what is within those."""
    expand = f"Datastream($expand=Observations($top=60;$expand=Datastream($expand=Observations({inner}))))"
    answer = stranger.ask(f"Datastreams({stream})/Observations", top=60, expand=expand)
    return answer.status_code, answer.json().get("parameter", "")


def test_entities_of_all_levels_are_counted_together(stranger: Service, stream: int):
    assert expanded(stranger, stream, "$top=1")[0] == 200
    # 43,200 more are fewer than 50,000, and not together.
    assert expanded(stranger, stream, "$top=12") == (400, "$expand")


def test_counts_within_an_answer_have_a_most(stranger: Service, stream: int):
    assert expanded(stranger, stream, "$top=0;$count=true") == (400, "$count")
