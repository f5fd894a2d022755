"""Upper lids that close: the skin that comes down over the eye, and the lashes at its border."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from mien.face import lidskin, rims
from mien.face.lidskin import step
from mien.face.raster import rasterise
from mien.face.rims import ABOUT
from mien.face.sampling import place

SHOWN = (0.02, 0.26)
"""Centimetres of lid that come down: from where it is painted, and from where nothing else shows (ours)."""
ABOVE = (0.45, 0.9)
"""Centimetres above the rim up to which lashes are taken away, and from where none are (ours)."""
LINE = 0.05
"""Half the width of the line of lashes, centimetres (ours)."""
AWAY = (0.45, 0.65)
"""How much of an eye's length is seen where its lid is not drawn, and from where it is (ours)."""
SLIT = 0.25
"""Centimetres of a slit between lids that are filled with the lid over it (ours)."""
SHADE = 0.6
"""How much of the light's change on the mesh a lid takes: its ball is smoother than the mesh (ours)."""


@dataclass(frozen=True, kw_only=True)
class Lid:
    """An upper lid of the photo without its lashes, and these alone."""

    side: str
    corner: np.ndarray  # (2,) int, place of `clean` in the crop
    clean: np.ndarray  # (h, w, 3) float32, the photo's colours with the lid's own in place of rim and lashes
    cover: np.ndarray  # (h, w, 3) float32, 0..1 how much of a pixel is upper lid, lower lid, stretching lid
    lashes: np.ndarray  # (rows, columns, 1) float32, 0..1, what they leave of the light; first row at the rim
    grain: np.ndarray  # (rows, columns) float32, gray levels: the fine detail of the skin below the eye
    seen: float  # 0..1, little of an eye that looks away in the photo
    drop: float  # how far the rim lies below the fold, centimetres

    @classmethod
    def of(cls, scene, side):
        """Read a lid of a prepared photo."""
        frame = rims.frame_of(scene, scene.source, side)
        pixel = 1 / frame.centimetre
        before, after, below, above = ABOUT
        u = np.arange(-before, 1 + after, 1 / frame.length, dtype=np.float32)
        h = np.arange(-below, above, pixel, dtype=np.float32)
        seen = lidskin.unrolled(scene.crop, frame, u, h)
        grain = lidskin.grain(
            lidskin.unrolled(scene.crop, frame, u, np.arange(-2.4, -1.0, pixel, dtype=np.float32)),
            frame.centimetre,
        )
        own, lashes = lidskin.without_lashes(seen, u, h, frame.centimetre)
        box = frame.box(scene.crop.shape)
        corner = np.array([box[1].start, box[0].start])
        y, x = np.mgrid[box].astype(np.float32)
        along, over, middle = frame.inside(x, y)
        outside = step(along, 0.93, 1.05)  # there the photo's own fold goes on
        middle = middle - np.float32(0.2) * outside
        at = (along + before) * frame.length, (over + below) * frame.centimetre
        clean = cv2.remap(own, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        upper = step(middle, -0.1, -0.02) * (1 - step(over - 0.25 * step(along, 0.5, 0.9), *ABOVE))
        upper *= step(along, -before, 0.0) * (1 - step(along, 1.1, 1 + 0.9 * after))
        lower, rest = lidskin.lower(scene, side, corner, scene.crop[box], middle, outside, frame.centimetre)
        keep = step(middle, -0.1, -0.02)
        clean = lower + keep[..., None] * (clean - lower)
        fresh = upper * (1 - step(over, *lidskin.FOLD)) * (1 - step(along, 0.95, 1.15))
        cover = np.stack([upper, rest * (1 - keep), fresh], -1)
        mine = {"clean": clean.astype(np.float32), "cover": cover.astype(np.float32), "lashes": lashes}
        mine |= {"grain": grain, "seen": frame.seen}
        return cls(side=side, corner=corner, drop=rims.drop(scene, scene.source, side), **mine)

    def lay(self, scene, picture, target, warp, eye):
        """Paint the lid and its lashes over the picture (h, w, 3) uint8, in place, where it has come down.

        eye: what was laid between the lids.
        """
        closed = scene.eyes[self.side].closed(scene, target)
        down = rims.drop(scene, target, self.side) - self.drop
        meeting = _ramp(closed, 0.4, 1.0)
        share = max(_ramp(down, *SHOWN), meeting)
        if share == 0 and closed == 0:
            return []
        frame = rims.frame_of(scene, target, self.side)
        turned = _ramp(min(frame.seen, self.seen), *AWAY)
        box = frame.box(picture.shape)
        corner = np.array([box[1].start, box[0].start], np.float32)
        triangles, near, front = rims.topology(scene.model, self.side)[3:]
        size = tuple(side.stop - side.start for side in box)
        index, weights = rasterise(target.points[near] - corner, target.depth[near] + front, triangles, *size)
        _, _, gain = warp.at(box)
        show = np.array([share, closed, max(_ramp(down, 0.12, 0.6), meeting)], np.float32) * np.float32(
            turned
        )
        raster = index, weights, triangles, scene.source.points[near] - self.corner.astype(np.float32)
        before = eye.alpha, np.array([eye.box[1].start, eye.box[0].start]) - corner.astype(np.int64)
        drawn = frame.numbers()
        drawn[:2] -= corner
        mine = self.clean, self.cover, self.lashes, self.grain
        dark = scene.eyes[self.side].lashes
        _paint(picture[box], raster, gain, before, mine, (drawn, frame.rim), show, dark)
        return [box]


def _ramp(x, low, high):
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@njit(cache=True, nogil=True)
def _paint(picture, raster, gain, before, mine, seam, show, dark):
    index, weights, triangles, points = raster
    alpha, offset = before
    clean, cover, lashes, grain = mine
    frame, rim = seam
    share, closed, down = show
    length, centimetre = frame[6], frame[7]
    half = max(np.float32(LINE) * centimetre, np.float32(0.7))
    x, y = np.zeros(picture.shape[1], np.float32), np.full(picture.shape[1], np.float32(-1e6))
    last = np.zeros(picture.shape[1], np.int64)  # row that x and y are of: slits are filled from above
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            t = index[i, j]
            if t >= 0:
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                wa, wb = weights[i, j, 0], weights[i, j, 1]
                wc = np.float32(1) - wa - wb
                x[j] = wa * points[a, 0] + wb * points[b, 0] + wc * points[c, 0]
                y[j] = wa * points[a, 1] + wb * points[b, 1] + wc * points[c, 1]
                last[j] = i
            elif i - last[j] > np.float32(SLIT) * centimetre + 1:
                y[j] = np.float32(-1e6)
            eye = np.float32(0)
            r, s = i - offset[1], j - offset[0]
            if 0 <= r < alpha.shape[0] and 0 <= s < alpha.shape[1]:
                eye = alpha[r, s]
            dx, dy = j - frame[0], i - frame[1]
            along = (dx * frame[2] + dy * frame[3]) / length
            over = dx * frame[4] + dy * frame[5]
            place_ = min(max(along, np.float32(0)), np.float32(1)) * (len(rim) - 1)
            low = min(int(place_), len(rim) - 2)
            below = rim[low] + (place_ - low) * (rim[low + 1] - rim[low]) - over
            inside = x[j] >= 0 and y[j] >= 0 and x[j] <= clean.shape[1] - 1 and y[j] <= clean.shape[0] - 1
            pore = np.float32(0)
            amount, u, v, fx, fy = np.float32(0), 0, 0, np.float32(0), np.float32(0)
            if inside:
                u, v, fx, fy = place(clean.shape[1], clean.shape[0], x[j], y[j])
                one = share * _at(cover, 0, u, v, fx, fy)
                if one > 0 and eye > 0:  # the rim is smoother than the mesh
                    eye *= min(max(np.float32(0.5) + below, np.float32(0)), np.float32(1))
                if one > 0:
                    pore = share * _at(cover, 2, u, v, fx, fy) * _pore(grain, along, -below, length)
                other = closed * _at(cover, 1, u, v, fx, fy)
                amount = max(one, other) * (np.float32(1) - eye)
            left, line = _lash(lashes, along, below, half, length, centimetre, down, share)
            if amount == 0 and left == 1 and line == 0:
                continue
            shade = np.float32(1) + np.float32(SHADE) * (gain[i, j] - np.float32(1))
            for k in range(3):
                value = np.float32(picture[i, j, k])
                if amount > 0:
                    value += amount * (shade * _at(clean, k, u, v, fx, fy) + pore - value)
                value *= left
                value += line * (dark[k] - value)
                picture[i, j, k] = np.uint8(min(max(np.rint(value), 0.0), 255.0))


@njit(cache=True, nogil=True)
def _at(values, k, u, v, fx, fy):
    upper = values[v, u, k] + fx * (values[v, u + 1, k] - values[v, u, k])
    lower = values[v + 1, u, k] + fx * (values[v + 1, u + 1, k] - values[v + 1, u, k])
    return upper + fy * (lower - upper)


@njit(cache=True, nogil=True)
def _pore(grain, along, over, length):
    """The grain at a place along a rim and over it (pixels); its table is mirrored at its borders."""
    i = abs(int(np.floor(over)))
    j = int(np.floor((along + np.float32(ABOUT[0])) * length))
    i %= 2 * grain.shape[0]
    i = min(i, 2 * grain.shape[0] - 1 - i)
    return grain[i, min(max(j, 0), grain.shape[1] - 1)]


@njit(cache=True, nogil=True)
def _lash(lashes, along, below, half, length, centimetre, down, share):
    """What lashes leave of the light at a place below the seam (pixels), and how much of their line shows."""
    ends = min(max(np.float32(3) * (along + np.float32(0.01)), np.float32(0)), np.float32(1))
    ends *= min(max(np.float32(6) * (np.float32(1.08) - along), np.float32(0)), np.float32(1))
    off = below / (half * (np.float32(0.5) + np.float32(0.5) * ends))
    if off > 0:
        off *= np.float32(0.7)
    line = np.float32(0)
    if abs(off) < np.float32(2.3):
        line = share * np.float32(0.7) * ends * np.exp(-off * off)
    left = np.float32(1)
    if below > 0 and down > 0:
        reach = below / (np.float32(0.55) + np.float32(0.35) * down)
        column = (along + np.float32(ABOUT[0])) * length
        if column > 0 and column < lashes.shape[1] - 1 and reach < lashes.shape[0] - 1:
            u, v, fx, fy = place(lashes.shape[1], lashes.shape[0], column, reach)
            tail = min(max((np.float32(1.3) - along) * np.float32(4), np.float32(0)), np.float32(1))
            soft = tail * min(below / (np.float32(1.5) * half), np.float32(1)) * down
            left = np.float32(1) - soft * (np.float32(1) - _at(lashes, 0, u, v, fx, fy))
    return left, line
