"""The scores: each against its reference, its line in the docs, what it refuses, how it is ranked."""

import importlib
import math
import pkgutil
import re

import pytest
import reference_scores
import reference_sets as given
import torch

from mien import scores
from mien.errors import InputError, TooFewError
from mien.scores import Metric, agreement, faces, games, motion, pairs, perceptual, ranked, recognition, video

PAGE = reference_scores.PAGE.read_text("utf-8")


def metrics() -> list[Metric]:
    """All there are."""
    rooms = [
        importlib.import_module(f"mien.scores.{room.name}") for room in pkgutil.iter_modules(scores.__path__)
    ]
    held = [value for room in rooms for value in vars(room).values()]
    held += [value for group in held if isinstance(group, dict) for value in group.values()]
    return list({value.name: value for value in held if isinstance(value, Metric)}.values())


def test_every_score_gives_its_reference_value_and_the_page_says_so():
    found = list(reference_scores.rows())
    assert [(row.score, row.case, row.value, row.ours, row.theirs) for row in found if not row.holds] == []
    assert {metric.name for metric in metrics()} <= {row.score for row in found}
    assert reference_scores.page(PAGE) == PAGE, "run python tests/reference_scores.py"


def test_every_score_has_a_line_in_the_docs_with_its_direction():
    lines = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \| (higher|lower) \| [^|]+ \|$", PAGE, re.M)
    told = {metric.name: "higher" if metric.higher_is_better else "lower" for metric in metrics()}
    assert dict(lines) == told


def test_psnr_of_a_clip_is_the_mean_of_its_frames():
    made, true = given.clips()
    assert abs(pairs.PSNR.of(pairs.psnr(made, true)).value - 28.1308) < 1e-4


def test_identical_images_count_as_the_cap_and_are_counted():
    values = pairs.psnr(torch.zeros(3, 3, 8, 8), torch.zeros(3, 3, 8, 8))
    assert values.tolist() == [100, 100, 100] and pairs.capped(values) == 3


def test_values_beyond_white_are_white():
    assert pairs.psnr(torch.full((1, 3, 8, 8), 1.7), torch.ones(1, 3, 8, 8)).item() == 100


def test_ssim_of_clips_has_a_value_a_frame():
    x, y = (levels.round() for levels in given.waves(64))
    clips = [given.picture(levels)[:, :, None].expand(2, 3, 4, 64, 64) for levels in (x, y)]
    ours = pairs.ssim(clips[0], clips[1])
    assert ours.shape == (2, 4) and (ours - given.wang(x, y)).abs().max() < 1e-5


def test_small_images_have_no_ms_ssim():
    with pytest.raises(InputError, match="at least 176 x 176, 64 x 64 came"):
        pairs.ms_ssim(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64))


def test_change_counts_only_the_region():
    first, second = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    second[..., :4] = 1.0
    left = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    left[..., :4] = True
    assert abs(pairs.change(first, second, left).item() - 0.5) < 0.005
    assert pairs.change(first, second, ~left).item() == 0


def test_a_flat_texture_has_no_correlation_and_is_named():
    whole = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    values = pairs.texture_similarity(torch.zeros(1, 3, 8, 8), torch.rand(1, 3, 8, 8), whole)
    with pytest.raises(InputError, match="texture similarity: 1 of 1 samples"):
        pairs.TEXTURE.of(values)


def test_the_same_maps_at_another_strength_look_the_same():
    maps = [torch.rand(2, 8, 5, 5), torch.rand(2, 16, 3, 3)]
    assert perceptual.perceptual_distance(maps, [3 * each for each in maps]).max() < 1e-12
    assert perceptual.perceptual_distance(maps, [each.flip(1) for each in maps]).min() > 0.1


def test_unrelated_faces_lie_as_far_apart_as_they_should():
    vectors = torch.nn.functional.normalize(torch.randn(1, 200, 128), dim=2)
    assert abs(faces.acd_pairs(vectors).item() - 1.41) < 0.01


def test_a_still_clip_neither_changes_person_nor_shakes_nor_flickers():
    still = torch.rand(2, 3, 1, 8, 8).expand(2, 3, 5, 8, 8)
    assert video.flicker(still).tolist() == [0, 0]
    assert motion.jitter(torch.rand(2, 1, 17, 1).expand(2, 5, 17, 1)).tolist() == [0, 0]
    assert faces.acd_consecutive(torch.rand(2, 1, 128).expand(2, 5, 128)).tolist() == [0, 0]


def test_verification_needs_impostors_and_lets_few_of_them_in():
    assert faces.accepted(torch.tensor([0.2, 0.59, 0.6, 0.9])) == 0.5
    with pytest.raises(TooFewError, match="at least 1000 samples, 10 came"):
        faces.verification(torch.ones(10), torch.zeros(10))


