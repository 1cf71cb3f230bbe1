"""The one map as vector tiles: statements, TileJSON, and the bare ASGI application that serves them."""
