"""Rules of selection: pure."""
