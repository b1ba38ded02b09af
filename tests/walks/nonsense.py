"""Fill every form of a home with nonsense as some of its demo people, then open the pages again.

Run as ``python -m tests.walks.nonsense HOME NAME …`` in a process of its own; prints JSON. Nothing may break: whatever
is typed, a page answers below 500, and what was taken in does not break the pages that show it.
"""

import json
import random
import re
import sys
import traceback
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.walks.homes import enter, open_home

TEXTS = [
    "", "   ", "\x00", "0", "-1", "-0.00000001", "1e308", "NaN", "Infinity", "9" * 25, "１２３", "十二", "8.2亿元", "2026-02-30",
    "0001-01-01", "9999-12-31", "2026-13-45", "=1+1", "<script>alert(1)</script>", "'; DROP TABLE x;--", "😀" * 50, "长" * 6000,
    "\u202eabc", "a\r\nb", "null", "[]", "{}", "1,2,3", "²", "٣", "1_000", "0x10", "true", "on", "12\u00a0000", "㎡",
]  # fmt: skip
FILES = [
    ("表.xlsx", b""), ("表.xlsx", b"PK\x03\x04junk"), ("名" * 200 + ".csv", "项目名称,总投资\n甲,1\n".encode("gbk")),
    ("表.csv", b"\xff\xfe\x00\x00"), ("文.pdf", b"%PDF-1.4\n"),
]  # fmt: skip
LEFT = re.compile(r"sign-out|/sign-in|switch|/account/password|second-factor|export|\.(xlsx|csv|pdf|zip|docx|json)$")
ONE_BY_ONE, AT_ONCE = 3, 4


@dataclass
class Form:
    """A form of a page: where it goes, and its fields with type and present value."""

    action: str
    method: str
    fields: dict[str, tuple[str, str]] = field(default_factory=dict)

    def typed(self, *types: str) -> list[str]:
        """Return the names of the fields of some types."""
        return [name for name, (kind, _) in self.fields.items() if kind in types]


class Page(HTMLParser):
    """The links and forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect."""
        given = {name: value or "" for name, value in attributes}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "form":
            self._inside = True
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        if not self._inside:
            return
        fields, name = self.forms[-1].fields, given.get("name", "")
        if tag == "option" and self._select and not fields[self._select][1]:
            fields[self._select] = ("select", given.get("value", ""))
        if tag in ("input", "textarea", "select", "button") and name:
            fields.setdefault(name, (given.get("type", "text") if tag == "input" else tag, given.get("value", "")))
            self._select = name if tag == "select" else self._select

    def handle_endtag(self, tag: str) -> None:
        """Come out of a form or a choice."""
        self._inside = self._inside and tag != "form"
        self._select = "" if tag == "select" else self._select


class Walk:
    """One walk through a home; ``faults`` are (who, where, what), ``posts`` how many forms were sent."""

    def __init__(self, seed: int) -> None:
        self.faults: list[dict[str, str]] = []
        self.posts = 0
        self._draw = random.Random(seed)
        self._known: set[tuple[Any, ...]] = set()

    def walk(self, name: str, client: Any) -> None:
        """Open one page of each kind; fill in each form that has not been filled in yet."""
        from django.urls import Resolver404, resolve

        queue, seen, kinds = deque(["/"]), {"/"}, Counter[str]()
        while queue:
            address = queue.popleft()
            answer = self._ask(name, client.get, address, {})
            if answer is None:
                continue
            links = [answer.headers["Location"]] if answer.status_code in (301, 302, 303) else []
            page = Page()
            if answer.status_code == 200 and "html" in answer.headers.get("Content-Type", ""):
                page.feed(answer.content.decode())
            for link in [*links, *page.links]:
                target = urldefrag(urljoin(address, link)).url
                parts = urlsplit(target)
                if parts.netloc or target in seen or LEFT.search(parts.path):
                    continue
                try:
                    view = resolve(parts.path).view_name
                except Resolver404:
                    continue
                if kinds[view] < 2:
                    kinds[view] += 1
                    seen.add(target)
                    queue.append(target)
            for form in page.forms:
                self._fill(name, client, address, form)

    def _fill(self, name: str, client: Any, page: str, form: Form) -> None:
        from django.urls import resolve

        address = urldefrag(urljoin(page, form.action)).url if form.action else page
        if LEFT.search(address):
            return
        key = (resolve(urlsplit(address).path).view_name, form.method, *sorted(form.fields))
        if key in self._known:
            return
        self._known.add(key)
        base = {n: value for n, (kind, value) in form.fields.items() if kind not in ("button", "file")}
        free = [n for n in base if n != "csrfmiddlewaretoken"]
        send = client.post if form.method == "post" else client.get
        for data in self._nonsense(base, free):
            self._ask(name, send, address, data)
        for n in form.typed("file"):
            from django.core.files.uploadedfile import SimpleUploadedFile

            for called, content in FILES:
                self._ask(name, send, address, {**base, n: SimpleUploadedFile(called, content)})

    def _nonsense(self, base: dict[str, str], free: list[str]) -> Iterator[dict[str, str]]:
        for n in free:
            for text in self._draw.sample(TEXTS, ONE_BY_ONE):
                yield {**base, n: text}
        for _ in range(AT_ONCE):
            yield {n: self._draw.choice(TEXTS) for n in free}
        yield {}

    def _ask(self, name: str, send: Any, address: str, data: dict[str, Any]) -> Any:
        self.posts += bool(data)
        try:
            answer = send(address, data)
            found = f"HTTP {answer.status_code}" if answer.status_code >= 500 else ""
        except Exception as error:  # the test client lets the error of a page through
            lines = [
                f"{f.filename.rpartition('gongbu/')[2]}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)
            ]
            answer, found = None, f"{type(error).__name__}: {error} ({', '.join(lines[-3:])})"[:400]
        if found:
            said = {key: str(value)[:40] for key, value in data.items()}
            self.faults.append({"person": name, "address": address, "found": found, "data": json.dumps(said)[:600]})
        return answer


def main(home: str, names: list[str]) -> None:
    """Walk twice: the second time what was taken in the first time is on the pages."""
    open_home(home)
    from gongbu.ground.orgs.models import Person

    walk = Walk(seed=20261127)
    for _ in range(2):
        for name in names:
            walk.walk(name, enter(Person.objects.get(name=name, is_demo=True)))
    print(json.dumps({"posts": walk.posts, "faults": walk.faults}, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
