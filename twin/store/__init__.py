"""What ``twin`` keeps in the database: tables, rights, SQL functions and migrations."""
