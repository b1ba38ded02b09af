"""The verifier in one file, opened from the disk in Chromium: it says what the program says, and looks the part."""

import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from gongbu.ground.ledger import offline, receipt_commands
from gongbu.ground.ledger.offline_reading import words
from gongbu.ground.ledger.tests.receipt_files import cases, damaged, flipped, make_files
from gongbu.ground.registers import assets

pytestmark = [pytest.mark.browser, pytest.mark.req("GO-03")]

VERDICTS = ", ".join(f"body[data-verdict='{one}']" for one in (*offline.Verdict, "unreadable"))
"""What the page says in the end (its policy forbids the evaluated conditions of ``wait_for_function``)."""


class Bench:
    """The verifier at one page, and a folder from which it is given files."""

    def __init__(self, page: Any, folder: Path, verifier: Path) -> None:
        self.page, self.folder = page, folder
        page.goto(verifier.as_uri())

    def file(self, name: str, content: Any) -> Path:
        """Write a file; bytes as they are, anything else as JSON."""
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode())
        return path

    def in_browser(self, receipt: Path, *kept: Path, key: str = "") -> dict[str, Any]:
        """Give the files to the page and return what it says."""
        self.page.evaluate("document.getElementById('clear').click()")
        if key:
            self.page.fill("#trusted-key", key)
        if kept:
            self.page.set_input_files("#kept-file", [str(path) for path in kept])
            self.page.wait_for_selector("#kept-zone.is-full")
        self.page.set_input_files("#receipt-file", str(receipt))
        self.page.wait_for_selector(VERDICTS, state="attached")
        said: dict[str, Any] = self.page.evaluate(
            """() => {
              const lines = (id) => [...document.querySelectorAll(`#${id} li`)].map((line) => line.textContent);
              const verdict = document.body.dataset.verdict;
              if (verdict === "unreadable") return { unreadable: document.querySelector("#verdict p").textContent };
              const banner = document.getElementById("verdict"), said = banner.querySelector("h2").textContent;
              const lists = { proven: lines("proven"), wrong: lines("wrong"), open: lines("open") };
              return { ...lists, verdict, said, tone: banner.className };
            }"""
        )
        return said


def in_program(receipt: Path, *kept: Path, key: str = "") -> dict[str, Any]:
    """Return what ``gongbu receipt verify`` says, in the same shape."""
    try:
        report = offline.check(receipt_commands._read(receipt), [receipt_commands._read(path) for path in kept], key)
    except offline.Unreadable as error:
        text = str(error)
        for path in (receipt, *kept):
            text = text.replace(str(path), path.name)
        return {"unreadable": f"{text}。"}
    tone = {"holds": "good", "wrong": "bad"}.get(report.verdict, "open")
    return {
        "proven": report.proven, "wrong": report.wrong, "open": report.open, "verdict": report.verdict,
        "said": words("verdict", report.verdict), "tone": f"banner {tone}",
    }  # fmt: skip


@pytest.fixture
def bench(new_context: Any, tmp_path: Path) -> Bench:
    verifier = assets.built_file("verifier.html")
    if verifier is None:
        pytest.skip("缺前端构建：请先运行 make build")
    return Bench(new_context().new_page(), tmp_path, verifier)


@pytest.mark.parametrize("algorithm", ["SM3", "SHA-256"])
def test_good_receipts_of_both_formats_and_trees(bench: Bench, algorithm: str) -> None:
    for index, sizes in ((0, (1, 2, 3)), (4, (3, 7, 13)), (7, (4, 8, 16)), (0, (1, 1, 9)), (40, (32, 41, 64))):
        for is_bound in (True, False):
            files = make_files(algorithm=algorithm, is_bound=is_bound, index=index, sizes=sizes)
            receipt = bench.file("receipt.json", files.receipt)
            kept = [
                bench.file(f"{name}.json", getattr(files, name))
                for name in ("older", "from_older", "newer", "to_newer")
            ]
            said = bench.in_browser(receipt, *kept)
            assert said == in_program(receipt, *kept)
            assert said["verdict"] == ("holds" if is_bound else "incomplete")
            assert len(said["proven"]) == 4 + is_bound
            badge = bench.page.inner_text("#fields-said")
            assert badge == ("与签名的账本相符" if is_bound else "平台声明，未绑定")
            assert (offline.NOT_BOUND in said["open"]) is not is_bound


