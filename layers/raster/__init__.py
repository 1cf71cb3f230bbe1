"""Rasters: reading, checking, keeping, colouring and measuring pixels; pure, without a database."""
