"""The project's own topology: points placed by us on the open heads, and every basis sampled there."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline
from numba import njit
from scipy.spatial import Delaunay, KDTree

from mien.face.raster import rasterise

FLIP = np.array([-1.0, 1.0, 1.0])
"""Mirrors a point or displacement left to right."""
SKIN_POLYGONS = (0, 9230)
EYEBALLS = (slice(21451, 23021), slice(23021, 24591))  # vertices of the open heads: left, right
EYE_CENTRE = np.array([3.136, 3.607, 8.018])
EYE_RADIUS = 1.49  # centimetres
CHART_SIDE = 2048  # pixels
DARTS = 90000
SEED = 0
NEIGHBOURS = 12
"""Triangles of the chart that are tried round a place."""


class Heads:
    """The open head model, read once: arrays as named in the data's own README."""

    def __init__(self, path: Path):
        data = np.load(path)
        self.mean = data["mean"].astype(np.float64)
        self.identity = data["identity"].astype(np.float64)
        self.expression = data["expression"].astype(np.float64)
        self.names = [str(n) for n in data["expression_names"]]
        self.triangles, self.polygon = data["triangles"], data["polygon"]
        self.uv, self.triangles_uv = data["uv"].astype(np.float64), data["triangles_uv"]
        self.landmarks = data["landmarks68"]

    def part(self, polygons: tuple[int, int]) -> np.ndarray:
        """Triangles (m, 3) of a range of polygons."""
        low, high = polygons
        return self.triangles[(self.polygon >= low) & (self.polygon < high)]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One piece of the template: where its vertices lie on the open heads, and its triangles."""

    points: np.ndarray  # (n, 3) template, centimetres
    triangles: np.ndarray  # (m, 3)
    anchors: np.ndarray  # (n, k) vertices of the open heads that carry each point
    weights: np.ndarray  # (n, k) their weights
    texture: np.ndarray  # (n, 2) place in the part's own texture, 0..1

    def sample(self, field):
        """Carry a field (..., vertices, 3) of the open heads over to this part: (..., n, 3)."""
        return np.einsum("...nkc,nk->...nc", field[..., self.anchors, :], self.weights)


class Chart:
    """The skin of the open heads laid flat; finds the surface point under any place of the chart."""

    def __init__(self, heads: Heads):
        keep = (heads.polygon >= SKIN_POLYGONS[0]) & (heads.polygon < SKIN_POLYGONS[1])
        self.corners, self.vertices, self.uv = heads.triangles_uv[keep], heads.triangles[keep], heads.uv
        points, level = (self.uv * (CHART_SIDE - 1)).astype(np.float32), np.zeros(len(self.uv), np.float32)
        self.index, _ = rasterise(points, level, self.corners.astype(np.int32), CHART_SIDE, CHART_SIDE)
        flat, solid = self.uv[self.corners], heads.mean[self.vertices]
        area_flat = np.abs(_cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]))
        normal = np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0])
        self.scale = np.sqrt(np.linalg.norm(normal, axis=1) / area_flat)  # centimetres per unit of the chart
        self.of_vertex = np.zeros((len(heads.mean), 2))
        self.of_vertex[self.vertices.ravel()] = self.uv[self.corners.ravel()]
        self.tree = KDTree(flat.mean(1))

    def index_at(self, places):
        """Triangle drawn at each place (..., 2) of the chart, -1 in a hole."""
        pixel = np.clip(np.rint(places * (CHART_SIDE - 1)).astype(int), 0, CHART_SIDE - 1)
        return self.index[pixel[..., 1], pixel[..., 0]]

    def triangle_at(self, places):
        """Triangle under each place (n, 2); the nearest one where the place lies in a hole or on a rim."""
        found, best = self.index_at(places), np.asarray(self.tree.query(places, NEIGHBOURS)[1])
        candidates = np.where(found[:, None] >= 0, np.concatenate([found[:, None], best[:, 1:]], 1), best)
        weights = self.weights(places.repeat(NEIGHBOURS, 0), candidates.ravel())
        weights = weights.reshape(-1, NEIGHBOURS, 3)
        return candidates[np.arange(len(places)), weights.min(-1).argmax(1)]

    def weights(self, places, triangle):
        """Barycentric weights (n, 3) of places (n, 2) in triangles (n,)."""
        a, b, c = np.moveaxis(self.uv[self.corners[triangle]], 1, 0)
        area = _cross(b - a, c - a)
        of_a, of_b = _cross(b - places, c - places) / area, _cross(c - places, a - places) / area
        return np.stack([of_a, of_b, 1 - of_a - of_b], -1)

    def anchor(self, places):
        """Vertices (n, 3) and weights (n, 3) that carry each place, and the chart's scale (n,) there."""
        triangle = self.triangle_at(places)
        weights = np.clip(self.weights(places, triangle), 0, 1)
        return self.vertices[triangle], weights / weights.sum(1, keepdims=True), self.scale[triangle]


