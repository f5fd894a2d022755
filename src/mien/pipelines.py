"""From requests to results: read, find the face, show the expression, measure, write, and give a receipt."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from mien.errors import ExpressionError
from mien.expression import Expression
from mien.face import analysis
from mien.face.measure import Measurement
from mien.face.measure import measure as measure_face
from mien.face.portrait import Portrait, Shown
from mien.makers import ENGINE, Maker, maker_of
from mien.media import files, pictures
from mien.natural import natural
from mien.performance import Performance, frame_times
from mien.receipt import Clock, FaceReceipt, Judge, Receipt, assets, versions
from mien.requests import SECONDS, AnimateRequest, EditRequest, MeasureRequest, Request, SheetRequest
from mien.sheets import contact, crop_of, cut
from mien.tables import LABELS
from mien.version import SOFTWARE, settings_hash

BASIC = tuple(label for label in LABELS if label not in ("neutral", "contempt"))
"""The six basic expressions: columns of a sheet."""
STRENGTHS = (0.4, 0.7, 1.0)
"""Rows of a sheet."""
Tell = Callable[[str], None]
Count = Callable[[int, int], None]
"""Told how many pictures are made, and of how many; what it raises ends the work, and nothing is left."""


def quiet(line: str) -> None:
    """Tell nobody."""


def uncounted(done: int, total: int) -> None:
    """Count for nobody."""


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A photo that shows what was asked."""

    picture: pictures.Picture
    provenance: pictures.Provenance
    receipt: Receipt

    @property
    def pixels(self) -> np.ndarray:
        """(h, w, 3) uint8 RGB."""
        return self.picture.pixels

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the photo; the ending chooses the format. Raises `OutputError`."""
        return pictures.write(self.picture, path, provenance=self.provenance, force=force)


@dataclass(frozen=True, kw_only=True)
class Animated:
    """A film that was written, and its receipt."""

    path: Path
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A contact sheet."""

    pixels: np.ndarray
    """(h, w, 3) uint8 RGB."""
    provenance: pictures.Provenance
    receipt: Receipt

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the sheet; the ending chooses the format. Raises `OutputError`."""
        return pictures.write(pictures.from_array(self.pixels), path, provenance=self.provenance, force=force)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the chosen faces of a photo show, left to right."""

    photo: str
    faces: tuple[tuple[analysis.Face, Measurement], ...]


def edit(request: EditRequest, tell: Tell = quiet, count: Count = uncounted) -> Edited:
    """Show an expression on one face of a photo, or on all, and write it if the request names an output."""
    expression, clock = request.target(), Clock()
    if request.resume:
        raise ExpressionError("--resume goes on with a film, and this is a photo: leave it out")
    maker = maker_of(request, expression)
    original, faces = _open(request, clock, tell)
    picture, judged = original, []
    for done, face in enumerate(faces, 1):
        with clock.step("fit"):
            portrait = Portrait.of(picture, face)
        wanted = portrait.expression.topped(expression) if request.add else expression
        with clock.step("show"):
            shown = next(maker.before(portrait)([wanted]))
        judged.append(_judged(portrait, wanted, shown, clock, maker))
        picture = picture.with_pixels(shown.pixels)
        count(done, len(faces))
    receipt = _receipt("edit", str(expression), original, judged, clock, request, maker)
    result = Edited(picture=picture, provenance=provenance_of(receipt), receipt=receipt)
    if request.output is not None:
        with clock.step("write"):
            result.save(request.output, force=request.force)
    return result


def animate(request: AnimateRequest, tell: Tell = quiet, count: Count = uncounted) -> Animated:
    """Write a film of one face acting; where it shows most it is measured for the receipt."""
    target, clock = request.target(), Clock()
    maker = maker_of(request, target)
    picture, faces = _open(request, clock, tell)
    with clock.step("fit"):
        portrait = Portrait.of(picture, faces[0])
    return film(portrait, target, request, clock, maker, count)


def film(
    portrait: Portrait,
    target: Expression | Performance,
    request: AnimateRequest,
    clock: Clock,
    maker: Maker = ENGINE,
    count: Count = uncounted,
) -> Animated:
    """Write a film of a portrait that was opened before."""
    from mien.media import films  # what writes films takes long to load

    fps, duration = Fraction(request.fps).limit_denominator(1001), _duration(target, request)
    if isinstance(target, Performance):
        acted, apex = target, target.apex
    elif request.system:
        from mien.generation import Onset

        acted, apex = Onset(expression=target, duration=duration), duration
    else:
        acted = natural(target, duration, request.seed, still=request.still, start=portrait.expression)
        apex = duration
    times, most = frame_times(duration, fps), acted.at(apex)
    resolved, expression = replace(request, seconds=float(duration)), str(target)
    stated = _provenance("animate", expression, portrait.picture, resolved, maker)
    show = maker.before(portrait)
    shown = next(show([most]))
    with ThreadPoolExecutor(1) as beside:  # measured while it is drawn and written: both leave cores idle
        judged = beside.submit(_judged, portrait, most, shown, clock, maker)
        with clock.step("film"):
            frames = _counted(show(map(acted.at, times)), len(times), count)
            path = Path(request.output)
            report = films.write(frames, path, fps=fps, provenance=stated, force=request.force)
    receipt = _receipt("animate", expression, portrait.picture, [judged.result()], clock, resolved, maker)
    made = {"frames": report.frames, "seconds": float(report.seconds), "bytes": report.bytes}
    made |= {"judged_at": float(apex)}
    return Animated(path=path, receipt=replace(receipt, film=made))


