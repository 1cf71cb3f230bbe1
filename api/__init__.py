"""The interfaces: HTTP, viewer, command line and client; the only package that wires the others."""