def _cross(a, b):
    """Cross product of vectors in the plane (..., 2)."""
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def boundary_loops(triangles) -> list[np.ndarray]:
    """Boundary loops of a triangle list, each an ordered array of vertices."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    keys = {tuple(e) for e in edges}
    left = {int(a): int(b) for a, b in edges if (b, a) not in keys}
    loops = []
    while left:
        loop, at = [], min(left)
        while at in left:
            loop.append(at)
            at = left.pop(at)
        loops.append(np.array(loop))
    return loops


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Triangles (m, 3) of a grid of vertices counted along its rows."""
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel()
    return np.concatenate([np.stack([a, c, b], 1), np.stack([b, c, d], 1)]).astype(np.int32)


def build_skin(heads: Heads) -> tuple[Part, np.ndarray, np.ndarray]:
    """Place the skin's vertices symmetrically; returns the part, its 68 landmark vertices, its mirror map."""
    chart = Chart(heads)
    marks = chart.of_vertex[heads.landmarks]
    middle = marks[np.abs(marks[:, 0] - 0.5) <= 0.001] * [0, 1] + [0.5, 0]
    outline = _outline()
    marked = marks[(marks[:, 0] > 0.501) & (np.arange(68) >= 17)]
    fixed = np.concatenate([*_rim_places(heads, chart), outline, marked])
    side, centre = _scatter(heads, chart, outline, fixed, middle)
    places = np.concatenate([side, side * [-1, 1] + [1, 0], centre])
    n, total = len(side), len(places)
    mirror = np.r_[np.arange(n, 2 * n), np.arange(n), np.arange(2 * n, total)]
    triangles = _triangulate(places, mirror, np.r_[np.arange(n), np.arange(2 * n, total)], chart)
    anchors, weights, _ = chart.anchor(places)
    points = np.einsum("nkc,nk->nc", heads.mean[anchors], weights)
    points = (points + points[mirror] * FLIP) / 2
    landmark = KDTree(points).query(heads.mean[heads.landmarks])[1]
    part = Part(points=points, triangles=triangles, anchors=anchors, weights=weights, texture=places)
    return part, np.asarray(landmark), mirror


def _outline():
    """The left half of the face's edge on the chart, (44, 2): an oval, longer downward."""
    angle = (np.arange(44) + 0.5) / 44 * np.pi - np.pi / 2
    across, up = np.cos(angle), np.sin(angle)
    x = 0.5 + 0.372 * np.sign(across) * np.abs(across) ** 0.8
    y = 0.57 + np.where(up > 0, 0.365, 0.435) * np.sign(up) * np.abs(up) ** 0.8
    return np.stack([x, y], -1)


def _rim_places(heads: Heads, chart: Chart):
    """Places on the rims of the left eye and of the left half of the mouth."""
    found = []
    for loop in boundary_loops(heads.part(SKIN_POLYGONS)):
        line = chart.of_vertex[loop]
        centre = line.mean(0)
        if len(loop) >= 100 or centre[0] < 0.45:
            continue  # the outer edge; the right eye, which mirrors the left one
        if centre[0] > 0.55:
            found.append(_resample(line, 44))
        else:
            start = int(np.argmin(np.abs(line[:, 0] - 0.5) + 10 * (line[:, 1] < centre[1])))
            ring = _resample(np.roll(line, -start, 0), 72)
            found.append(ring[ring[:, 0] > 0.5])
    return found


def _resample(line, count):
    """Closed polyline (n, 2) resampled to count points, half a step off the start so that it mirrors."""
    line = np.concatenate([line, line[:1]])
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
    at = (np.arange(count) + 0.5) / count * along[-1]
    return np.stack([np.interp(at, along, line[:, k]) for k in (0, 1)], -1)


