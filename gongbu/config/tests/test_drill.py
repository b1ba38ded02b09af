"""The tamper drill: every single changed bit of a copy is found, and the real data are only read."""

import json
import random
import shutil
import subprocess
import sys

import pytest

from gongbu.config import drill

GONGBU = [sys.executable, "-m", "gongbu", "--home"]


def gongbu(home, *words):
    return subprocess.run([*GONGBU, str(home), *words], capture_output=True, text=True, timeout=1500)


@pytest.mark.req("GO-03")
def test_only_a_copy_made_for_the_drill_is_changed(settings, tmp_path):
    settings.HOME = tmp_path
    with pytest.raises(RuntimeError, match="只在演练副本上改动数据"):
        next(drill.run_rounds(rounds=1, seed=1))


def test_a_flip_changes_one_bit():
    assert drill._flipped(b"\x00\x01", 8) == b"\x00\x00"
    assert drill._flipped(5, 1) == 7
    draw = random.Random(3)
    for _ in range(50):
        value, bit = draw.randbytes(9), draw.randrange(72)
        assert drill._flipped(drill._flipped(value, bit), bit) == value
        assert (int.from_bytes(value) ^ int.from_bytes(drill._flipped(value, bit))).bit_count() == 1


@pytest.mark.long
@pytest.mark.sqlite
@pytest.mark.req("GO-03")
def test_a_thousand_changed_bits_of_the_demo_are_all_found(demo_home, tmp_path):
    home = shutil.copytree(demo_home, tmp_path / "home")
    before = json.loads(gongbu(home, "ledger", "verify-all", "--json").stdout)
    done = gongbu(home, "ledger", "drill", "--rounds", "1000", "--seed", "20261127", "--json")
    assert json.loads(done.stdout) == {"rounds": 1000, "found": 1000, "missed": [], "seed": 20261127}, done.stderr
    after = json.loads(gongbu(home, "ledger", "verify-all", "--json").stdout)
    assert before == after
    assert after["ok"]
    assert after["others"] == []
