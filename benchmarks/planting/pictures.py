"""Pictures: each number has a look of its own, each copy is saved a little differently."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageEnhance

_SIZE = (240, 180)


def draw(number: int, copy: Random) -> bytes:
    """Give picture ``number`` as a JPEG; ``copy`` chooses scale, light, edge and quality."""
    picture = _original(number)
    scale = copy.uniform(0.7, 1.3)
    picture = picture.resize((round(_SIZE[0] * scale), round(_SIZE[1] * scale)))
    picture = ImageEnhance.Brightness(picture).enhance(copy.uniform(0.9, 1.1))
    cut = copy.choice((0, 0, 1, 2))
    width, height = picture.size
    picture = picture.crop((cut, cut, width - cut, height - cut))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=copy.randrange(45, 95))
    return out.getvalue()


def _original(number: int) -> Image.Image:
    random = Random(f"picture {number}")
    coarse = Image.new("RGB", (8, 6))
    coarse.putdata([_colour(random) for _ in range(48)])
    picture = coarse.resize(_SIZE, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(14):
        x, y = random.randrange(_SIZE[0]), random.randrange(_SIZE[1])
        box = (x, y, x + random.randrange(10, 90), y + random.randrange(8, 60))
        pen.rectangle(box, fill=_colour(random), outline=_colour(random))
    return picture


def _colour(random: Random) -> tuple[int, int, int]:
    return random.randrange(256), random.randrange(256), random.randrange(256)
