"""Requests for one photo or film: edited, animated, driven, drawn as a sheet, measured."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mien.checks import in_range, known
from mien.errors import ExpressionError
from mien.expression import Expression
from mien.natural import SHORTEST
from mien.performance import LONGEST, Performance, frame_times, wanted
from mien.tables import PARTS

Box = tuple[float, float, float, float]
PAINTER = "texture-gan"
"""The system that paints what a system of motions makes."""
SECONDS = 2.0
"""Length of a film that was asked for without one."""
CAMERA_SECONDS = 5.0
"""Length of a camera's recording that was asked for without one."""


@dataclass(frozen=True, kw_only=True)
class EditRequest:
    """One photo, one expression, one photo out; or one film, that expression, one film out."""

    photo: str | Path
    """The photo: JPEG, PNG, WebP, BMP or TIFF. Or a film of one person: mp4, mov, webm, mkv, avi."""
    to: str | Expression
    """The expression to show: happiness:.8, AU6=.7,AU12=.9, va(0.7,0.3), or a sum of them; or a .json file
    that holds one. Units are absolute: what the face showed before does not matter. gaze(10,0) and
    head(5,0,3) are turns in degrees from the photo's own."""
    output: str | Path | None = None
    """Where to write the result; the ending chooses the format."""
    add: bool = False
    """Add the units to what is shown already, in place of putting them in its stead."""
    face: str | int = "auto"
    """Which face: auto, largest, left, right, center, all, or a number counted from 1, left to right."""
    box: Box | None = None
    """Where the face is, in pixels, in place of searching for it; of a film, in its first frame."""
    system: str | None = None
    """A trained system in place of the face engine: a name of mien list, or a run's folder."""
    painter: str = PAINTER
    """Who paints the faces where that system makes motions, as motion-gan does: another system, likewise."""
    resume: bool = False
    """Of a film: go on with what an interrupted run left beside the output."""
    force: bool = False
    """Overwrite files that exist."""

    def __post_init__(self) -> None:
        place(self.face, self.box)
        if self.add and self.system is not None:
            raise ExpressionError("--add is of the face engine: leave --add or --system out")
        if self.resume and self.force:
            raise ExpressionError("--resume goes on and --force begins anew; choose one")
        _paint(self.system, self.painter)

    def target(self) -> Expression:
        """What is to be shown; raises `ExpressionError`, and `InputError` for a file."""
        target = wanted(self.to)
        if isinstance(target, Performance):
            raise ExpressionError(
                "edit shows one expression and a performance came; mien animate acts performances"
            )
        return target


@dataclass(frozen=True, kw_only=True)
class AnimateRequest:
    """One photo, an expression or a performance, a film out."""

    photo: str | Path
    """The photo: JPEG, PNG, WebP, BMP or TIFF."""
    to: str | Expression | Performance
    """An expression, acted out with a natural onset; a performance such as "0s neutral; 1.2s happiness:.8; 2s
    neutral"; or a .json or .csv file that holds one (OpenFace, Live Link Face). Units are absolute; gaze(...)
    and head(...) are turns in degrees from the photo's own."""
    output: str | Path
    """The film: .mp4, .webm, .gif, .apng, .webp, or a folder for numbered PNGs."""
    seconds: float | None = None
    """Length of the film, 2 if not given. A performance brings its own, and takes none."""
    fps: int | float | Fraction = 24
    """Frames per second, a number or a ratio such as 24000/1001."""
    still: bool = False
    """No small head motion and no blink."""
    seed: int = 0
    """Chooses among natural onsets; the same seed gives the same film."""
    clip: bool = False
    """Values of a .csv file that are out of range become the bound; else they are an error."""
    face: str | int = "auto"
    """Which face: auto, largest, left, right, center, or a number counted from 1, left to right."""
    box: Box | None = None
    """Where the face is, in pixels, in place of searching for it."""
    system: str | None = None
    """A trained system in place of the face engine: a name of mien list, or a run's folder."""
    painter: str = PAINTER
    """Who paints the faces where that system makes motions, as motion-gan does: another system, likewise."""
    force: bool = False
    """Overwrite files that exist."""

    def __post_init__(self) -> None:
        place(self.face, self.box, one="a film")
        _paint(self.system, self.painter)
        frame_times(0.0, self.fps)  # refuses a rate that cannot be
        if self.seconds is not None:
            in_range("seconds", self.seconds, SHORTEST, LONGEST)

    def target(self) -> Expression | Performance:
        """What is to be acted; raises `ExpressionError`, and `InputError` for a file."""
        target = wanted(self.to, clip=self.clip)
        if isinstance(target, Performance) and self.seconds is not None:
            raise ExpressionError(
                f"--seconds {self.seconds:g} came with a performance of {target.duration:g} s, which brings "
                "its own length; leave --seconds out, or change the times of the keyframes"
            )
        return target


