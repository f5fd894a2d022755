"""Fit the face model to 68 landmarks: pose, identity and action units, by bounded Gauss-Newton."""

from dataclasses import dataclass

import numpy as np

from mien.face.model import CAMERA_DISTANCE, GAZE_SHAPES, PIVOT, FaceModel, Pose

INNER = slice(17, 68)
UNIT_SPREAD = 0.5
"""Prior spread of a unit's intensity around zero (ours)."""
IDENTITY_TRUST = 1.6
"""Weight of the identity prior against its own N(0, 1): an expression must not pass for a face (ours)."""
LANDMARK_SPREAD = 0.011
"""Spread of an inner landmark, in inter-ocular distances (ours); the jaw counts a quarter."""
ROUNDS = 14
POSE = 6
"""Numbers of a pose: three turns, scale, offset."""
STIFF = 1e12
"""Weight that holds a pose where it is: far above what landmarks can weigh."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A face explained: pose, identity (50,), unit coefficients (u,), and how well the landmarks are met."""

    pose: Pose
    identity: np.ndarray
    units: np.ndarray
    covariance: np.ndarray
    """(u, u) of the units: what the landmarks leave open (Laplace approximation)."""
    residual: float
    """Mean distance of the inner landmarks (17-67), in inter-ocular distances."""
    landmarks: np.ndarray  # (68, 2) the model's landmarks, pixels
    target: np.ndarray  # (68, 2) the landmarks that were to be met, pixels

    @property
    def spread(self) -> np.ndarray:
        """Posterior standard deviation of each unit, (u,)."""
        return np.sqrt(self.covariance.diagonal())


def interocular(landmarks) -> float:
    """Distance between the centres of the eyes, pixels."""
    return float(np.linalg.norm(landmarks[36:42].mean(0) - landmarks[42:48].mean(0)))


def resting(model: FaceModel, found: Fit) -> np.ndarray:
    """The part of the fitted units (u,) that counts as the face at rest, not as an expression.

    People's resting faces differ: in 121 neutral photos a unit is fitted at up to this much
    (95th percentile). A unit fitted at more than twice that is an expression, all of it.
    """
    rest = np.maximum(model.extras["rest"], 1e-3)
    return np.minimum(found.units, rest) * np.clip(2 - found.units / rest, 0, 1)


def scales(model: FaceModel, found: Fit) -> np.ndarray:
    """Coefficient (u,) that intensity 1 of each unit takes on this person.

    One, but for the closing of the eyes: AU43=1 closes them however wide they are.
    """
    out = np.ones(len(model.unit_names))
    at = model.landmarks
    for side, upper, lower in (("AU43R", at[37:39], at[[41, 40]]), ("AU43L", at[43:45], at[[47, 46]])):
        index = model.unit_names.index(side)
        gap = model.template[upper, 1] - model.template[lower, 1]
        gap = gap + found.identity @ (model.identity[:, upper, 1] - model.identity[:, lower, 1])
        miss = (found.target - found.landmarks)[:, 1] / found.pose.scale
        marks = {vertex: number for number, vertex in enumerate(at)}
        gap = gap - (miss[[marks[v] for v in upper]] - miss[[marks[v] for v in lower]])
        travel = model.units[index, lower, 1] - model.units[index, upper, 1]
        out[index] = np.clip(gap.mean() / travel.mean(), 0.3, 1.6)
    return out


def fit(model: FaceModel, landmarks, known: "Fit | None" = None, *, still: bool = False) -> Fit:
    """Explain landmarks (68, 2) by pose, identity and units.

    Args:
        model: the face model.
        landmarks: (68, 2) pixels, iBUG order.
        known: an earlier fit of the same person; its identity and what it left unexplained are kept, and only
            pose and units are found.
        still: hold the known pose, too, so that only units are found.
    """
    problem = _Problem(model, landmarks, known, still)
    state = problem.start()
    for _ in range(ROUNDS):
        state = problem.step(state)
    return problem.finish(state)


