"""Open the receipts of a home signed out, first, middle and last of every kind that gives one, and check their proofs offline.

Run as ``python -m tests.walks.receipts HOME`` in a process of its own; prints what was found, by kind, as JSON.
"""

import html
import json
import re
import sys
from typing import Any

from tests.walks.homes import enter, open_home

_SHOWN = re.compile(r"<h2[^>]*>文书内容</h2>.*?<dl[^>]*>(.*?)</dl>", re.DOTALL)
_LABEL = re.compile(r"<dt[^>]*>(.*?)</dt>", re.DOTALL)
SECRETS = ("salt", "key")
"""Keys of an entry that no visitor may see the value of, besides the actor."""


def walk() -> dict[str, dict[str, Any]]:
    """Return kind → how many were opened, the labels shown, and what is wrong."""
    from gongbu.ground.ledger.models import Entry

    found = {}
    for kind in Entry.objects.filter(receipt__isnull=False).values_list("kind", flat=True).distinct().order_by("kind"):
        entries = list(Entry.objects.filter(kind=kind, receipt__isnull=False).order_by("pk"))
        chosen = {entry.pk: entry for entry in (entries[0], entries[len(entries) // 2], entries[-1])}
        rows = [_look(entry) for entry in chosen.values()]
        found[kind] = {
            "opened": len(rows),
            "fields": sorted({name for row in rows for name in row["fields"]}),
            "faults": [f"{row['receipt']}：{fault}" for row in rows for fault in row["faults"]],
        }
    return found


def _look(entry: Any) -> dict[str, Any]:
    from gongbu.ground.ledger import offline

    content, visitor, faults = json.loads(entry.canonical), enter(), []
    page = visitor.get(f"/r/{entry.receipt}")
    proof = visitor.get(f"/r/{entry.receipt}/proof.json")
    text = html.unescape(page.content.decode())
    if (page.status_code, proof.status_code) != (200, 200) or "在账本中，未被改动" not in text:
        faults.append(f"页面 {page.status_code}，凭证 {proof.status_code}，或未显示“未被改动”")
    card = _SHOWN.search(text)
    labels = [re.sub(r"<[^>]+>", "", label).strip() for label in _LABEL.findall(card[1])] if card else []
    if sorted(labels) != sorted([*content["public"], "发生日", "录入时间"]):
        faults.append(f"页面字段 {labels} 不等于公开字段 {list(content['public'])}")
    receipt = json.loads(proof.content)
    said = json.dumps(receipt, ensure_ascii=False)
    for where, shown in (("页面", text), ("凭证", said)):
        faults += [f"{where}露出 {name}" for name in _hidden(content) if name in shown]
    report = offline.check(receipt, (), receipt["proof"]["head"]["key_id"])
    if not report.holds:
        faults.append(f"离线核验：{report}")
    changed = {**receipt, "public": {name: f"{value}改" for name, value in receipt["public"].items()}}
    if not offline.check(changed).wrong:
        faults.append("改动公开字段没有被发现")
    return {"receipt": entry.receipt, "fields": list(content["public"]), "faults": faults}


def _hidden(content: dict[str, Any]) -> list[str]:
    """Return what of an entry must not be shown: its salt, its key, and the actor's name unless a public field says it."""
    public = json.dumps(content["public"], ensure_ascii=False)
    values = [*(content.get(name) for name in SECRETS), content["actor"]["name"]]
    return [value for value in values if value and len(value) > 1 and value not in public and value != "系统"]


if __name__ == "__main__":
    open_home(sys.argv[1])
    print(json.dumps(walk(), ensure_ascii=False))
