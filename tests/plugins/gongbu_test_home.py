"""Give every test run its own home before Django reads its settings."""

import os
import tempfile

os.environ["GONGBU_HOME"] = tempfile.mkdtemp(prefix="gongbu-test-")
