"""``python -m gongbu`` is the program ``gongbu``."""

from gongbu.config.cli import main

if __name__ == "__main__":  # a web process imports this module again
    main()
