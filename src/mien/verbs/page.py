"""The demo's page: one HTML file that holds its pictures and films and needs nothing else."""

import base64
import html
import io
from pathlib import Path

import numpy as np
from PIL import Image

from mien.media.pictures import Picture
from mien.pipelines import Animated

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mien: {name}</title>
<style>
:root {{ color-scheme: light dark; --ink: light-dark(#222, #ddd); --soft: light-dark(#666, #999); }}
body {{ margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: var(--ink); }}
body {{ font: 1rem/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.4rem; font-weight: 600; }}
h2 {{ font-size: 1.1rem; font-weight: 600; margin-top: 2.5rem; }}
img, video {{ display: block; width: 100%; height: auto; border-radius: 6px; }}
.films {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem; }}
figure {{ margin: 0; }} figcaption, p {{ color: var(--soft); font-size: .9rem; }} b {{ color: var(--ink); }}
</style>
<h1>mien: one photo, any expression</h1>
<p>Everything on this page was made from the first picture, on this machine's processor. The films are
synthetic; each file says so in its metadata. Show people only in what they agreed to.</p>
<div class="films">
<figure><img src="{photo}" alt="the photo"><figcaption><b>the photo</b> {name}</figcaption></figure>
{films}</div>
<h2>Six expressions at three strengths</h2>
<img src="{sheet}" alt="contact sheet of six expressions at three strengths">
<h2>Receipt</h2>
<p>{licence}.<br>Full receipts: receipts.json, beside this page.</p>
</html>
"""
_FILM = (
    '<figure><video src="{film}" autoplay loop muted playsinline></video>'
    "<figcaption><b>{label}</b> {measured}</figcaption></figure>\n"
)


def draw(picture: Picture, sheet: Path, films: list[Animated]) -> str:
    """The page, with everything inside."""
    shown = [
        _FILM.format(
            film=_inline(film.path.read_bytes(), "video/mp4"),
            label=html.escape(film.receipt.faces[0].label),
            measured=html.escape(film.receipt.lines()[0].partition(" ")[2].partition(";")[0]),
        )
        for film in films
    ]
    return _PAGE.format(
        name=html.escape(picture.name),
        photo=_inline(_jpeg(picture.pixels), "image/jpeg"),
        sheet=_inline(sheet.read_bytes(), "image/jpeg"),
        films="".join(shown),
        licence=html.escape(films[0].receipt.licence),
    )


def _inline(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _jpeg(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92)
    return file.getvalue()
