"""The wind scenario at work: the city from the database, runs, and how the scenario stands."""
