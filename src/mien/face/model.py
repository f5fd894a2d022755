"""The face model: template, identity and action-unit bases, and the camera that looks at them."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from safetensors.numpy import load

CAMERA_DISTANCE = 100.0
"""Distance from the camera to the middle of the head, centimetres (ours: a portrait lens)."""
PIVOT = np.array([0.0, 0.0, 2.0])
"""Where the head turns, centimetres in the model's frame (ours: between the ears)."""
GAZE_SHAPES = ("LOOKUP", "LOOKDOWN", "LOOKLEFT", "LOOKRIGHT")
GAZE_SHAPE_DEGREES = 30.0
"""Turn of the eyes at which the lid shapes that follow a gaze are full (ours)."""


@dataclass(frozen=True, kw_only=True)
class FaceModel:
    """The shipped asset. Vertices in centimetres: x to the person's left, y up, z towards the viewer."""

    template: np.ndarray  # (n, 3) float32
    identity: np.ndarray  # (50, n, 3) float32, unit coefficients ~ N(0, 1)
    units: np.ndarray  # (u, n, 3) float32, coefficients 0..1
    unit_names: tuple[str, ...]
    triangles: np.ndarray  # (m, 3) int32
    uv: np.ndarray  # (n, 2) float32; 0..1 within each part's own texture
    landmarks: np.ndarray  # (68,) vertex of each landmark, iBUG order
    mirror: np.ndarray  # (n,) the vertex on the other side
    parts: dict[str, tuple[slice, slice]]  # name -> (vertices, triangles)
    wrinkle_names: tuple[str, ...]  # the unit of each map in extras["wrinkles"]
    extras: dict[str, np.ndarray]  # textures, rims, wrinkle maps
    sha256: str

    def shape(self, identity, units):
        """Vertices (n, 3) for identity (50,) and unit coefficients (u,)."""
        used = np.flatnonzero(units)
        moved = np.tensordot(units[used].astype(np.float32), self.units[used], 1)
        return self.template + np.tensordot(identity.astype(np.float32), self.identity, 1) + moved

    def displacement(self, units):
        """Displacement (n, 3) of unit coefficients (u,), centimetres."""
        used = np.flatnonzero(units)
        return np.tensordot(units[used].astype(np.float32), self.units[used], 1)

    def coefficients(self, units: dict[str, float]) -> np.ndarray:
        """Coefficients (u,) of named units, a two-sided name for both sides."""
        out = np.zeros(len(self.unit_names))
        for index, name in enumerate(self.unit_names):
            both = name[:-1] if name[-1] in "LR" and name not in GAZE_SHAPES else name
            out[index] = units.get(name, units.get(both, 0.0))
        return out


@dataclass(frozen=True, kw_only=True)
class Pose:
    """Where the head stands: rotation (3, 3), pixels per centimetre, and the pivot's place (2,) in pixels."""

    rotation: np.ndarray
    scale: float
    offset: np.ndarray

    def project(self, vertices):
        """Pixels (n, 2) and depth (n,) in centimetres (greater is nearer) of vertices (n, 3)."""
        turned = (vertices - PIVOT) @ self.rotation.T
        zoom = CAMERA_DISTANCE / (CAMERA_DISTANCE - turned[:, 2])
        flat = turned[:, :2] * [self.scale, -self.scale] * zoom[:, None] + self.offset
        return flat, turned[:, 2]

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw (towards the image's right), pitch (up), roll (clockwise in the image), degrees."""
        r = self.rotation
        yaw = np.arcsin(np.clip(-r[2, 0], -1, 1))
        pitch = np.arctan2(-r[2, 1], r[2, 2])
        roll = np.arctan2(-r[1, 0], r[0, 0])
        return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))

    def turned(self, yaw: float, pitch: float, roll: float) -> "Pose":
        """The pose with a further head turn in degrees, signs as in `angles`."""
        return replace(self, rotation=rotation_of(yaw, pitch, roll) @ self.rotation)


def rotation_of(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rotation matrix (3, 3) of yaw, pitch, roll in degrees, signs as in `Pose.angles`."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), np.sin(r), 0], [-np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


@cache
def load_model() -> FaceModel:
    """The asset of this installation, read once."""
    data = (files("mien") / "assets/face_model.safetensors").read_bytes()
    arrays = load(data)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])["__metadata__"]
    starts, triangle_starts = arrays.pop("starts"), arrays.pop("triangle_starts")
    parts = {
        name: (slice(*starts[i : i + 2].tolist()), slice(*triangle_starts[i : i + 2].tolist()))
        for i, name in enumerate(header["parts"].split())
    }
    own = {"template", "identity", "units", "triangles", "uv", "landmarks", "mirror"}
    floats = {k: arrays[k].astype(np.float32) for k in ("template", "identity", "units", "uv")}
    return FaceModel(
        **floats,
        **{k: arrays[k] for k in ("triangles", "landmarks", "mirror")},
        unit_names=tuple(header["units"].split()),
        wrinkle_names=tuple(header["wrinkles"].split()),
        parts=parts,
        extras={k: v for k, v in arrays.items() if k not in own},
        sha256=hashlib.sha256(data).hexdigest(),
    )
