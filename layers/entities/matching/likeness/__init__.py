"""How alike two objects are: shapes, names and addresses weighed into one score; without the database."""