class _Problem:
    """One least-squares problem; the state is (rotation, scale, offset, coefficients)."""

    def __init__(self, model, landmarks, known, still=False):
        self.model, self.target, self.known = model, np.asarray(landmarks, float), known
        at = model.landmarks
        self.free = np.array([n not in GAZE_SHAPES for n in model.unit_names], bool)
        self.base = model.template[at].astype(float)
        units = model.units[self.free][:, at].astype(float)
        identity = model.identity[:, at].astype(float)
        self.most = np.ones(len(units))
        self.expected = np.zeros(len(identity) + len(units))
        if known is not None:
            self.expected = resting(model, known)[self.free]
            self.most += self.expected
            self.base = self.base + np.tensordot(known.identity, identity, 1)
            identity = identity[:0]
            miss = np.c_[(known.target - known.landmarks) * [1, -1] / known.pose.scale, np.zeros(68)]
            self.base = self.base + miss @ known.pose.rotation
        self.basis = np.concatenate([identity, units])  # (k, 68, 3)
        self.count = len(identity)
        spread = np.full(68, LANDMARK_SPREAD * interocular(self.target))
        spread[:17] *= 4
        self.weight = 1 / spread
        self.prior = np.r_[np.full(self.count, IDENTITY_TRUST), np.full(len(units), 1 / UNIT_SPREAD)]
        self.stiff = np.zeros(POSE + len(self.basis))
        self.stiff[:POSE] = STIFF * still

    def start(self):
        """Scale, roll and place from the eyes and mouth; everything else zero."""
        if self.known is not None:
            pose = self.known.pose
            return pose.rotation, pose.scale, pose.offset, self.known.units[self.free]
        flat = (self.base[INNER, :2] - PIVOT[:2]) * [1, -1]
        a, b = flat - flat.mean(0), self.target[INNER] - self.target[INNER].mean(0)
        cosine, sine = (a * b).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
        scale, roll = np.hypot(cosine, sine) / (a**2).sum(), np.arctan2(sine, cosine)
        rotation = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1.0]])
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        offset = self.target[INNER].mean(0) - scale * turn @ flat.mean(0)
        return rotation, scale, offset, np.zeros(len(self.basis))

    def project(self, rotation, scale, offset, coefficients):
        turned = (self.base + np.tensordot(coefficients, self.basis, 1) - PIVOT) @ rotation.T
        zoom = CAMERA_DISTANCE / (CAMERA_DISTANCE - turned[:, 2])
        flat = turned[:, :2] * [scale, -scale] * zoom[:, None]
        return turned, zoom, flat, flat + offset

    def step(self, state):
        """One Gauss-Newton step with the units held within 0..1."""
        rotation, scale, offset, coefficients = state
        turned, zoom, flat, seen = self.project(*state)
        depth = flat * (zoom / CAMERA_DISTANCE)[:, None]  # d pixel / d turned z
        across = np.stack([scale * zoom, -scale * zoom], 1)  # d pixel / d turned x, y

        def through(moved):  # (..., 68, 3) -> (..., 68, 2)
            return moved[..., :2] * across + moved[..., 2:] * depth

        turns = np.cross(np.eye(3)[:, None], turned[None])  # (3, 68, 3)
        columns = [
            through(turns),
            flat[None],
            np.eye(2)[:, None].repeat(68, 1),
            through(self.basis @ rotation.T),
        ]
        jacobian = np.concatenate(columns) * self.weight[:, None]
        jacobian = jacobian.reshape(len(jacobian), -1).T  # (136, 6 + k)
        miss = ((self.target - seen) * self.weight[:, None]).ravel()
        jacobian = np.concatenate(
            [jacobian, np.concatenate([np.zeros((len(self.basis), 6)), np.diag(self.prior)], 1)]
        )
        miss = np.concatenate([miss, self.prior * (self.expected - coefficients)])
        self.normal = jacobian.T @ jacobian + np.diag(self.stiff)
        change = bounded(self.normal, jacobian.T @ miss, coefficients, self.count, self.most)
        angle = change[:3]
        return (
            turn(angle) @ rotation,
            scale * np.exp(change[3]),
            offset + change[4:6],
            coefficients + change[6:],
        )

    def finish(self, state):
        rotation, scale, offset, coefficients = state
        _, _, _, seen = self.project(*state)
        units = np.zeros(len(self.model.unit_names))
        covariance = np.eye(len(units)) * UNIT_SPREAD**2
        first = POSE + self.count
        covariance[np.ix_(self.free, self.free)] = np.linalg.inv(self.normal)[first:, first:]
        units[self.free] = coefficients[self.count :]
        identity = coefficients[: self.count] if self.known is None else self.known.identity
        miss = np.linalg.norm(seen - self.target, axis=1)[INNER].mean() / interocular(self.target)
        pose = Pose(rotation=rotation, scale=float(scale), offset=offset)
        found = {"pose": pose, "identity": identity, "units": units, "covariance": covariance}
        return Fit(**found, residual=float(miss), landmarks=seen, target=self.target)


def bounded(normal, gradient, coefficients, identity: int, most) -> np.ndarray:
    """Solve normal equations with the units kept in 0..most by an active set.

    The unknowns are changes of a pose, of as many unbounded coefficients as `identity` says, and of units.
    """
    start = POSE + identity
    free = np.ones(len(normal), bool)
    change = np.zeros(len(normal))
    value = coefficients[identity:]
    for _ in range(12):
        held = ~free
        right = gradient[free] - normal[np.ix_(free, held)] @ change[held]
        change[free] = np.linalg.solve(normal[np.ix_(free, free)] + 1e-9 * np.eye(free.sum()), right)
        new = value + change[start:]
        out = free[start:] & ((new < -1e-9) | (new > most + 1e-9))
        if not out.any():
            return change
        change[start:][out] = np.clip(new[out], 0, most[out]) - value[out]
        free[start:] &= ~out
    return change


def turn(angle):
    """Rotation matrix of a rotation vector (Rodrigues)."""
    size = np.linalg.norm(angle)
    if size < 1e-12:
        return np.eye(3)
    x, y, z = angle / size
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(size) * skew + (1 - np.cos(size)) * skew @ skew
