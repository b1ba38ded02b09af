"""A key of this installation in a file of its own (0600), made once however many processes and threads ask for it at once."""

import os
import threading
from collections.abc import Callable
from pathlib import Path


def load_or_create(file: Path, make: Callable[[], bytes]) -> bytes:
    """Return the content of a key file; the first to ask makes it with ``make``, the others get the same."""
    if file.exists():
        return file.read_bytes()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(f"{file.name}.{os.getpid()}.{threading.get_ident()}.new")
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(make())
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(partial, file)  # atomic and refused if another process was first: never a half key, never two
    except FileExistsError:
        pass
    finally:
        partial.unlink()
    return file.read_bytes()
