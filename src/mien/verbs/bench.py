"""`mien bench`: how fast mien is here, by real processes and calls, beside the bounds for two cores."""

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mien.errors import MienError
from mien.verbs.demo import sample
from mien.verbs.making import tell
from mien.verbs.options import Option, parse


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the table."""

    what: str
    unit: str
    bound: float
    figures: list[float]

    def quantile(self, share: float) -> float:
        """The figure that this share of all do not pass (nearest rank)."""
        ordered = sorted(self.figures)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)]

    def __str__(self) -> str:
        """The row; one whose median passes its bound says so."""
        middle, high = self.quantile(0.5), self.quantile(0.95)
        verdict = "" if middle <= self.bound else "  above its bound"
        return f"{f'{self.what}, {self.unit}':<48}{middle:>9.2f}{high:>9.2f}{self.bound:>9.2f}{verdict}"


def run(args: Sequence[str]) -> int:
    """Print the table; a figure above its bound is marked, and is no failure."""
    values = parse(
        "bench",
        "How fast mien is on this machine: p50 and p95, beside the bounds for two cores.",
        None,
        args,
        repeats=Option(
            kind=int, default=5, help="How often each process is run; calls are made ten times as often."
        ),
    )
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for line in measure(Path(folder), values["repeats"]):
            lines.append(line)
            tell(f"{line.what}: {line.quantile(0.5):.2f} {line.unit}")
    print(f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}\n")
    print(f"{'':<48}{'p50':>9}{'p95':>9}{'bound':>9}")
    print(*map(str, lines), sep="\n")
    return 0


def measure(folder: Path, repeats: int) -> Iterator[Line]:
    """Every row, one after the other; pictures are made in the folder."""
    photos = {side: _photo(folder, side) for side in (512, 1024, 3000)}
    edit = ("--to", "happiness:.8", "-o", str(folder / "out.jpg"), "--force")
    film = ("--to", "happiness:.8", "-o", str(folder / "out.mp4"), "--force", "--seconds", "2", "--fps", "24")
    yield _processes("mien --help", 0.3, repeats, "--help")
    yield _processes("mien edit, 1024 px photo, cold start", 2.5, repeats, "edit", photos[1024], *edit)
    yield Line(what="fit, 1024 px photo", unit="s", bound=0.25, figures=_fits(photos[1024], repeats * 2))
    for face, bound in ((512, 10.0), (1080, 25.0)):
        figures = _frames(face, repeats * 10)
        yield Line(what=f"one more frame, {face} px face", unit="ms", bound=bound, figures=figures)
    yield _processes("mien animate, 48 frames of 512 px", 3.0, repeats, "animate", photos[512], *film)
    peaks = [_process("edit", photos[3000], *edit)[1]]
    yield Line(what="mien edit, peak memory, 12 megapixels", unit="MB", bound=700.0, figures=peaks)


def _photo(folder: Path, side: int) -> str:
    """The sample photo, `side` pixels wide; at 3000 about 12 megapixels with a border."""
    import cv2

    from mien.media import pictures

    path = folder / f"{side}.png"
    if not path.exists():
        pixels = pictures.read(sample()).pixels
        scale = side / pixels.shape[1]
        grown = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        if side == 3000:
            grown = cv2.copyMakeBorder(grown, 242, 242, 0, 0, cv2.BORDER_REPLICATE)
        stated = pictures.Provenance(expression="", software="mien", settings_hash="", input_sha256="")
        pictures.write(pictures.from_array(grown), path, provenance=stated)
    return str(path)


def _processes(what: str, bound: float, repeats: int, *args: str) -> Line:
    return Line(what=what, unit="s", bound=bound, figures=[_process(*args)[0] for _ in range(repeats)])


def _process(*args: str) -> tuple[float, float]:
    """Seconds and peak megabytes of one run of `mien` with these arguments."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen([sys.executable, "-m", "mien", *args], stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)  # the one way to the peak memory of this child alone
        spent, child.returncode = time.perf_counter() - start, os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise MienError(f"mien {args[0]} ended with {child.returncode}: {said.read().decode()}")
    return spent, usage.ru_maxrss / 1024


def _timed(call: Callable[[], object], repeats: int) -> list[float]:
    """Seconds of each call, after one that is not counted: it compiles and prepares."""
    call()
    figures = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        figures.append(time.perf_counter() - start)
    return figures


def _fits(photo: str, repeats: int) -> list[float]:
    from mien.face import analysis
    from mien.face.portrait import Portrait
    from mien.media import pictures

    picture = pictures.read(photo)
    face = analysis.choose(analysis.find(picture.pixels))
    return _timed(lambda: Portrait.of(picture, face).scene, repeats)


def _frames(width: int, repeats: int) -> list[float]:
    """Milliseconds of each frame of a rising smile; the face box is `width` wide, the photo twice that."""
    import cv2

    from mien.expression import Expression
    from mien.face import analysis
    from mien.face.portrait import Portrait
    from mien.media import pictures
    from mien.sheets import crop_of, cut

    pixels = pictures.read(sample()).pixels
    face = analysis.choose(analysis.find(pixels))
    head, scale = cut(pixels, crop_of(face), 0), width / face.box[2]
    grown = cv2.resize(head, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    portrait = Portrait.of(pictures.from_array(grown), analysis.choose(analysis.find(grown)))
    smiles = iter(
        [Expression.from_label("happiness", (1 + step) / (repeats + 1)) for step in range(repeats + 1)]
    )
    return [seconds * 1000 for seconds in _timed(lambda: portrait.show(next(smiles)), repeats)]