def test_genuine_and_forged_receipts_get_the_verdict_they_deserve(bench: Bench) -> None:
    for case in cases():
        receipt = bench.file("receipt.json", case.receipt)
        kept = [bench.file(f"kept-{number}.json", one) for number, one in enumerate(case.kept)]
        said = bench.in_browser(receipt, *kept, key=case.key)
        assert said == in_program(receipt, *kept, key=case.key), case.name
        assert said["verdict"] == case.verdict, case.name
        is_good = bench.page.locator(".banner.good, .badge.good, #proven .mark.good").count() > 0
        assert is_good == (case.verdict == "holds"), case.name
    receipt = bench.file("receipt.json", make_files().receipt)
    assert bench.in_browser(receipt, key="随便") == in_program(receipt, key="随便")


def test_one_changed_byte_of_each_part_is_found_by_both(bench: Bench) -> None:
    files = make_files()
    head = files.receipt["proof"]["head"]
    parts: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
        "字段": ({**files.receipt, "public": {**files.receipt["public"], "批复总投资": "12,000.01 万元"}}, files.same, "fields"),
        "叶子": (_proof(files.receipt, leaf_hash=_bent(files.receipt["proof"]["leaf_hash"])), files.same, "place"),
        "路径": (_proof(files.receipt, path=[_bent(files.receipt["proof"]["path"][0]), *files.receipt["proof"]["path"][1:]]), files.same, "place"),
        "树根": (_proof(files.receipt, head={**head, "root": _bent(head["root"])}), files.same, "signature"),
        "签名": (_proof(files.receipt, head={**head, "signature": "A" + head["signature"][1:]}), files.same, "signature"),
        "另存树头": (files.receipt, {**files.same, "root": _bent(files.same["root"])}, "fork"),
        "另存签名": (files.receipt, {**files.same, "signature": "A" + head["signature"][1:]}, "kept_signature"),
    }  # fmt: skip
    for name, (receipt, kept, code) in parts.items():
        given = bench.file("receipt.json", receipt), bench.file("kept.json", kept)
        said = bench.in_browser(*given)
        assert said == in_program(*given), name
        assert words("wrong", code, size=files.same["size"]) in said["wrong"], name
        has_changed = words("wrong", "fields") in said["wrong"]
        assert has_changed == (name in {"字段", "叶子"})
        assert bench.page.inner_text("#fields-said") == ("有改动，不可采信" if has_changed else "未能证明"), name


def test_every_field_changed_retyped_or_missing_is_judged_alike(bench: Bench) -> None:
    count = 0
    for is_bound in (True, False):
        files = make_files(is_bound=is_bound)
        same = bench.file("same.json", files.same)
        for what, receipt in damaged(files.receipt):
            file = bench.file("receipt.json", receipt)
            assert bench.in_browser(file, same) == in_program(file, same), what
            count += 1
    receipt = bench.file("receipt.json", make_files().receipt)
    for what, head in damaged(make_files().older):
        kept = bench.file("older.json", head), bench.file("link.json", make_files().from_older)
        assert bench.in_browser(receipt, *kept) == in_program(receipt, *kept), what
        count += 1
    for what, link in damaged(make_files().from_older):
        kept = bench.file("older.json", make_files().older), bench.file("link.json", link)
        assert bench.in_browser(receipt, *kept) == in_program(receipt, *kept), what
        count += 1
    assert count > 200


def test_random_bits_of_the_file_are_judged_alike(bench: Bench) -> None:
    for seed, document in enumerate([make_files().receipt, make_files(is_bound=False, algorithm="SHA-256").receipt]):
        for what, data in flipped(document, count=60, seed=seed):
            file = bench.file("receipt.json", data)
            assert bench.in_browser(file) == in_program(file), what


