"""Skill, honestly: the wind model against wind tunnels, beside trivial baselines."""
