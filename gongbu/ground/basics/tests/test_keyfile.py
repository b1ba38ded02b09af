"""A key file that several ask for at once is made once, and all get the same key."""

import os
import threading
from pathlib import Path

from gongbu.ground.basics.keyfile import load_or_create


def test_threads_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    file, together, got, errors = tmp_path / "keys" / "key", threading.Barrier(4), [], []

    def make() -> bytes:
        together.wait(10)  # all have found no key and opened their own file
        return os.urandom(32)

    def ask() -> None:
        try:
            got.append(load_or_create(file, make))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert got == [file.read_bytes()] * 4
    assert [path.name for path in file.parent.iterdir()] == ["key"]
