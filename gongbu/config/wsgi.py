"""WSGI entry point for granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongbu.config.settings")
application = get_wsgi_application()

from gongbu.config import serving  # noqa: E402  after Django is set up

serving.settle()
if _server := os.environ.get("GONGBU_SERVER_PID"):
    # A web process whose server was killed must not go on answering from the old home.
    serving.watch_parent(int(_server), lambda: os._exit(1))
