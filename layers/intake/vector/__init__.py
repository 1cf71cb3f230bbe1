"""Features of any vector file: their columns, their keys, and the layer that they fill or create."""
