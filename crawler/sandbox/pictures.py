"""Pictures of the sandbox: price lists as sellers draw them, and harmless ones."""

from __future__ import annotations

import io
import shutil
import subprocess
from functools import cache
from random import Random

from PIL import Image, ImageDraw, ImageFont

from archive.errors import MissingError
from crawler.sandbox.world import Picture

_WIDTH, _LINE = 480, 56


def draw(picture: Picture) -> bytes:
    """Give a PNG; the same picture, the same bytes."""
    return _price_list(picture.menu) if picture.menu else _harmless(picture.name)


def _price_list(menu: tuple[str, ...]) -> bytes:
    page = Image.new("RGB", (_WIDTH, _LINE * (len(menu) + 3)), "#fffbe8")
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, _WIDTH, _LINE), fill="#8b1a1a")
    pen.text((24, 10), "业务单  诚信第一", font=_font(30), fill="white")
    for row, line in enumerate(menu, 1):
        pen.text((24, _LINE * row + 12), line, font=_font(28), fill="#222222")
        pen.line((16, _LINE * (row + 1), _WIDTH - 16, _LINE * (row + 1)), fill="#d8cfa8")
    pen.text(
        (24, _LINE * (len(menu) + 1) + 16), "先查后付  可走担保", font=_font(24), fill="#8b1a1a"
    )
    return _png(page)


def _harmless(name: str) -> bytes:
    random = Random(name)  # noqa: S311
    page = Image.new("RGB", (_WIDTH, 320), "#bfe3ff")
    pen = ImageDraw.Draw(page)
    pen.ellipse((360, 30, 430, 100), fill="#ffd966")
    for _ in range(5):
        left, height = random.randrange(-80, _WIDTH - 40), random.randrange(60, 180)
        pen.polygon([(left, 320), (left + 110, 320 - height), (left + 220, 320)], fill="#5a8f5a")
    return _png(page)


def _png(page: Image.Image) -> bytes:
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(chinese_font(), size)


@cache
def chinese_font() -> str:
    """Give the file of a font with Chinese characters, found through fontconfig."""
    found = ""
    if shutil.which("fc-match"):
        wanted = ["fc-match", "--format=%{file}|%{lang}", "Noto Sans CJK SC:lang=zh-cn"]
        answer = subprocess.run(wanted, capture_output=True, text=True, check=False)  # noqa: S603
        file, _, languages = answer.stdout.partition("|")
        found = file if "zh-cn" in languages else ""
    if not found:
        raise MissingError(
            "No font with Chinese characters is installed, the sandbox cannot draw its price "
            "lists: apt install fonts-noto-cjk fontconfig."
        )
    return found
