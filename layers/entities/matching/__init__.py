"""Matching: finds the same object in two sources, or twice in one; people decide on scored proposals, reversibly."""
