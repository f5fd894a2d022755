"""What every score is checked against; run as a program it rewrites the table in docs/scores.md."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import reference_sets as given
import scipy.stats
import skimage.metrics
import sklearn.metrics
import torch
from reference_sets import double, picture
from torchmetrics.image.fid import _compute_fid
from torchmetrics.image.kid import poly_mmd

from mien.scores import (
    agreement,
    critic,
    distributions,
    faces,
    games,
    geometry,
    motion,
    pairs,
    patches,
    perceptual,
    recognition,
    video,
)
from mien.scores.intervals import interval
from mien.scores.streams import Moments

PAGE = Path(__file__).parent.parent / "docs/scores.md"
OPEN, CLOSE = "<!-- checked against -->", "<!-- /checked against -->"
CLOSED, SHEET = "closed form", "the formula, worked out apart"


class Reference(NamedTuple):
    """One value that a score must give."""

    score: str
    case: str
    value: float
    source: str
    tolerance: float
    ours: object
    theirs: object = None
    """The value again, by the package that is the source."""

    @property
    def holds(self) -> bool:
        """Whether ours, and the package's where there is one, lie within the tolerance."""
        found = [self.ours] if self.theirs is None else [self.ours, self.theirs]
        return all(abs(float(each) - self.value) <= self.tolerance for each in found)  # type: ignore[arg-type]


def rows() -> Iterator[Reference]:
    """All of them, in the order of the page."""
    for part in (_pairs, _persons, _readings, _classes, _sets, _patches_and_shapes, _games, _motions, _clips):
        yield from part()


