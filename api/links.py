"""Links as OGC API documents carry them."""

from urllib.parse import urlencode

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
Link = dict[str, str | bool]
JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
MVT = "application/vnd.mapbox-vector-tile"
OPENAPI = "application/vnd.oai.openapi+json;version=3.1"
SCHEMA = "application/schema+json"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TILESETS = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"


def link(rel: str, href: str, kind: str, title: str, *, templated: bool = False) -> Link:
    """Return one link."""
    document: Link = {"rel": rel, "href": href, "type": kind, "title": title}
    return document | {"templated": True} if templated else document


def with_query(url: str, parameters: dict[str, str]) -> str:
    """Return an address with query parameters."""
    return f"{url}?{urlencode(parameters)}" if parameters else url


def self_and_other(url: str, parameters: dict[str, str], kind: str, *, html: bool) -> list[Link]:
    """Return links to this document and to its other format."""
    forms = {"json": kind, "html": HTML}
    now, then = ("html", "json") if html else ("json", "html")
    rest = {name: value for name, value in parameters.items() if name != "f"}
    return [
        link("self", with_query(url, rest | {"f": now}), forms[now], "This document"),
        link("alternate", with_query(url, rest | {"f": then}), forms[then], f"This document as {then.upper()}"),
    ]
