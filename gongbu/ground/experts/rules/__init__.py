"""Rules of experts: pure functions."""
