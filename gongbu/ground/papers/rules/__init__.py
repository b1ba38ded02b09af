"""Rules of papers: filling a template, and the measures of the 公文 layout. Pure."""
