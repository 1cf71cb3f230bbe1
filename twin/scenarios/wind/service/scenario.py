"""The declaration of the wind scenario."""

from layers.title import Title
from twin.scenario import Scenario
from twin.scenarios.wind.catalog import LAYERS
from twin.scenarios.wind.service import status as status_module
from twin.scenarios.wind.service.method import METHOD
from twin.scenarios.wind.service.request import WindRequest
from twin.scenarios.wind.service.run import run
from twin.scenarios.wind.service.survey import LUJIAZUI
from twin.warnings import WeatherWarning

PUDONG = "310115"


def of_warning(warning: WeatherWarning) -> WindRequest | None:
    """Return the request of the run that a warning starts, or None where it is for another place."""
    if not warning.concerns(PUDONG, (LUJIAZUI.lon, LUJIAZUI.lat)):
        return None
    return WindRequest.model_validate({"warning": warning.id})


SCENARIO = Scenario(
    id="wind",
    title=Title("陆家嘴城市风灾风险场景", "Lujiazui wind hazard"),
    description=Title(
        "由预警、台风路径、测站或设定的风，推演街道阵风、幕墙风压、坠物范围和风险清单，并按预案生成任务。",
        "From a warning, a typhoon track, stations or a given wind: street gusts, façade pressure, keep-out zones, a "
        "ranked list of objects at risk, and tasks by the pre-plan.",
    ),
    parameters=WindRequest,
    run=run,
    status=status_module.status,
    of_warning=of_warning,
    kinds=status_module.kinds,
    method=METHOD,
    layers=LAYERS,
)
