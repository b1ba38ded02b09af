"""Rules of meetings: pure functions."""
