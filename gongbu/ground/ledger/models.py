"""Tables of the book. Entries, leaves, nodes and heads only grow: triggers refuse UPDATE, DELETE and TRUNCATE."""

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """One entry, left by one act. ``canonical`` is the truth; the other columns repeat parts of it for look-ups.

    ``leaf_hash`` is the leaf of :mod:`leaf` in hex. ``receipt`` is the short code of a public receipt.
    """

    id = models.BigAutoField(primary_key=True)
    canonical = models.TextField()
    leaf_hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    region_key = models.BigIntegerField()
    occurred_on = models.DateField()
    recorded_at = models.DateTimeField()
    person_id = models.BigIntegerField(null=True)
    clock = models.CharField(max_length=10)
    key = models.CharField(max_length=160, null=True, unique=True)
    receipt = models.CharField(max_length=12, null=True, unique=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")

    class Meta:
        db_table = "ledger_entry"
        indexes = [models.Index(fields=["subject_kind", "subject_id", "id"], name="ledger_by_subject")]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind}"


class Pending(models.Model):
    """待入树: a committed entry without a leaf yet. A trigger on the entry table writes it; the sequencer removes it.

    Numbers from a sequence become visible out of order on PostgreSQL, so "greater than the last one" would skip
    entries. This set is exact: nothing is skipped and nothing taken twice.
    """

    entry_id = models.BigIntegerField(primary_key=True)

    class Meta:
        db_table = "ledger_pending"


class Leaf(models.Model):
    """The place of an entry in the tree: indexes are 0, 1, 2 … without a gap. ``hash`` is copied from the entry."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)

    class Meta:
        db_table = "ledger_leaf"


class Node(models.Model):
    """A perfect inner node of level ≥ 1, written when its last leaf arrives and never changed."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)

    class Meta:
        db_table = "ledger_node"


class Head(models.Model):
    """A signed tree head (树头): the root over the first ``size`` leaves. The same line goes to ``heads.log``."""

    size = models.BigIntegerField(primary_key=True)
    root = models.CharField(max_length=64)
    algorithm = models.CharField(max_length=12)
    key_id = models.CharField(max_length=80)
    signature = models.TextField()
    signed_at = models.DateTimeField()
    clock = models.CharField(max_length=10)

    class Meta:
        db_table = "ledger_head"
        ordering: ClassVar[list[str]] = ["size"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["signed_at", "size"], name="ledger_heads_by_moment")
        ]
