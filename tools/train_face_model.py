"""Estimate the face model from the open data: `python tools/train_face_model.py ../shared/data`."""

import argparse
import json
import os
from importlib.resources import files
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # sums in one order: the same bytes on every run

import face_photos
import face_residuals
import face_shading
import face_texture
import face_wrinkles
import numpy as np
import safetensors.numpy
import write_manifest
from face_geometry import FLIP, Heads, Part, boundary_loops, build_eyeballs, build_skin
from face_layout import harmonic_layout
from face_mouth import build_cavity, build_teeth, build_tongue
from face_units import action_units, identity_modes
from scipy.spatial import KDTree

from mien.face.model import load_model

ASSET = write_manifest.ASSETS / "face_model.safetensors"
KINDS = {"template": np.float32, "identity": np.float16, "units": np.float16, "uv": np.float32}
"""How floats are kept in the asset."""


def geometry(heads: Heads) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """All that comes from the open heads: arrays of the asset, and its header."""
    skin, landmarks, skin_mirror = build_skin(heads)
    left, right = build_eyeballs(heads)
    upper, upper_texture = build_teeth(heads, upper=True)
    lower, lower_texture = build_teeth(heads, upper=False)
    parts = {"skin": skin, "eyeball_left": left, "eyeball_right": right, "upper_teeth": upper}
    parts |= {"lower_teeth": lower, "tongue": build_tongue(heads), "cavity": build_cavity(heads)}
    arrays = joined(list(parts.values())) | rims(skin)
    mirror = mirror_of(arrays["template"], skin_mirror, len(left.points))
    names, units = action_units(list(parts.values()), heads, mirror, arrays["template"])
    flat = harmonic_layout(skin.points, skin.triangles, arrays["outline"])
    flat = (flat + flat[skin_mirror] * [-1, 1] + [1, 0]) / 2
    arrays |= {
        "uv": np.concatenate([flat, *(part.texture for part in list(parts.values())[1:])]),
        "identity": identity_modes(list(parts.values()), heads),
        "units": units,
        "landmarks": landmarks,
        "mirror": mirror,
        "upper_teeth_texture": upper_texture,
        "lower_teeth_texture": lower_texture,
    }
    return arrays, {"units": " ".join(names), "parts": " ".join(parts), "schema": "mien.face_model/1"}


def joined(parts: list[Part]) -> dict[str, np.ndarray]:
    """Vertices and triangles of all parts, and where each part starts."""
    starts = np.cumsum([0] + [len(part.points) for part in parts])
    return {
        "template": np.concatenate([part.points for part in parts]),
        "triangles": np.concatenate([p.triangles + s for p, s in zip(parts, starts[:-1], strict=True)]),
        "starts": starts,
        "triangle_starts": np.cumsum([0] + [len(part.triangles) for part in parts]),
    }


def rims(skin: Part) -> dict[str, np.ndarray]:
    """The skin's boundaries, as loops of vertices: the tallest is the outline of the face."""
    loops = sorted(boundary_loops(skin.triangles), key=lambda loop: skin.points[loop, 0].mean())
    outline = max(loops, key=lambda loop: np.ptp(skin.points[loop, 1]))
    right, mouth, left = (loop for loop in loops if loop is not outline)
    return {"outline": outline, "mouth_rim": mouth, "eye_rim_left": left, "eye_rim_right": right}


def mirror_of(template, skin_mirror, eyeball: int) -> np.ndarray:
    """Mirror partner (n,) of every vertex; eyeballs by their order, what is inside by place."""
    skin = len(skin_mirror)
    eyes = np.roll(np.arange(2 * eyeball), eyeball) + skin  # a seam's vertices lie two at one place
    inner = template[skin + 2 * eyeball :]
    return np.r_[skin_mirror, eyes, KDTree(inner).query(inner * FLIP)[1] + skin + 2 * eyeball]


def save(arrays: dict[str, np.ndarray], header: dict[str, str]) -> None:
    """Write the asset; the same arrays and header give the same bytes."""
    tensors = {}
    for key, value in arrays.items():
        kind = KINDS.get(key, np.int32 if value.dtype == np.int64 else value.dtype)
        tensors[key] = np.ascontiguousarray(value.astype(kind))
    ASSET.write_bytes(ordered(safetensors.numpy.save(tensors, header)))


def ordered(data: bytes) -> bytes:
    """The same file with its metadata in order: safetensors writes it in a random one."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    return data[:8] + text.ljust(end - 8) + data[end:]


def train(heads: Heads, neutral, smiling, canada) -> np.ndarray:
    """Write the asset; returns the textures (n, 2, t) that its basis was made of."""
    arrays, header = geometry(heads)
    arrays["rest"] = np.zeros(len(arrays["units"]), np.float32)
    arrays["wrinkles"] = np.zeros((1, 8, 8), np.int8)
    save(arrays, header | {"wrinkles": "AU12"})  # bare, so that what follows sees it as the package does
    everyone, pairs = [*neutral, *canada], list(zip(neutral, smiling, strict=True))
    model = face_photos.smile_lips(face_photos.calibrate(load_model(), everyone), pairs)
    arrays |= {"template": model.template, "units": model.units}
    arrays["rest"] = face_photos.resting_units(model, everyone)
    smile = face_shading.smile_shading(model, pairs)
    wrinkled, arrays["wrinkles"] = face_wrinkles.wrinkle_maps(model, smile)
    textures = face_texture.unwrapped(model, everyone)
    arrays |= face_texture.coded(face_texture.principal(np.concatenate(textures)))
    save(arrays, header | {"wrinkles": " ".join(wrinkled)})
    return textures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with london/, canada/ and ict/")
    data = parser.parse_args().data
    if not ASSET.parent.samefile(str(files("mien") / "assets")):
        parser.error("mien is installed elsewhere; run pip install -e . or set PYTHONPATH=src")
    heads = Heads(data / "ict/ict_face_model.npz")
    neutral, smiling = (face_photos.read(data / "london" / mood) for mood in ("neutral", "smiling"))
    textures = train(heads, neutral, smiling, face_photos.read(data / "canada"))
    write_manifest.write()
    load_model.cache_clear()  # what follows sees the asset as it was written
    print(f"{ASSET}: {ASSET.stat().st_size / 1e6:.2f} MB\n")
    print(face_residuals.table(load_model(), heads, neutral, smiling, textures))


if __name__ == "__main__":
    main()