def _scatter(heads, chart, outline, fixed, middle):
    """Places right of the midline of the chart, and on it: the given ones and between them random ones."""
    generator = np.random.default_rng(SEED)
    darts = generator.uniform([0.5, 0.1], [0.9, 0.97], (DARTS, 2))
    darts = darts[Outline([*outline, (0.5, outline[-1, 1]), (0.5, outline[0, 1])]).contains_points(darts)]
    darts = darts[chart.index_at(darts) >= 0]
    anchors, weights, scale = chart.anchor(darts)
    template = np.einsum("nkc,nk->nc", heads.mean[anchors], weights)
    spacing = 0.86 * _edge_length(template) / scale
    near_middle = darts[:, 0] - 0.5 < 0.45 * spacing
    darts[:, 0] = np.where(near_middle, 0.5, darts[:, 0])
    kept = darts[_throw_darts(darts, spacing, np.concatenate([fixed, middle]))]
    side = np.concatenate([fixed, kept[kept[:, 0] > 0.5]])
    return side, np.concatenate([middle, kept[kept[:, 0] == 0.5]])


def _edge_length(points):
    """Wanted edge length (centimetres) at template points: fine at lips and lids, coarse at the edge."""
    mouth = np.linalg.norm((points - [0, -3.4, 10.3]) * [0.6, 1, 1], axis=1)
    folded = np.abs(points) * [1, 0, 0] + points * [0, 1, 1]
    eyes = np.linalg.norm((folded - [3.2, 3.6, 9.0]) * [0.7, 1, 1], axis=1)
    nose = np.linalg.norm(points - [0, 0.2, 11.5], axis=1)
    near = np.minimum(np.minimum(mouth - 0.7, eyes - 0.7), nose + 0.5)
    return np.clip(0.17 + 0.085 * near, 0.17, 0.62)


@njit(cache=True)
def _throw_darts(candidates, spacing, fixed):
    """Greedy Poisson-disk sampling in the chart; spacing is each candidate's own radius."""
    kept = np.zeros(len(candidates), np.bool_)
    chosen = np.zeros((len(candidates) + len(fixed), 2))
    chosen[: len(fixed)] = fixed
    count = len(fixed)
    for i in range(len(candidates)):
        free = True
        for j in range(count):
            dx, dy = candidates[i, 0] - chosen[j, 0], candidates[i, 1] - chosen[j, 1]
            if dx * dx + dy * dy < spacing[i] * spacing[i]:
                free = False
                break
        if free:
            chosen[count] = candidates[i]
            count += 1
            kept[i] = True
    return kept


def _triangulate(places, mirror, half, chart):
    """Delaunay on one half (indices) and its mirror image, without the triangles that span eyes or mouth."""
    found = half[Delaunay(places[half], qhull_options="QJ Pp").simplices]
    samples = np.array([[1 / 3, 1 / 3, 1 / 3], [0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]])
    spots = np.einsum("sk,tkc->tsc", samples, places[found])
    on_skin = (chart.index_at(spots) >= 0).mean(1) >= 0.74
    a, b, c = np.moveaxis(places[found], 1, 0)
    area = _cross(b - a, c - a)
    kept = on_skin & (np.abs(area) > 1e-9)
    found = np.where(area[kept, None] > 0, found[kept], found[kept, ::-1])
    return np.concatenate([found, mirror[found][:, ::-1]]).astype(np.int32)


def build_eyeballs(heads: Heads) -> list[Part]:
    """Two spheres' front caps as polar grids: texture x = angle from the axis / 100 degrees, y = turn."""
    rings = np.radians(np.r_[0.5, 6, 12, 18, 23.1, 28, 34, 42, 52, 64, 78, 92])
    turns = np.linspace(0, 2 * np.pi, 33)
    angle, turn = np.meshgrid(rings, turns, indexing="ij")
    ball = np.stack([np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)], -1)
    texture = np.stack([angle / np.radians(100), turn / (2 * np.pi)], -1).reshape(-1, 2)
    triangles = grid_triangles(len(rings), len(turns))
    parts = []
    for sign, pool in zip((1, -1), EYEBALLS, strict=True):
        points = EYE_CENTRE * [sign, 1, 1] + EYE_RADIUS * ball.reshape(-1, 3) * [sign, 1, 1]
        anchors = np.tile(np.arange(pool.start, pool.stop, 16), (len(points), 1))
        weights = np.full(anchors.shape, 1 / anchors.shape[1])
        parts.append(
            Part(points=points, triangles=triangles, anchors=anchors, weights=weights, texture=texture)
        )
    return parts