def table() -> str:
    """The rows in Markdown."""
    lines = ["| score | case | reference | source | tolerance |", "| --- | --- | --- | --- | --- |"]
    for row in rows():
        cells = (row.score, row.case, f"{row.value:.8g}", row.source, f"{row.tolerance:.1g}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def page(text: str) -> str:
    """The page with the table of today between its marks."""
    before, rest = text.split(OPEN)
    return f"{before}{OPEN}\n\n{table()}\n\n{CLOSE}{rest.split(CLOSE)[1]}"


def _pairs() -> Iterator[Reference]:
    theirs = skimage.metrics.peak_signal_noise_ratio
    for steps, decibel in (((1,), 48.1308), ((2, 4), 38.1308), ((10,), 28.1308), ((20, 40), 18.1308)):
        images = given.differing(*steps)
        case = f"levels off by {' and '.join(map(str, steps))}"
        again = theirs(*map(given.levels, images), data_range=255)
        yield Reference("PSNR", case, decibel, "scikit-image", 1e-4, pairs.psnr(*images), again)
    case = "two frames with squared errors 10 and 1000"
    yield Reference("PSNR clip", case, 21.0979, CLOSED, 1e-4, pairs.psnr_clip(*given.clips()))
    x, y = given.waves(64)
    ours, case = pairs.similarity(x[None, None], y[None, None]), "waves under a chessboard"
    yield Reference("SSIM", case, 0.960073, "scikit-image", 1e-6, ours, given.wang(x, y))
    ours = pairs.ssim(*(picture(torch.full((16, 16), level)) for level in (100, 120)))
    yield Reference("SSIM", "gray 100 and 120", 0.98361092, CLOSED, 1e-6, ours)
    wide = [picture(levels.round()) for levels in given.waves(192)]
    again = given.multiscale(*map(given.levels, wide))
    source = "the formula with scipy's filters"
    yield Reference("MS-SSIM", "the same, 192 px", 0.9981623, source, 1e-6, pairs.ms_ssim(*wide), again)
    maps = [torch.tensor(way).view(1, 2, 1, 1) for way in ([7.0, 0], [0.5, 0.75**0.5])]
    ours = perceptual.perceptual_distance([maps[0]] * 2, [maps[1]] * 2)
    yield Reference("LPIPS-like", "60 degrees apart on two levels", 2, CLOSED, 1e-6, ours)
    half = torch.arange(8).expand(1, 1, 8, 8) < 4
    ours = pairs.change(*given.marked(8, slice(0, 8), slice(0, 2)), half)
    yield Reference("change", "51 levels in half of the region", 0.1, CLOSED, 1e-6, ours)
    for name, edges in pairs.REGIONS.items():
        top, bottom, left, right = (round(100 * edge) for edge in edges)
        images = given.marked(100, slice(top, bottom), slice(left, right))
        ours = pairs.region_error(*images, name)
        yield Reference(f"{name} error", "51 levels there, none elsewhere", 0.2, CLOSED, 1e-6, ours)
    small = [picture(torch.tensor(levels)) for levels in ([[1, 2], [3, 4]], [[2, 4], [6, 9]])]
    ours = pairs.texture_similarity(small[0], small[1], torch.ones(1, 1, 2, 2, dtype=torch.bool))
    again = np.corrcoef([1, 2, 3, 4], [2, 4, 6, 9])[0, 1]
    yield Reference("texture similarity", "1 2 3 4 and 2 4 6 9", 0.994377, "numpy", 1e-6, ours, again)


def _persons() -> Iterator[Reference]:
    fan, case = given.fan(), "unit vectors at 0, 10, 20, 30 degrees"
    first = fan[:, 0]
    yield Reference("ACD", case, 0.174311, SHEET, 1e-6, faces.acd_consecutive(fan))
    yield Reference("ACD pairs", case, 0.289194, SHEET, 1e-6, faces.acd_pairs(fan))
    yield Reference(
        "ACD pairs", "the same, squared", 0.100055, SHEET, 1e-6, faces.acd_pairs(fan, squared=True)
    )
    yield Reference("ACD-I", case, 0.259811, SHEET, 1e-6, faces.acd_input(fan, first))
    ours = faces.acd_input(fan[:, 1:], first)
    yield Reference("ACD-I", "the same without the first", 0.346415, SHEET, 1e-6, ours)
    ours, value = faces.identity_distance(fan[:, 1], first), 2 * math.sin(math.radians(5))
    yield Reference("identity distance", "unit vectors 10 degrees apart", value, CLOSED, 1e-6, ours)
    impostors = torch.linspace(0, 0.75, 1000, dtype=torch.float64)
    found = faces.verification(double([0.9, 0.8, 0.7, 0.6, 0.5]), impostors)
    case = "threshold at 1 % of 1000 impostors from 0 to .75"
    yield Reference("verification", case, 0.742492, SHEET, 1e-6, found.threshold)
    yield Reference("verification", "share of .9 .8 .7 .6 .5 above it", 0.4, SHEET, 1e-9, found.rate)
    truth, answers = given.verdicts()
    genuine, impostors = answers[truth], answers[~truth]
    ours, again = faces.separation(genuine, impostors), sklearn.metrics.roc_auc_score(truth, answers)
    case = "area under the ROC curve of 200 pairs with ties"
    yield Reference("verification", case, 0.86825, "scikit-learn", 1e-6, ours, again)
    ours, again = faces.equal_error(genuine, impostors), given.equal_error(truth, answers)
    yield Reference("verification", "their equal error rate", 0.27, "scikit-learn", 1e-6, ours, again)
    inputs, outputs = double([[1, 0], [0, 1], [1, 1]]), double([[2, 0.1], [0.1, 3], [0.1, 1]])
    ours = faces.identified(outputs, inputs, torch.arange(3)).double().mean()
    yield Reference("identification", "one of three nearer to another", 2 / 3, CLOSED, 1e-9, ours)
    ours = faces.rising(double([[0, 0.3, 0.2], [0, 0.2, 0.4]])).mean()
    yield Reference("monotony", "0 .3 .2 and 0 .2 .4", 0.75, CLOSED, 1e-9, ours)


def _readings() -> Iterator[Reference]:
    judges = [double(column)[:, None] for column in zip(*given.SHROUT_AND_FLEISS, strict=True)]
    paper, case = "Shrout and Fleiss 1979", "six targets, four judges"
    yield Reference("ICC(3,1)", case, 0.7148, paper, 1e-4, agreement.agreement(*judges))
    yield Reference("ICC(2,1)", case, 0.2898, paper, 1e-4, agreement.absolute_agreement(*judges))
    steps, read = (double(values)[:, None] for values in ([0, 1, 2, 3, 4, 5], [0, 1, 1, 3, 3, 5]))
    case = "0 1 2 3 4 5 and 0 1 1 3 3 5"
    yield Reference("ICC(3,1)", case, 0.961165, SHEET, 1e-6, agreement.agreement(steps, read))
    ours, again = (
        agreement.correlation(steps, read).mean,
        scipy.stats.pearsonr(*map(torch.flatten, (steps, read)))[0],
    )
    yield Reference("unit correlation", case, 0.9613463, "scipy", 1e-6, ours, again)
    ours, again = agreement.unit_error(steps, read).mean(), sklearn.metrics.mean_absolute_error(steps, read)
    yield Reference("unit error", case, 1 / 3, "scikit-learn", 1e-9, ours, again)
    ramp = double([-0.5, 0, 0.5, 1])[:, None]
    for name, other, value in (("itself + .2", ramp + 0.2, 0.939850), ("half of itself", ramp / 2, 0.769231)):
        ours = agreement.concordance(agreement.products(ramp, other).sum(0))
        yield Reference("CCC", f"-.5 0 .5 1 and {name}", value, SHEET, 1e-6, ours)
    points = given.scattered(136).view(1, 68, 2)
    points[0, 36], points[0, 45] = double([0, 0]), double([100, 0])
    ours, case = (
        agreement.landmark_error(points + double([3, 4]), points),
        "shifted by (3, 4), eye corners 100 apart",
    )
    yield Reference("landmark error", case, 0.05, CLOSED, 1e-9, ours)
    errors = double([0.02, 0.04, 0.1])
    ours = agreement.failures(errors)
    yield Reference("landmark error", "share of .02 .04 .1 above .08", 1 / 3, CLOSED, 1e-9, ours)
    ours, value = agreement.curve_area(errors), (0.75 + 0.5) / 3
    yield Reference("landmark error", "area under their curve", value, CLOSED, 1e-9, ours)


def _classes() -> Iterator[Reference]:
    wanted, found = torch.tensor([0, 0, 0, 0, 1, 1, 2, 2]), torch.tensor([0, 0, 1, 1, 1, 2, 2, 2])
    counts, case = recognition.confusion(found, wanted, 3), "eight answers in three classes"
    again = sklearn.metrics.accuracy_score(wanted, found)
    for name in ("expression accuracy", "MCS"):
        yield Reference(name, case, 0.625, "scikit-learn", 1e-9, recognition.accuracy(counts), again)
    ours, again = (
        recognition.balanced_accuracy(counts),
        sklearn.metrics.balanced_accuracy_score(wanted, found),
    )
    yield Reference("balanced accuracy", case, 2 / 3, "scikit-learn", 1e-9, ours, again)
    ours, again = recognition.macro_f1(counts), sklearn.metrics.f1_score(wanted, found, average="macro")
    yield Reference("macro F1", case, 0.6222222, "scikit-learn", 1e-6, ours, again)
    near, wide = given.blobs(0.5), given.blobs(1.5)
    for name, taught, read, deviation in (("GAN-test", wide, near, 0.5), ("GAN-train", near, wide, 1.5)):
        ours = (recognition.learned(*taught, read[0]) == read[1]).double().mean()
        again = scipy.stats.norm.cdf(1 / deviation)
        case = f"two blobs 2 apart, deviation of those read {deviation}"
        yield Reference(name, case, round(float(again), 4), "closed form, scipy", 0.02, ours, again)
    ours = recognition.chance_of(60, 100)
    again = scipy.stats.binomtest(60, 100, alternative="greater").pvalue
    yield Reference("told apart", "chance of 60 of 100", 0.02844397, "scipy", 1e-7, ours, again)
    came, asked, changed = (
        double([row]).bool() for row in ([1, 0, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 0])
    )
    right, wrong = recognition.attribute_accuracy(came, asked, changed)
    yield Reference("attribute accuracy", "one of two came", 0.5, CLOSED, 1e-9, right)
    yield Reference("preservation error", "one of three others changed", 1 / 3, CLOSED, 1e-9, wrong)
    answers = double([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6]])
    ours = recognition.inception(answers, splits=1).value
    yield Reference("IS-like", "three answers", 1.333955, SHEET, 1e-6, ours)
    ours = recognition.inception(answers[:1].expand(3, 3), splits=1).value
    yield Reference("IS-like", "answers that are all alike", 1, CLOSED, 1e-9, ours)
    ours = recognition.inception(torch.eye(3).repeat(10, 1)).value
    yield Reference("IS-like", "sure and even answers in three classes", 3, CLOSED, 1e-9, ours)


