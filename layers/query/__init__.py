"""Questions to the layers: items, counts and search, as functions that return a Select."""
