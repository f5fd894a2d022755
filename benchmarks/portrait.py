"""The portrait engine on 81 real pairs of photos, beside copying: `python benchmarks/portrait.py`."""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from skimage.metrics import structural_similarity

from mien.face import analysis
from mien.face.fit import interocular
from mien.face.measure import measure
from mien.face.portrait import Portrait
from mien.media import pictures

SIDE = 256
RIGID = [0, 1, 15, 16, 27, 28, 29, 36, 39, 42, 45]
"""Landmarks that a smile hardly moves: temples, nose bridge, eye corners."""
TOOTHY = 0.05
"""Mean lip gap of the true smile, in eye distances, from which its mouth counts as open."""
DATA = Path(__file__).resolve().parents[2] / "shared/data/london"
LINES = (
    ("copy the neutral photo", "copy", "id_copy"),
    ("driven by its landmarks", "driven", "id_driven"),
    ("copy, upper face aligned", "copy_upper", None),
    ("`happiness:{strength}`, upper face aligned", "label", None),
)
"""Lines of the table: words, the row's likeness, the row's identity distance."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A neutral photo and the same person's smile, laid over it."""

    picture: pictures.Picture
    face: analysis.Face
    truth: np.ndarray  # (h, w, 3) uint8 in the neutral photo's frame
    truth_landmarks: np.ndarray
    fits: tuple[float, float]
    frame: np.ndarray  # (2, 3) photo to 256 px crop
    mask: np.ndarray  # (256, 256) bool


def similarity(source, target):
    """The (2, 3) similarity that best takes points (n, 2) to points (n, 2) (Umeyama 1991)."""
    a, b = source - source.mean(0), target - target.mean(0)
    cosine, sine = (a * b).sum() / (a**2).sum(), (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / (a**2).sum()
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.c_[turn, target.mean(0) - turn @ source.mean(0)]


def warp(image, matrix, size=(SIDE, SIDE)):
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def through(matrix, points):
    return points @ matrix[:, :2].T + matrix[:, 2]


def frame_of(landmarks):
    """The (2, 3) matrix of a square crop round the landmarks, a tenth larger than they."""
    low, high = landmarks.min(0), landmarks.max(0)
    scale = SIDE / (1.1 * max(high - low))
    return np.c_[scale * np.eye(2), SIDE / 2 - scale * (low + high) / 2]


def filled(points, shape):
    """A bool mask (h, w) of the hull of points."""
    hull = cv2.convexHull(np.rint(points).astype(np.int32))
    return cv2.fillPoly(np.zeros(shape, np.uint8), [hull], 1) > 0


def people_of(folder: Path) -> list[str]:
    """Names of the people of the pairs; ends the program where there are none."""
    people = sorted(path.stem for path in (folder / "smiling").glob("*.jpg"))
    if not people:
        london = "the London set (doi 10.6084/m9.figshare.5047666)"
        sys.exit(f"{folder} holds no pairs; get {london} and give --data")
    return people


def read_pair(folder: Path, person: str) -> Pair:
    neutral, smiling = (pictures.read(folder / mood / f"{person}.jpg") for mood in ("neutral", "smiling"))
    face, smile = analysis.find(neutral.pixels)[0], analysis.find(smiling.pixels)[0]
    over = similarity(smile.landmarks[RIGID], face.landmarks[RIGID])
    frame = frame_of(face.landmarks)
    return Pair(
        picture=neutral,
        face=face,
        truth=warp(smiling.pixels, over, neutral.pixels.shape[1::-1]),
        truth_landmarks=through(over, smile.landmarks),
        fits=(Portrait(neutral, face).fit.residual, Portrait(smiling, smile).fit.residual),
        frame=frame,
        mask=filled(through(frame, face.landmarks), (SIDE, SIDE)),
    )


def likeness(image, truth, mask):
    """PSNR inside the mask, SSIM of the masked pictures, SSIM averaged inside the mask (Wang et al. 2004)."""
    error = ((image.astype(float) - truth) ** 2)[mask].mean()
    whole, _ = similar(image * mask[..., None], truth * mask[..., None])
    _, local = similar(image, truth)
    return 10 * np.log10(255**2 / error), whole, local[mask].mean()


def similar(one, other):
    """SSIM with the paper's Gaussian window: its mean, and its map (h, w, 3)."""
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    found = structural_similarity(one, other, full=True, channel_axis=2, data_range=255, **window)
    return found[0], np.asarray(found[1])


def align_upper_face(truth, still, landmarks):
    """Move the truth (256 px crop) on the still one by its upper face (ECC, Evangelidis & Psarakis 2008)."""
    upper = filled(np.concatenate([landmarks[17:48], landmarks[[0, 16]]]), (SIDE, SIDE)).astype(np.uint8)
    one, other = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in (still, truth))
    start, stop = np.eye(2, 3, dtype=np.float32), (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 80, 1e-5)
    try:
        _, matrix = cv2.findTransformECC(one, other, start, cv2.MOTION_AFFINE, stop, upper, 5)
    except cv2.error:
        return truth  # no better alignment was found
    return warp(truth, cv2.invertAffineTransform(matrix))


