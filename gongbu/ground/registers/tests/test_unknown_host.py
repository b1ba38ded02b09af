"""A request under a foreign Host gets a 400 of its own, and the log no traceback."""

import logging

import pytest
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz", "/api/projects", "/nowhere"])
def test_a_foreign_host_is_400_everywhere_without_a_traceback(path, caplog):
    with caplog.at_level(logging.DEBUG):
        answer = Client(headers={"host": "evil.com"}).get(path)
    assert answer.status_code == 400
    assert "请求所用的主机名不是本系统的地址" in answer.content.decode()
    assert "Content-Security-Policy" in answer.headers
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


@pytest.mark.django_db
def test_our_own_host_is_answered():
    assert Client(headers={"host": "localhost"}).get("/healthz").status_code == 200
