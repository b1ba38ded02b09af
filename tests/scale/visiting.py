"""A person at a browser that keeps its cookies and may turn to another server for every request."""

import json
import re
from dataclasses import dataclass, field
from http.client import HTTPConnection
from urllib.parse import urlencode

CSRF = "b" * 32
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    @property
    def words(self) -> str:
        """What people read on the page."""
        return " ".join(re.sub(r"<[^>]*>", " ", self.text).split())


@dataclass
class Visitor:
    """Asks any port; ``address`` is what a client could claim in X-Forwarded-For."""

    session: str = ""
    address: str = ""
    cookies: dict[str, str] = field(default_factory=lambda: {"csrftoken": CSRF})

    def __post_init__(self):
        if self.session:
            self.cookies["gongbu_session"] = self.session

    def ask(self, port: int, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Send one request over a connection of its own."""
        sent = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), "X-CSRFToken": CSRF}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        if self.address:
            sent["X-Forwarded-For"] = self.address
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        found = Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return found

    def get(self, port: int, path: str) -> Answer:
        """Open a page."""
        return self.ask(port, "GET", path)

    def post(self, port: int, path: str, **fields: object) -> Answer:
        """Send a form."""
        self.cookies["csrftoken"] = CSRF
        body = urlencode(fields | {"csrfmiddlewaretoken": CSRF}).encode()
        return self.ask(port, "POST", path, body, Content_Type=FORM)

    def sign_in(self, port: int, name: str, password: str) -> Answer:
        """Sign in by password."""
        return self.post(port, "/sign-in", login_name=name, password=password)


def read(text: str) -> object:
    """Return the last line of what a process printed, as JSON."""
    return json.loads(text.splitlines()[-1])
