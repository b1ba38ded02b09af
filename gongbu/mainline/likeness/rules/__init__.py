"""Pure rules of likeness: names into parts, two names against each other, two lists, two texts."""