def _sets() -> Iterator[Reference]:
    four = torch.eye(4)
    ours = distributions.frechet_of(torch.zeros(4), four, torch.ones(4), 4 * four)
    yield Reference("FID-like", "N(0, I) and N(1, 4 I) of four numbers", 8, CLOSED, 1e-9, ours)
    means, first, second = given.gaussians()
    ours, again = (
        each(means[0], first, means[1], second) for each in (distributions.frechet_of, _compute_fid)
    )
    yield Reference("FID-like", "two Gaussians of two numbers", 8.929312, "torchmetrics", 1e-5, ours, again)
    cloud, shift = given.clouds()[0][:, :2], double([1, 0])
    ours = distributions.frechet(Moments.of(cloud), Moments.of(cloud + shift))
    yield Reference("FID-like", "a set and its shift by 1", 1, CLOSED, 1e-6, ours)
    four, names = given.SQUARE, ("KID-like", "KVD-like")
    for case, other, value in (
        ("their shift by 1", four + shift, -13.739583),
        ("themselves", four, -14.927083),
    ):
        ours, again = distributions.polynomial(four, other), poly_mmd(four, other)
        for name in names:
            yield Reference(name, f"four points and {case}", value, "torchmetrics", 1e-6, ours, again)
    ours = distributions.gaussian(four, four + shift, 1)
    yield Reference("MMD", "four points and their shift by 1, width 1", -0.111902, SHEET, 1e-6, ours)
    source = "Wasserstein distance of the Gaussians"
    made, true, *held_out = given.four_sets(8, 1.0, 4.0)
    ours = critic.critic_distance(made, true, held_out[0], held_out[1])
    yield Reference("Wasserstein critic", "a shift by 4 of eight numbers", 4, source, 0.2, ours)
    made, true, *held_out = given.four_sets(8, 2.0, 0.0)
    ours, value = critic.critic_distance(made, true, held_out[0], held_out[1]), given.mean_length(8)
    yield Reference("Wasserstein critic", "eight numbers, twice as wide", value, source, 0.2, ours)


