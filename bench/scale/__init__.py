"""One installation on several machines, tried on one: PostgreSQL, web processes, workers and a proxy in front.

``python -m bench.scale`` measures it (docs/scale.md); ``tests/scale`` shows with the same parts what must hold.
"""