def mouth_inside(image, landmarks):
    """Mean RGB between the lips."""
    inside = filled(landmarks[60:68], image.shape[:2]).astype(np.uint8)
    return image[cv2.erode(inside, np.ones((3, 3), np.uint8)) > 0].astype(float).mean(0)


def lab(colour):
    return cv2.cvtColor((colour[None, None] / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0, 0]


def distance(one, other):
    return float(np.linalg.norm(one - other))


def judge(job):
    """All figures of one pair, as a flat dict."""
    folder, person, strength = job
    pair = read_pair(folder, person)
    portrait = Portrait(pair.picture, pair.face)
    shots = {
        "copy": pair.picture.pixels,
        "driven": portrait.follow(pair.truth_landmarks).pixels,
        "label": portrait.show(f"happiness:{strength}").pixels,
    }
    before = portrait.measure().scores["happiness"]
    after = measure(shots["label"], analysis.at_box(shots["label"], pair.face.box), portrait.scene)
    row = {
        "fit_neutral": pair.fits[0],
        "fit_smiling": pair.fits[1],
        "rise": after.scores["happiness"] - before,
    }
    row |= likenesses(pair, shots) | identities(pair, shots)
    lips = pair.truth_landmarks[60:68]
    gap = cv2.contourArea(lips.astype(np.float32)) / np.ptp(lips[:, 0]) / interocular(pair.truth_landmarks)
    if gap > TOOTHY:
        ours, real = (mouth_inside(image, pair.truth_landmarks) for image in (shots["driven"], pair.truth))
        row["mouth_light"] = ours.mean() / real.mean()
        row["mouth_colour"] = float(np.linalg.norm((lab(ours) - lab(real))[1:]))
    return row


def likenesses(pair, shots):
    """How like the true smile each picture is; the label is another smile, so its upper face is aligned."""
    crops = {name: warp(image, pair.frame) for name, image in shots.items()}
    truth = warp(pair.truth, pair.frame)
    upper = align_upper_face(truth, crops["copy"], through(pair.frame, pair.face.landmarks))
    return {
        "copy": likeness(crops["copy"], truth, pair.mask),
        "driven": likeness(crops["driven"], truth, pair.mask),
        "copy_upper": likeness(crops["copy"], upper, pair.mask),
        "label": likeness(crops["label"], upper, pair.mask),
    }


def identities(pair, shots):
    """Identity distances to the true smile, and of the label to the input."""
    who = {
        name: analysis.identity(image, analysis.at_box(image, pair.face.box))
        for name, image in {**shots, "truth": pair.truth}.items()
    }
    return {
        "id_copy": distance(who["copy"], who["truth"]),
        "id_driven": distance(who["driven"], who["truth"]),
        "id_label": distance(who["copy"], who["label"]),
    }


def spread(values, digits):
    return f"{np.mean(values):.{digits}f} ± {np.std(values):.{digits}f}"


def report(rows, strength):
    """The tables, Markdown."""
    print(f"\n{len(rows)} pairs; mean ± standard deviation over people\n")
    print("| to the true smile | PSNR dB | SSIM, masked picture | SSIM inside the mask | identity distance |")
    print("| --- | --- | --- | --- | --- |")
    for name, key, who in LINES:
        scores = np.array([row[key] for row in rows])
        cells = [spread(scores[:, 0], 1), spread(scores[:, 1], 3), spread(scores[:, 2], 3)]
        cells.append(spread([row[who] for row in rows], 3) if who else "")
        print(f"| {name.format(strength=strength)} | {' | '.join(cells)} |")
    print("\n| figure | measured |\n| --- | --- |")
    for name, measured in figures(rows, f"`happiness:{strength}`"):
        print(f"| {name} | {measured} |")


def figures(rows, label):
    """Further figures: (words, what was measured)."""
    both = np.array([[row["fit_neutral"], row["fit_smiling"]] for row in rows]) * 100
    rises = np.array([row["rise"] for row in rows])
    toothy = [row for row in rows if "mouth_light" in row]
    fits = f"fit: inner landmarks, % of the eye distance, {both.size} photos"
    yield fits, f"{spread(both, 2)}, worst {both.max():.2f}"
    rise = f"{spread(rises, 2)}, on {(rises > 0).sum()} of {len(rows)}"
    yield f"{label}: measured happiness rises by", rise
    yield f"{label}: identity distance to the input", spread([row["id_label"] for row in rows], 3)
    if toothy:
        light = np.array([row["mouth_light"] for row in toothy])
        off = f"off by {np.abs(light - 1).mean():.0%} on average"
        yield (
            f"mouth inside, {len(light)} toothy smiles: light against the truth",
            f"{spread(light, 2)}; {off}",
        )
        yield "mouth inside: Lab a,b distance", spread([row["mouth_colour"] for row in toothy], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the London set")
    parser.add_argument("--strength", type=float, default=0.3, help="strength of the label, one for all")
    parser.add_argument("--every", type=int, default=1, help="take every nth pair")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    people = people_of(options.data)[:: options.every]
    jobs = [(options.data, person, options.strength) for person in people]
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        rows = list(pool.map(judge, jobs))
    report(rows, options.strength)


if __name__ == "__main__":
    main()
