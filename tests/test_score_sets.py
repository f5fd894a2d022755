"""Scores of whole sets: what is kept of a stream, distances of distributions, holes, intervals."""

import math

import numpy as np
import pytest
import reference_sets as given
import torch
from torch.nn import functional

from mien.errors import InputError, TooFewError
from mien.scores import agreement, critic, distributions, geometry, pairs, patches, recognition, video
from mien.scores.intervals import interval
from mien.scores.streams import Moments, Reservoir


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_moments_of_batches_are_those_of_the_whole():
    features, moments = 1000 + normal(90, 5), Moments()
    for part in features.split([1, 40, 49]):
        moments.add(part)
    assert moments.count == 90 and torch.allclose(moments.mean, features.mean(0))
    assert np.allclose(moments.covariance, np.cov(features.T))


def test_a_reservoir_keeps_few_and_all_alike():
    kept = [Reservoir(50, seed) for seed in range(100)]
    for reservoir in kept:
        for part in torch.arange(1000.0).split(70):
            reservoir.add(part)
        assert len(reservoir.rows) == 50 and torch.equal(reservoir.rows, reservoir.places.float())
        assert (reservoir.places.diff() > 0).all()
    counts = torch.cat([reservoir.places for reservoir in kept]).bincount(minlength=1000)
    assert (counts.view(10, 100).sum(1) - 500).abs().max() < 80  # a tenth each: 500, deviation 21


