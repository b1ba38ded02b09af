"""工部 Gongbu: one platform for the whole life of government-funded construction projects in China."""

__version__ = "0.1.0"
