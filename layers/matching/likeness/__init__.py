"""How alike two objects are: shapes, names and addresses weighed into one score; knows no database."""
