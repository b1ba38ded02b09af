"""nginx in front of several web processes: its configuration, and one that runs in a folder of its own.

:func:`configuration` is what docs/scale.md gives to operators, with this machine's ports in it.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from bench.scale.composition import Started, free_port, is_well

PACKAGE = "nginx-light"
LARGEST_BODY = "520m"
"""A little more than the largest document (512 MB): the program itself says in words what is too large."""

_SITE = """\
upstream gongbu {{
{servers}
    keepalive 32;
}}

server {{
    listen {listen};
    client_max_body_size {largest};
    client_body_timeout 120s;

    location / {{
        proxy_pass http://gongbu;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 3s;
        proxy_read_timeout 300s;
        proxy_send_timeout 120s;
        proxy_buffers 16 32k;
        proxy_next_upstream error timeout;
    }}

    # Resumable uploads: what arrives goes on at once, so that a connection that breaks off loses nothing.
    location /documents/uploads {{
        proxy_pass http://gongbu;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 3s;
        proxy_read_timeout 300s;
        proxy_request_buffering off;
    }}
}}
"""
_AROUND = """\
{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""


def find_nginx() -> str | None:
    """Return the path of nginx, or None when it is not installed (Debian: ``apt-get install nginx-light``)."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def configuration(ports: Sequence[int], listen: str) -> str:
    """Return the site's configuration: one upstream server per port on loopback."""
    servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in ports)
    return _SITE.format(servers=servers, listen=listen, largest=LARGEST_BODY)


def start(folder: Path, ports: Sequence[int]) -> Started:
    """Start nginx on a free port of loopback in front of the web processes.

    :raises FileNotFoundError: nginx is not installed
    :raises RuntimeError: it did not start; the message holds its log
    """
    program = find_nginx()
    if program is None:
        raise FileNotFoundError(f"未找到 nginx：apt-get install {PACKAGE}")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    site = configuration(ports, f"127.0.0.1:{port}")
    user = "user root;\n" if os.geteuid() == 0 else ""  # a folder of ours, not one for the account of the package
    text = _AROUND.format(user=user, folder=folder, site="\n".join(f"    {line}" for line in site.splitlines()))
    (folder / "nginx.conf").write_text(text)
    log = folder / "error.log"
    with (folder / "out.log").open("wb") as out:
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(log)], stdout=out, stderr=out,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    one, end = Started(process, log, port), time.monotonic() + 20
    while not is_well(port):
        if process.poll() is not None or time.monotonic() > end:
            one.stop()
            raise RuntimeError(f"nginx did not begin to answer: {one.said() if log.exists() else ''}")
        time.sleep(0.1)
    return one
