"""How good the rules of likeness are: a seeded hard set, a labelled real list, a baseline tuned the same way."""
