"""The published tables of the expression language: units, label prototypes, ARKit shapes, OpenFace columns.

Sources
- Units: Ekman, Friesen & Hager, Facial Action Coding System, 2002. Letters A..E of FACS are 0.2..1.0 here.
- Prototypes: which units belong to a label is from EMFACS and the FACS Investigator's Guide (Ekman & Friesen
  1978, 2002); units in brackets are frequent companions (RaFD: Langner et al., Cognition & Emotion 24(8),
  2010; CFEE: Du, Tao & Martinez, PNAS 111(15), 2014). No source gives every unit a strength from 0 to 1, so
  all the numbers are *ours*.
- Valence and arousal: Russell & Mehrabian, J. Research in Personality 11, 1977 (terms joyful, sad, surprised,
  fearful, angry, disgusted), as later literature quotes them. Contempt has no such value: *ours*.
- ARKit: the 52 names of Apple's ARFaceAnchor.BlendShapeLocation, each with the nearest unit.
- OpenFace: columns and units of the "Output Format" page of OpenFace 2 (Baltrusaitis et al., FG 2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass

PAIRED = tuple(f"AU{number}" for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 16, 20, 43))
"""Units that each side of the face has of its own: `AU12L` is the person's own left."""
MIDLINE = tuple(f"AU{number}" for number in (17, 18, 22, 23, 24, 25, 26, 27, 28))
"""Units of the chin, lips and jaw that are written without a side."""
UNITS = tuple(sorted(PAIRED + MIDLINE, key=lambda name: int(name[2:])))
SIDED = tuple(side for name in UNITS for side in ((name + "L", name + "R") if name in PAIRED else (name,)))
"""The 37 names that a face can show, in the order of their numbers."""
NAMES = {
    "AU1": "inner brow raiser", "AU2": "outer brow raiser", "AU4": "brow lowerer", "AU5": "upper lid raiser",
    "AU6": "cheek raiser", "AU7": "lid tightener", "AU9": "nose wrinkler", "AU10": "upper lip raiser",
    "AU12": "lip corner puller", "AU14": "dimpler", "AU15": "lip corner depressor",
    "AU16": "lower lip depressor", "AU17": "chin raiser", "AU18": "lip pucker", "AU20": "lip stretcher",
    "AU22": "lip funneler", "AU23": "lip tightener", "AU24": "lip pressor", "AU25": "lips part",
    "AU26": "jaw drop", "AU27": "mouth stretch", "AU28": "lip suck", "AU43": "eyes closed",
}  # fmt: skip

