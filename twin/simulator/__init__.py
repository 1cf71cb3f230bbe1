"""A city that breathes: what its sensors would say, by models of weather, water and people."""
