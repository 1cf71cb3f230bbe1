"""From readings, forecasts, tracks and warnings to the reference wind of a run."""
