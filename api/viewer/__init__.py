"""The map page: a pydeck Deck compiled from the catalogue, and a thin shell of ES modules."""
