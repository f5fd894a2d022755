"""Data sets of clips in which one expression comes, from neutral on: folders of frames, films of smiles."""

import math
import re

from mien.data.adapters.layout import ARC, FILMS, RISE, Adapter, Reading, Tree, add, named, without_doubles
from mien.tables import UNITS

BASIC = {name: name for name in ("anger", "disgust", "fear", "happiness", "sadness", "surprise")}
MUG_TEST = {"017", "034", "045", "055", "060", "064", "065", "073", "078", "083"}
"""The ten people whom ImaGINator's published lists keep for the test."""
FACS = 5.0
"""Strength E of a unit, in the numbers in which it is distributed."""

MUG = Adapter(
    name="mug",
    title="MUG",
    shows=ARC,
    pattern=r"(?:^|/)(?P<subject>\d{3})(?:/\d{3})?(?:/session(?P<session>\d+))?/(?P<expression>[a-z]+)/"
    r"(?P<take>take\d+[^/]*)/[^/]*?(?P<frame>\d+)\.jpe?g$",
    labels=BASIC | {"neutral": "neutral"},
    test=lambda people: MUG_TEST.intersection(people),
    expected={
        "people": 52, "happiness": 175, "surprise": 173, "anger": 167, "disgust": 153, "sadness": 136,
        "fear": 127,
    },
    obtain="by a signed agreement at mug.ee.auth.gr/fed; 52 people can be downloaded, 25 more on request",
    terms="academic research, no redistribution",
    layout="subjects3/001/anger/take000/img_0000.jpg, or subjects3/002/session0/anger/take000/img_0000.jpg",
    traps=(
        "two depths in one tree: who came twice has a session folder more",
        "unpacked one zip a person, the person's folder may stand in itself: 001/001/anger",
        "some takes carry a suffix; it is kept in the take's name",
        "clips go back to neutral: systems of clips learn from the first half, as FEV-GAN did",
        "the people for the test are those of ImaGINator's published lists",
    ),
)  # fmt: skip

OULU = Adapter(
    name="oulu-casia",
    title="Oulu-CASIA",
    shows=RISE,
    pattern=r"(?:^|/)(?P<tree>OriginalImg|PreProcess[^/]*)/(?P<modality>VL|NI)(?:_Acropped)?/"
    r"(?P<light>Strong|Weak|Dark)/(?P<subject>P\d{3})/(?P<expression>[a-z]+)/(?P<frame>\d+)\.jpe?g$",
    labels=BASIC,
    prefer={
        "modality": ("VL", "NI"), "light": ("Strong", "Weak", "Dark"),
        "tree": ("OriginalImg", "PreProcess_Img", "PreProcessImg", "PreProcess Img", "PreProcess"),
    },
    test=lambda people: set(people[math.ceil(0.8 * len(people)) :]),
    expected={"items": 2880, "people": 80},
    obtain="by a signed agreement with the University of Oulu (CMVS)",
    terms="research, no redistribution",
    layout="OriginalImg/VL/Strong/P001/Anger/000.jpeg, PreProcess_Img/VL_Acropped/Strong/P001/Anger/000.jpeg",
    traps=(
        "two cameras, three lights, and cropped copies of all: only VL, Strong and OriginalImg are taken",
        "the folder of crops is spelled in four ways",
        "one of the cropped clips has no frames; frame numbers may have gaps",
        "there is no neutral label: the first frames are neutral, the last three the peak",
        "the last fifth of the people by number is for the test (ours; FEV-GAN says 80/20)",
    ),
)  # fmt: skip

UVA_NEMO = Adapter(
    name="uva-nemo",
    title="UvA-NEMO",
    shows=ARC,
    pattern=r"(?:^|/)(?P<subject>\d{3})_(?P<expression>deliberate|spontaneous)_smile_(?P<take>\d+)\.mp4$",
    endings=FILMS,
    labels={"deliberate": "happiness", "spontaneous": "happiness"},
    sitting="{expression}",
    expected={"items": 1240, "people": 400},
    obtain="by an agreement with the University of Amsterdam",
    terms="research, no redistribution",
    layout="UvA-NEMO_SMILE_DATABASE/videos/001_deliberate_smile_2.mp4",
    traps=(
        "every clip is a smile: one class alone",
        "copies of 64 x 64 pixels are about; take the films as they were distributed",
    ),
)


def _read_ck(adapter: Adapter, tree: Tree) -> Reading:
    """Frames by their names; label and units from the files that lie beside, of the same sequence."""
    found = Reading()
    emotions, facs = _beside(tree, "emotion"), _beside(tree, "facs")
    for said, files in named(adapter, tree, found):
        key = f"{said['subject']}_{said['take']}".upper()
        text = tree.text(emotions[key]).split() if key in emotions else []
        try:
            code = str(int(float(text[0]))) if text else "none"
            units = _facs(tree.text(facs[key])) if key in facs else {}
        except ValueError:
            found.skip(files[0], "its emotion or FACS file holds no numbers")
            continue
        add(found, adapter, {**said, "expression": code}, files, units)
    return without_doubles(found)


def _beside(tree: Tree, kind: str) -> dict[str, str]:
    """The text files of a kind by the sequence they belong to."""
    matches = (re.search(rf"(S\d+_\d+)_\d+_{kind}\.txt$", name, re.I) for name in tree.ending(".txt"))
    return {match[1].upper(): match.string for match in matches if match}


def _facs(text: str) -> dict[str, float | None]:
    """Units of the last frame; 0 is shown without a strength."""
    rows = [[float(word) for word in line.split()] for line in text.splitlines() if line.strip()]
    units = {f"AU{int(row[0])}": (row[1] / FACS if row[1] else None) for row in rows if len(row) == 2}
    return {name: strength for name, strength in units.items() if name in UNITS}


CK_PLUS = Adapter(
    name="ck-plus",
    title="CK+",
    shows=RISE,
    pattern=r"(?:^|/)(?P<subject>S\d{3})/(?P<take>\d{3})/S\d{3}_\d{3}_(?P<frame>\d{8})\.png$",
    labels={
        "none": "", "0": "neutral", "1": "anger", "2": "contempt", "3": "disgust", "4": "fear",
        "5": "happiness", "6": "sadness", "7": "surprise",
    },
    read=_read_ck,
    expected={
        "people": 123, "anger": 45, "contempt": 18, "disgust": 59, "fear": 25, "happiness": 69,
        "sadness": 28, "surprise": 83,
    },
    obtain="by an agreement with the University of Pittsburgh",
    terms="research, no redistribution",
    layout="cohn-kanade-images/S005/001/S005_001_00000001.png, with Emotion/ and FACS/ beside it",
    traps=(
        "of 593 sequences 327 have an emotion: the others are left out",
        "labels lie in files of their own, as 3.0000000e+00",
        "the peak is the last frame; neutral is only the first",
        "most frames are gray, in two sizes",
        "the copy of 48 x 48 pixels that is about counts its classes otherwise, and is not this set",
    ),
)  # fmt: skip

ALL = (MUG, OULU, CK_PLUS, UVA_NEMO)
