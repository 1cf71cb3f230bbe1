"""The landing page, and what we conform to."""

from fastapi import APIRouter, Request, Response

from api.deps import BaseUrl, WantsHtml
from api.documents import document
from api.links import HTML, JSON, OPENAPI, link, self_and_other
from api.pages import page

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
async def landing(request: Request, base: BaseUrl, html: WantsHtml) -> Response:
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
    ]
    if html:
        return page("landing.html", links=links)
    description = "统一时空底图与数字孪生 · the spatio-temporal base map and digital twin of a city district"
    return document({"title": "onemap-twin", "description": description, "links": links})


@ROUTER.get("/conformance", summary="What we conform to")
async def conformance() -> dict[str, object]:
    """Return the classes of OGC standards that hold."""
    return {"conformsTo": list(CONFORMANCE)}
