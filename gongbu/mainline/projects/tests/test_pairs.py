"""Search by an index of neighbouring characters finds what looking into every text finds, no more and no less."""

import random

import pytest
from django.db import connection

from gongbu.mainline.projects import naming, pairs, queries, services, status
from gongbu.mainline.projects.models import Project, ProjectStatus
from gongbu.mainline.projects.tests import factories as make

pytestmark = pytest.mark.django_db
NAMES = (
    "城西水库除险加固", "城东小学（二期）", "3号楼A座改造", "“智慧”大道", '引号"路"改造', "水厂", "道路 改造", "㎡绿地", "𠮷田路", "A-12 段",
    "城西城西",
)  # fmt: skip


@pytest.fixture(params=["index", "scan"])
def officer(request, monkeypatch):
    """An officer of a county with a handful of projects, on a database with the index and on one without."""
    if request.param == "scan":
        if connection.vendor != "sqlite":
            pytest.skip("不适用：PostgreSQL 总有二字组索引")
        monkeypatch.setattr(pairs, "_is_kept", lambda: False)
    for name in NAMES:
        make.reserve_project(name=name, owner_name="云溪县水务局")
    return make.officer()


def found(officer, words):
    return set(queries.search(queries.list_statuses(officer), words).values_list("name", flat=True))


def plain(words):
    """Look into every text."""
    folded = [naming.fold(word) for word in words.split()[:5]]
    rows = ProjectStatus.objects.unscoped("test").values_list("name", "search")
    return {name for name, text in rows if all(word in text for word in folded)}


def test_every_part_of_every_text_is_found(officer):
    draw = random.Random(7)
    texts = list(ProjectStatus.objects.unscoped("test").values_list("search", flat=True))
    words = [
        "水",
        "水库",
        "库水",
        "西 水",
        "a座",
        "Ａ座",
        '"路"',
        "“智",
        "𠮷田",
        "㎡",
        "水务局 路",
        "城西城",
        "西城西",
        "%",
        "_",
        "\\",
    ]
    for _ in range(150):
        text = draw.choice(texts)
        start = draw.randrange(len(text))
        words.append(text[start : start + draw.randint(1, 6)])
    for most in (1_000, 0):
        pairs.MOST_HITS, kept = most, pairs.MOST_HITS
        try:
            for word in words:
                assert found(officer, word) == plain(word), (word, most)
        finally:
            pairs.MOST_HITS = kept


def test_the_index_follows_a_new_name_and_a_withdrawal(officer):
    project = Project.objects.unscoped("test").get(name="水厂")
    services.rename(project_id=project.pk, rev=project.rev, name="净水中心", reason="更名", actor=make.head())
    assert found(officer, "净水") == {"净水中心"}
    assert "净水中心" not in found(officer, "水厂")
    project.refresh_from_db()
    services.withdraw(project_id=project.pk, rev=project.rev, reason="不再建设", actor=make.head())
    assert found(officer, "净水") == set()


@pytest.mark.sqlite
def test_a_rebuild_makes_the_same_index():
    make.reserve_project(name="城西水厂")
    make.reserve_project(name="城东小学")

    def index():
        with connection.cursor() as cursor:
            cursor.execute("SELECT rowid, pairs FROM projects_pairs ORDER BY rowid")
            return cursor.fetchall()

    before = index()
    assert len(before) == 2
    status.rebuild()
    assert index() == before


@pytest.mark.postgres
def test_the_function_of_the_database_makes_the_same_pairs(officer):
    with connection.cursor() as cursor:
        cursor.execute("SELECT search, projects_pairs(search) FROM projects_status")
        for text, made in cursor.fetchall():
            assert sorted(made) == pairs.pairs_of(text)
