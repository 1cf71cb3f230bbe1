"""The one map: where (space), when (temporal), what (catalog) and how it is stored (store)."""
