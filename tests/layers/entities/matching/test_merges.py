"""Which merges can be carried out together."""

from hypothesis import given
from hypothesis import strategies as st

from layers.entities.matching.merges import MergeState, disjoint_rounds

PAIRS = st.lists(st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda pair: pair[0] < pair[1]), unique=True)


@given(PAIRS, st.permutations(range(1, 9)))
def test_plans_keep_the_order_in_which_merges_rest_on_each_other(pairs: list[tuple[int, int]], best: list[int]) -> None:
    state = MergeState("buildings", {fid: place for place, fid in enumerate(best)}, {})
    planned = state.plan((number, a, b) for number, (a, b) in enumerate(pairs))
    gone: set[int] = set()
    for each in planned:
        assert each.stays == min(each.a, each.b, key=best.index)
        assert gone.isdisjoint({each.a, each.b})
        gone.add(each.gives)
    rounds = disjoint_rounds(planned)
    assert sorted(each.number for one in rounds for each in one) == [each.number for each in planned]
    for one in rounds:
        objects = [fid for each in one for fid in (each.a, each.b)]
        assert len(objects) == len(set(objects))
    # Of two merges that share an object the first comes in an earlier round.
    turn = {each.number: place for place, one in enumerate(rounds) for each in one}
    for at, first in enumerate(planned):
        for later in planned[at + 1 :]:
            if {first.a, first.b} & {later.a, later.b}:
                assert turn[first.number] < turn[later.number]


def test_what_stands_in_the_way_is_told() -> None:
    state = MergeState("buildings", {1: 0, 2: 1}, {2: 7})
    assert state.obstacle(1, 9) == "object 9 of layer buildings no longer exists; run the matching again"
    assert "by match 7" in str(state.obstacle(1, 2))
