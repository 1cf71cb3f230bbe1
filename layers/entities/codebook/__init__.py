"""The register of unified codes: assigned once, kept through loads and edits, retired, and succeeded by others."""