@pytest.mark.parametrize(
    "nonsense",
    [
        b"", b"nonsense", b"[]", b"null", b"{}", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b'{"format":1e400}', b'{"format":"\\ud800"}',
        b'{"format":1}', b'{"format":true}', b'{"format":"gongbu-receipt/2"}', b'{"format":"gongbu-receipt/1","proof":[]}',
        b'{"format":"gongbu-receipt/9"}', b"[" * 70 + b"]" * 70, b'{"a":' * 70 + b"1" + b"}" * 70, b"x" * 1_000_001,
        b'{"format":"\xf0\xa0\x80\x80' + b"\xe5\xad\x97" * 50 + b'"}', b'{"__proto__":1}',
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_the_same_words(bench: Bench, nonsense: bytes) -> None:
    file = bench.file("receipt.json", nonsense)
    said = bench.in_browser(file)
    assert said == in_program(file)
    assert list(said) == ["unreadable"]


def test_pasted_text_and_dropped_files_are_read_too(bench: Bench) -> None:
    files, page = make_files(), bench.page
    page.click("text=没有文件，粘贴文字")
    page.fill("#paste-receipt", json.dumps(files.receipt, ensure_ascii=False, indent=1))
    page.fill("#paste-kept", "\n".join(json.dumps(one) for one in (files.same, files.older, files.from_older)))
    page.click("#paste-form button")
    assert page.locator("#proven li").count() == 5
    page.click("#clear")
    assert page.locator("#out *").count() == 0
    page.evaluate(
        """(files) => {
          const data = new DataTransfer();
          for (const [name, text] of files) data.items.add(new File([text], name));
          document.getElementById("receipt-zone").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [["树头.json", json.dumps(files.same)], ["回执.json", json.dumps(files.receipt)]],
    )
    page.wait_for_selector("#proven li")
    assert (page.inner_text("#receipt-name"), page.inner_text("#kept-name")) == ("回执.json", "树头.json")
    assert page.locator("#proven li").count() == 4


def test_the_page_may_reach_nothing_and_runs_nothing_else(bench: Bench) -> None:
    text = Path(bench.page.url.removeprefix("file://")).read_text("utf-8")
    policy = text.split('Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src 'none'; connect-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http://" not in text.replace("http://www.w3.org/", "")
    markup = {"项目名称": "<img src=x onerror=alert(1)>", "<b>键</b>": "&lt;"}
    file = bench.file("receipt.json", {**make_files().receipt, "public": markup, "kind_label": "<script>1</script>"})
    assert bench.in_browser(file)["verdict"] == "wrong"
    assert bench.page.locator("#out img, #out script, #out dt b").count() == 0
    assert "<img src=x onerror=alert(1)>" in bench.page.inner_text("#fields")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_it_fits_the_screen(new_context: Any, tmp_path: Path, size: str) -> None:
    verifier = assets.built_file("verifier.html")
    if verifier is None:
        pytest.skip("缺前端构建：请先运行 make build")
    bench, files = Bench(new_context(size).new_page(), tmp_path, verifier), make_files()
    wrong = {**files.receipt, "public": {**files.receipt["public"], "批复总投资": "21,000.00 万元"}}
    waiting = _proof(files.receipt, index=None, head=None)
    for name, receipt in (
        ("good", files.receipt),
        ("wrong", wrong),
        ("old", make_files(is_bound=False).receipt),
        ("cut", b'{"form'),
        ("waiting", waiting),
    ):
        bench.in_browser(bench.file(f"{name}.json", receipt), bench.file("树头.json", files.same))
        assert bench.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        bench.page.screenshot(path=str(tmp_path / f"{name}-{size}.png"), full_page=True)


def test_a_receipt_and_the_verifier_downloaded_from_the_platform(
    demo_address: str, new_context: Any, tmp_path: Path, desk: Any
) -> None:
    clerk = desk()
    clerk.sign_in("林晓燕")
    clerk.open("/projects/")
    hrefs = [link.get_attribute("href") or "" for link in clerk.page.locator("a[href^='/projects/']").all()]
    clerk.open(next(href for href in hrefs if re.fullmatch(r"/projects/\d+/", href)))
    code = clerk.page.locator("a[href*='/r/']").first.get_attribute("href")
    with urllib.request.urlopen(f"{demo_address}/receipts/verifier/download") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        (tmp_path / "verifier.html").write_bytes(answer.read())
    with urllib.request.urlopen(f"{demo_address}{code}/proof.json") as answer:
        receipt = tmp_path / "receipt.json"
        receipt.write_bytes(answer.read())
    bench = Bench(new_context().new_page(), tmp_path, tmp_path / "verifier.html")
    said = bench.in_browser(receipt)
    assert said == in_program(receipt)
    assert said["verdict"] == "key_unchecked"
    key = json.loads(receipt.read_text("utf-8"))["proof"]["head"]["key_id"]
    assert bench.in_browser(receipt, key=key)["verdict"] == "holds"
    assert any(text.startswith("公开字段") for text in said["proven"])


def _proof(receipt: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**receipt, "proof": {**receipt["proof"], **changes}}


def _bent(text: str) -> str:
    return ("1" if text[0] == "0" else "0") + text[1:]