def _patches_and_shapes() -> Iterator[Reference]:
    line = double([[0], [1], [2], [3]])
    ours = patches.sliced_along(line, line + 5, torch.ones(1, 1))
    yield Reference("SWD", "0 1 2 3 and 5 6 7 8", 5, CLOSED, 1e-9, ours)
    first, second, ways = given.clouds()
    ours = patches.sliced_along(first, second, ways)
    again = np.mean([scipy.stats.wasserstein_distance(first @ way, second @ way) for way in ways.T])
    yield Reference("SWD", "two clouds along 40 directions", 0.2252515, "scipy", 1e-6, ours, again)
    ours = patches.pyramid(given.rough())[1].double().square().mean()
    again = given.middle_level(given.rough())
    case, source = "power of the middle level of a 64 px pyramid", "the formula with scipy's filters"
    yield Reference("SWD", case, 291.233, source, 1e-3, ours, again)
    circle = given.circle(5000)
    ours = geometry.geometry_score(circle, circle + 3, draws=5)
    yield Reference("geometry score", "a circle and the same elsewhere", 0, CLOSED, 1e-3, ours)
    ours = geometry.relative_living_times(circle, draws=20)[1]
    yield Reference("geometry score", "share of the scale with one hole, of a circle", 1, CLOSED, 0.1, ours)