@dataclass(frozen=True, kw_only=True)
class TransferRequest:
    """One photo, a driver, a film of the photo doing what the driver does out."""

    photo: str | Path
    """The photo: JPEG, PNG, WebP, BMP or TIFF."""
    from_: str | Path
    """Who drives: a film, a picture, a .csv table (OpenFace, Live Link Face), webcam or webcam:1."""
    output: str | Path
    """The film: .mp4 or .webm. Of a driver that is a picture, a picture: .jpg, .png, .webp, .tif or .bmp."""
    pose: bool = False
    """Take on the turns of the head, too."""
    only: tuple[str, ...] = tuple(PARTS)
    """Which parts of the face are driven, such as mouth,eyes; the others stay as the photo has them."""
    strength: float = 1.0
    """How much of what the driver shows, 0..2; above 1 it is overdone."""
    add: bool = False
    """Add it to what the photo shows, in place of putting it in its stead."""
    neutral: float | None = None
    """The time in seconds at which the driver is neutral; if not given, it is found out."""
    seconds: float | None = None
    """How long a webcam is recorded, 5 if not given. Other drivers bring their own length."""
    clip: bool = False
    """Values of a .csv file that are out of range become the bound; else they are an error."""
    face: str | int = "auto"
    """Which face of the photo: auto, largest, left, right, center, or a number from 1, left to right."""
    box: Box | None = None
    """Where the photo's face is, in pixels, in place of searching for it."""
    driver_face: str | int = "auto"
    """Which face of the driver, likewise."""
    force: bool = False
    """Overwrite files that exist."""

    def __post_init__(self) -> None:
        place(self.face, self.box, one="a film")
        if self.driver_face == "all":
            raise ExpressionError("one face drives, came --driver-face all; choose one of them")
        object.__setattr__(self, "only", tuple(known(name, PARTS, "part of the face") for name in self.only))
        if not self.only:
            raise ExpressionError(f"--only takes one or more of {', '.join(PARTS)}, came none")
        in_range("--strength", self.strength, 0.0, 2.0)
        if self.neutral is not None:
            in_range("--neutral", self.neutral, 0.0, LONGEST)
        if self.seconds is not None:
            in_range("--seconds", self.seconds, SHORTEST, LONGEST)
            if not str(self.from_).startswith("webcam"):
                raise ExpressionError("--seconds is of a webcam; other drivers bring their own length")


@dataclass(frozen=True, kw_only=True)
class SheetRequest:
    """One photo, a contact sheet of six expressions by three strengths out."""

    photo: str | Path
    """The photo: JPEG, PNG, WebP, BMP or TIFF."""
    output: str | Path | None = None
    """Where to write the sheet; the ending chooses the format."""
    tile: int = 360
    """Greatest side of one picture of the sheet, pixels; 0 keeps the photo's own resolution."""
    face: str | int = "auto"
    """Which face: auto, largest, left, right, center, or a number counted from 1, left to right."""
    box: Box | None = None
    """Where the face is, in pixels, in place of searching for it."""
    force: bool = False
    """Overwrite files that exist."""

    def __post_init__(self) -> None:
        place(self.face, self.box, one="a sheet")


@dataclass(frozen=True, kw_only=True)
class MeasureRequest:
    """One photo, what its faces show out."""

    photo: str | Path
    """The photo: JPEG, PNG, WebP, BMP or TIFF."""
    face: str | int = "auto"
    """Which face: auto, largest, left, right, center, all, or a number counted from 1, left to right."""
    box: Box | None = None
    """Where the face is, in pixels, in place of searching for it."""

    def __post_init__(self) -> None:
        place(self.face, self.box)


Request = EditRequest | AnimateRequest | TransferRequest | SheetRequest | MeasureRequest


def place(face: str | int, box: Box | None, *, one: str = "") -> None:
    """Refuse a box together with a choice among faces, and `all` where `one` thing is made of one face."""
    if box is not None and face != "auto":
        raise ExpressionError(
            f"--box and --face {face} exclude each other: a box says where the face is; leave one of them out"
        )
    if one and face == "all":
        raise ExpressionError(
            f"{one} takes one face, came --face all; choose largest, left, right, center or a number"
        )


def _paint(system: str | None, painter: str) -> None:
    if painter != PAINTER and system is None:
        raise ExpressionError("--painter came without --system: it paints what a system of motions makes")
