"""HTTP routes, one noun per file; a route parses, calls and returns."""
