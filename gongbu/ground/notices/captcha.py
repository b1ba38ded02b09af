"""A picture of four characters, or a sum in words, against programs that write comments.

Nothing is stored for a visitor who only looks: the question travels as an encrypted token that holds its own answer.
One token serves one comment (``Comment.captcha`` is unique) and is good for half an hour. Who cannot see the picture
asks for the sum.
"""

import base64
import hashlib
import io
import json
import secrets
from dataclasses import dataclass
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

LETTERS = "ACDEFHJKLMNPQRTUVWXY34679"  # none that look alike
LENGTH = 4
GOOD_FOR_S = 30 * 60
WIDTH, HEIGHT = 132, 44
_NUMBERS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the form carries it: the token, and the words of a sum (empty: a picture)."""

    token: str
    words: str = ""


@cache
def _cipher() -> Fernet:
    key = hashlib.sha256(b"notices.captcha" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def new(*, in_words: bool = False) -> Question:
    """Return a fresh question."""
    if in_words:
        a, b = secrets.randbelow(9) + 1, secrets.randbelow(9) + 1
        return Question(_seal(str(a + b)), f"{_NUMBERS[a]}加{_NUMBERS[b]}等于几？请填阿拉伯数字")
    return Question(_seal("".join(secrets.choice(LETTERS) for _ in range(LENGTH))))


def _seal(answer: str) -> str:
    content = json.dumps({"answer": answer, "number": secrets.token_hex(12)})
    return _cipher().encrypt(content.encode()).decode()


def _open(token: str) -> dict[str, str] | None:
    try:
        content: dict[str, str] = json.loads(_cipher().decrypt(token.encode(), ttl=GOOD_FOR_S))
    except (InvalidToken, ValueError):
        return None
    return content


def solve(token: str, typed: str) -> str | None:
    """Return the number of the question when ``typed`` answers it, "" when it does not, None when it is too old."""
    content = _open(token)
    if content is None:
        return None
    given = typed.strip().upper().replace(" ", "")
    return content["number"] if secrets.compare_digest(given.encode(), content["answer"].encode()) else ""


def draw(token: str) -> bytes | None:
    """Return the picture of a token as PNG, or None when it is too old or no picture."""
    content = _open(token)
    if content is None or len(content["answer"]) != LENGTH:
        return None
    # The same token gives the same picture, so that reloading does not help to read it.
    dice = _Dice(token)
    image = Image.new("RGB", (WIDTH, HEIGHT), "#f4f6fa")
    pen = ImageDraw.Draw(image)
    for _ in range(5):
        pen.line([dice.upto(WIDTH), dice.upto(HEIGHT), dice.upto(WIDTH), dice.upto(HEIGHT)], fill="#9db2d6", width=1)
    for place, letter in enumerate(content["answer"]):
        tile = Image.new("RGBA", (40, 44))
        ImageDraw.Draw(tile).text((8, 4), letter, font=_font(26 + dice.upto(5)), fill="#1b3f8b")
        tile = tile.rotate(dice.upto(41) - 20, resample=Image.Resampling.BICUBIC)
        image.paste(tile, (4 + place * 30 + dice.upto(5), dice.upto(5) - 2), tile)
    for _ in range(3):
        x = dice.upto(WIDTH - 60)
        pen.arc([x, dice.upto(HEIGHT), x + 60, HEIGHT + dice.upto(20)], 180, 360, fill="#1b3f8b", width=1)
    out = io.BytesIO()
    image.quantize(16).save(out, "PNG", optimize=True)
    return out.getvalue()


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    return ImageFont.load_default(size)


class _Dice:
    """Numbers that depend on the token alone."""

    def __init__(self, seed: str) -> None:
        self._bytes = hashlib.shake_256(seed.encode()).digest(256)
        self._at = 0

    def upto(self, top: int) -> int:
        self._at += 2
        return int.from_bytes(self._bytes[self._at - 2 : self._at]) % top
