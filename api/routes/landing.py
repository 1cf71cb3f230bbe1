"""The landing page, and what we conform to."""

from fastapi import APIRouter, Request, Response

from api.deps import BaseUrl, ThePrincipal, WantsHtml
from api.documents import document
from api.links import GEOJSON, HTML, JSON, OPENAPI, Link, link, self_and_other
from api.pages import page
from layers.access import Principal, decide

ROUTER = APIRouter(tags=["landing"])
_FEATURES = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    f"{_FEATURES}/core",
    f"{_FEATURES}/geojson",
    f"{_FEATURES}/html",
    f"{_TILES}/core",
    f"{_TILES}/tileset",
    f"{_TILES}/tilesets-list",
    f"{_TILES}/geodata-tilesets",
    f"{_TILES}/mvt",
)


@ROUTER.get("/", summary="Where everything is")
async def landing(request: Request, principal: ThePrincipal, base: BaseUrl, html: WantsHtml) -> Response:
    """Return links to the API's parts."""
    links = [
        *self_and_other(f"{base}/", dict(request.query_params), JSON, html=html),
        link("service-desc", f"{base}/openapi.json", OPENAPI, "API 定义 The API's definition"),
        link("service-doc", f"{base}/?f=html", HTML, "API 说明 About the API"),
        link("conformance", f"{base}/conformance", JSON, "符合性 What we conform to"),
        link("data", f"{base}/collections", JSON, "图层 Layers"),
        link(
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
            f"{base}/tileMatrixSets",
            JSON,
            "瓦片矩阵集 Tile matrix sets",
        ),
        link("search", f"{base}/search?q={{q}}", JSON, "检索 Search by name and address", templated=True),
        link("related", f"{base}/viewer", HTML, "地图 The map"),
        *_more(base, principal),
    ]
    if html:
        return page("landing.html", links=links)
    description = "统一时空底图与数字孪生 · the spatio-temporal base map and digital twin of a city district"
    return document({"title": "onemap-twin", "description": description, "links": links})


def _more(base: str, principal: Principal) -> list[Link]:
    """Return links to what is not part of the standards, as far as the principal may read it."""
    links = [
        link("related", f"{base}/grids", JSON, "网格 Grids"),
        link("related", f"{base}/rasters", JSON, "栅格 Rasters"),
        link("related", f"{base}/geocode?q={{q}}", JSON, "地理编码 Place of an address", templated=True),
        link("related", f"{base}/objects/{{code}}", JSON, "统一编码 Object by its code", templated=True),
        link("related", f"{base}/objects?key={{key}}", JSON, "来源标识 Object by the key of a source", templated=True),
        link("related", f"{base}/matches?layer={{layer}}", JSON, "同一对象 Objects that may be one", templated=True),
    ]
    if decide(principal, "read", "quarantine").allowed:
        links.append(link("related", f"{base}/quarantine", GEOJSON, "隔离待处理 Rows in quarantine"))
    if decide(principal, "read", "loads").allowed:
        links.append(link("related", f"{base}/loads", JSON, "入库记录 Loads"))
    return links


@ROUTER.get("/conformance", summary="What we conform to")
async def conformance() -> dict[str, object]:
    """Return the classes of OGC standards that hold."""
    return {"conformsTo": list(CONFORMANCE)}
