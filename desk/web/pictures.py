"""Pictures as anyone may see them: too coarse to read, as victims' data may stand in them."""

from __future__ import annotations

import base64
import io

_CELLS = 24  # cells across; a character of a price list is smaller than one of them


def coarse(data: bytes) -> bytes | None:
    """Give a PNG mosaic of a picture; ``None`` when the bytes are no picture."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            width, height = picture.size
            cells = (_CELLS, max(1, round(_CELLS * height / width)))
            small = picture.convert("RGB").resize(cells, Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
        return None
    out = io.BytesIO()
    small.resize((cells[0] * 12, cells[1] * 12), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def data_url(data: bytes) -> str:
    """Give a picture as part of a page, so that no address of it in clear exists."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data)) as picture:
            kind = Image.MIME.get(picture.format or "", "image/png")
    except (UnidentifiedImageError, OSError):
        kind = "application/octet-stream"
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
