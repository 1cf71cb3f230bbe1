"""Rasters as tiles: PNG, WebP and terrain-RGB, behind a bare ASGI application as the vector tiles are."""
