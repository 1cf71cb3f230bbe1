"""Where layers are kept: the cluster, the engine, tables with two times, migrations and SQL functions."""
