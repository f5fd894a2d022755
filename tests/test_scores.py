"""The scores against values that were computed outside, and what they refuse."""

import math
from typing import Any

import pytest
import torch

from mien.errors import InputError
from mien.scores import Metric, distributions, faces, motion, pairs, ranked


def image(levels: torch.Tensor) -> torch.Tensor:
    """(1, 3, h, w) in -1..1 of levels (h, w) in 0..255."""
    return (levels.float() / 127.5 - 1).expand(1, 3, *levels.shape)


def differing(*steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two images whose pixels differ by these steps in turn."""
    return image(torch.full((8, 8), 100)), image(
        torch.tensor(steps).repeat(64 // len(steps)).view(8, 8) + 100
    )


@pytest.mark.parametrize(
    ("steps", "decibel"), [((1,), 48.1308), ((2, 4), 38.1308), ((10,), 28.1308), ((20, 40), 18.1308)]
)
def test_psnr_of_known_errors(steps, decibel):
    assert abs(pairs.psnr(*differing(*steps)).item() - decibel) < 1e-4


def test_psnr_of_a_clip_is_the_mean_of_its_frames():
    (true, first), (_, second) = differing(2, 4), differing(20, 40)
    made, true = torch.stack([first, second], 2), torch.stack([true, true], 2)  # (1, 3, 2, 8, 8)
    assert abs(pairs.PSNR.of(pairs.psnr(made, true)).value - 28.1308) < 1e-4
    assert abs(pairs.psnr_clip(made, true).item() - 21.0979) < 1e-4


def test_identical_images_count_as_the_cap_and_are_counted():
    values = pairs.psnr(torch.zeros(3, 3, 8, 8), torch.zeros(3, 3, 8, 8))
    assert values.tolist() == [100, 100, 100] and pairs.capped(values) == 3


def test_values_beyond_white_are_white():
    assert pairs.psnr(torch.full((1, 3, 8, 8), 1.7), torch.ones(1, 3, 8, 8)).item() == 100


def waves() -> tuple[torch.Tensor, torch.Tensor]:
    i, j = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    x = 128 + 100 * torch.sin(2 * torch.pi * i / 16) * torch.cos(2 * torch.pi * j / 16)
    return x, x + 10 * (-1) ** (i + j)


def test_ssim_in_the_paper_setting():
    x, y = waves()
    assert abs(pairs.similarity(x[None, None], y[None, None]).item() - 0.960073) < 1e-6
    flat = pairs.ssim(image(torch.full((16, 16), 100)), image(torch.full((16, 16), 120)))
    assert abs(flat.item() - 0.98361092) < 1e-6


def test_ssim_agrees_with_another_implementation():
    from skimage.metrics import structural_similarity

    x, y = (levels.round() for levels in waves())
    theirs: Any = structural_similarity(
        x.double().numpy(),
        y.double().numpy(),
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    clips = [image(levels)[:, :, None].expand(2, 3, 4, 64, 64) for levels in (x, y)]
    ours = pairs.ssim(clips[0], clips[1])
    assert ours.shape == (2, 4) and (ours - theirs).abs().max() < 1e-5


def test_change_counts_only_the_region():
    first, second = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    second[..., :4] = 1.0
    left = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    left[..., :4] = True
    assert abs(pairs.change(first, second, left).item() - 0.5) < 0.005
    assert pairs.change(first, second, ~left).item() == 0


def test_frechet_distance_of_known_gaussians():
    four = torch.eye(4)
    assert abs(distributions.frechet_of(torch.zeros(4), four, torch.ones(4), 4 * four) - 8) < 1e-9
    first, second = torch.tensor([[2, 0.5], [0.5, 1]]), torch.tensor([[1, -0.3], [-0.3, 3]])
    means = torch.tensor([0.0, 1]), torch.tensor([2.0, -1])
    assert abs(distributions.frechet_of(means[0], first, means[1], second) - 8.929312) < 1e-5


def test_frechet_distance_of_a_set_and_its_shift():
    features = torch.randn(50, 2, generator=torch.Generator().manual_seed(1))
    assert distributions.frechet(features, features) < 1e-6
    assert abs(distributions.frechet(features, features + torch.tensor([1.0, 0])) - 1) < 1e-6


def test_frechet_agrees_with_torchmetrics():
    from torchmetrics.image.fid import _compute_fid

    dice = torch.Generator().manual_seed(2)
    x, y = (torch.randn(60, 5, generator=dice, dtype=torch.float64) * scale for scale in (1, 2))
    theirs = _compute_fid(x.mean(0), torch.cov(x.T), y.mean(0), torch.cov(y.T))
    assert abs(distributions.frechet(x, y) - theirs.item()) < 1e-6


def test_too_few_samples_are_refused_with_the_number_needed():
    few = torch.zeros(100, 128)
    with pytest.raises(InputError, match="at least 129 samples, 100 came"):
        distributions.frechet(few, torch.zeros(500, 128))
    with pytest.raises(InputError, match="at least 1000 samples, 100 came"):
        distributions.kernel_distance(few, few)
    with pytest.raises(InputError, match="at least 1000 samples, 10 came"):
        faces.verification(torch.ones(10), torch.zeros(10))


SQUARE = torch.tensor([[0.0, 0], [1, 0], [0, 1], [2, 2]])


def test_kernel_distance_of_known_sets():
    shifted = SQUARE + torch.tensor([1.0, 0])
    assert abs(distributions.polynomial(SQUARE, shifted) + 13.739583) < 1e-6
    assert abs(distributions.polynomial(SQUARE, SQUARE) + 14.927083) < 1e-6
    once = distributions.kernel_distance(SQUARE, shifted, subsets=3, size=4)
    assert abs(once.value + 13.739583) < 1e-6 and once.spread < 1e-12


def test_large_samples_of_one_distribution_lie_near_zero():
    dice = torch.Generator().manual_seed(3)
    x, y = (torch.randn(1500, 8, generator=dice) for _ in range(2))
    found = distributions.kernel_distance(x, y, subsets=20, size=500)
    assert abs(found.value) < 0.02
    assert found == distributions.kernel_distance(x, y, subsets=20, size=500)


def fan() -> torch.Tensor:
    """(1, 4, 2) unit vectors at 0, 10, 20, 30 degrees."""
    angles = torch.deg2rad(torch.tensor([0.0, 10, 20, 30], dtype=torch.float64))
    return torch.stack([angles.cos(), angles.sin()], 1)[None]


def test_content_distances_of_a_turning_face():
    assert abs(faces.acd_consecutive(fan()).item() - 0.174311) < 1e-6
    assert abs(faces.acd_pairs(fan()).item() - 0.289194) < 1e-6
    assert abs(faces.acd_pairs(fan(), squared=True).item() - 0.100055) < 1e-6
    assert abs(faces.acd_input(fan(), fan()[:, 0]).item() - 0.259811) < 1e-6
    assert abs(faces.acd_input(fan()[:, 1:], fan()[:, 0]).item() - 0.346415) < 1e-6


def test_unrelated_faces_lie_as_far_apart_as_they_should():
    vectors = torch.nn.functional.normalize(torch.randn(1, 200, 128), dim=2)
    assert abs(faces.acd_pairs(vectors).item() - 1.41) < 0.01


def test_verification_at_one_percent():
    impostor = torch.linspace(0, 0.75, 1000, dtype=torch.float64)
    found = faces.verification(torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5]), impostor, 0.01)
    assert abs(found.threshold - 0.742492) < 1e-6 and found.rate == 0.4
    assert faces.accepted(torch.tensor([0.2, 0.59, 0.6, 0.9])) == 0.5


def test_units_that_never_change_are_left_out_and_listed():
    asked = torch.tensor([[0.0, 0.5, 0.1], [0.5, 0.5, 0.2], [1.0, 0.5, 0.4]])
    found = faces.correlation(asked, torch.tensor([[0.1, 0.3, 0.4], [0.3, 0.1, 0.2], [0.5, 0.2, 0.1]]))
    assert math.isclose(found.each[0].item(), 1, rel_tol=1e-6) and found.each[2] < -0.9
    assert found.left_out == [1] and math.isnan(found.each[1])
    assert math.isclose(found.mean, (found.each[0] + found.each[2]).item() / 2)


def test_agreement_forgives_a_constant_bias_only():
    labels = torch.tensor([[9.0], [6], [8], [7], [10], [6]])  # Shrout and Fleiss, two of their judges
    assert math.isclose(faces.agreement(labels, labels - 3).item(), 1)
    steps = torch.arange(6.0)[:, None]
    assert (
        abs(faces.agreement(steps, torch.tensor([[0.0], [1], [1], [3], [3], [5]])).item() - 0.961165) < 1e-6
    )


def test_accuracy_of_a_table():
    counts = faces.confusion(torch.tensor([0, 0, 1, 1, 1, 2]), torch.tensor([0, 0, 0, 0, 1, 1]), 3)
    assert counts.tolist() == [[2, 2, 0], [0, 1, 1], [0, 0, 0]]
    assert faces.accuracy(counts) == 0.5 and faces.balanced_accuracy(counts) == 0.5


def test_strength_that_falls_once_is_seen():
    assert faces.rising(torch.tensor([[0.0, 0.2, 0.4], [0.0, 0.3, 0.2]])).tolist() == [1, 0.5]


def test_arcs_between_straight_motions():
    time = torch.linspace(0, 1, 101, dtype=torch.float64)
    still = torch.zeros_like(time)
    along = {"x": (time, still), "y": (still, time), "diagonal": (time, time), "back": (-time, still)}
    along |= {"far": (3 * time + 5, still), "late": (time**2, still)}
    roots = {name: motion.square_root_velocity(torch.stack(curve, 1)[None]) for name, curve in along.items()}
    arcs = {name: motion.geodesic(roots["x"], root).item() for name, root in roots.items()}
    known = {"x": 0, "y": math.pi / 2, "diagonal": math.pi / 4, "back": math.pi, "far": 0}
    for name, arc in known.items():
        assert math.isclose(arcs[name], arc, abs_tol=1e-7), name
    assert abs(arcs["late"] - math.acos(2 * math.sqrt(2) / 3)) < 1e-3


def test_a_copied_motion_is_found():
    known = torch.nn.functional.normalize(torch.randn(5, 40, dtype=torch.float64), dim=1)
    arcs, place = motion.nearest(known[[3, 0]], known)
    assert place.tolist() == [3, 0] and arcs.max() < 1e-7


def test_a_score_says_how_it_was_made_and_unlike_ones_are_not_ranked():
    low = pairs.PSNR.of(torch.tensor([20.0, 22.0]), side=64, data="people-64")
    high = pairs.PSNR.of(torch.tensor([[30.0, 31.0], [32.0, 33.0]]), side=64, data="people-64")
    assert low.value == 21 and low.count == 2 and high.value == 31.5
    assert low.recipe.endswith("data=people-64; side=64; n=2") and "256 levels" in low.recipe
    assert ranked([low, high]) == [1, 0]
    far = [faces.ACD_I.of_all(value, 9) for value in (0.4, 0.2)]
    assert ranked(far) == [1, 0]
    with pytest.raises(InputError, match="different recipes"):
        ranked([low, pairs.PSNR.of(torch.tensor([20.0, 22.0]), side=128, data="people-128")])


def test_a_broken_output_gives_no_score():
    metric = Metric(name="ACD", variant="any", higher_is_better=False)
    with pytest.raises(InputError, match="ACD: 1 of 2 samples have no finite value"):
        metric.of(torch.tensor([1.0, float("nan")]))
    with pytest.raises(InputError, match="0 of 0"):
        metric.of(torch.zeros(0))
