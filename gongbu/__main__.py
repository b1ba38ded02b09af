"""``python -m gongbu`` is the program ``gongbu``."""

from gongbu.config.cli import main

main()
