"""地基 ground: policy, ledger, calendar, people, documents, registers. It knows nothing of projects."""
