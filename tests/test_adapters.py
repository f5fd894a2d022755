"""Data sets as they are distributed: official names and every known trap, in small fake trees."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from trees import LFS, black, grow, picture

from mien.data import adapters, inventory, people
from mien.data.adapters.layout import Tree
from mien.errors import InputError
from mien.tables import LABELS, UNITS

MIEN = [sys.executable, "-m", "mien"]


def read(tmp_path, files, name=None, quick=True):
    """A inventory of a tree."""
    return inventory.of(grow(tmp_path / "set", files), name, quick=quick)


def said(found):
    """What is known of each item: person, sitting, take, label, number of files."""
    return {(i.subject, i.session, i.take, i.expression, len(i.files)) for i in found.items}


def left(found):
    """Why files were left out, by name."""
    return {skip.file: skip.reason for skip in [*found.skipped, *found.aside]}


MUG = [
    "subjects3/001/anger/take000/img_0000.jpg",
    "subjects3/001/anger/take000/img_0001.jpg",
    "subjects3/001/neutral/take002_nsg/img_0000.jpg",
    "subjects3/002/session1/anger/take001/img_9.jpg",
    "subjects3/002/session1/anger/take001/img_10.jpg",
    "subjects3/003/003/fear/take000/img_0000.jpg",
]
OULU = [
    "OriginalImg/VL/Strong/P001/Anger/000.jpeg",
    "OriginalImg/VL/Strong/P001/Anger/002.jpeg",
    "OriginalImg/VL/Dark/P001/Anger/000.jpeg",
    "OriginalImg/NI/Strong/P001/Anger/000.jpeg",
    "PreProcess Img/NI_Acropped/Dark/P080/Surprise/009.jpeg",
]
CASES = {
    "mug": (
        MUG,
        {
            ("001", "", "take000", "anger", 2), ("001", "", "take002_nsg", "neutral", 1),
            ("002", "1", "take001", "anger", 2), ("003", "", "take000", "fear", 1),
        },
    ),
    "oulu-casia": (OULU, {("P001", "", "", "anger", 2)}),
    "ck-plus": (
        {
            "cohn-kanade-images/S005/001/S005_001_00000001.png": "",
            "cohn-kanade-images/S005/001/S005_001_00000011.png": "",
            "cohn-kanade-images/S005/002/S005_002_00000001.png": "",
            "cohn-kanade-images/.DS_Store": "x",
            "Emotion/S005/001/S005_001_00000011_emotion.txt": "   3.0000000e+00\n",
            "FACS/S005/001/S005_001_00000011_facs.txt": "   9.0e+00   5.0e+00\n   1.7e+01   0.0e+00\n",
        },
        {("S005", "", "001", "disgust", 2)},
    ),
    "rafd": (
        [
            "Rafd090_28_Caucasian_male_angry_frontal.jpg", "Rafd090_28_Caucasian_male_angry_left.jpg",
            "Rafd135_39_Kid_male_contemptuous_left.jpg", "Rafd090_39_Kid_female_contemptuous_frontal.jpg",
        ],
        {
            ("28", "frontal", "", "anger", 1), ("28", "left", "", "anger", 1),
            ("39", "frontal", "", "contempt", 1),
        },
    ),
    "kdef": (
        [
            "KDEF_and_AKDEF/KDEF/AF01/AF01ANS.JPG", "KDEF_and_AKDEF/KDEF/BF01/BF01AFS.JPG",
            "KDEF_and_AKDEF/KDEF/AM01/AM01AFHL.JPG", "KDEF_and_AKDEF/AKDEF/AFANS.JPG",
        ],
        {("F01", "A", "", "anger", 1), ("F01", "B", "", "fear", 1)},
    ),
    "jaffe": (
        {"KA.AN1.39.tiff": "", "KA.NE1.26.tiff": "", "README_FIRST.txt": "x"},
        {("KA", "", "1", "anger", 1), ("KA", "", "1", "neutral", 1)},
    ),
    "bu-3dfe": (
        {"F0001/F0001_AN01WH_F2D.bmp": "", "F0001/F0001_NE00WH_F2D.bmp": "", "F0001/F0001_AN01WH_RAW.bmp": "",
         "F0001/F0001_AN01WH_F3D.wrl": "x"},
        {("F0001", "", "", "anger", 1), ("F0001", "", "", "neutral", 1)},
    ),
    "multi-pie": (
        [
            "data/session01/multiview/001/02/05_1/001_01_02_051_07.png",
            "data/session02/multiview/001/02/05_1/001_02_02_051_07.png",
            "data/session02/multiview/001/03/05_1/001_02_03_051_07.png",
            "data/session02/multiview/001/02/11_0/001_02_02_110_07.png",
            "data/session02/multiview/001/02/05_1/001_02_02_051_00.png",
        ],
        {("001", "01", "", "happiness", 1), ("001", "02", "", "surprise", 1)},
    ),
    "london": (
        ["neutral_front/001_03.jpg", "smiling_front/001_08.jpg", "neutral_front/._001_03.jpg", "side/01.jpg"],
        {("001", "", "", "neutral", 1), ("001", "", "", "happiness", 1)},
    ),
    "crema-d": (
        {"VideoFlash/1001_IEO_HAP_HI.flv": LFS, "VideoFlash/1076_MTI_SAD_XX.flv": "x",
         "AudioWAV/1001_IEO_HAP_HI.wav": LFS},
        {("1001", "", "IEO", "happiness", 1)},
    ),
    "ravdess": (
        ["Actor_01/01-01-03-02-01-02-01.mp4", "Actor_01/02-01-03-02-01-02-01.mp4",
         "Actor_01/01-02-03-02-01-02-01.mp4", "Actor_01/01-01-02-01-01-01-01.mp4"],
        {("01", "01", "01-02", "happiness", 1)},
    ),
    "mmi": (
        {
            "Sessions/1/S001-001.avi": "x", "Sessions/1/session.xml": "<Session/>",
            "Sessions/1/S001-001.xml": '<a><Metatag Name="Emotion" Value="4"/><Metatag Name="View"/></a>',
            "Sessions/1/S001-001-oao_aucs.xml": '<a><ActionUnit Number="12L"/></a>',
            "Sessions/2/S002-001.avi": "x", "Sessions/2/session.xml": "<Session/>",
            "Sessions/3/S002-003.avi": "x", "Sessions/3/session.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
        },
        {("S001", "", "1", "happiness", 1)},
    ),
    "uva-nemo": (
        ["UvA-NEMO_SMILE_DATABASE/videos/001_deliberate_smile_2.mp4",
         "UvA-NEMO_SMILE_DATABASE/videos/001_spontaneous_smile_4.mp4"],
        {("001", "deliberate", "2", "happiness", 1), ("001", "spontaneous", "4", "happiness", 1)},
    ),
    "disfa": (
        {
            "Videos_LeftCamera/LeftVideoSN001_comp.avi": "x",
            "Video_RightCamera/RightVideoSN001_Comp.avi": "x",
            **{f"ActionUnit_Labels/SN001/SN001_au{unit}.txt": "".join(f"{n},{n % 6}\n" for n in range(1, 42))
               for unit in (1, 2, 12)},
        },
        {("SN001", "", f"frame {n}", "mixed", 1) for n in (1, 21, 41)},
    ),
    "celeba": (
        {
            "list_attr_celeba.txt": "4\nSmiling Mouth_Slightly_Open\n000001.jpg  1  1\n000002.jpg -1 -1\n"
            "000003.jpg -1  1\n000004.jpg  1 -1\n",
            "identity_CelebA.txt": "000001.jpg 2880\n000002.jpg 2880\n",
            "list_eval_partition.txt": "000001.jpg 0\n000002.jpg 2\n",
            **{f"img_align_celeba/00000{n}.jpg": "" for n in (1, 2, 3)},
        },
        {
            ("2880", "000001.jpg", "000001.jpg", "happiness", 1),
            ("2880", "000002.jpg", "000002.jpg", "neutral", 1),
        },
    ),
    "folders": (
        ["mine/train/happy/1.jpg", "mine/train/sad/2.jpg", "mine/test/happy/3.jpg", "mine/hapy/4.jpg"],
        {("", "", f"mine/{name}.jpg", label, 1)
         for name, label in zip(("train/happy/1", "train/sad/2", "test/happy/3"),
                                ("happiness", "sadness", "happiness"), strict=True)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_official_names_are_read(tmp_path, name):
    files, wanted = CASES[name]
    found = read(tmp_path, files)
    assert found.adapter.name == name and said(found) == wanted
    assert inventory.of(tmp_path / "set", name, quick=True).items == found.items  # by its name the same


@pytest.mark.parametrize("name", adapters.names())
def test_every_data_set_says_how_to_get_it_and_on_what_terms(name):
    adapter = adapters.find(name)
    assert adapter.obtain and adapter.layout and len(adapter.terms.splitlines()) == 1
    assert set(adapter.labels.values()) <= {"", "mixed", *LABELS}
    assert adapters.find(name.upper().replace("-", "_")) is adapter


def test_the_page_names_every_data_set():
    page = (Path(__file__).parent.parent / "docs/data.md").read_text("utf-8")
    assert [name for name in adapters.names() if f"| `{name}` |" not in page] == []


def test_frames_are_in_order_of_their_numbers_and_junk_is_passed_over(tmp_path):
    junk = {"subjects3/001/anger/take000/._img_0000.jpg": "", "subjects3/001/anger/take000/Thumbs.db": "x"}
    found = read(tmp_path, dict.fromkeys(MUG, "") | junk)
    files = {item.subject: item.files for item in found.items}
    assert [name[-6:] for name in files["002"]] == ["_9.jpg", "10.jpg"] and found.found == len(MUG)


def test_what_was_unpacked_twice_is_taken_once(tmp_path):
    found = read(tmp_path, [*MUG, "subjects3/003/fear/take000/img_0000.jpg"])
    assert said(found) == CASES["mug"][1]
    assert "stands twice" in " ".join(left(found).values())


def test_mugs_test_people_are_those_of_the_published_list():
    mug = adapters.find("mug")
    assert mug.test and mug.test(["001", "017", "034", "084"]) == {"017", "034"}


def test_oulu_takes_one_camera_one_light_and_no_crops_beside_originals(tmp_path):
    found = read(tmp_path, [*OULU, "PreProcessImg/VL_Acropped/Strong/P001/Anger/000.jpeg"])
    assert said(found) == CASES["oulu-casia"][1] and len(found.aside) == 4
    assert any("frames are missing" in note for note in found.notes)
    only = read(tmp_path / "two", OULU[4:])
    assert said(only) == {("P080", "", "", "surprise", 1)}  # crops in near infrared are better than nothing


def test_ck_reads_labels_and_units_that_lie_elsewhere(tmp_path):
    found = read(tmp_path, CASES["ck-plus"][0])
    assert dict(found.items[0].units) == {"AU9": 1.0, "AU17": None}
    assert "none is not a label" in " ".join(left(found).values())


def test_kdef_mends_names_and_names_black_pictures_and_averages(tmp_path):
    files = {"KDEF/AF31/AF31V.JPG": "", "KDEF/BM24/BM24DIS.JPG": black(), "AKDEF/AFANS.JPG": "",
             "KDEF/AM31/AM31H.JPG": "", "KDEF/AF01/AF01ANS.JPG": "", "KDEF/AF02/AF02XXS.JPG": ""}  # fmt: skip
    found = read(tmp_path, files, quick=False)
    reasons = left(found)
    assert said(found) == {("F01", "A", "", "anger", 1)}
    assert reasons["KDEF/BM24/BM24DIS.JPG"] == "is black" and "average" in reasons["AKDEF/AFANS.JPG"]
    assert "camera HL" in reasons["KDEF/AF31/AF31V.JPG"] and "camera HR" in reasons["KDEF/AM31/AM31H.JPG"]
    assert "'XX' is no label of KDEF" in reasons["KDEF/AF02/AF02XXS.JPG"]


def test_pointers_empty_and_damaged_files_are_named(tmp_path):
    files = {"VideoFlash/1001_IEO_HAP_HI.flv": LFS, "VideoFlash/1001_IEO_SAD_HI.flv": "no film",
             "VideoFlash/1002_IEO_ANG_XX.flv": ""}  # fmt: skip
    found = read(tmp_path, files, quick=False)
    reasons = {name.rpartition("/")[2]: reason for name, reason in left(found).items()}
    assert not found.items and "git lfs pull" in reasons["1001_IEO_HAP_HI.flv"]
    assert "no whole film" in reasons["1001_IEO_SAD_HI.flv"] and "empty" in reasons["1002_IEO_ANG_XX.flv"]
    stills = read(tmp_path / "two", {"happy/a/1.jpg": LFS, "happy/b/2.jpg": picture("jpg")[:200],
                                     "sad/b/3.jpg": ""}, quick=False)  # fmt: skip
    assert [item.subject for item in stills.items] == ["b"] and len(stills.skipped) == 2


def test_mmi_opens_no_entities_and_wants_an_emotion(tmp_path):
    found = read(tmp_path, CASES["mmi"][0])
    assert dict(found.items[0].units) == {"AU12": None}
    reasons = left(found)
    assert (
        "broken" in reasons["Sessions/3/S002-003.avi"] and "none is not" in reasons["Sessions/2/S002-001.avi"]
    )


def test_disfa_counts_frames_from_one_and_strengths_to_five(tmp_path):
    found = read(tmp_path, CASES["disfa"][0])
    assert [(item.at, item.units["AU12"]) for item in found.items] == [(0, 0.2), (20, 0.6), (40, 1.0)]
    bad = CASES["disfa"][0] | {"ActionUnit_Labels/SN001/SN001_au2.txt": "1,7\n"}
    assert "0 to 5" in " ".join(left(read(tmp_path / "two", bad)).values())


def npy(value):
    data = io.BytesIO()
    np.save(data, np.array(value), allow_pickle=False)
    return data.getvalue()


def affect(part, number, code, valence="0.5"):
    base = f"{part}/annotations/{number}"
    return {f"{part}/images/{number}.jpg": "", f"{base}_exp.npy": npy(code), f"{base}_val.npy": npy(valence),
            f"{base}_aro.npy": npy("-0.1"), f"{base}_lnd.npy": npy([0.0] * 136)}  # fmt: skip


def test_affectnet_in_both_releases(tmp_path):
    files = affect("train_set", 0, "7") | affect("val_set", 0, 1) | affect("train_set", 3, "8")
    files |= {"train_set/annotations/4_exp.npy": npy("1")}
    found = read(tmp_path, files)
    assert [(i.expression, i.split, i.notes["valence"]) for i in found.items] == [
        ("contempt", "train", "0.5"), ("happiness", "test", "0.5"),
    ]  # fmt: skip
    assert {"8 is not a label of ours", "a file of its labels is missing or holds no number"} <= set(
        left(found).values()
    )
    lists = (
        "subDirectory_filePath,face_x,expression,valence,arousal\n1/a.jpg,0,6,-0.4,0.8\n1/b.jpg,0,10,-2,-2\n"
    )
    old = {"Manually_Annotated_file_lists/validation.csv": lists, "Manually_Annotated_Images/1/a.jpg": "",
           "Manually_Annotated_Images/1/b.jpg": ""}  # fmt: skip
    found = read(tmp_path / "two", old)
    assert [(i.expression, i.split) for i in found.items] == [("anger", "test")]


def test_pickled_labels_are_not_opened(tmp_path):
    files = affect("train_set", 0, "7")
    data = io.BytesIO()
    np.save(data, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    found = read(tmp_path, files | {"train_set/annotations/0_exp.npy": data.getvalue()})
    assert not found.items and "holds no number" in found.skipped[0].reason


def fer(*rows, header="emotion,pixels,Usage"):
    pixels = " ".join(str(40 + (n % 48) * 4) for n in range(2304))
    return (
        "\n".join([header, *(f"{code},{pixels if good else '0 1'},{usage}" for code, usage, good in rows)])
        + "\n"
    )


def test_fer_and_the_votes_of_ferplus(tmp_path):
    table = fer((0, "Training", 1), (3, "PublicTest", 1), (9, "Training", 1), (6, "PrivateTest", 1),
                (6, "x", 1), (4, "Training", 0))  # fmt: skip
    found = read(tmp_path, {"fer2013.csv": table}, quick=False)
    assert [(i.expression, i.split, i.take) for i in found.items] == [
        ("anger", "train", "row 1"), ("happiness", "train", "row 2"), ("neutral", "test", "row 4"),
    ]  # fmt: skip
    reasons = left(found)
    assert "'9' is no label" in reasons["fer2013.csv: row 3"] and "square" in reasons["fer2013.csv: row 6"]
    head = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    rows = ["Training,fer0.png,0,0,0,0,1,0,0,9,0,0", "Training,,0,9,0,0,0,0,0,0,0,1",
            "Training,fer2.png,0,0,0,5,5,0,0,0,0,0", "Training,fer3.png,0,0,0,0,0,0,0,0,9,1"]  # fmt: skip
    both = {"fer2013.csv": fer(*[(0, "Training", 1)] * 5), "fer2013new.csv": "\n".join([head, *rows])}
    found = read(tmp_path / "two", both)
    assert [i.expression for i in found.items] == ["contempt"]
    assert {
        "FER+ took it out",
        "FER+: a draw of votes",
        "FER+: unknown, or no face",
        "FER+ has no row",
    } == set(left(found).values())


def test_celebas_tables_come_with_blanks_or_commas(tmp_path):
    files = CASES["celeba"][0]
    found = read(tmp_path, files)
    assert [item.split for item in found.items] == ["train", "test"]
    assert "000004.jpg" in left(found) and "open mouth" in left(found)["000003.jpg"]
    commas = files | {
        "list_attr_celeba.csv": "image_id,Smiling,Mouth_Slightly_Open\n000001.jpg,1,1\n000002.jpg,5,-1\n"
    }
    del commas["list_attr_celeba.txt"]
    found = read(tmp_path / "two", commas)
    assert [item.expression for item in found.items] == ["happiness"] and "'5'" in left(found)["000002.jpg"]


def test_emotionet_marks_units_and_misses_pictures(tmp_path):
    def line(name, **codes):
        cells = [codes.get(f"AU{n}", "0" if n < 30 else "999") for n in range(1, 61)]
        return "\t".join([f"http://a.b/{name}", "http://c.d/e", *cells])

    text = "\n".join(
        [line("N_1.jpg", AU12="1", AU25="1"), line("N_2.jpg"), line("N_3.jpg", AU4="7"), "short"]
    )
    found = read(
        tmp_path, {"x/dataFile_0001.txt": text, "x/aus_openface.pkl": b"cos\nsystem\n", "y/N_1.jpg": ""}
    )
    assert [dict(item.units) for item in found.items] == [{"AU12": None, "AU25": None}]
    assert any("1 pictures of the lists" in note for note in found.notes) and len(found.skipped) == 2


TABLE = """path,expression,subject,split,AU12,intensity
./a/1.jpg,joy,anna,train,.5,1
a\\2.jpg,neutral,anna,test,0,
a/3.jpg,hapy,anna,train,,
a/4.jpg,sad,bert,train,nan,
a/5.jpg,sad,bert,sometimes,,
a/6.jpg,sad,bert,,,
../7.jpg,sad,bert,,,
"""


def test_a_table_of_ones_own(tmp_path):
    files = {
        "t/list.csv": TABLE,
        "t/a/1.jpg": "",
        "t/a/2.jpg": "",
        "t/a/3.jpg": "",
        "t/a/4.jpg": "",
        "t/a/5.jpg": "",
    }
    found = read(tmp_path, files)
    assert found.adapter.name == "table"
    assert [(i.subject, i.expression, dict(i.units), i.intensity) for i in found.items] == [
        ("anna", "happiness", {"AU12": 0.5}, 1.0), ("anna", "neutral", {"AU12": 0.0}, None),
    ]  # fmt: skip
    reasons = " | ".join(left(found).values())
    for word in (
        "meant happy?",
        "AU12 is a strength",
        "'sometimes' is no split",
        "a/6.jpg: is in the table",
        "../7",
    ):
        assert word in reasons
    assert "anna is in train and in test" in found.notes


def test_a_further_folder_is_the_person(tmp_path):
    found = read(tmp_path, ["happy/anna/1.jpg", "happy/bert/1.jpg", "sad/anna/1.jpg"])
    assert {(item.subject, item.expression) for item in found.items} == {
        ("anna", "happiness"), ("bert", "happiness"), ("anna", "sadness"),
    }  # fmt: skip


def test_two_layouts_in_one_folder_must_be_told_apart(tmp_path):
    files = [*MUG, "Rafd090_28_Caucasian_male_angry_frontal.jpg"]
    with pytest.raises(InputError, match=r"mug \(6 names\), rafd \(1 names\).*--as"):
        read(tmp_path, files)
    found = inventory.of(tmp_path / "set", "mug", quick=True)
    assert "no name of MUG" in left(found)["Rafd090_28_Caucasian_male_angry_frontal.jpg"]


def test_empty_folders_and_empty_classes_are_told(tmp_path):
    found = read(tmp_path, dict.fromkeys(MUG, "") | {"subjects3/004/fear/take000": None})
    assert (
        "an empty folder: subjects3/004/fear/take000" in found.notes
        and "nothing shows surprise" in found.notes
    )


def test_a_set_of_ones_own_is_checked_too(tmp_path):
    people.make(tmp_path / "set", people=2, test=1, side=32, frames=2)
    found = inventory.of(tmp_path / "set")
    assert found.adapter.name == "people" and inventory.counts(found.items)["people"] == 2
    rows = (tmp_path / "set/manifest.jsonl").read_text().replace('"split": "test"', '"split": "train"', 3)
    (tmp_path / "set/manifest.jsonl").write_text(rows)
    next((tmp_path / "set/clips").glob("p00000*")).unlink()
    again = inventory.of(tmp_path / "set")
    assert "p90000 is in train and in test" in again.notes and len(again.skipped) == 1


def test_what_is_no_data_set_is_told_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no data set that mien knows"):
        read(tmp_path, {"a.txt": "x"})
    with pytest.raises(InputError, match="no names of CREMA-D: expected VideoFlash"):
        inventory.of(tmp_path / "set", "crema-d")
    with pytest.raises(InputError, match="did you mean rafd"):
        adapters.find("raf")
    with pytest.raises(InputError, match="is no folder"):
        inventory.of(tmp_path / "gone")


def test_units_of_the_language_alone(tmp_path):
    for name in ("ck-plus", "mmi"):
        assert all(set(item.units) <= set(UNITS) for item in read(tmp_path / name, CASES[name][0]).items)


def test_links_out_of_the_folder_are_files_like_others(tmp_path):
    grow(tmp_path / "store", ["1.jpg"])
    (tmp_path / "set/happy").mkdir(parents=True)
    (tmp_path / "set/happy/1.jpg").symlink_to(tmp_path / "store/1.jpg")
    assert Tree.of(tmp_path / "set").files == ("happy/1.jpg",)


def mien(*words, cwd):
    return subprocess.run([*MIEN, "data", *words], cwd=cwd, capture_output=True, text=True)


def test_the_verb_reports_and_writes_json(tmp_path):
    grow(tmp_path / "set", {"happy/a/1.jpg": "", "sad/b/2.jpg": black(), "sad/b/3.jpg": ""})
    done = mien("check", "set", "--json", "report.json", cwd=tmp_path)
    assert done.returncode == 0 and "is black: sad/b/2.jpg" in done.stdout and "plain folders" in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["usable"] == {"items": 2, "people": 2, "happiness": 1, "sadness": 1}
    assert report["left_out"] == [{"file": "sad/b/2.jpg", "reason": "is black"}]
    grow(tmp_path / "dark", {"happy/1.jpg": black()})
    bad = mien("check", "dark", cwd=tmp_path)
    assert bad.returncode == 3 and "nothing in dark can be used" in bad.stderr and "is black" in bad.stdout
    assert mien("check", "dark", "--quick", cwd=tmp_path).returncode == 0


def test_the_verb_lists_and_describes(tmp_path):
    table = mien("list", cwd=tmp_path)
    assert table.returncode == 0 and all(name in table.stdout for name in adapters.names())
    one = mien("list", "crema_d", cwd=tmp_path)
    assert "git lfs pull" in one.stdout and "Open Database License" in one.stdout
    near = mien("list", "krema", cwd=tmp_path)
    assert near.returncode == 3 and len(near.stderr.strip().splitlines()) == 1
