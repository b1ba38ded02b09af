"""Filing, replacing and withdrawing, as the people concerned; and what happens when it may not be."""

import errno
import hashlib
import io
import os
import time
from pathlib import Path

import orjson
import pytest

from gongbu.ground.basics.findings import ChangedMeanwhile, NotAllowed, NotFound, Refusal
from gongbu.ground.basics.messages import word
from gongbu.ground.documents import queries, services, store, sweep
from gongbu.ground.documents.models import Document, Version
from gongbu.ground.documents.store import StorageRefusal
from gongbu.ground.documents.tests import factories as make
from gongbu.ground.ledger.models import Entry
from gongbu.ground.outbox.models import OutboxMessage

pytestmark = pytest.mark.django_db

WHERE = {"subject_kind": "bridge", "subject_id": 5, "region_key": make.COUNTY[0]}


def file(data=None, name="批复.pdf", actor=None, **changes):
    given = {"kind": "APPROVAL", "access": "INTERNAL", **WHERE, **changes}
    return services.store(io.BytesIO(make.pdf() if data is None else data), name, actor=actor or make.actor(), **given)


def nothing_happened():
    contents = [path for _, path in store.all_digests()]
    partials = list(store.work_folder("incoming").iterdir())
    return not (
        Document.objects.unscoped("test").exists()
        or Entry.objects.exists()
        or OutboxMessage.objects.exists()
        or partials
    ), contents


@pytest.mark.req("PF-02")
def test_a_filed_document_lies_in_the_store_and_its_digests_in_the_ledger():
    data = make.pdf("first")
    document = file(data, "../../etc/云发改审〔2026〕15号.pdf")
    version = document.current
    assert (version.name, version.number, version.format) == ("云发改审〔2026〕15号.pdf", 1, "PDF")
    assert document.title == "云发改审〔2026〕15号"
    assert version.sha256 == hashlib.sha256(data).hexdigest()
    assert version.sm3 == hashlib.new("sm3", data).hexdigest()
    path = store.path_of(version.sha256)
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o400
    assert path.parent.name == version.sha256[2:4]
    entry = Entry.objects.get()
    content = orjson.loads(entry.canonical)
    assert (entry.kind, entry.subject_kind, entry.subject_id) == ("documents.added", "bridge", 5)
    assert content["documents"] == [f"SM3:{version.sm3}", f"SHA-256:{version.sha256}"]
    assert version.entry_id == entry.pk
    assert entry.receipt is None
    assert OutboxMessage.objects.get().topic == "documents.added"


def test_a_public_document_gets_a_receipt_with_its_digest():
    document = file(access="PUBLIC")
    entry = Entry.objects.get()
    assert document.current.receipt == entry.receipt
    assert orjson.loads(entry.canonical)["public"]["文件 SM3 摘要"] == document.current.sm3


def test_equal_content_is_stored_once():
    assert file().current.sha256 == file(name="副本.pdf").current.sha256
    assert len(list(store.all_digests())) == 1


@pytest.mark.req("PF-02")
def test_who_may_not_file_leaves_no_trace():
    for outsider in (
        make.actor("VIEWER"),
        make.actor(area=make.ELSEWHERE),
        make.actor("OWNER_UNIT", area=make.ELSEWHERE),
    ):
        with pytest.raises(NotAllowed):
            file(actor=outsider)
    clean, contents = nothing_happened()
    assert clean
    assert contents == []


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"MZ" + b"\x00" * 80, "批复.pdf", "documents.dangerous"),
        (b"<svg onload='x()'/>", "图.txt", "documents.dangerous"),
        (b"", "空.pdf", "documents.empty"),
        (b"\x00\x01\x02" * 40, "谜.bin", "documents.unknown_type"),
    ],
)
def test_refused_content_is_not_kept(data, name, code):
    with pytest.raises(StorageRefusal) as refusal:
        file(data, name)
    assert refusal.value.code == code
    assert "没有保存" in word(refusal.value)
    clean, contents = nothing_happened()
    assert clean
    assert contents == []


def test_too_large_truncated_and_disk_full_leave_nothing_half_stored(settings, monkeypatch):
    settings.DOCUMENT_MAX_BYTES = 1000
    with pytest.raises(StorageRefusal, match="too_large"):
        file(make.pdf() + b" " * 2000)
    settings.DOCUMENT_MAX_BYTES = 10**6
    with pytest.raises(StorageRefusal, match="truncated"):
        file(make.pdf(), expected_size=10**5)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(StorageRefusal, match="disk_full") as refusal:
        file()
    assert "磁盘空间不足" in word(refusal.value)
    clean, contents = nothing_happened()
    assert clean
    assert contents == []


def test_unknown_kind_or_level_is_refused_after_the_bytes_and_before_the_record():
    for changes in ({"kind": "SECRET"}, {"access": "TOP"}):
        with pytest.raises(Refusal):
            file(**changes)
    assert nothing_happened()[0]


def test_replacing_keeps_the_old_version_and_tells_the_second_person():
    document = file()
    seen_rev = document.rev
    received = services.receive(io.BytesIO(make.pdf("second")), "批复（更正）.pdf")
    services.replace(document_id=document.pk, received=received, actor=make.actor(), rev=seen_rev)
    document.refresh_from_db()
    assert (document.current.number, document.rev) == (2, seen_rev + 1)
    assert [version.number for version in queries.list_versions(document)] == [2, 1]
    late = services.receive(io.BytesIO(make.pdf("third")), "批复.pdf")
    with pytest.raises(ChangedMeanwhile) as refusal:
        services.replace(document_id=document.pk, received=late, actor=make.actor(person=8, name="周航"), rev=seen_rev)
    assert "陈静" in word(refusal.value)
    assert Version.objects.count() == Entry.objects.count() == 2