def sheet(request: SheetRequest, tell: Tell = quiet, count: Count = uncounted) -> Sheet:
    """Draw the six basic expressions at three strengths, and write them if an output is named."""
    clock = Clock()
    picture, faces = _open(request, clock, tell)
    with clock.step("fit"):
        portrait = Portrait.of(picture, faces[0])
    result = draw(portrait, request, clock, count)
    if request.output is not None:
        with clock.step("write"):
            result.save(request.output, force=request.force)
    return result


def draw(portrait: Portrait, request: SheetRequest, clock: Clock, count: Count = uncounted) -> Sheet:
    """The sheet of a portrait that was opened before; full strength is measured for the receipt."""
    with clock.step("check"):
        judge = Judge(portrait)
    crop, tiles, judged = crop_of(portrait.face), [], []
    for strength in STRENGTHS:
        row = []
        for label in BASIC:
            expression = Expression.from_label(label, strength)
            with clock.step("show"):
                shown = portrait.show(expression)
                row.append(cut(shown.pixels, crop, request.tile))
            count(len(tiles) * len(BASIC) + len(row), len(STRENGTHS) * len(BASIC))
            if strength == STRENGTHS[-1]:
                with clock.step("check"):
                    judged.append(judge.compare(expression, shown))
        tiles.append(row)
    receipt = _receipt("sheet", ", ".join(BASIC), portrait.picture, judged, clock, request)
    pixels = contact(tiles, list(BASIC), [f"{strength:.1f}" for strength in STRENGTHS])
    return Sheet(pixels=pixels, provenance=provenance_of(receipt), receipt=receipt)


def measure(request: MeasureRequest, tell: Tell = quiet) -> Measured:
    """Read what the chosen faces of a photo show."""
    picture, faces = _open(request, Clock(), tell)
    read = tuple((face, measure_face(picture.pixels, face)) for face in faces)
    return Measured(photo=picture.name, faces=read)


def provenance_of(receipt: Receipt) -> pictures.Provenance:
    """What is written into the metadata of a result."""
    return pictures.Provenance(
        expression=receipt.expression,
        software=SOFTWARE,
        settings_hash=receipt.settings_hash,
        input_sha256=receipt.photo["sha256"],
    )


def _provenance(
    task: str, expression: str, picture: pictures.Picture, request: Request, maker: Maker
) -> pictures.Provenance:
    """The same before there is a receipt."""
    return pictures.Provenance(
        expression=expression,
        software=SOFTWARE,
        settings_hash=_settings_hash(task, expression, request, maker),
        input_sha256=picture.sha256,
    )


def _judged(
    portrait: Portrait, expression: Expression, shown: Shown, clock: Clock, maker: Maker
) -> FaceReceipt:
    """The receipt of one face, with what its maker left out."""
    with clock.step("check"):
        face = Judge(portrait).compare(expression, shown)
    return replace(face, warnings=(*maker.left_out, *face.warnings))


def _open(request: Request, clock: Clock, tell: Tell) -> tuple[pictures.Picture, list[analysis.Face]]:
    """The picture and the chosen faces; an output that may not be written is refused before any work."""
    if isinstance(request, EditRequest | SheetRequest) and request.output is not None:
        pictures.container_of(request.output)
        files.refuse_to_overwrite(request.output, request.force)
    if isinstance(request, AnimateRequest):
        from mien.media import films

        films.check(request.output, Fraction(request.fps).limit_denominator(1001), request.force)
    with clock.step("read"):
        picture = pictures.read(request.photo)
    several = isinstance(request, EditRequest | MeasureRequest)
    with clock.step("find"):
        if request.box is not None:
            faces = [analysis.at_box(picture.pixels, request.box)]
        elif several:
            faces = analysis.choose_several(analysis.find(picture.pixels), request.face)
        else:
            faces = [analysis.choose(analysis.find(picture.pixels), request.face)]
    for number, face in enumerate(faces, 1):
        x, y, width, height = face.box
        tell(
            f"face {number} of {len(faces)}: {width:.0f}x{height:.0f} px at {x:.0f},{y:.0f}, "
            f"{face.size:.0f} px between the eyes"
        )
    return picture, faces


def _counted(shown: Iterable[Shown], total: int, count: Count) -> Iterator[np.ndarray]:
    """The pixels of what is shown, counted."""
    for done, one in enumerate(shown, 1):
        yield one.pixels
        count(done, total)


def _duration(target: Expression | Performance, request: AnimateRequest) -> float:
    """Length of the film in seconds."""
    if isinstance(target, Performance):
        return target.duration
    return SECONDS if request.seconds is None else request.seconds


def _receipt(
    task: str,
    expression: str,
    picture: pictures.Picture,
    judged: list[FaceReceipt],
    clock: Clock,
    request: Request,
    maker: Maker = ENGINE,
) -> Receipt:
    tall, wide = picture.pixels.shape[:2]
    return Receipt(
        task=task,
        expression=expression,
        photo={"name": picture.name, "sha256": picture.sha256, "width": wide, "height": tall},
        faces=tuple(judged),
        film=None,
        seconds=clock.seconds,
        settings_hash=_settings_hash(task, expression, request, maker),
        assets={**assets(), **maker.assets},
        versions=versions(),
    )


def _settings_hash(task: str, expression: str, request: Request, maker: Maker) -> str:
    """Of all that decides the result beside the photo."""
    beside = ("photo", "to", "output", "force", "painter")  # a painter's weights are among the assets
    # As text, so that 24 and 24/1 or face 1 and "1" are the same.
    settings = {name: str(value) for name, value in vars(request).items() if name not in beside}
    return settings_hash(task=task, expression=expression, **settings, **assets(), **maker.assets)
