"""What machines must have in common: a stranger is refused, one migrates, a restore waits until all have stopped."""

import shutil

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.long]
ENTER = """
import uuid
from gongbu.ground.ledger import sequencer
from gongbu.mainline.projects.tests import factories as make
make.reserve_project(by=make.officer(), name=f"开头{uuid.uuid4()}")
sequencer.run()
"""


@pytest.mark.req("GO-05")
def test_two_machines_that_start_together_on_an_empty_database_prepare_it_once(new_database, tmp_path):
    from bench.scale.composition import Composition

    with Composition(tmp_path / "one", new_database("gongbu_fresh")) as composition:
        composition.home.joinpath("secret_key").write_text("k" * 50)
        (tmp_path / "two").mkdir()
        shutil.copy(composition.home / "secret_key", tmp_path / "two" / "secret_key")
        webs = [composition.begin_web(), composition.begin_web(home=tmp_path / "two")]
        for one in webs:
            composition.wait_for(one)
            assert "已就绪" in one.said(), "each found it ready or made it so"


@pytest.mark.req("GO-05", "GO-03")
def test_a_machine_with_keys_of_its_own_neither_serves_nor_signs(pair, tmp_path):
    pair.composition.python(ENTER)
    stranger = tmp_path / "stranger"
    for words in (("serve", "--no-worker", "--bind", "127.0.0.1:1"), ("worker",)):
        refused = pair.composition.gongbu(*words, home=stranger)
        assert refused.returncode == 1
        assert "没有本库账本的签名公钥" in refused.stderr
    with pytest.raises(RuntimeError, match="不能以另一把密钥接着签"):
        pair.composition.python(ENTER, home=stranger)
    pair.composition.python("from gongbu.ground.ledger import sequencer; sequencer.run()")
    assert len(pair.rows("SELECT DISTINCT key_id FROM ledger_head")) == 1


@pytest.mark.req("GO-05")
def test_a_machine_with_the_same_keys_and_another_secret_is_told(pair, tmp_path):
    from bench.scale.composition import free_port

    other = tmp_path / "other"
    pair.composition.python(ENTER)
    shutil.copytree(pair.composition.home / "keys", other / "keys")
    words = (
        "serve",
        "--no-worker",
        "--bind",
        f"192.0.2.1:{free_port()}",
    )  # an address that no machine has: it ends by itself
    assert "不是用本机的 secret_key 签发的" in pair.composition.gongbu(*words, home=other).stderr


@pytest.mark.req("GO-05")
def test_a_restore_is_refused_while_any_machine_works(pair, tmp_path):
    file = tmp_path / "b.tar.gz"
    assert pair.composition.gongbu("backup", str(file)).returncode == 0
    elsewhere = pair.composition.gongbu("restore", str(file), "--force", home=tmp_path / "elsewhere")
    assert elsewhere.returncode == 1
    assert "数据库正在使用中" in elsewhere.stderr
    assert "gongbu worker" in elsewhere.stderr