def test_what_is_kept_of_a_stream_does_not_grow_with_it():
    def held(samples: int) -> int:
        streams, kept = distributions.Streams(), patches.Patches(0, kept=2000)
        for _ in range(samples // 50):
            streams.add(torch.rand(50, 8), torch.rand(50, 8))
            kept.add(torch.rand(50, 3, 16, 16))
        numbers = [
            streams.kept.rows,
            streams.made.covariance,
            *(level.rows for level in kept.levels.values()),
        ]
        return sum(each.numel() for each in numbers)

    assert held(1500) == held(3000)


def test_both_distances_come_out_of_streams_where_samples_are_enough():
    made, true = distributions.Streams(), distributions.Streams()
    for part in normal(300, 8).split(24):
        made.add(part + 1, part)
        true.add(part[:, :4], part[:, :4])
    far, kernel = made.scores(distributions.FRECHET, distributions.KERNEL, extractor="any")
    assert math.isclose(far.value, 8, rel_tol=1e-9) and kernel.value > 1 and kernel.spread > 0
    assert "subset=100" in kernel.recipe and "extractor=any; n=300" in far.recipe and far.low is None
    few = distributions.Streams()
    few.add(normal(99, 128), normal(99, 128))
    assert list(few.scores(distributions.FRECHET, distributions.KERNEL)) == []


def test_too_few_samples_are_refused_with_the_number_needed():
    few, many = Moments.of(torch.zeros(100, 128)), Moments.of(torch.zeros(500, 128))
    with pytest.raises(TooFewError, match="for what was made, needs at least 129 samples, 100 came"):
        distributions.frechet(few, many)
    with pytest.raises(TooFewError, match="at least 1000 samples, 100 came"):
        distributions.kernel_distance(torch.zeros(100, 8), torch.zeros(100, 8))
    with pytest.raises(TooFewError, match="at least 50 samples, 49 came"):
        sets = [torch.zeros(size, 2) for size in (60, 60, 60, 49)]
        critic.critic_distance(sets[0], sets[1], sets[2], sets[3])
    with pytest.raises(TooFewError, match="at least 640 samples, 639 came"):
        geometry.geometry_score(torch.zeros(639, 2), torch.zeros(700, 2))
    with pytest.raises(TooFewError, match="in frames, needs at least 3"):
        video.flicker(torch.zeros(1, 3, 2, 8, 8))


def test_features_that_are_no_numbers_are_named():
    features = torch.zeros(60, 2)
    features[7:9] = math.nan
    for refuse in (
        Moments.of,
        lambda x: distributions.gaussian(x, x, 1),
        lambda x: critic.critic_distance(x, x, x, x),
    ):
        with pytest.raises(InputError, match="2 of 60 samples have features that are not finite"):
            refuse(features)


def test_large_samples_of_one_distribution_lie_near_zero():
    x, y = normal(1500, 8), normal(1500, 8, seed=1)
    found = distributions.kernel_distance(x, y, subsets=20, size=500)
    assert abs(found.value) < 0.02 and found == distributions.kernel_distance(x, y, subsets=20, size=500)
    width = distributions.median_width(y[:500])
    assert 3.5 < width < 4.5 and abs(distributions.gaussian(x, y, width)) < 1e-3
    assert abs(critic.critic_distance(x[:500], y[:500], x[500:1000], y[500:1000])) < 0.2


def of_set(images: torch.Tensor, seed: int) -> patches.Patches:
    kept = patches.Patches(seed)
    for part in images.split(8):
        kept.add(part)
    return kept


def test_patches_tell_texture_from_layout():
    dice = torch.Generator().manual_seed(1)
    scene = functional.interpolate(torch.rand(16, 3, 8, 8, generator=dice), 64, mode="bicubic")
    true = (scene + 0.2 * (torch.rand(16, 3, 64, 64, generator=dice) < 0.1)).clamp(
        0, 1
    ) * 2 - 1  # sparse dots
    soft = functional.avg_pool2d(functional.pad(true, (1, 1, 1, 1), "replicate"), 3, 1)
    sets = (of_set(images, 1) for images in (true, soft, 0.5 * true))
    itself, blurred, paler = (patches.sliced(each, of_set(true, 2)) for each in sets)
    assert list(itself) == [64, 32, 16]
    assert blurred[64] > 2 * itself[64] and blurred[16] < 1.3 * itself[16]
    assert abs(paler[64] - itself[64]) < 0.1 * itself[64]  # contrast alone is divided out


def test_patches_of_unlike_sets_are_refused():
    sets = [
        of_set(torch.zeros(count, 3, side, side), 0) for count, side in ((8, 32), (16, 32), (8, 64), (4, 32))
    ]
    for other, said in ((1, "sets of one size: 1024 and 2048"), (2, "32 and 64 px"), (3, "at least 1024")):
        with pytest.raises(InputError, match=said):
            patches.sliced(sets[0], sets[other])
    with pytest.raises(InputError, match="16, 32, 64"):
        patches.Patches(0).add(torch.zeros(1, 3, 48, 48))


def rank(rows: np.ndarray) -> int:
    """Rank over two elements."""
    rows, found = rows.copy() % 2, 0
    for column in range(rows.shape[1] if rows.size else 0):
        pivots = np.flatnonzero(rows[found:, column]) + found
        if not len(pivots):
            continue
        rows[[found, pivots[0]]] = rows[[pivots[0], found]]
        others = np.flatnonzero(rows[:, column])
        rows[others[others != found]] ^= rows[found]
        found += 1
    return found


def holes(away: np.ndarray, scale: float) -> int:
    """Holes of the complex at one scale, straight from its definition: edges - rank - rank."""
    size = away.shape[1]

    def there(corners: tuple[int, ...]) -> bool:
        outside = [v for v in range(size) if v not in corners]
        return bool((away[:, corners].max(1) <= away[:, outside].min(1) + scale).any())

    edges = [(a, b) for a in range(size) for b in range(a + 1, size) if there((a, b))]
    triangles = [
        (a, b, c) for a, b in edges for c in range(b + 1, size)
        if (a, c) in edges and (b, c) in edges and there((a, b, c))
    ]  # fmt: skip
    ends = np.array([[v in edge for v in range(size)] for edge in edges], int).reshape(-1, size)
    sides = [[set(edge) <= set(triangle) for edge in edges] for triangle in triangles]
    return len(edges) - rank(ends) - rank(np.array(sides, int).reshape(-1, len(edges)))


def test_holes_are_those_of_the_definition():
    some = 0
    for seed in range(12):
        points = normal(40, 2, seed=seed)
        away = torch.cdist(points, points[:9]).numpy()
        found = geometry.persistence(away, 1.0)
        for scale in (0.0, 0.02, 0.1, 0.3, 0.9):
            alive = int(((found[:, 0] <= scale) & (scale < found[:, 1])).sum())
            assert alive == holes(away, scale), (seed, scale)
            some += alive
    assert some > 20


def test_a_ring_and_two_rings_differ_and_one_face_made_again_and_again_has_no_hole():
    ring = given.circle(3000)
    two = torch.where(torch.arange(3000)[:, None] % 2 == 0, ring, ring + 5)
    assert geometry.relative_living_times(two, draws=10).argmax() == 2
    assert geometry.geometry_score(ring, two, draws=10) > 100
    assert geometry.relative_living_times(torch.zeros(700, 2), draws=2).tolist() == [1] + [0] * 99


def test_a_clip_played_backwards_is_another_course():
    clips = torch.linspace(0, 1, 16, dtype=torch.float64)[:, None] * normal(200, 1, 2) + normal(
        200, 1, 2, seed=1
    )
    course = Moments.of(video.clip_features(clips))
    backwards, longer = clips.flip(1), clips.repeat_interleave(2, 1)
    level = video.clip_features(clips)[:, :2]
    assert torch.allclose(level, clips.mean(1)) and torch.allclose(
        level, video.clip_features(backwards)[:, :2]
    )
    rising = clips + torch.linspace(0, 1, 16, dtype=torch.float64)[:, None]
    falling = rising.flip(1)
    apart = distributions.frechet(
        Moments.of(video.clip_features(rising)), Moments.of(video.clip_features(falling))
    )
    assert apart > 0.1 and distributions.frechet(course, Moments.of(video.clip_features(longer))) < 1e-3


def covered(draws: int, persons: int, frames: int, *, whole: bool) -> float:
    """Share of intervals that hold the true mean, 1, where persons differ and their frames hardly do."""
    dice, inside = np.random.default_rng(0), 0
    for _ in range(draws):
        values = dice.gamma(2, 0.5, (persons, 1)) + 0.05 * dice.normal(size=(persons, frames))
        who = torch.arange(persons).repeat_interleave(frames) if whole else torch.arange(persons * frames)
        found = pairs.PSNR.of(torch.from_numpy(values.ravel()), who)
        assert found.low is not None and found.high is not None
        inside += found.low <= 1 <= found.high
    return inside / draws


def test_intervals_over_persons_hold_the_truth_as_often_as_they_say():
    assert 0.88 <= covered(120, 40, 6, whole=True) <= 0.99
    assert covered(40, 40, 6, whole=False) < 0.75


def test_more_frames_of_the_same_people_tell_no_more():
    values = normal(30)
    once = pairs.PSNR.of(values, torch.arange(30))
    often = pairs.PSNR.of(values.repeat(50), torch.arange(30).repeat(50))
    assert once.low is not None and often.low is not None and math.isclose(once.low, often.low, rel_tol=1e-9)
    assert once.low < once.value < (once.high or 0) and once == pairs.PSNR.of(values, torch.arange(30))


def test_intervals_of_correlations_and_shares():
    asked = normal(200, 3)
    came = 0.8 * asked + 0.6 * normal(200, 3, seed=1)
    sums = agreement.products(asked, came).flatten(1)
    who = torch.arange(200) % 50
    found = agreement.UNITS.of_sums(sums, lambda s: agreement.pearson(s.unflatten(1, (3, 6))).nanmean(1), who)
    assert math.isclose(found.value, agreement.correlation(asked, came).mean, rel_tol=1e-12)
    assert found.low is not None and found.high is not None
    assert found.low < 0.8 < found.high and found.high - found.low < 0.15
    wanted = torch.arange(200) % 4
    tally = recognition.tally(torch.where(torch.arange(200) % 3 > 0, wanted, 0), wanted, 4).flatten(1)
    shares = recognition.BALANCED.of_sums(
        tally, lambda s: recognition.balanced_accuracy(s.unflatten(1, (4, 4))), who
    )
    assert shares.low is not None and shares.low < shares.value < (shares.high or 0) <= 1


def test_few_persons_have_no_interval_and_sure_scores_no_width():
    assert pairs.PSNR.of(normal(400), torch.arange(400) % 4).low is None
    sure = recognition.ACCURACY.of(torch.ones(40), torch.arange(40) % 8)
    assert (sure.low, sure.high) == (1, 1)
    undefined = interval(torch.zeros(40, 2), torch.arange(40), lambda s: s[:, 0] / s[:, 1])
    assert undefined is None
