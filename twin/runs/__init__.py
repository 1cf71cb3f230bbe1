"""What is kept of hazard scenarios: runs, their features as layers, tasks and warnings."""
