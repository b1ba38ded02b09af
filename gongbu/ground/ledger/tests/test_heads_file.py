"""heads.log with several processes: one line a head; and a key that is not this book's."""

import threading
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from gongbu.ground.ledger import heads, sequencer
from gongbu.ground.ledger.models import Head, Pending
from gongbu.ground.ledger.tests.test_sequencer import write

LINE = {"size": 5, "root": "00", "algorithm": "SM3", "signed_at": "2026-11-28T00:00:00Z"}


def lines_after_two_at_once(guard):
    """Let two look up the last head and then write the next, as two sequencers do: both looked before either writes."""
    looked = threading.Barrier(2)

    def copy():
        with guard():
            if heads.last_size() < 5:
                with suppress(threading.BrokenBarrierError):  # guarded, the other cannot come to look meanwhile
                    looked.wait(0.5 if guard is heads.alone else 30)
                heads.write([LINE])

    both = [threading.Thread(target=copy) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    return len(heads.path().read_text().splitlines())


def test_two_who_write_at_once_would_write_a_head_twice(home):
    assert lines_after_two_at_once(nullcontext) == 2


@pytest.mark.req("GO-03", "GO-05")
def test_two_who_write_at_once_write_a_head_once(home):
    assert lines_after_two_at_once(heads.alone) == 1


@pytest.mark.req("GO-03", "GO-05")
@pytest.mark.django_db
def test_a_home_without_the_last_head_s_key_does_not_sign_with_another(settings, tmp_path):
    write(2)
    sequencer.run()
    public = next(Path(settings.KEYS_DIR).glob("*.pub")).read_text()
    settings.KEYS_DIR = tmp_path / "other"
    write(1)
    with pytest.raises(ImproperlyConfigured, match="不能以另一把密钥接着签"):
        sequencer.run()
    assert (Head.objects.count(), Pending.objects.count()) == (1, 1)
    (tmp_path / "other" / "earlier.pub").write_text(public)  # the key of earlier years: a new one may follow it
    sequencer.run()
    assert (Head.objects.count(), Pending.objects.count()) == (2, 0)