REGIONS = {
    "brows": ("AU1", "AU2", "AU4"),
    "eyes": ("AU5", "AU6", "AU7", "AU43"),
    "nose and upper lip": ("AU9", "AU10"),
    "lip corners": ("AU12", "AU14", "AU15", "AU20"),
    "lips": ("AU16", "AU18", "AU22", "AU23", "AU24", "AU25", "AU28"),
    "chin and jaw": ("AU17", "AU26", "AU27"),
}
"""Where in the face a unit is seen (ours)."""
PARTS = {
    "mouth": tuple(
        unit for name, units in REGIONS.items() if name not in ("brows", "eyes") for unit in units
    ),
    "eyes": REGIONS["eyes"],
    "brows": REGIONS["brows"],
}
"""Parts of a face that can be driven alone: FACS's lower face, its upper face in two. Gaze is the eyes'."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """One row of the table: a label, its units at full strength, its place on the circumplex, its sources."""

    label: str
    units: str
    weights: Mapping[str, float]
    valence: float
    arousal: float
    source: str


_GUIDE = "EMFACS / FACS Investigator's Guide"
_STRENGTHS = "; strengths ours; valence, arousal: Russell & Mehrabian 1977"
TABLE = (
    Label(label="neutral", units="-", weights={}, valence=0.0, arousal=0.0, source="no unit"),
    Label(
        label="happiness", units="6+12(+25)", weights={"AU6": 0.8, "AU12": 1.0, "AU25": 0.6},
        valence=0.76, arousal=0.48, source=f"{_GUIDE} 6+12, RaFD 25{_STRENGTHS}",
    ),
    Label(
        label="sadness", units="1+4+15(+17)", weights={"AU1": 0.9, "AU4": 0.6, "AU15": 0.9, "AU17": 0.5},
        valence=-0.63, arousal=-0.27, source=f"{_GUIDE} 1+4+15, RaFD 17{_STRENGTHS}",
    ),
    Label(
        label="surprise", units="1+2+5+26(+25)",
        weights={"AU1": 0.9, "AU2": 0.9, "AU5": 0.5, "AU25": 0.6, "AU26": 0.9},
        valence=0.40, arousal=0.67, source=f"{_GUIDE} 1+2+5B+26, CFEE 25{_STRENGTHS}",
    ),
    Label(
        label="fear", units="1+2+4+5+7+20+26(+25)",
        weights={
            "AU1": 0.9, "AU2": 0.5, "AU4": 0.7, "AU5": 0.9, "AU7": 0.4, "AU20": 0.8, "AU25": 0.6, "AU26": 0.4,
        },
        valence=-0.64, arousal=0.60, source=f"{_GUIDE} 1+2+4+5+7+20+26, CFEE 25{_STRENGTHS}",
    ),
    Label(
        label="anger", units="4+5+7+23(+24)",
        weights={"AU4": 1.0, "AU5": 0.5, "AU7": 0.8, "AU23": 0.8, "AU24": 0.4},
        valence=-0.51, arousal=0.59, source=f"{_GUIDE} 4+5+7+23, RaFD 24{_STRENGTHS}",
    ),
    Label(
        label="disgust", units="9+15+16(+10+25)",
        weights={"AU9": 1.0, "AU10": 0.4, "AU15": 0.5, "AU16": 0.3, "AU25": 0.1},
        valence=-0.60, arousal=0.35, source=f"{_GUIDE} 9+15+16, RaFD 10+25{_STRENGTHS}",
    ),
    Label(
        label="contempt", units="12R+14R", weights={"AU12R": 0.5, "AU14R": 0.9},
        valence=-0.40, arousal=0.20, source=f"{_GUIDE} R12A+R14A; strengths, valence, arousal ours",
    ),
)  # fmt: skip
"""The rows that `mien expressions` prints."""
LABELS = tuple(row.label for row in TABLE)
PROTOTYPES = {row.label: row.weights for row in TABLE}
ALIASES = {
    "happy": "happiness", "joy": "happiness", "sad": "sadness", "surprised": "surprise", "afraid": "fear",
    "angry": "anger", "disgusted": "disgust", "contemptuous": "contempt",
}  # fmt: skip
WORDS = {name: name for name in LABELS} | ALIASES | {
    "natural": "neutral", "smile": "happiness", "smiling": "happiness", "fearful": "fear", "scared": "fear",
}  # fmt: skip
"""What sets write on their folders, beside the names of the expression language."""

BLENDSHAPES = {
    **{
        shape + end: unit + side
        for shape, unit in {
            "eyeBlink": "AU43", "eyeSquint": "AU7", "eyeWide": "AU5", "browDown": "AU4", "browOuterUp": "AU2",
            "cheekSquint": "AU6", "noseSneer": "AU9", "mouthSmile": "AU12", "mouthFrown": "AU15",
            "mouthDimple": "AU14", "mouthStretch": "AU20", "mouthUpperUp": "AU10", "mouthLowerDown": "AU16",
        }.items()
        for end, side in (("Left", "L"), ("Right", "R"))
    },
    "browInnerUp": "AU1", "mouthPressLeft": "AU24", "mouthPressRight": "AU24", "mouthRollLower": "AU28",
    "mouthRollUpper": "AU28", "mouthShrugLower": "AU17", "mouthPucker": "AU18", "mouthFunnel": "AU22",
    "jawOpen": "AU26",
}  # fmt: skip
"""ARKit shape -> the unit that it shows. Two shapes of one unit are averaged."""
GAZE_SHAPES = tuple(f"eyeLook{way}{eye}" for way in ("Up", "Down", "In", "Out") for eye in ("Left", "Right"))
UNREAD_SHAPES = (
    "cheekPuff", "jawForward", "jawLeft", "jawRight", "mouthClose", "mouthLeft", "mouthRight",
    "mouthShrugUpper", "tongueOut",
)  # fmt: skip
"""ARKit shapes that no unit of ours shows; they are read past."""
ALL_SHAPES = tuple(sorted((*BLENDSHAPES, *GAZE_SHAPES, *UNREAD_SHAPES)))
LOOK_DEGREES = 30.0
"""Degrees of gaze at a full eyeLook shape: ours, between the 25 and 35 that recorded takes show."""
JAW_DROP, JAW_STRETCH = 0.42, 0.85
"""jawOpen at full AU26, and what full AU27 adds to it (ours; the face model has the same two numbers)."""

OPENFACE = {
    f"AU{number:02d}_r": f"AU{43 if number == 45 else number}"
    for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
}
"""OpenFace intensity column (0..5) -> unit (0..1). AU45 is the blink: the same lids as AU43, only shorter."""


def labels() -> tuple[str, ...]:
    """All labels in their fixed order: neutral, the six basic expressions, contempt."""
    return LABELS


def table() -> tuple[Label, ...]:
    """The rows of the published table, in the order of `labels()`."""
    return TABLE


def split(units: Mapping[str, float]) -> dict[str, float]:
    """Units as a face shows them: a paired name becomes its L and R, added to what a side has of its own."""
    sides = dict.fromkeys(SIDED, 0.0)
    for name, value in units.items():
        for side in (name + "L", name + "R") if name in PAIRED else (name,):
            sides[side] += value
    return {side: value for side, value in sides.items() if value != 0}