def _games() -> Iterator[Reference]:
    game = games.duel((0.1, 0.1), (0.05, 0.2), count=10**9)
    yield Reference("GAM", "errors .05 and .2 on samples", 0.25, SHEET, 1e-6, game.sample_ratio)
    yield Reference("GAM", "errors .1 and .1 on test samples", 1, SHEET, 1e-6, game.test_ratio)
    ours = games.tournament(double([[0.9, 0.6, 0.2], [0.1, 0.5, 0.3]]), torch.ones(3)).win_rate[0]
    yield Reference("win rate", "two of three critics fooled", 2 / 3, CLOSED, 1e-9, ours)
    opponents = [games.Player(1400, 30, 0.06), games.Player(1550, 100, 0.06), games.Player(1700, 300, 0.06)]
    after, paper = games.rated(games.Player(1500, 200, 0.06), opponents, [1, 0, 0]), "Glickman 2013"
    yield Reference("skill rating", "one game won, two lost", 1464.06, paper, 0.02, after.rating)
    yield Reference("skill rating", "its deviation", 151.52, paper, 0.01, after.deviation)
    yield Reference("skill rating", "its volatility", 0.05999, paper, 1e-5, after.volatility)


def _motions() -> Iterator[Reference]:
    for case, (ours, value) in given.arcs().items():
        yield Reference("geodesic", f"even and straight, and {case}", value, CLOSED, 1e-3, ours)
    known = torch.eye(4, dtype=torch.float64)
    ours = motion.nearest(known[2:3], known)[0]
    yield Reference("nearest neighbour", "a copy", 0, CLOSED, 1e-6, ours)
    ours = motion.jitter(torch.arange(9.0).square().view(1, 9, 1, 1))
    yield Reference("jitter", "t^2, a frame a step", 2, CLOSED, 1e-9, ours)
    noise = torch.randn(1, 400, 400, 1, generator=torch.Generator().manual_seed(0))
    yield Reference("jitter", "normal noise", math.sqrt(12 / math.pi), CLOSED, 0.02, motion.jitter(noise))


def _clips() -> Iterator[Reference]:
    flash = picture(torch.zeros(8, 8))[:, :, None].repeat(1, 1, 6, 1, 1)
    flash[:, :, ::2] = 1
    yield Reference("flicker", "black and white in turn", 1, CLOSED, 1e-9, video.flicker(flash))
    frames = given.scattered(1920).view(80, 12, 2)
    ours = distributions.frechet(
        *(Moments.of(video.clip_features(each)) for each in (frames, frames + double([1, 0])))
    )
    yield Reference("FVD-like", "clips, and one number 1 higher throughout", 1, CLOSED, 1e-6, ours)
    ours, again = video.clip_features(frames)[0, 4], given.bend(frames[0, :, 0])
    yield Reference("FVD-like", "bend of one clip", 0.1102315, "scipy", 1e-6, ours, again)
    values, persons = given.ratings()
    sums = torch.stack([values, torch.ones_like(values)], 1)
    bounds, again = interval(sums, persons, lambda t: t[:, 0] / t[:, 1]), given.bootstrapped(values, persons)
    for end, value, ours, theirs in zip(("low", "high"), (1.235, 1.807), bounds or (), again, strict=True):
        yield Reference("interval", f"{end} end, 30 persons, skewed", value, "scipy", 0.02, ours, theirs)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
