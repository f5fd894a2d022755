"""One photo and a driver: the photo does what the driver does, and the receipt says how that went."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mien import drivers
from mien.errors import ExpressionError
from mien.expression import GAZE_LIMIT, HEAD_LIMIT, Expression
from mien.face import analysis
from mien.face.portrait import Portrait, Shown
from mien.following import Watch, unwatched
from mien.media import files, films, pictures, playback, video
from mien.pipelines import Tell, quiet
from mien.receipt import Clock, FaceReceipt, Judge, Receipt, assets, versions
from mien.relay import ahead
from mien.requests import CAMERA_SECONDS, TransferRequest
from mien.tables import PARTS, SIDED
from mien.version import SOFTWARE, settings_hash

FAR = 15.0
"""Degrees of a head's turn above which the receipt warns: what comes into view is not in the photo (ours)."""
CUT = 0.02
"""By how much a unit must pass 1 to be told of."""


@dataclass(frozen=True, kw_only=True)
class Transferred:
    """A film (of a picture: a picture) that was written, its receipt, and what the driver was found to do."""

    path: Path
    receipt: Receipt
    drive: drivers.Drive


def transfer(request: TransferRequest, tell: Tell = quiet, watch: Watch = unwatched) -> Transferred:
    """Make a photo do what a driver does: a film, or a picture where the driver is one.

    watch: told of how far it is.
    Raises `InputError`, `FaceError` and `OutputError` for what cannot be read, found and written.
    """
    kind, clock = drivers.kind_of(request.from_), Clock()
    if kind == "picture":
        pictures.container_of(request.output)
        files.refuse_to_overwrite(request.output, request.force)
        return _still(request, clock, tell)
    films.check_timed(request.output, request.force)
    portrait = _opened(request, clock, tell)
    with clock.step("follow"):
        drive = _drive(kind, request, watch)
    return _film(request, portrait, drive, clock, watch)


def _drive(kind: str, request: TransferRequest, watch: Watch) -> drivers.Drive:
    """What the driver does."""
    which, neutral = request.driver_face, request.neutral
    if kind == "table":
        return drivers.of_table(request.from_, neutral, request.clip)
    if kind == "webcam":
        seconds = CAMERA_SECONDS if request.seconds is None else request.seconds
        return drivers.of_webcam(request.from_, seconds, which, neutral, watch)
    return drivers.of_film(playback.read(request.from_), which, neutral, watch)


def _opened(request: TransferRequest, clock: Clock, tell: Tell) -> Portrait:
    """The photo's portrait."""
    with clock.step("read"):
        picture = pictures.read(request.photo)
    with clock.step("find"):
        if request.box is not None:
            face = analysis.at_box(picture.pixels, request.box)
        else:
            face = analysis.choose(analysis.find(picture.pixels), request.face)
    tell(f"face of {picture.name}: {face.box[2]:.0f} px, {face.size:.0f} px between the eyes")
    with clock.step("fit"):
        return Portrait.of(picture, face)


def _still(request: TransferRequest, clock: Clock, tell: Tell) -> Transferred:
    """The photo with the expression of a picture."""
    if request.neutral is not None:
        raise ExpressionError("--neutral is a time of a film or a table, and the driver is a picture")
    portrait = _opened(request, clock, tell)
    with clock.step("follow"):
        drive = drivers.of_picture(request.from_, request.driver_face)
    worn, cut = blend(drivers.vector_of(portrait.expression), drive.values, request)
    account = drive.account | {"warnings": _warnings(request, drive, cut)}
    wanted = _expression(worn[0])
    with clock.step("show"):
        shown = portrait.show(wanted)
    with clock.step("check"):
        judged = Judge(portrait).compare(wanted, shown)
    receipt = _receipt(request, portrait, judged, clock, account)
    stated = _provenance(request, portrait, account)
    with clock.step("write"):
        picture = portrait.picture.with_pixels(shown.pixels)
        path = pictures.write(picture, request.output, provenance=stated, force=request.force)
    return Transferred(path=path, receipt=receipt, drive=drive)


def _film(
    request: TransferRequest, portrait: Portrait, drive: drivers.Drive, clock: Clock, watch: Watch
) -> Transferred:
    """Draw and write every frame; the one that shows most is measured."""
    worn, cut = blend(drivers.vector_of(portrait.expression), drive.values, request)
    account = drive.account | {"warnings": _warnings(request, drive, cut)}
    lids = [name.startswith("AU43") for name in SIDED]  # a blink is no apex
    apex = int(np.where(lids, 0, worn[:, drivers.UNITS]).sum(1).argmax())
    wanted = _expression(worn[apex])

    def frames() -> Iterator[video.Timed]:
        rows = zip(worn, drive.starts, drive.lengths, strict=True)
        for count, (row, start, length) in enumerate(rows, 1):
            pixels = portrait.show(_expression(row)).pixels
            yield video.Timed(pixels=pixels, start=int(start), length=int(length))
            watch("frames drawn", count, len(worn))

    def judged(shown: Shown) -> FaceReceipt:
        with clock.step("check"):
            return Judge(portrait).compare(wanted, shown)

    shown = portrait.show(wanted)
    with ThreadPoolExecutor(1) as beside, clock.step("film"):  # measured while it is drawn and written
        found = beside.submit(judged, shown)
        with ahead(frames()) as made:
            report = films.write_timed(
                made,
                request.output,
                clock=drive.clock,
                provenance=_provenance(request, portrait, account),
                force=request.force,
            )
    receipt = _receipt(request, portrait, found.result(), clock, account)
    begin = drive.starts[apex] - drive.starts[0]
    film = {"frames": report.frames, "seconds": report.seconds, "bytes": report.bytes}
    film |= {"judged_at": float(begin * drive.clock.tick)}
    if drive.clock.sound:
        film |= {"sound": films.sound_becomes(drive.account["sound"], request.output)}
    return Transferred(path=Path(request.output), receipt=replace(receipt, film=film), drive=drive)


