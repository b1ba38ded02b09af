"""材料 documents: files of a subject, kept by content, with versions and access levels."""

from collections.abc import Callable, Mapping

GUARDS: list[Callable[[Mapping[str, str]], bool]] = []
"""Doors before the store: a guard that returns True for title and file name keeps the file out (涉密, GO-15)."""
