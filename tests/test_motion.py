"""Motions on the sphere: the geometry's laws, and what MotionGAN learns and makes with it."""

import math

import pytest
import torch

from mien import machine
from mien.loop import Loop
from mien.machine import Machine
from mien.nets import motion
from mien.system import Motions
from mien.systems.videos import motion_gan


def motions(count=6, frames=24, kind=torch.float64, seed=0):
    """Faces of random shape (n, t, 68, 2) in crops, each moving smoothly its own way."""
    source = torch.Generator().manual_seed(seed)
    draw = lambda *shape: torch.randn(*shape, generator=source, dtype=torch.float64)  # noqa: E731
    time = torch.linspace(0, 1, frames, dtype=torch.float64)[:, None, None]
    way = draw(count, 1, 68, 2) * time**2 + draw(count, 1, 68, 2) * (1 - torch.cos(3 * time))
    return (0.5 * draw(count, 1, 68, 2) + 0.05 * way).to(kind)


def point(curves, frames=30):
    return motion.velocity_root(motion.evenly(motion.normalised(curves)[0], frames))[0]


@pytest.fixture(scope="module")
def points():
    return point(motions())


def test_normalised_landmarks_lose_place_and_size_and_get_them_back():
    curves = motions()
    shape, centre, size = motion.normalised(curves)
    assert shape.mean(2).abs().max() < 1e-12
    assert (shape.square().sum((2, 3)) - 1).abs().max() < 1e-12
    assert torch.allclose(shape * size + centre, curves)
    assert torch.allclose(motion.normalised(3 * curves + 0.2)[0], shape)


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_a_motion_lies_on_the_sphere(kind):
    q = point(motions(kind=kind))
    assert q.shape == (6, 29, 68, 2)
    assert (motion.inner(q, q) - 1).abs().max() < 1e-6


def test_a_motion_comes_back_from_its_velocities():
    curves = motion.evenly(motion.normalised(motions())[0], 30)
    q, length = motion.velocity_root(curves)
    assert (motion.curve_of(q, length, curves[:, 0]) - curves).abs().max() < 1e-12
    q, length = motion.velocity_root(curves.float())
    assert (motion.curve_of(q, length, curves[:, 0].float()) - curves).abs().max() < 1e-6


def test_evenly_takes_the_tempo_away_and_progress_holds_it():
    curves = motions(frames=40)
    steps = motion.evenly(curves, 200).diff(dim=1).flatten(2).norm(dim=2)
    assert (steps / steps.mean(1, keepdim=True) - 1).abs().max() < 0.02
    again = motion.at(motion.evenly(curves, 2000), motion.progress(curves) * 1999)
    assert (again - curves).abs().max() < 1e-4
    resting = torch.cat([curves[:, :1].expand(-1, 7, -1, -1), curves, curves[:, -1:]], 1)
    assert torch.allclose(motion.evenly(resting, 30), motion.evenly(curves, 30))


def test_a_face_that_never_moves_gives_numbers():
    still = motions()[:, :1].expand(-1, 9, -1, -1)
    q, length = motion.velocity_root(motion.evenly(still, 30))
    assert q.abs().max() == 0 and length.abs().max() == 0
    assert torch.isfinite(motion.log(point(motions())[:1], q)).all()


def test_logarithm_and_exponential_are_inverse(points):
    mean = points[:1]
    tangent = motion.log(mean, points)
    assert (motion.exp(mean, tangent) - points).abs().max() < 1e-10
    assert motion.inner(mean, tangent).abs().max() < 1e-12
    assert torch.allclose(motion.norm(tangent), motion.distance(mean, points))
    assert motion.log(mean, mean).abs().max() == 0
    near = motion.exp(mean, 1e-9 * tangent)
    assert torch.allclose(motion.log(mean, near), 1e-9 * tangent, rtol=1e-3, atol=1e-14)


def test_distance_is_one(points):
    there, back = motion.distance(points[:1], points), motion.distance(points, points[:1])
    assert torch.allclose(there, back) and there.max() <= math.pi
    assert math.isclose(float(motion.distance(points[:1], -points[:1])), math.pi)
    a, b, c = points[:1], points[1:2], points[2:3]
    assert motion.distance(a, c) <= motion.distance(a, b) + motion.distance(b, c)


def test_distances_do_not_see_rotation_place_or_size():
    curves = motions()
    turn = torch.tensor([[0.8, -0.6], [0.6, 0.8]], dtype=torch.float64)
    one, other = point(curves), point(1.7 * curves @ turn + 0.3)
    assert torch.allclose(motion.distance(one[:1], one), motion.distance(other[:1], other), atol=1e-7)
    assert motion.distance(one, other).min() > 0.1  # though the motions differ


