"""Set a paper: PDF by typst with one compiler kept per process, DOCX written directly; both from one :class:`Sheet`."""
