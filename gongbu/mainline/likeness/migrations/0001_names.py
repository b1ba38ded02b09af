"""The index of names (clustered by key) and the pairs that people are asked about."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models


def create(apps: Any, schema_editor: Any) -> None:
    # Without a row id the key is the table: half the room, and a look-up is one walk.
    tail = " WITHOUT ROWID" if schema_editor.connection.vendor == "sqlite" else ""
    schema_editor.execute(
        "CREATE TABLE IF NOT EXISTS likeness_gram (gram bigint NOT NULL, region_key bigint NOT NULL,"
        f" name_id bigint NOT NULL, PRIMARY KEY (gram, region_key, name_id)){tail}"
    )


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE IF EXISTS likeness_gram")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("projects", "0004_open_batches"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create, drop)],
            state_operations=[
                migrations.CreateModel(
                    name="Gram",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "gram",
                                "region_key",
                                "name_id",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("gram", models.BigIntegerField()),
                        ("region_key", models.BigIntegerField()),
                        ("name_id", models.BigIntegerField()),
                    ],
                    options={
                        "db_table": "likeness_gram",
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="IndexedName",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("project_id", models.BigIntegerField()),
                ("text", models.CharField(max_length=200)),
                ("is_current", models.BooleanField()),
                ("region_key", models.BigIntegerField()),
                ("version", models.PositiveSmallIntegerField()),
                ("keys", models.BinaryField()),
            ],
            options={
                "db_table": "likeness_name",
                "constraints": [
                    models.UniqueConstraint(fields=("project_id", "text", "is_current"), name="likeness_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Outdated",
            fields=[
                ("project_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("marked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "likeness_outdated",
                "indexes": [models.Index(fields=["marked_at"], name="likeness_outdated_age")],
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("region_key", models.BigIntegerField()),
                ("a_region_key", models.BigIntegerField()),
                ("score", models.DecimalField(decimal_places=4, max_digits=5, verbose_name="相似度")),
                (
                    "relation",
                    models.CharField(
                        choices=[
                            ("SAME", "疑似同一项目"),
                            ("OTHER_PHASE", "疑似其他期"),
                            ("OTHER_SECTION", "疑似其他标段"),
                            ("SIMILAR", "名称相近"),
                        ],
                        max_length=14,
                        verbose_name="判断",
                    ),
                ),
                ("evidence", models.JSONField(default=list)),
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
                        choices=[
                            ("SAME", "同一项目"),
                            ("OTHER_PHASE", "同一工程的其他期"),
                            ("OTHER_SECTION", "同一工程的其他标段或区段"),
                            ("DIFFERENT", "不同项目"),
                        ],
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
                        to="projects.project",
                    ),
                ),
                (
                    "b",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
            ],
            options={
                "db_table": "likeness_pair",
                "indexes": [models.Index(fields=["state", "relation", "region_key"], name="likeness_pair_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("a", "b"), name="likeness_pair_once"),
                    models.CheckConstraint(condition=models.Q(("a__lt", models.F("b"))), name="likeness_pair_ordered"),
                ],
            },
        ),
    ]
