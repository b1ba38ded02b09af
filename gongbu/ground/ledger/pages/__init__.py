"""Public pages of the book: receipts, and the signed heads."""
