"""Reports of projects, their fingerprints (clustered by fingerprint), and the pairs that people are asked about."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def create(apps: Any, schema_editor: Any) -> None:
    # As in 0001: without a row id the key is the table.
    tail = " WITHOUT ROWID" if schema_editor.connection.vendor == "sqlite" else ""
    schema_editor.execute(
        "CREATE TABLE IF NOT EXISTS likeness_report_print (print bigint NOT NULL, report_id bigint NOT NULL,"
        f" PRIMARY KEY (print, report_id)){tail}"
    )


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE IF EXISTS likeness_report_print")


class Migration(migrations.Migration):
    dependencies = [
        ("likeness", "0001_names"),
        ("projects", "0006_movement"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create, drop)],
            state_operations=[
                migrations.CreateModel(
                    name="ReportPrint",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "print", "report_id", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("print", models.BigIntegerField()),
                        ("report_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "likeness_report_print",
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("document_id", models.BigIntegerField(unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("WAITING", "待比对"),
                            ("READ", "已比对"),
                            ("NO_WORDS", "没有文字（可能是扫描件），不能比对"),
                            ("UNREADABLE", "格式不支持、加密或损坏，不能比对"),
                            ("WITHHELD", "含涉密标志，不予比对"),
                            ("GONE", "已撤回"),
                        ],
                        default="WAITING",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("characters", models.PositiveIntegerField(default=0, verbose_name="字数")),
                ("version", models.PositiveSmallIntegerField(default=0)),
                ("prints", models.BinaryField(default=b"")),
                ("noted_at", models.DateTimeField()),
                ("compared_at", models.DateTimeField(null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
            ],
            options={
                "db_table": "likeness_report",
            },
        ),
        migrations.CreateModel(
            name="ReportPair",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("a_region_key", models.BigIntegerField()),
                ("region_key", models.BigIntegerField()),
                ("share_a", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="占先归档材料")),
                ("share_b", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="雷同占比")),
                ("common_share", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="通用表述占比")),
                ("passages", models.JSONField(default=list)),
                ("passages_total", models.PositiveIntegerField(default=0, verbose_name="雷同处数")),
                ("a_sha", models.CharField(max_length=64)),
                ("b_sha", models.CharField(max_length=64)),
                ("found_on", models.DateField(verbose_name="发现日期")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("OPEN", "待认定"),
                            ("STATED", "已说明待确认"),
                            ("DECIDED", "已认定"),
                            ("CLOSED", "已不相近"),
                        ],
                        default="OPEN",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("SAME_TEMPLATE", "同一模板"), ("COPIED", "照搬照抄"), ("NOT_COPIED", "不构成雷同")],
                        max_length=14,
                        verbose_name="认定",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="理由")),
                ("decided_on", models.DateField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=40, verbose_name="认定人")),
                ("decided_unit", models.CharField(blank=True, max_length=120)),
                ("entry_id", models.BigIntegerField(null=True)),
                ("receipt", models.CharField(blank=True, max_length=12)),
                ("rev", models.PositiveIntegerField(default=1)),
                (
                    "a",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="likeness.report",
                    ),
                ),
                (
                    "b",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="likeness.report"
                    ),
                ),
            ],
            options={
                "db_table": "likeness_report_pair",
            },
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["state", "noted_at"], name="likeness_report_state"),
        ),
        migrations.AddIndex(
            model_name="reportpair",
            index=models.Index(fields=["state", "region_key"], name="likeness_report_pair_state"),
        ),
        migrations.AddConstraint(
            model_name="reportpair",
            constraint=models.UniqueConstraint(fields=("a", "b"), name="likeness_report_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="reportpair",
            constraint=models.CheckConstraint(
                condition=models.Q(("a__lt", models.F("b"))), name="likeness_report_pair_order"
            ),
        ),
    ]
