"""Data sets of films: people who speak, act or watch, and films whose labels stand in files beside them."""

import re
from collections import defaultdict
from xml.etree import ElementTree

from mien.data.adapters.clips import BASIC, FACS
from mien.data.adapters.layout import (
    ARC,
    FILMS,
    MIXED,
    STILL,
    WHOLE,
    Adapter,
    Item,
    Reading,
    Tree,
    add,
    named,
    without_doubles,
)
from mien.tables import UNITS

CREMA_D = Adapter(
    name="crema-d",
    title="CREMA-D",
    shows=WHOLE,
    pattern=r"(?:^|/)(?P<subject>1\d{3})_(?P<take>[A-Z]{3})_(?P<expression>[A-Z]{3})_(?P<level>LO|MD|HI|XX?)"
    r"\.(?:flv|mp4|avi|mov)$",
    endings=FILMS,
    labels={
        "ang": "anger", "dis": "disgust", "fea": "fear", "hap": "happiness", "neu": "neutral",
        "sad": "sadness",
    },
    levels={"LO": 1 / 3, "MD": 2 / 3, "HI": 1.0},
    refuse={
        "1076_MTI_(NEU|SAD)_XX": "nearly empty, as published lists say",
        "1064_TIE_SAD_XX": "without a length, as published lists say",
        "1064_IEO_DIS_MD": "a minute with all emotions, as published lists say",
        "1047_IEO_(SAD|FEA)_LO": "broken, as one published list says",
    },
    expected={"items": 7442, "people": 91},
    obtain="free: github.com/CheyneyComputerScience/CREMA-D, with git-lfs",
    terms="Open Database License",
    layout="VideoFlash/1001_IEO_HAP_HI.flv: actor, sentence, emotion, strength",
    traps=(
        "a zip or a plain clone holds pointers of 131 bytes in place of the films: run git lfs pull",
        "six clips are broken; they are left out by name",
        "surprise is not among the emotions",
        "the people speak: the mouth moves with the words, and no clip begins neutral",
    ),
)  # fmt: skip

RAVDESS = Adapter(
    name="ravdess",
    title="RAVDESS",
    shows=WHOLE,
    pattern=r"(?:^|/)(?P<modality>0[12])-(?P<channel>0[12])-(?P<expression>\d\d)-(?P<level>0[12])-"
    r"(?P<take>\d\d-\d\d)-(?P<subject>\d\d)\.mp4$",
    endings=FILMS,
    labels={
        "01": "neutral", "02": "", "03": "happiness", "04": "sadness", "05": "anger", "06": "fear",
        "07": "disgust", "08": "surprise",
    },
    levels={"01": 0.5, "02": 1.0},
    sitting="{channel}",
    prefer={"channel": ("01", "02"), "modality": ("01", "02")},
    expected={"items": 4904, "people": 24},
    obtain="free: Zenodo record 1188976, the files Video_Speech_Actor_01.zip and so on",
    terms="CC BY-NC-SA 4.0",
    layout="Actor_01/01-01-03-02-01-02-01.mp4: modality, channel, emotion, strength, sentence, turn, actor",
    traps=(
        "films with sound (01) and without (02) hold the same pictures: one of them is taken",
        "speech is taken and song left out; calm (02) is no label of ours",
        "neutral has no strong level; strengths 0.5 and 1 for normal and strong are ours",
        "the people speak: no clip begins neutral",
    ),
)  # fmt: skip


def _read_mmi(adapter: Adapter, tree: Tree) -> Reading:
    """Films of the sessions; label and person from the XML files that lie in the same folder."""
    found, tables = Reading(), defaultdict[str, list[str]](list)
    for name in tree.ending(".xml"):
        tables[name.rpartition("/")[0]].append(name)
    for said, files in named(adapter, tree, found):
        beside = tables[files[0].rpartition("/")[0]]
        try:
            tags, units = _metatags(tree, beside)
        except (ElementTree.ParseError, ValueError):
            found.skip(files[0], "an XML file beside it is broken")
            continue
        more = {"expression": tags.get("emotion", "none"), "view": tags.get("view", "")}
        add(found, adapter, said | more | {"subject": tags.get("subject") or said["subject"]}, files, units)
    return without_doubles(found)


