"""Data quality: rules of layers, their violations, and scores."""