def test_replacing_with_the_same_content_says_so():
    document = file()
    same = services.receive(io.BytesIO(make.pdf()), "又一份.pdf")
    with pytest.raises(Refusal, match="same_content"):
        services.replace(document_id=document.pk, received=same, actor=make.actor(), rev=document.rev)
    assert Entry.objects.count() == 1


def test_withdrawing_needs_a_reason_keeps_the_file_and_ends_publicity():
    from gongbu.ground.orgs.actor import ANONYMOUS

    document = file(access="PUBLIC")
    assert queries.get_document(document.pk, ANONYMOUS)
    with pytest.raises(Refusal, match="reason_needed"):
        services.withdraw(document_id=document.pk, reason="  ", actor=make.actor(), rev=document.rev)
    with pytest.raises(NotAllowed):
        services.withdraw(document_id=document.pk, reason="误传", actor=make.actor("TOWNSHIP_CLERK"), rev=document.rev)
    assert Entry.objects.count() == 1
    services.withdraw(document_id=document.pk, reason="误传", actor=make.actor(), rev=document.rev)
    with pytest.raises(NotFound):
        queries.get_document(document.pk, ANONYMOUS)
    assert queries.get_document(document.pk, make.actor()).withdrawn_reason == "误传"
    assert store.path_of(document.current.sha256).exists()
    with pytest.raises(Refusal, match="withdrawn"):
        services.withdraw(document_id=document.pk, reason="再撤", actor=make.actor(), rev=document.rev + 1)


@pytest.mark.parametrize(
    ("role", "level", "sees"),
    [
        ("VIEWER", "PUBLIC", True),
        ("VIEWER", "INTERNAL", True),
        ("VIEWER", "RESTRICTED", False),
        ("LEADER", "RESTRICTED", True),
        ("INVESTMENT_OFFICER", "RESTRICTED", True),
        ("SYSTEM_ADMIN", "INTERNAL", False),
        ("OWNER_UNIT", "INTERNAL", False),
    ],
)
def test_access_levels(role, level, sees):
    document = file(access=level)
    reader = make.actor(role, person=99, unit=50)
    found = queries.list_for_subject("bridge", 5, reader)
    assert ([row.id for row in found.rows], found.hidden) == (([document.pk], 0) if sees else ([], 1))
    if sees:
        assert queries.get_document(document.pk, reader).pk == document.pk
    else:
        with pytest.raises(NotFound):
            queries.get_document(document.pk, reader)


def test_another_county_sees_public_documents_only():
    for level in ("PUBLIC", "INTERNAL", "RESTRICTED"):
        file(access=level)
    found = queries.list_for_subject("bridge", 5, make.actor("LEADER", person=99, area=make.ELSEWHERE))
    assert ([row.access for row in found.rows], found.hidden) == (["PUBLIC"], 2)


def test_the_filer_reads_his_restricted_document_and_his_unit_its_own():
    filer = make.actor("TOWNSHIP_CLERK", person=20, unit=9)
    document = file(access="RESTRICTED", actor=filer)
    assert queries.get_document(document.pk, filer)
    with pytest.raises(NotFound):
        queries.get_document(document.pk, make.actor("TOWNSHIP_CLERK", person=21, unit=9))


@pytest.mark.parametrize("count", [1, 30])
def test_listing_costs_one_query(django_assert_num_queries, count):
    for number in range(count):
        file(make.pdf(f"n{number}"), f"{number}.pdf")
    with django_assert_num_queries(1):
        assert len(queries.list_for_subject("bridge", 5, make.actor()).rows) == count


def test_the_sweep_removes_orphans_of_yesterday_and_nothing_else():
    kept = file()
    young = services.receive(io.BytesIO(make.pdf("young")), "a.pdf")
    old = services.receive(io.BytesIO(make.pdf("old")), "b.pdf")
    partial = store.work_folder("incoming") / "crashed.part"
    partial.write_bytes(b"half")
    yesterday = time.time() - sweep.YOUNG_S - 60
    for path in (store.path_of(kept.current.sha256), store.path_of(old.stored.sha256), partial):
        os.utime(path, (yesterday, yesterday))
    swept = sweep.sweep()
    assert (swept.partials, swept.contents) == (1, 1)
    assert store.path_of(kept.current.sha256).exists()
    assert store.path_of(young.stored.sha256).exists()
    assert not store.path_of(old.stored.sha256).exists()


def test_a_content_received_again_is_young_again():
    first = services.receive(io.BytesIO(make.pdf("old")), "b.pdf")
    yesterday = time.time() - sweep.YOUNG_S - 60
    os.utime(store.path_of(first.stored.sha256), (yesterday, yesterday))
    services.receive(io.BytesIO(make.pdf("old")), "b.pdf")
    assert sweep.sweep().contents == 0


def test_paths_are_made_of_digests_only():
    for text in ("../../etc/passwd", "A" * 64, "0" * 63):
        with pytest.raises(ValueError, match="SHA-256"):
            store.path_of(text)
    assert Path(store.path_of("0" * 64)).name == "0" * 64
