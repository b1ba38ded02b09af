"""Every template of every installed pack: a paper is issued by the act, and its receipt proves its fields offline."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
from django.test import Client

from gongbu import packs
from gongbu.ground.ledger import offline, sequencer
from gongbu.ground.ledger.models import Entry
from gongbu.ground.papers import queries
from gongbu.ground.papers.tests.conftest import DAY
from gongbu.ground.policy.rules.papers import Kind

pytestmark = [pytest.mark.django_db, pytest.mark.req("GO-03")]
SAMPLES = {
    Kind.TEXT: "试行", Kind.LONG_TEXT: "第一段。\n第二段。", Kind.DATE: date(2026, 2, 10), Kind.YEAR: 2026, Kind.COUNT: 1,
    Kind.WAN: 100_000_000, Kind.YI: 1_000_000_000_000, Kind.PERCENT: "0.5", Kind.NAMES: ["岳知行"],
}  # fmt: skip


def sample(parts):
    """Return a value for each field or column of a template that has to be given."""
    return {key: SAMPLES[part.kind] for key, part in parts.items() if part.default is None}


def installed():
    """Return the keys of the templates of all packs that come with the program."""
    files = Path(packs.__path__[0]).glob("*/papers/*.yaml")
    return {key for file in files for key in re.findall(r"^key: (\S+)$", file.read_text("utf-8"), re.MULTILINE)}


def test_a_paper_of_every_template_is_proven_with_its_fields(county, issue):
    templates = queries.list_templates(county.region.pk, DAY)
    assert {template.key for template in templates} == installed(), "the county's packs bring every template there is"
    papers = {}
    for template in templates:
        tables = {key: [sample(table.columns)] for key, table in template.tables.items()}
        papers[template.key] = issue(kind=template.key, fields=sample(template.fields), tables=tables)
    sequencer.run()
    for key, paper in papers.items():
        page = Client().get(f"/r/{paper.receipt}").text
        assert all(text in page for text in (paper.doc_no, paper.genre, "在账本中，未被改动")), key
        receipt = json.loads(Client().get(f"/r/{paper.receipt}/proof.json").content)
        report = offline.check(receipt)
        assert (report.wrong, len(report.proven)) == ([], 3), key
        assert report.proven[0].startswith("公开字段 6 项"), key
        assert offline.check(receipt, (), receipt["proof"]["head"]["key_id"]).holds, key
        assert offline.check({**receipt, "public": {**receipt["public"], "文号": "云发改〔2026〕999号"}}).wrong
        content = json.loads(Entry.objects.get(receipt=paper.receipt).canonical)
        hidden = (content["salt"], content["actor"]["name"], "template", "第一段")
        assert not any(text in page or text in json.dumps(receipt, ensure_ascii=False) for text in hidden), key
