"""Run a measurement in a child process on a SQLite home of its own, which is removed afterwards."""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any


def in_child(module: str, *words: object) -> dict[str, Any]:
    """Run ``python -m module words…`` and return the figures, which its last line holds as JSON.

    The child finds ``GONGBU_HOME`` set to an empty folder and no ``DATABASE_URL``; it prepares its home itself.

    :raises RuntimeError: the child failed; the end of what it said
    """
    with tempfile.TemporaryDirectory(prefix="gongbu-bench-") as folder:
        environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"GONGBU_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-m", module, *map(str, words)], env=environment, capture_output=True, text=True
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures
