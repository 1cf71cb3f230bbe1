"""What a run finds on the map."""

from sqlalchemy import Connection, text

from twin.scenarios.wind.service.survey import LUJIAZUI, survey

ROADS = """
INSERT INTO onemap.roads (name, class, tunnel, level, dataset, geom)
SELECT name, 'primary', tunnel, level, 'test', 'SRID=4490;MULTILINESTRING((121.501 31.237, 121.504 31.237))'
FROM (VALUES
    ('世纪大道', false, NULL), ('延安东路隧道', true, NULL), ('地下通道', NULL, -1), ('天桥', NULL, 1)
) AS road(name, tunnel, level)
"""


def test_no_wind_blows_in_tunnels(tx: Connection) -> None:
    tx.execute(text(ROADS))
    roads = survey(tx, LUJIAZUI).roads
    assert sorted(roads.column("name")) == ["世纪大道", "天桥"]
    assert len(roads.shapes) == 2


def test_a_district_without_streets_is_surveyed(tx: Connection) -> None:
    assert survey(tx, LUJIAZUI).roads.rows == []
