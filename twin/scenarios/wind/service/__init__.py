"""The wind scenario as a service: the city from the database, runs, and the state of the scenario."""
