"""How the bundled sample district is made: facts in, features out, nothing left to chance."""
