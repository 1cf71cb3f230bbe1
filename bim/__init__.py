"""Buildings in 3-D: models, georeference, formats, tilesets and review."""
