"""The one map: where (space), when (temporal), what (catalog) and kept (store)."""
