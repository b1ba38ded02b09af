"""Give every test run its own home and database before Django reads its settings.

``GONGBU_TEST_DATABASE=postgresql`` starts a throw-away PostgreSQL cluster for the run (see throwaway_postgres).
"""

import atexit
import os
import shutil
import tempfile

HOME = tempfile.mkdtemp(prefix="gongbu-test-")
os.environ["GONGBU_HOME"] = HOME
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the thread of live_server tests
atexit.register(shutil.rmtree, HOME, ignore_errors=True)

_is_worker = "PYTEST_XDIST_WORKER" in os.environ
if os.environ.get("GONGBU_TEST_DATABASE") == "postgresql":
    if not _is_worker:  # workers inherit the address from the controller
        import throwaway_postgres

        os.environ["DATABASE_URL"] = throwaway_postgres.start_until_exit().url
elif not _is_worker:
    os.environ.pop("DATABASE_URL", None)
