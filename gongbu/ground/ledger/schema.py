"""Where the book is, for an auditor with nothing but a database client and a hash program."""

from typing import Any

from django.conf import settings
from django.db import connection

from gongbu.ground.ledger import hashing, heads, leaf
from gongbu.ground.ledger.models import Entry, Head, Leaf, Node


def describe() -> dict[str, Any]:
    """Return table and column names, hash rules and the place of the database (no password)."""
    head = Head.objects.order_by("-size").values_list("algorithm", flat=True).first()
    return {
        "table": Entry._meta.db_table,
        "column": "canonical",
        "id_column": "id",
        "hash_column": "leaf_hash",
        "algorithm_column": "algorithm",
        "algorithm": head or getattr(settings, "LEDGER_ALGORITHM", hashing.DEFAULT),
        "leaf_rule": 'by the last key of canonical: "v":1 → format_1, "v":2 → format_2; hex',
        "leaf_format_1": "H(0x00 || canonical as UTF-8)",
        "leaf_format_2": 'H(0x00 || "gongbu-leaf/2" 0x0A || H(0x02 || canonical as UTF-8) || statement)',
        "statement": f"RFC 8785 JSON of {{{', '.join((*leaf.STATED, 'v'))}}} of canonical; empty if its public is null",
        "node_rule": "H(0x01 || left || right) (RFC 9162 section 2.1)",
        "canonical_form": "RFC 8785 JSON, integers and text only",
        "leaf_table": Leaf._meta.db_table,
        "node_table": Node._meta.db_table,
        "head_table": Head._meta.db_table,
        "heads_file": str(heads.path()),
        "keys_folder": str(settings.KEYS_DIR),
        "engine": connection.vendor,
        "database": _place(),
    }


def _place() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return str(facts["NAME"])
    return f"{facts['HOST'] or 'local'}:{facts['PORT'] or 5432}/{facts['NAME']}"
