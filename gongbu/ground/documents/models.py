"""Tables of documents: the document, its versions, and uploads under way. Contents lie in the store by digest."""

import uuid
from typing import ClassVar

from django.db import models

from gongbu.ground.orgs.managers import ScopedManager


class Document(models.Model):
    """A document of a subject. Replacing adds a version; withdrawing keeps everything and says why."""

    class Access(models.TextChoices):
        PUBLIC = "PUBLIC", "公开"
        INTERNAL = "INTERNAL", "内部"
        RESTRICTED = "RESTRICTED", "受限"

    id = models.BigAutoField(primary_key=True)
    title = models.CharField("标题", max_length=160)
    kind = models.CharField("类别", max_length=40)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    region_key = models.BigIntegerField()
    access = models.CharField("访问级别", max_length=12, choices=Access)
    person_id = models.BigIntegerField(null=True)
    unit_id = models.BigIntegerField(null=True)
    current = models.ForeignKey("Version", null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True)
    rev = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        db_table = "documents_document"
        indexes = [models.Index(fields=["subject_kind", "subject_id", "kind"], name="documents_by_subject")]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """One version of a document: whose bytes, under which name, brought by whom. Rows are only added."""

    id = models.BigAutoField(primary_key=True)
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=130)
    sha256 = models.CharField(max_length=64, db_index=True)
    sm3 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=20)
    flags = models.JSONField(default=list)
    person_id = models.BigIntegerField(null=True)
    person_name = models.CharField(max_length=40)
    unit_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField()
    entry_id = models.BigIntegerField(null=True)
    receipt = models.CharField(max_length=12, null=True)

    class Meta:
        db_table = "documents_version"
        ordering: ClassVar[list[str]] = ["number"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="version_once_per_document")]


class Upload(models.Model):
    """A resumable upload (tus 1.0). How much has arrived is the size of its file, not a column."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    person_id = models.BigIntegerField()
    name = models.CharField(max_length=130)
    size = models.BigIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "documents_upload"
        indexes = [models.Index(fields=["created_at"], name="uploads_by_age")]
