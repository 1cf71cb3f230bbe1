"""The layers that show runs of the wind scenario; each file declares one ``LAYER``, and with it a kind of features."""

import sys

from layers.registry import on_shelf
from twin.runs.layer import RunLayer

LAYERS = tuple(on_shelf(sys.modules[__name__], "LAYER", RunLayer))
