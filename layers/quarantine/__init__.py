"""What waits in quarantine: seen, mended, released into its layer, or discarded."""
