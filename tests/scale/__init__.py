"""Several machines on one PostgreSQL: what must hold (docs/scale.md). The parts come from bench/scale."""
