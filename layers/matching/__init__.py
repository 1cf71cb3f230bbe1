"""One object in two sources, or twice in one: found, proposed with a score, decided by a person, and reversible."""