def _metatags(tree: Tree, names: list[str]) -> tuple[dict[str, str], dict[str, float | None]]:
    """What XML files say by name, and the action units that are marked in them, without a strength."""
    tags: dict[str, str] = {}
    units: dict[str, float | None] = {}
    for name in names:
        text = tree.text(name)
        if "<!" in text.replace("<!--", ""):  # entities could be made to fill the memory
            raise ValueError
        for entry in ElementTree.fromstring(text).iter():
            if entry.tag.endswith("Metatag"):
                tags[entry.get("Name", "").lower()] = entry.get("Value", "")
            elif entry.tag.endswith("ActionUnit"):
                units[f"AU{re.sub('[^0-9]', '', entry.get('Number', ''))}"] = None
    return tags, {name: strength for name, strength in units.items() if name in UNITS}


MMI = Adapter(
    name="mmi",
    title="MMI",
    shows=ARC,
    pattern=r"(?:^|/)Sessions/(?P<take>\d+)/(?P<subject>S\d{3})-\d+\.(?:avi|mp4|mov)$",
    endings=FILMS,
    labels={"none": "", **dict(zip("123456", BASIC, strict=True))},
    read=_read_mmi,
    expected={"people": 75},
    obtain="by an account and an end user's agreement",
    terms="research under the agreement, no redistribution",
    layout="Sessions/1/S001-001.avi, with session.xml, S001-001.xml and S001-001-oao_aucs.xml beside it",
    traps=(
        "most sessions have no emotion: some 205 to 236 clips of 31 people are left",
        "emotion codes above 6 (scream, bored, sleepy) are no labels of ours",
        "stills lie in the same tree and are not read",
        "mirror clips show front and profile in one picture",
        "some films are stored turned by 90 degrees: turn them, or they count as showing no face",
    ),
)

_EVERY = 20
"""Frames between two that are taken of DISFA: one a second (ours)."""


def _read_disfa(adapter: Adapter, tree: Tree) -> Reading:
    """One frame a second of each film, with the units that are coded for it."""
    found, tables = Reading(), defaultdict[str, dict[str, str]](dict)
    for name in tree.ending(".txt"):
        if match := re.search(r"(SN\d{3})_au(\d+)\.txt$", name, re.I):
            tables[match[1].upper()][f"AU{int(match[2])}"] = name
    for said, files in named(adapter, tree, found):
        subject = said["subject"].upper()
        try:
            coded = {unit: _coded(tree.text(name)) for unit, name in sorted(tables[subject].items())}
        except ValueError:
            found.skip(files[0], "a file of its action units holds no numbers 0 to 5")
            continue
        frames = set.intersection(*(set(rows) for rows in coded.values())) if coded else set()
        if not frames:
            found.skip(files[0], "there are no action units for it")
        for frame in sorted(frames)[::_EVERY]:
            units = {unit: rows[frame] for unit, rows in coded.items()}
            found.items.append(
                Item(
                    files=tuple(files), at=frame - 1, subject=subject, take=f"frame {frame}",
                    expression=MIXED, units=units, notes={"camera": said["camera"]},
                )
            )  # fmt: skip
    return without_doubles(found)


def _coded(text: str) -> dict[int, float]:
    """Strength 0..1 of a unit by frame, counted from 1."""
    rows = (line.split(",") for line in text.splitlines() if line.strip())
    strengths = {int(row[0]): float(row[1]) / FACS for row in rows}
    if not all(0 <= strength <= 1 for strength in strengths.values()):
        raise ValueError
    return strengths


DISFA = Adapter(
    name="disfa",
    title="DISFA",
    shows=STILL,
    pattern=r"(?:^|/)(?P<camera>Left|Right)Video(?P<subject>SN\d{3})_comp\.(?:avi|mp4)$",
    endings=FILMS,
    labels={"": MIXED},
    prefer={"camera": ("Left", "Right")},
    coded=True,
    read=_read_disfa,
    expected={"people": 27},
    obtain="by an agreement with its authors",
    terms="research, no redistribution",
    layout="Videos_LeftCamera/LeftVideoSN001_comp.avi, and ActionUnit_Labels/SN001/SN001_au1.txt",
    traps=(
        "12 action units in strengths 0 to 5, frame for frame; no expression is named",
        "one frame a second is taken (ours); frames are counted from 1",
        "Videos_LeftCamera but Video_RightCamera, _comp but _Comp; only one camera is taken",
        "the landmarks that come with it are wrong in long stretches; mien reads its own",
        "systems that want other units refuse it: give --units those twelve",
    ),
)

ALL = (CREMA_D, RAVDESS, MMI, DISFA)
