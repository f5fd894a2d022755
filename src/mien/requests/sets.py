"""Requests for sets of faces: learned from, prepared, filled up, compared."""

from dataclasses import dataclass, field
from pathlib import Path

from mien.checks import in_range
from mien.errors import ExpressionError

PRECISIONS = ("auto", "bfloat16", "float32", "float64")
"""Of a training's arithmetic."""


@dataclass(frozen=True, kw_only=True)
class TrainRequest:
    """One system, one set, a run's folder out."""

    system: str
    """The system: a name of mien list, or the path of a Python file."""
    data: str
    """The set: a folder made by mien data; a standard one by name, people-64 or people-128; or, of a side and
    a number of frames, people:64x32: new people without end, drawn while the system learns."""
    out: Path
    """The run's folder."""
    resume: bool = False
    """Go on with the run that stands in the folder."""
    seed: int = 0
    """Chooses the first weights and the order of samples."""
    precision: str = "auto"
    """auto (bfloat16 where the machine has it), bfloat16, float32 or float64."""
    accumulate: int = 1
    """Parts that a step's batch is worked in, one after the other: the same gradients."""
    save_every: int = 500
    """Steps from one checkpoint and preview to the next."""
    settings: dict[str, str] = field(default_factory=dict)
    """The system's own settings that differ from its paper's."""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise ExpressionError(f"--precision takes {', '.join(PRECISIONS)}, came {self.precision!r}")
        in_range("--seed", self.seed, 0, 2**32 - 1)


@dataclass(frozen=True, kw_only=True)
class PrepareRequest:
    """A data set as it is distributed, a set that systems learn from out."""

    folder: Path
    """The data set, as it was unpacked."""
    out: Path
    """The set's folder."""
    for_: str
    """The system that is to learn from it: its paper says what becomes of the pictures."""
    as_: str | None = None
    """The data set that it is, by a name of mien data list, where the folder does not tell."""
    side: int | None = None
    """Side of a frame, pixels; if not given, what the system wants."""
    frames: int | None = None
    """Frames of a clip that is made of a clip; if not given, what the system wants."""
    test: float | None = None
    """People for the test: a share below 1, or a count. If not given, the set's own split, or that of the
    literature, or a fifth."""
    jobs: int = 1
    """How many to work on at a time; the result is the same."""
    resume: bool = False
    """Go on where an interrupted preparation stopped."""
    force: bool = False
    """Replace a set that stands at OUT; begin anew."""

    def __post_init__(self) -> None:
        if self.side is not None:
            in_range("--side", self.side, 16, 1024)
        if self.frames is not None:
            in_range("--frames", self.frames, 2, 256)


@dataclass(frozen=True, kw_only=True)
class AugmentRequest:
    """A set of photos with classes, a folder of made ones beside it."""

    data: Path
    """The set: a folder of folders by class, one with train/ and test/ of that kind, or a CSV file with the
    columns path, label and perhaps subject."""
    out: Path
    """The folder for the pictures, by class, and for manifest.jsonl and report.json."""
    balance: bool = False
    """Fill every class up to the size of the largest, from photos of other classes."""
    per_image: int | None = None
    """Make so many pictures of each photo, of other classes."""
    expressions: tuple[str, ...] | None = None
    """Only these classes, for example fear,anger; else all of the set that are expressions."""
    strength: tuple[float, float] = (0.6, 1.0)
    """From which strength to which: each picture's lies between."""
    test: Path | None = None
    """What will be judged by, if the set does not hold it: nothing is made from it, and who or what stands in
    both is found."""
    subject: str | None = None
    """A regular expression that finds the person in names such as fear/012_a.jpg; its first group if it has
    one. Without it, and without a column, faces that are alike are one person."""
    leave_out_leaks: bool = False
    """Make nothing from photos that stand in the test part too, in place of refusing."""
    system: str | None = None
    """A trained system in place of the face engine: a name of mien list, or a run's folder."""
    jobs: int = 1
    """How many photos to work on at once."""
    cluster: str | None = None
    """Address of a Dask scheduler whose workers do it; they need mien and the same folders."""
    seed: int = 0
    """Chooses strengths, and among persons."""
    resume: bool = False
    """Go on with what stands in the folder."""
    force: bool = False
    """Begin anew: delete what an augmentation left in the folder."""

    def __post_init__(self) -> None:
        if self.balance == (self.per_image is not None):
            raise ExpressionError("augment takes one of --balance and --per-image N: say how many to make")
        if self.resume and self.force:
            raise ExpressionError("--resume goes on and --force begins anew; choose one")
        in_range("the seed", self.seed, 0, 2**32)
        low, high = (in_range("the strength", value, 0.05, 1.0) for value in self.strength)
        if low > high:
            raise ExpressionError(f"--strength goes from low to high, came {low:g}..{high:g}")


@dataclass(frozen=True, kw_only=True)
class RecogniseRequest:
    """A set of faces with classes, and perhaps pictures made from it: how well a classifier learns."""

    data: str
    """The set: a folder of photos by class, one with train/ and test/ of that kind, a CSV file (path, label,
    subject), a folder made by mien data people, or a standard set: people-64."""
    test: str | None = None
    """What is judged by, of the same kinds, if the set does not hold it. Without any, each seed keeps another
    fifth of the persons for it."""
    augmented: Path | None = None
    """A folder made by mien augment from the set."""
    subject: str | None = None
    """A regular expression that finds the person in names such as fear/012_a.jpg; its first group if it has
    one."""
    seeds: int = 5
    """How often to train each diet."""
    steps: int = 300
    """Steps of each training, the same for every diet."""
    jobs: int = 1
    """How many photos to cut at once."""

    def __post_init__(self) -> None:
        if self.seeds < 2 or self.steps < 1:
            raise ExpressionError(
                f"recognise takes 2 seeds or more, for one has no interval, and 1 step or more, came "
                f"{self.seeds} and {self.steps}"
            )
