"""Who is signed in sees above every page that the book's signing is held; nobody sees anything when it is not."""

import pytest
from django.test import RequestFactory

from gongbu.ground.ledger import heads, held
from gongbu.ground.registers import shell

pytestmark = pytest.mark.django_db


class Actor:
    """Somebody who is signed in, as far as the frame asks."""

    person_id: int | None = 1


def frame(actor):
    request = RequestFactory().get("/")
    request.actor = actor
    return shell.Frame(request)


def test_staff_are_told_and_only_while_it_lasts():
    assert frame(Actor()).held == ""
    heads.write([{"size": 40, "root": "ab" * 32, "algorithm": "SM3", "signed_at": "2026-11-03T10:00:00+08:00"}])
    assert "已公布的树头到第 40 条（2026-11-03），账本只到第 0 条" in frame(Actor()).held
    assert frame(None).held == ""
    heads.write([{"restored_to": 0, "known": 40, "root": "ab" * 32, "at": "2026-11-04T10:00:00+08:00"}])
    assert frame(Actor()).held == ""
    assert held.find() is None


def test_the_banner_stands_on_the_pages_of_staff_and_not_of_visitors(officer, client):
    assert "g-held" not in officer.get("/nowhere").text
    heads.write([{"size": 40, "root": "ab" * 32, "algorithm": "SM3", "signed_at": "2026-11-03T10:00:00+08:00"}])
    shown = officer.get("/nowhere").text
    assert '<aside class="g-held" role="alert"' in shown
    assert "已公布的树头到第 40 条（2026-11-03）" in shown
    assert "g-held" not in client.get("/receipts").text
