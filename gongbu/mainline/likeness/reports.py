"""Reports as files on disk: their words, read by :mod:`extract` in a process of its own."""

import subprocess
import sys
from pathlib import Path

from gongbu.ground.basics.rules.secrecy import find_secret_rule
from gongbu.mainline.likeness.lists import Unusable

SECONDS = 90


class NoWords(Unusable):
    """A scan: pages without a text layer."""


class Withheld(Unusable):
    """The words meet a secrecy rule (GO-15)."""


def read_report(path: Path) -> str:
    """Return the words of a report (PDF with a text layer, DOCX, TXT).

    :raises Unusable: not there, cannot be read, a scan without words, or a secrecy rule is met (GO-15)
    """
    if not path.is_file():
        raise Unusable(f"没有文件 {path}")
    program = Path(__file__).with_name("extract.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program), str(path)], capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unusable(f"{path.name} 读取超时") from None
    if done.returncode:
        raise Unusable(f"{path.name} 不是可读的 PDF、DOCX 或文本")
    text = done.stdout.decode("utf-8", "replace")
    if not any(c.isalnum() for c in text):
        raise NoWords(f"{path.name} 没有文字（可能是扫描件），不能比对")
    if find_secret_rule([text]):
        raise Withheld(f"{path.name} 含涉密标志，不予比对")
    return text
