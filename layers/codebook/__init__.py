"""The register of unified codes: given once, kept through loads and edits, retired, and followed by others."""
