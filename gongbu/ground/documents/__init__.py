"""材料 documents: files of a subject, kept by content, with versions and access levels."""
