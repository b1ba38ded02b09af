"""Tables of registers: drafts of forms. Drafts are not of record."""

from django.conf import settings
from django.db import models


class FormDraft(models.Model):
    """What a person typed into a form and has not submitted (草稿): raw texts by field, per form and subject."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    form_key = models.CharField(max_length=80)
    subject = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    rev = models.BigIntegerField(null=True)  # of the record when the form was opened, if it has one
    opened = models.JSONField(default=dict)  # field → mark of the value the form then showed
    saved_at = models.DateTimeField()
    window = models.CharField(max_length=16, blank=True)  # of the browser that saved it last

    class Meta:
        db_table = "registers_form_draft"
        # A record's form has one draft; a form of something new has one in each window it was opened in.
        constraints = [
            models.UniqueConstraint(
                fields=["person", "form_key", "subject"], condition=~models.Q(subject=""), name="draft_once_per_record"
            ),
            models.UniqueConstraint(
                fields=["person", "form_key", "window"], condition=models.Q(subject=""), name="draft_once_per_window"
            ),
        ]
