"""Where things are: reference systems, grids and codes; pure, without a database."""
