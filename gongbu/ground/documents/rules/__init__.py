"""Pure rules of documents: names, types by content, archives."""
