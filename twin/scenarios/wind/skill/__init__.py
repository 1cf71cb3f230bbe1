"""The skill of the wind model against wind-tunnel measurements, compared with trivial baselines."""