def test_impostors_are_pairs_of_different_persons():
    features = torch.eye(4)[[0, 0, 1, 2]]
    found = faces.impostors(features, features, torch.tensor([5, 5, 8, 9]))
    assert len(found) == 16 - 4 - 2 and abs(found.max() + math.sqrt(2)) < 1e-6


def test_units_that_never_change_are_left_out_and_listed():
    asked = torch.tensor([[0.0, 0.3, 0.1], [0.5, 0.3, 0.2], [1.0, 0.3, 0.4]])
    found = agreement.correlation(asked, torch.tensor([[0.1, 0.3, 0.4], [0.3, 0.1, 0.2], [0.5, 0.2, 0.1]]))
    assert math.isclose(found.each[0].item(), 1, rel_tol=1e-6) and found.each[2] < -0.9
    assert found.left_out == [1] and math.isnan(found.each[1])
    assert math.isclose(found.mean, (found.each[0] + found.each[2]).item() / 2)


def test_agreement_forgives_a_constant_bias_and_absolute_agreement_does_not():
    labels = torch.tensor([[9.0], [6], [8], [7], [10], [6]])
    assert math.isclose(agreement.agreement(labels, labels - 3).item(), 1)
    assert agreement.absolute_agreement(labels, labels - 3).item() < 0.4
    assert math.isnan(agreement.agreement(torch.ones(6, 1), labels).item())


def test_accuracy_of_a_table():
    counts = recognition.confusion(torch.tensor([0, 0, 1, 1, 1, 2]), torch.tensor([0, 0, 0, 0, 1, 1]), 3)
    assert counts.tolist() == [[2, 2, 0], [0, 1, 1], [0, 0, 0]]
    assert recognition.accuracy(counts) == 0.5 and recognition.balanced_accuracy(counts) == 0.5


def test_a_classifier_refuses_a_class_it_cannot_learn():
    features = torch.rand(9, 2)
    with pytest.raises(TooFewError, match="each of two or more classes"):
        recognition.learned(features, torch.tensor([0] * 8 + [1]), features)
    with pytest.raises(TooFewError, match="0 came"):
        recognition.learned(features, torch.zeros(9), features)
    features[3, 1] = math.nan
    with pytest.raises(InputError, match="1 of 9 samples have features that are not finite"):
        recognition.learned(features, torch.arange(9) % 2, features)


def test_too_few_answers_have_no_inception_score():
    with pytest.raises(TooFewError, match="7 classes in 10 splits needs at least 70 samples, 69 came"):
        recognition.inception(torch.full((69, 7), 1 / 7))


def test_strength_that_falls_once_is_seen():
    assert faces.rising(torch.tensor([[0.0, 0.2, 0.4], [0.0, 0.3, 0.2]])).tolist() == [1, 0.5]


def test_a_copied_motion_is_found():
    known = torch.nn.functional.normalize(torch.randn(5, 40, dtype=torch.float64), dim=1)
    arcs, place = motion.nearest(known[[3, 0]], known)
    assert place.tolist() == [3, 0] and arcs.max() < 1e-7


def test_a_duel_is_won_only_where_both_critics_are_fair():
    assert games.duel((0.1, 0.1), (0.05, 0.2), 1000).winner == 1
    assert games.duel((0.1, 0.1), (0.2, 0.05), 1000).winner == 2
    assert games.duel((0.1, 0.3), (0.05, 0.2), 1000).winner == 0
    assert games.duel((0, 0), (0, 0), 100) == games.Game(1, 1, 0)


def test_a_tournament_leaves_out_critics_that_know_nothing():
    fooled = torch.tensor([[0.9, 0.8, 1.0], [0.1, 0.5, 1.0]])
    found = games.tournament(fooled, torch.tensor([0.9, 0.8, 0.5]))
    assert found.left_out == [2] and found.win_rate.tolist() == [1, 0.25]
    assert found.rating[0] > 1500 > found.rating[1] and (found.deviation < 350).all()
    with pytest.raises(InputError, match="needs a critic"):
        games.tournament(fooled, torch.full((3,), 0.5))


def test_a_threshold_divides_true_from_made():
    true, made = torch.tensor([3.0, 4, 5]), torch.tensor([1.0, 2, 3.5])
    threshold = games.dividing(true, made)
    assert 2 < threshold < 3
    assert games.dividing(torch.ones(3), torch.zeros(3)) == 0.5


def test_a_score_says_how_it_was_made_and_unlike_ones_are_not_ranked():
    low = pairs.PSNR.of(torch.tensor([20.0, 22.0]), side=64, data="people-64")
    high = pairs.PSNR.of(torch.tensor([[30.0, 31.0], [32.0, 33.0]]), side=64, data="people-64")
    assert low.value == 21 and low.count == 2 and high.value == 31.5 and low.low is None
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
