"""查重 likeness: the same project entered twice, other phases and sections of one work, reports copied from others."""
