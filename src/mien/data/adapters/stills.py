"""Data sets of still pictures taken in a laboratory: who is seen and what is shown stands in the name."""

from mien.data.adapters.layout import STILL, Adapter

TWO_LETTERS = {
    "ne": "neutral", "an": "anger", "di": "disgust", "fe": "fear", "ha": "happiness", "sa": "sadness",
    "su": "surprise",
}  # fmt: skip

LONDON = Adapter(
    name="london",
    title="the Face Research Lab London Set",
    shows=STILL,
    pattern=r"(?:^|/)(?P<expression>neutral|smiling)(?:_front)?/(?P<subject>\d{3})(?:_\d\d)?\.jpe?g$",
    labels={"neutral": "neutral", "smiling": "happiness"},
    expected={"items": 204, "people": 102, "neutral": 102, "happiness": 102},
    obtain="free to download: figshare, doi 10.6084/m9.figshare.5047666",
    terms="CC BY 4.0; the people consented to altered forms of their pictures for research",
    layout="neutral_front/001_03.jpg and smiling_front/001_08.jpg, or neutral/001.jpg and smiling/001.jpg",
    traps=("views from the side lie in folders of their own; they are left out",),
)

RAFD = Adapter(
    name="rafd",
    title="RaFD",
    shows=STILL,
    pattern=r"(?:^|/)Rafd(?P<camera>\d{3})_(?P<subject>\d\d)_(?P<group>[a-z]+)_(?P<sex>female|male)_"
    r"(?P<expression>[a-z]+)_(?P<gaze>frontal|left|right)\.jpe?g$",
    labels={
        "happy": "happiness", "angry": "anger", "sad": "sadness", "contemptuous": "contempt",
        "disgusted": "disgust", "neutral": "neutral", "fearful": "fear", "surprised": "surprise",
    },
    sitting="{gaze}",
    prefer={"camera": ("090",)},
    expected={"items": 8040, "people": 67},
    obtain="by a request form at rafd.nl, for research",
    terms="research alone, no redistribution",
    layout="Rafd090_28_Caucasian_male_angry_frontal.jpg: camera, model, group, sex, expression, gaze",
    traps=(
        "Kid stands where others have their ethnicity",
        "cameras 000 and 180 are profiles and 045 and 135 half ones: only 090, from the front, is taken",
        "left and right of the gaze are the model's own; pairs stay within one gaze",
    ),
)  # fmt: skip

KDEF = Adapter(
    name="kdef",
    title="KDEF",
    shows=STILL,
    pattern=r"(?:^|/)(?P<session>[AB])(?P<subject>[FM]\d\d)(?P<expression>[A-Z]{2})"
    r"(?P<camera>FL|HL|S|HR|FR)\.(?:jpe?g|png)$",
    labels=TWO_LETTERS | {"af": "fear"},
    mend={"AF31V.JPG": "AF31SAHL.JPG", "AM31H.JPG": "AM31SUHR.JPG"},
    refuse={r"(^|/)AKDEF/": "an average of many people: it stands on both sides of every split"},
    prefer={"camera": ("S",)},
    expected={"items": 4900, "people": 70},
    obtain="free by registration at kdef.se",
    terms="research that earns nothing, no redistribution",
    layout="KDEF_and_AKDEF/KDEF/AF01/AF01ANS.JPG: session A or B, sex, person, expression, angle",
    traps=(
        "two files have broken names, AF31V.JPG and AM31H.JPG: they are read as AF31SAHL and AM31SUHR",
        "some ten files are black or damaged in the copies around, such as BM24DIFL",
        "sessions A and B show the same people",
        "AF is afraid as an expression, and also how the names of session A's women begin",
        "only angle S, straight, is taken",
    ),
)

JAFFE = Adapter(
    name="jaffe",
    title="JAFFE",
    shows=STILL,
    pattern=r"(?:^|/)(?P<subject>[A-Z]{2})\.(?P<expression>[A-Z]{2})(?P<take>\d*)\.\d+\.(?:tiff?|jpe?g|png)$",
    labels=TWO_LETTERS,
    expected={
        "items": 213, "people": 10, "anger": 30, "disgust": 29, "fear": 32, "happiness": 31, "neutral": 30,
        "sadness": 31, "surprise": 30,
    },
    obtain="by request: Zenodo record 3451524, restricted access",
    terms="research that earns nothing, no redistribution",
    layout="KA.AN1.39.tiff: person, expression and take, running number; all in one folder",
    traps=(
        "gray, ten women: ten people are few to judge by",
        "the name says what was posed; the ratings in README_FIRST.txt sometimes disagree, and are not read",
    ),
)  # fmt: skip

BU_3DFE = Adapter(
    name="bu-3dfe",
    title="BU-3DFE",
    shows=STILL,
    pattern=r"(?:^|/)(?P<subject>[FM]\d{4})_(?P<expression>[A-Z]{2})(?P<level>0\d)(?P<group>[A-Z]{2})_F2D\.bmp$",
    labels=TWO_LETTERS,
    levels={"01": 0.25, "02": 0.5, "03": 0.75, "04": 1.0},
    refuse={r"_RAW\.bmp$": "the raw picture of a model that has an F2D"},
    expected={"items": 2500, "people": 100},
    obtain="by an agreement with Binghamton University",
    terms="research under the agreement, no redistribution",
    layout="F0001/F0001_AN01WH_F2D.bmp: person, expression, strength 01 to 04, group",
    traps=(
        "F2D is the picture beside each model; the models themselves (.wrl, .bnd) are not read",
        "strength 01 is very weak; recognition papers take 03 and 04",
    ),
)

MULTI_PIE = Adapter(
    name="multi-pie",
    title="Multi-PIE",
    shows=STILL,
    pattern=r"(?:^|/)(?P<subject>\d{3})_(?P<session>0[1-4])_(?P<recording>0[1-4])_(?P<camera>\d{3})_"
    r"(?P<light>\d\d)\.png$",
    code="{session}/{recording}",
    labels={
        "01/01": "neutral", "01/02": "happiness", "02/01": "neutral", "02/02": "surprise", "02/03": "",
        "03/01": "neutral", "03/02": "happiness", "03/03": "disgust", "04/01": "neutral", "04/02": "neutral",
        "04/03": "",
    },
    prefer={"camera": ("051",), "light": ("07", "00", "06", "08")},
    test=lambda people: {person for person in people if int(person) > 200},
    expected={"items": 755_370, "people": 337},
    obtain="bought from Carnegie Mellon University",
    terms="the licence that comes with it, no redistribution",
    layout="session01/multiview/001/01/05_1/001_01_01_051_06.png: person, session, recording, camera, light",
    traps=(
        "the same recording shows another expression in another session: both make the label",
        "squint (02/03) and scream (04/03) are no labels of ours",
        "session 4 has neutral twice; not everybody came to every session",
        "only camera 05_1, from the front, and one light are taken; TP-GAN tests on people above 200",
    ),
)  # fmt: skip

ALL = (LONDON, RAFD, KDEF, JAFFE, BU_3DFE, MULTI_PIE)
