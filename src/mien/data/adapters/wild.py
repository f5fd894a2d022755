"""Data sets gathered from the web: labels in tables, hardly a name of a person, one picture of each."""

import csv
import io
from collections.abc import Iterator

import numpy as np

from mien.data.adapters.layout import PICTURES, STILL, Adapter, Item, Reading, Tree

_AFFECTNET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
_FER = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
_VOTES = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)


def _read_affectnet(adapter: Adapter, tree: Tree) -> Reading:
    """Both releases: tables of the old one, four small files a picture of the new one."""
    found, pictures = Reading(), set(tree.ending(*PICTURES))
    for picture, split, code, notes in _affectnet_rows(adapter, tree, found):
        label, reason = adapter.label(code)
        if picture not in pictures:
            found.skip(picture, "is in the list, and not in the folder")
        elif reason:
            found.skip(picture, reason)
        else:
            found.items.append(Item(files=(picture,), expression=label, split=split, notes=notes))
    return found


def _affectnet_rows(
    adapter: Adapter, tree: Tree, found: Reading
) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Picture, split, code, valence and arousal of every entry."""
    for name in adapter.recognised(tree):
        split = "train" if "train" in name.lower() else "test"
        if name.lower().endswith(".csv"):
            base = name.rpartition("/")[0].rpartition("/")[0]
            for row in csv.DictReader(io.StringIO(tree.text(name))):
                path = f"{base}/Manually_Annotated_Images/{row.get('subDirectory_filePath')}".lstrip("/")
                yield (
                    path,
                    split,
                    row.get("expression") or "",
                    _valence(row.get("valence"), row.get("arousal")),
                )
            continue
        picture = name.replace("/annotations/", "/images/").replace("_exp.npy", ".jpg")
        try:
            code, *values = (
                _number(tree, name.replace("_exp.", f"_{kind}.")) for kind in ("exp", "val", "aro")
            )
        except (OSError, ValueError):
            found.skip(picture, "a file of its labels is missing or holds no number")
            continue
        yield picture, split, str(int(code)), _valence(*values)


def _number(tree: Tree, name: str) -> float:
    """The one number, or text of a number, in a numpy file."""
    return float(np.load(tree.root / name, allow_pickle=False))


def _valence(valence: object, arousal: object) -> dict[str, str]:
    """Valence and arousal as notes; -2 stands for nothing."""
    notes = {"valence": str(valence), "arousal": str(arousal)}
    return {name: text for name, text in notes.items() if text not in ("None", "", "-2", "-2.0")}


AFFECTNET = Adapter(
    name="affectnet",
    title="AffectNet",
    shows=STILL,
    pattern=r"(?:^|/)(?:Manually_Annotated_file_lists/(?:training|validation)\.csv"
    r"|(?:train|val)_set/annotations/\d+_exp\.npy)$",
    labels={str(code): label for code, label in enumerate(_AFFECTNET)} | dict.fromkeys(("8", "9", "10"), ""),
    read=_read_affectnet,
    obtain="by an agreement with its authors",
    terms="research, no redistribution",
    layout="train_set/images/0.jpg with train_set/annotations/0_exp.npy, or Manually_Annotated_Images/ with "
    "Manually_Annotated_file_lists/training.csv",
    traps=(
        "0.jpg of train_set and 0.jpg of val_set are different pictures",
        "codes 8, 9 and 10 are none, uncertain and no face: left out",
        "there is no public test: the validation part is what systems are judged by",
        "nobody says who is seen; happiness is thirty times as frequent as contempt",
    ),
)


def _read_fer(adapter: Adapter, tree: Tree) -> Reading:
    """Rows of the table by the byte at which they begin, with the votes of FER+ where that file is there."""
    found, table = Reading(), adapter.recognised(tree)[0]
    votes = next((name for name in tree.files if name.lower().endswith("fer2013new.csv")), "")
    voted = list(csv.DictReader(io.StringIO(tree.text(votes)))) if votes else []
    with (tree.root / table).open("rb") as file:
        columns = [word.strip().lower() for word in file.readline(1000).decode("ascii", "replace").split(",")]
        at = file.tell()
        for number, line in enumerate(file):
            row = dict(zip(columns, next(csv.reader([line.decode("ascii", "replace")])), strict=False))
            label, reason = adapter.label(row.get("emotion", "").strip())
            if votes:
                label, reason = _most_votes(voted[number]) if number < len(voted) else ("", "FER+ has no row")
            split = {"training": "train", "publictest": "train", "privatetest": "test"}.get(
                row.get("usage", "").strip().lower(), ""
            )
            if reason or not split:
                found.skip(f"{table}: row {number + 1}", reason or "its Usage is none that FER2013 has")
            else:
                found.items.append(
                    Item(files=(table,), at=at, take=f"row {number + 1}", expression=label, split=split)
                )
            at += len(line)
    if votes:
        found.notes.append("labels are the majority of FER+")
    return found


def _most_votes(row: dict[str, str]) -> tuple[str, str]:
    """The label with most of ten votes, or why there is none."""
    if not (row.get("Image name") or "").strip():
        return "", "FER+ took it out"
    try:
        votes = {name: int(row[name]) for name in _VOTES}
    except (KeyError, TypeError, ValueError):
        return "", "its row of FER+ holds no votes"
    first, second = sorted(votes, key=lambda name: -votes[name])[:2]
    if votes[first] == votes[second]:
        return "", "FER+: a draw of votes"
    return ("", "FER+: unknown, or no face") if first in ("unknown", "NF") else (first, "")


FER2013 = Adapter(
    name="fer2013",
    title="FER2013",
    shows=STILL,
    pattern=r"(?:^|/)(?:fer2013|icml_face_data)\.csv$",
    endings=(".csv",),
    labels={str(code): label for code, label in enumerate(_FER)},
    read=_read_fer,
    expected={"items": 35_887},
    obtain="from Kaggle, with an account; better labels (FER+) from github.com/microsoft/FERPlus",
    terms="no clear licence; the labels of FER+ are MIT",
    layout="fer2013.csv (emotion,pixels,Usage), and beside it fer2013new.csv of FER+ if you have it",
    traps=(
        "with fer2013new.csv beside it the majority of FER+ is taken, which knows contempt",
        "rows whose image name is empty were taken out by FER+",
        "gray, 48 x 48 pixels; some are blank, some stand twice; nobody says who is seen",
        "PublicTest counts for training, PrivateTest is what systems are judged by",
        "the copy with folders (train/angry/...) is read as plain folders",
    ),
)

ALL = (AFFECTNET, FER2013)