def blend(own: np.ndarray, driven: np.ndarray, request: TransferRequest) -> tuple[np.ndarray, int]:
    """What the photo is to show, (n, 42), and in how many frames a unit had to be cut at 1.

    own: (42,) what it shows by itself; driven: (n, 42) what the driver shows above its neutral.
    """
    taken = np.zeros(len(own), bool)
    for part in request.only:
        taken[drivers.UNITS] |= [name.rstrip("LR") in PARTS[part] for name in SIDED]
    own = np.r_[own[drivers.UNITS], np.zeros(5)]  # turns are from the photo's own
    driven = request.strength * driven
    kept = own if request.add else own * max(1 - request.strength, 0.0)
    worn = np.where(taken, kept + driven, own)
    if "eyes" in request.only:
        # A head that stays takes the eyes' way alone: they look where the driver's look, not with its head.
        aside = 0 if request.pose else driven[:, drivers.HEAD][:, :2]
        worn[:, drivers.GAZE] = np.clip(driven[:, drivers.GAZE] + aside, -GAZE_LIMIT, GAZE_LIMIT)
    if request.pose:
        worn[:, drivers.HEAD] = np.clip(driven[:, drivers.HEAD], -HEAD_LIMIT, HEAD_LIMIT)
    units = worn[:, drivers.UNITS]
    cut = np.any(units > 1 + CUT, axis=1)
    worn[:, drivers.UNITS] = np.clip(units, 0, 1)
    return worn, int(cut.sum())


def _expression(row: np.ndarray) -> Expression:
    """A row of `Drive.values` as an expression, rounded to what a text can carry."""
    values = [round(float(value), 4) for value in row]
    units = {name: value for name, value in zip(SIDED, values, strict=False) if value > 0}
    yaw, pitch, *head = values[len(SIDED) :]
    return Expression(units=units, gaze=(yaw, pitch), head=(head[0], head[1], head[2]))


def _warnings(request: TransferRequest, drive: drivers.Drive, cut: int) -> list[str]:
    """What the person should know of the driver and of what became of it."""
    told = []
    resting = drive.account.get("resting")
    if resting and request.neutral is None:
        shown = ", ".join(f"{name} {value:.2f}" for name, value in resting.items())
        told.append(
            f"the driver shows {shown} at the calmest, which is taken for the person's own face; if it is an "
            "expression, name a time without it: --neutral SECONDS"
        )
    if cut:
        told.append(f"units would have passed 1 in {cut} of {len(drive.values)} frames and are cut there")
    most = float(np.abs(drive.values[:, drivers.HEAD]).max()) * request.strength
    if request.pose and most > FAR:
        told.append(
            f"the head turns by up to {most:.0f} degrees, more than {FAR:.0f}: the photo does not hold what "
            "comes into view; look at hair and ears"
        )
    return told


def _shown(request: TransferRequest, account: dict[str, Any]) -> str:
    return f"as {account['kind']} {account['name']} ({account['sha256'][:12]})"


def _hash(request: TransferRequest, account: dict[str, Any]) -> str:
    """Of all that decides the result beside the photo."""
    beside = ("photo", "from_", "output", "force", "seconds")
    settings = {name: str(value) for name, value in vars(request).items() if name not in beside}
    return settings_hash(task="transfer", driven_by=account["sha256"], **settings, **assets())


def _provenance(request: TransferRequest, portrait: Portrait, account: dict[str, Any]) -> pictures.Provenance:
    return pictures.Provenance(
        expression=_shown(request, account),
        software=SOFTWARE,
        settings_hash=_hash(request, account),
        input_sha256=portrait.picture.sha256,
    )


def _receipt(
    request: TransferRequest, portrait: Portrait, judged: FaceReceipt, clock: Clock, account: dict[str, Any]
) -> Receipt:
    picture = portrait.picture
    tall, wide = picture.pixels.shape[:2]
    return Receipt(
        task="transfer",
        expression=_shown(request, account),
        photo={"name": picture.name, "sha256": picture.sha256, "width": wide, "height": tall},
        faces=(judged,),
        film=None,
        seconds=clock.seconds,
        settings_hash=_hash(request, account),
        assets=assets(),
        versions=versions(),
        followed=account,
    )
