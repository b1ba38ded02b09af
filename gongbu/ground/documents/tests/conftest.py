"""A store of its own per test, and one fictional subject kind that has documents."""

import pytest

from gongbu.ground.documents import access, panel
from gongbu.ground.documents.tests import factories as make
from gongbu.ground.registers import panels


@pytest.fixture(autouse=True)
def _own_store(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def _bridges(monkeypatch):
    """Bridges (桥梁) have documents: number 5 stands in the county, others do not exist."""
    monkeypatch.setattr(panel, "_SUBJECTS", {})
    monkeypatch.setattr(access, "_RULES", {})
    monkeypatch.setattr(panels, "_PANELS", {})
    panel.offer("bridge", lambda number: (make.COUNTY[0], "清溪大桥") if number == 5 else None)
