"""People driven by their own clips, beside copying their first frame; speed and memory of whole runs."""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import av
import matplotlib
import numpy as np
import torch
from PIL import Image

import mien
from mien.data import acting, people
from mien.expression import Expression
from mien.face import analysis
from mien.media import films, pictures
from mien.media.metadata import Provenance
from mien.natural import natural
from mien.scores import faces, pairs

SEED = 90_210
"""Of the first person; none of a set that anything is trained on."""
MADE = Provenance(expression="", software="mien benchmark", settings_hash="", input_sha256="")
PHOTO = Path(matplotlib.get_data_path()) / "sample_data/grace_hopper.jpg"
WAYS = {"in its stead": {}, "--add": {"add": True}}
"""The two ways of showing what a driver shows."""


def tensors(frames: list[np.ndarray]) -> torch.Tensor:
    """Frames (t, h, w, 3) uint8 as a clip (1, 3, t, h, w) in -1..1."""
    clip = torch.from_numpy(np.stack(frames)).permute(3, 0, 1, 2)[None]
    return clip.float() / 127.5 - 1


def features(frames: list[np.ndarray]) -> torch.Tensor:
    """Identity vectors (1, t, 128) of frames, each face found anew near where it was."""
    face = analysis.find(frames[0])[0]
    found = []
    for pixels in frames:
        face = analysis.at_box(pixels, face.box)
        found.append(analysis.identity(pixels, face))
    return torch.from_numpy(np.stack(found))[None]


def figures(made: list[np.ndarray], true: list[np.ndarray]) -> np.ndarray:
    """PSNR, SSIM and ACD-I against the true frames' person, of all frames but the first."""
    one, other = tensors(made[1:]), tensors(true[1:])
    identity = faces.acd_input(features(made)[:, 1:], features(true[:1])[:, 0])
    return np.array(
        [float(pairs.psnr(one, other).mean()), float(pairs.ssim(one, other).mean()), float(identity)]
    )


def read(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def reenact(folder: Path, person: int, expression: str, side: int, frames: int) -> dict[str, np.ndarray]:
    """All figures of one clip, by how the frames were made."""
    true = list(people.clip(
        people.Person.drawn(SEED + person), expression, side=side, frames=frames, background="plain"
    ).frames)  # fmt: skip
    Image.fromarray(true[0]).save(folder / "first.png")
    films.write(iter(true), folder / "driver.mp4", fps=people.FPS, provenance=MADE, force=True)
    rows = {
        "the clip itself, as the film has it": figures(read(folder / "driver.mp4"), true),
        "copy the first frame": figures([true[0]] * frames, true),
    }
    for way, how in WAYS.items():
        out = folder / "out.mp4"
        mien.transfer(folder / "first.png", folder / "driver.mp4", out, pose=True, force=True, **how)
        rows[f"transfer --pose, {way}"] = figures(read(out), true)
    return rows


def acting_film(path: Path, count: int, side: int) -> None:
    """A film of the sample photo acting, `side` pixels wide, of so many frames."""
    pixels = np.asarray(Image.open(PHOTO).convert("RGB").resize((side, round(side * 600 / 512))))
    portrait = mien.Portrait.of(pictures.from_array(pixels), analysis.choose(analysis.find(pixels)))
    acts = [natural(Expression.from_label(label, 0.8), 2.0, seed=1) for label in acting.EXPRESSIONS]
    loop = [
        portrait.show(act.at(step / 25)).pixels for act in acts for step in (*range(50), *range(49, -1, -2))
    ]

    def frames() -> Iterator[np.ndarray]:
        for number in range(count):
            yield loop[number % len(loop)]

    films.write(frames(), path, fps=25, provenance=MADE)


RUN = """
import sys
from mien.__main__ import main
code = main(sys.argv[1:])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=sys.stderr)
sys.exit(code)
"""


def worked() -> float:
    """Seconds of processor time of all processes that ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(*args: str | Path) -> tuple[float, float, float]:
    """Seconds, seconds of processor time and peak megabytes of one run of mien, in a process of its own."""
    begin, before = time.perf_counter(), worked()
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, args)], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - begin, worked() - before, int(done.stderr.split()[-1]) / 1024


def speeds(folder: Path, lengths: list[int], side: int) -> Iterator[str]:
    """Rows: seconds, frames a second, processor time and peak memory of whole runs, by number of frames."""
    for count in lengths:
        film = folder / f"{count}.mp4"
        acting_film(film, count, side)
        runs = {
            "mien transfer": ("transfer", film.with_name("me.png"), "--from", film),
            "mien edit --add": ("edit", film, "--to", "happiness:.5", "--add"),
        }
        first = read_first(film)
        Image.fromarray(first).save(film.with_name("me.png"))
        for what, line in runs.items():
            seconds, work, peak = timed(*line, "-o", folder / "out.mp4", "--force")
            speed = f"{seconds:.1f} | {count / seconds:.1f} | {1000 * work / count:.0f}"
            yield f"| {what}, {side} px | {count:,} | {speed} | {peak:.0f} |"


def read_first(path: Path) -> np.ndarray:
    with av.open(str(path)) as film:
        return next(film.decode(video=0)).to_ndarray(format="rgb24")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--expressions", default=",".join(acting.EXPRESSIONS))
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--frames", type=int, default=32)
    parser.add_argument("--lengths", default="200,2000", help="frames of the films whose speed is measured")
    parser.add_argument("--film", type=int, default=512, help="width of those films, pixels")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, rows = Path(place), {}
        for person in range(options.people):
            for expression in options.expressions.split(","):
                for name, row in reenact(folder, person, expression, options.side, options.frames).items():
                    rows.setdefault(name, []).append(row)
        if rows:
            count = options.people * len(options.expressions.split(","))
            print(f"\n{count} clips of {options.side} px; mean ± standard deviation over clips\n")
            print("| to the true frames | PSNR dB | SSIM | ACD-I |\n| --- | --- | --- | --- |")
        for name, found in rows.items():
            mean, spread = np.mean(found, axis=0), np.std(found, axis=0)
            cells = [f"{m:.{d}f} ± {s:.{d}f}" for m, s, d in zip(mean, spread, (1, 3, 3), strict=True)]
            print(f"| {name} | {' | '.join(cells)} |")
        print("\n| run | frames | s | frames a second | processor ms a frame | peak MB |")
        print("| --- | --- | --- | --- | --- | --- |")
        for line in speeds(
            folder, [int(length) for length in options.lengths.split(",") if length], options.film
        ):
            print(line, flush=True)


if __name__ == "__main__":
    main()