def karcher_mean(points, near):
    """The point (1, ...) of least mean squared distance to points (n, ...), by steps of 0.9."""
    mean = points[:1]
    for _ in range(100):
        step = motion.log(mean, points).mean(0, keepdim=True)
        if motion.norm(step) < near:
            break
        mean = motion.exp(mean, 0.9 * step)
    return mean


def test_karcher_mean(points):
    one = points[:1]
    assert torch.equal(karcher_mean(one, near=1e-10), one)
    middle = karcher_mean(points[:2], near=1e-10)
    assert torch.allclose(motion.distance(middle, points[:1]), motion.distance(middle, points[1:2]))
    mean = karcher_mean(points, near=1e-10)
    assert motion.log(mean, points).mean(0).abs().max() < 1e-9
    assert abs(float(motion.inner(mean, mean)) - 1) < 1e-12


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_any_vector_leads_to_the_sphere_once_projected(kind):
    mean = point(motions(kind=kind))[:1]
    vector = 0.2 * torch.randn(5, 29, 68, 2, dtype=kind)
    made = motion.exp(mean, motion.project(mean, vector))
    assert (motion.inner(made, made).sqrt() - 1).abs().max() < 1e-6


def test_seated_frames_keep_the_bridge_of_the_nose_where_it_was():
    curves = motions()
    start, centre, size = motion.normalised(curves[:, 0])
    free = curves.clone()
    free[:, :, motion.STILL] = curves[:, :1, motion.STILL]  # nothing moves there
    shape = motion.normalised(free)[0] * size[:, None] + centre[:, None]
    assert torch.allclose(motion.seated(shape, curves[:, 0]), free)


def tiny(**more):
    return motion_gan.Settings(width=4, batch=6, **more)


def batch_of(landmarks):
    count = len(landmarks)
    label = torch.eye(6, dtype=landmarks.dtype)[torch.arange(count) % 6]
    return Motions(seeds=torch.arange(count), landmarks=landmarks, label=label)


def test_the_nets_have_the_layers_of_the_authors_code():
    settings = motion_gan.Settings(classes=tuple(f"label {k}" for k in range(18)))
    with torch.device("meta"):
        generator, critic = motion_gan.Generator(settings), motion_gan.Critic(settings)
    assert sum(weight.numel() for weight in generator.spread.parameters()) == 40_212_480
    assert sum(weight.numel() for weight in generator.layers.parameters()) == 6_339_618
    assert critic.gathered.in_features == 2312


def test_the_reference_learns_the_karcher_mean_and_the_median_lengths():
    machine.seed(0)
    landmarks, settings = motions(18, kind=torch.float32), tiny(steps=2000, frames=13)
    loop, batch = Loop(motion_gan.System(settings), Machine.here("float32")), batch_of(landmarks)
    for step in range(200):
        player, terms = next(iter(loop.system.updates(batch, step)))
        loop._move((str(player),), [terms], step)
    curves = motion.evenly(motion.normalised(landmarks)[0], 13)
    q, length = motion.velocity_root(curves)
    reference = loop.system.get_submodule("reference")
    assert isinstance(reference, motion_gan.Reference)
    with torch.no_grad():
        assert motion.distance(reference.mean(), karcher_mean(q, near=1e-4)) < 0.05
        medians = torch.stack([length[k::6].median() for k in range(6)])
        assert torch.allclose(reference.length(torch.eye(6)), medians, rtol=0.02)
        assert torch.allclose(reference.tempo(torch.eye(6))[:, [0, -1]], torch.tensor([0.0, 1.0]))


@pytest.fixture(scope="module")
def system():
    machine.seed(0)
    return motion_gan.System(tiny()).eval().requires_grad_(False)


def test_a_made_motion_starts_at_the_face_given_and_is_its_seeds(system):
    face, label = motions(kind=torch.float32)[:, 0], torch.eye(6)
    made = system.make(face, label, torch.arange(6))
    assert made.shape == (6, 30, 68, 2)
    assert torch.allclose(made[:, 0], face, atol=1e-5)
    assert torch.equal(made, system.make(face, label, torch.arange(6)))
    assert (made - system.make(face, label, torch.arange(6, 12))).abs().max() > 1e-4


def test_a_motion_moves_with_the_face_and_grows_with_it(system):
    face, label, seeds = motions(kind=torch.float32)[:, 0], torch.eye(6), torch.arange(6)
    made = system.make(face, label, seeds)
    assert torch.allclose(system.make(2 * face + 0.1, label, seeds), 2 * made + 0.1, atol=1e-4)


def test_half_the_label_goes_half_the_way(system):
    face, label, seeds = motions(kind=torch.float32)[:, 0], torch.eye(6), torch.arange(6)

    def way(share):
        return system.make(face, share * label, seeds).diff(dim=1).flatten(2).norm(dim=2).sum(1)

    assert torch.allclose(way(0.5) / way(1.0), torch.full((6,), 0.5), atol=0.03)
    assert way(0.0).max() < 1e-5
