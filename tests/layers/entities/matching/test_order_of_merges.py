"""Whatever is accepted, undone and loaded: objects are what their sources and the standing merges say."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest
from sqlalchemy import text
from two_surveys import house

from layers import catalog
from layers.access.principals import LOCAL_OPERATOR
from layers.entities.matching.decisions import Decider, accept, undo
from layers.entities.matching.propose import dataset_layer
from layers.intake.ingest import LoadSummary
from layers.intake.quarantine.mend import Patch
from layers.intake.quarantine.review import QuarantineService, ReviewDecision
from layers.store.engine import Database

Load = Callable[..., LoadSummary]
Values = dict[str, Any]
LAYER = dataset_layer(catalog.built_in().get("buildings"))
WHY = Decider(LOCAL_OPERATOR, "the same tower")
SURVEYS = {"one": ("one/a", "one/b"), "two": ("two/a", "two/b"), "three": ("three/a",)}
KEYS = tuple(key for keys in SURVEYS.values() for key in keys)
COLUMNS = ("height_m", "height_source", "floors", "address")


@dataclass(frozen=True)
class Standing:
    """A merge that stands: who gave way to whom, and the slice of the latter from which on it fills."""

    gives: str
    stays: str
    since: date


@dataclass
class Model:
    """What should be: own values of objects by slice, and the merges that stand in the order of their acceptance."""

    own: dict[str, list[tuple[date, Values]]] = field(default_factory=lambda: {key: [] for key in KEYS})
    standing: list[Standing] = field(default_factory=list)

    def say(self, key: str, day: date, values: Values) -> None:
        """A source says something: a new slice, where that is something else."""
        if not self.own[key] or self.own[key][-1][1] != values:
            self.own[key].append((day, values))

    def values(self, key: str, place: int = -1) -> Values:
        """Return the values of a slice: its own, and what merges add one after the other."""
        began, own = self.own[key][place]
        values = dict(own)
        for merge in self.standing:
            if merge.stays == key and merge.since <= began:
                values |= _taken(values, self.values(merge.gives))
        return values

    def free(self) -> list[str]:
        """Return the objects that have not given way to others."""
        return [key for key in KEYS if key not in {merge.gives for merge in self.standing}]

    def rows(self) -> dict[str, list[Values]]:
        """Return the values of all slices."""
        return {key: [self.values(key, place) for place in range(len(self.own[key]))] for key in KEYS}


def _taken(stays: Values, gives: Values) -> Values:
    measured = (stays["height_source"] or "estimated") == "estimated" and gives["height_source"] in {"tagged", "floors"}
    taken = {name: gives[name] for name in ("height_m", "floors", "address") if stays[name] is None}
    if measured:
        taken |= {"height_m": gives["height_m"], "height_source": gives["height_source"]}
    return {name: value for name, value in taken.items() if value is not None}


@dataclass
class World:
    """The database beside its model."""

    db: Database
    load: Load
    model: Model = field(default_factory=Model)
    day: date = date(2026, 1, 1)
    numbers: dict[frozenset[str], int] = field(default_factory=dict)
    fids: dict[str, int] = field(default_factory=dict)

    def say(self, dataset: str, chance: random.Random) -> None:
        """Load a survey, of which some objects are as they were."""
        self.day += timedelta(days=1)
        features = []
        for key in SURVEYS[dataset]:
            said = self.model.own[key]
            values = said[-1][1] if said and chance.random() < 0.4 else _some_values(chance)
            self.model.say(key, self.day, values)
            features.append(house(key, (40 * KEYS.index(key), 0), **{k: v for k, v in values.items() if v is not None}))
        self.load(dataset, features, 10, self.day.isoformat())

    def pair_all(self) -> None:
        """Propose each pair of objects."""
        with self.db.owner.begin() as connection:
            found = connection.execute(text("SELECT source_key, fid FROM onemap.buildings WHERE upper_inf(valid)"))
            self.fids = {row.source_key: row.fid for row in found}
            for one, other in combinations(KEYS, 2):
                low, high = sorted((self.fids[one], self.fids[other]))
                self.numbers[frozenset((one, other))] = connection.execute(
                    text(
                        "INSERT INTO onemap.match (layer, a, b, relation, score, parts, marks)"
                        " VALUES ('buildings', :low, :high, 'same', 0.9, '{}', '{}') RETURNING id"
                    ),
                    {"low": low, "high": high},
                ).scalar_one()

    def accept(self, gives: str, stays: str) -> None:
        """Accept the match of two objects."""
        accept(self.db, LAYER, self.numbers[frozenset((gives, stays))], WHY, survivor=self.fids[stays])
        self.model.standing.append(Standing(gives, stays, self.model.own[stays][-1][0]))

    def undo(self, merge: Standing) -> None:
        """Take a merge back."""
        undo(self.db, LAYER, self.numbers[frozenset((merge.gives, merge.stays))], WHY)
        self.model.standing.remove(merge)

    def step(self, chance: random.Random) -> str:
        """Do something at random, and say what."""
        free, standing = self.model.free(), self.model.standing
        act = chance.choices(("accept", "undo", "load"), (4 * (len(free) > 1), 3 * bool(standing), 2))[0]
        if act == "accept":
            gives, stays = chance.sample(free, 2)
            self.accept(gives, stays)
            return f"{gives} gives way to {stays}"
        if act == "undo":
            merge = chance.choice(standing)
            self.undo(merge)
            return f"{merge} is undone"
        dataset = chance.choice(list(SURVEYS))
        self.say(dataset, chance)
        return f"{dataset} is loaded"

    def rows(self) -> dict[str, list[Values]]:
        """Return the values of all slices of all objects."""
        rows: dict[str, list[Values]] = {key: [] for key in KEYS}
        with self.db.owner.connect() as connection:
            statement = "SELECT * FROM onemap.buildings ORDER BY source_key, lower(valid)"
            for row in connection.execute(text(statement)).mappings():
                rows[row["source_key"]].append({name: row[name] for name in COLUMNS})
        return rows

    def kept(self) -> int:
        """Return of how many slices own values are kept apart."""
        with self.db.owner.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM onemap.own_value")).scalar_one())


def _some_values(chance: random.Random) -> Values:
    """Return values of which some are missing; a small choice, so that sources often agree."""
    source = chance.choice((None, "tagged", "estimated"))
    return {
        "height_m": source and chance.choice((10.5, 30.0, 420.5)),
        "height_source": source,
        "floors": chance.choice((None, 3, 88)),
        "address": chance.choice((None, "世纪大道88号", "世纪大道100号")),
    }


@pytest.fixture
def world(db: Database, load: Load) -> Callable[[random.Random], World]:
    """Return what makes a world in which all surveys are loaded and all pairs proposed."""

    def made(chance: random.Random) -> World:
        world = World(db, load)
        for dataset in SURVEYS:
            world.say(dataset, chance)
        world.pair_all()
        return world

    return made


@pytest.mark.parametrize("seed", range(4))
def test_objects_are_what_their_sources_and_the_standing_merges_say(
    world: Callable[[random.Random], World], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    made = world(chance)
    done: list[str] = []
    for _ in range(40):
        done.append(made.step(chance))
        assert made.rows() == made.model.rows(), "\n".join(done)
    chance.shuffle(order := list(made.model.standing))
    for merge in order:
        made.undo(merge)
        done.append(f"{merge} is undone")
        assert made.rows() == made.model.rows(), "\n".join(done)
    own = {key: [values for _, values in slices] for key, slices in made.model.own.items()}
    assert made.rows() == own, "with no merge left each object is what its source says"
    assert made.kept() == 0


def test_two_merges_undone_in_the_order_they_were_made_leave_nothing(
    world: Callable[[random.Random], World], load: Load
) -> None:
    made = world(random.Random(1))  # noqa: S311 - a test
    nothing = dict.fromkeys(COLUMNS)
    made.day += timedelta(days=1)
    for dataset, key, height in (("one", "one/a", 30.0), ("two", "two/a", 420.5), ("three", "three/a", None)):
        source = "tagged" if height == 420.5 else height and "estimated"
        values = nothing | {"height_m": height, "height_source": source}
        made.model.say(key, made.day, values)
        load(dataset, [house(key, (40 * KEYS.index(key), 0), **values)], 10, made.day.isoformat())
    made.accept("one/a", "three/a")
    made.accept("two/a", "three/a")
    assert made.rows()["three/a"][-1]["height_m"] == 420.5
    first, second = made.model.standing
    made.undo(first)
    made.undo(second)
    assert made.rows()["three/a"][-1] == nothing


def test_a_row_released_from_quarantine_is_a_load_of_its_object(
    world: Callable[[random.Random], World], load: Load
) -> None:
    made = world(random.Random(1))  # noqa: S311 - a test
    made.day += timedelta(days=1)
    tall = dict.fromkeys(COLUMNS) | {"floors": 88, "address": "世纪大道88号"}
    made.model.say("one/a", made.day, tall)
    load("one", [house("one/a", (0, 0), **tall)], 10, made.day.isoformat())
    made.accept("one/a", "three/a")
    made.day += timedelta(days=1)
    broken = house("three/a", (160, 0), name="金茂大厦", floors="many")
    load("three", [broken, *(house(f"three/{n}", (300 + 40 * n, 0)) for n in range(20))], 10, made.day.isoformat())
    with made.db.owner.connect() as connection:
        number = connection.execute(text("SELECT id FROM onemap.quarantine WHERE state = 'pending'")).scalar_one()
    QuarantineService(made.db, catalog.built_in()).release(
        number, Patch(properties={"floors": "3"}), ReviewDecision("operator", "counted")
    )
    assert newest(made, "three/a") == {"name": "金茂大厦", "floors": 3, "address": "世纪大道88号"}
    made.undo(made.model.standing[0])
    assert newest(made, "three/a") == {"name": "金茂大厦", "floors": 3, "address": None}


def test_of_an_object_that_has_ended_the_last_values_count_and_of_one_that_never_was_none(
    world: Callable[[random.Random], World], load: Load
) -> None:
    made = world(random.Random(1))  # noqa: S311 - a test
    lone = house("one/b", (40, 0))
    for address in ("世纪大道88号", "世纪大道100号"):
        made.day += timedelta(days=1)
        load("one", [house("one/a", (0, 0), address=address), lone], 10, made.day.isoformat())
        load("three", [house("three/a", (160, 0))], 10, made.day.isoformat())
    made.accept("one/a", "three/a")
    load("one", [lone], 10, (made.day + timedelta(days=1)).isoformat())
    assert newest(made, "three/a")["address"] == "世纪大道100号"
    with made.db.owner.begin() as connection:
        connection.execute(text("DELETE FROM onemap.buildings WHERE source_key = 'one/a'"))
    load("two", [house("two/a", (80, 0))], 10, (made.day + timedelta(days=2)).isoformat())
    assert newest(made, "three/a")["address"] is None


def newest(world: World, key: str) -> Values:
    """Return some values of an object's newest slice."""
    statement = "SELECT name, floors, address FROM onemap.buildings WHERE source_key = :key ORDER BY lower(valid) DESC"
    with world.db.owner.connect() as connection:
        return dict(connection.execute(text(statement), {"key": key}).mappings().first() or {})
