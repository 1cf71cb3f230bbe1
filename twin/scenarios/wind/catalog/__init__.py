"""The layers in which runs of the wind are seen; a file here declares one ``LAYER``, and with it a kind of features."""

import sys

from layers.registry import on_shelf
from twin.runs.layer import RunLayer

LAYERS = tuple(on_shelf(sys.modules[__name__], "LAYER", RunLayer))
