"""The shelf of sources."""

from layers.intake.sources import sources


def test_every_source_is_found_and_no_two_read_the_same_file():
    found = sources()
    assert {source.id for source in found} >= {"osm", "geojson", "geopackage", "folder"}
    suffixes = [suffix for source in found for suffix in source.suffixes]
    assert len(suffixes) == len(set(suffixes))
