"""The living city: sensors, incidents, hazards and the runs that find danger before harm."""
