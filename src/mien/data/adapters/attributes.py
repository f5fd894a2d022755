"""Data sets gathered from the web that say more than a label: attributes, action units."""

from collections.abc import Iterator

from mien.data.adapters.layout import MIXED, STILL, Adapter, Item, Reading, Tree
from mien.tables import UNITS


def _read_celeba(adapter: Adapter, tree: Tree) -> Reading:
    """Pictures by the table of attributes: smiles, and closed mouths without one."""
    found, names = Reading(), tree.places
    people = dict(_rows(tree, "identity_celeba", 2))
    parts = dict(_rows(tree, "list_eval_partition", 2))
    attributes = _table(tree, adapter.recognised(tree)[0])
    for picture, row in attributes:
        smiles, open_mouth = row.get("smiling"), row.get("mouth_slightly_open")
        if picture not in names:
            found.skip(picture, "is in the list, and not in the folder")
        elif smiles not in ("1", "-1"):
            found.skip(picture, f"{smiles!r} is no code of CelebA: 1 or -1 are")
        elif smiles == "-1" and open_mouth != "-1":
            found.skip(picture, "no smile and an open mouth: not a label of ours")
        else:
            split = {"0": "train", "1": "train", "2": "test"}.get(parts.get(picture, ""), "")
            label = "happiness" if smiles == "1" else "neutral"
            subject = people.get(picture, "")
            found.items.append(
                Item(
                    files=(names[picture],),
                    subject=subject,
                    session=picture,
                    take=picture,
                    expression=label,
                    split=split,
                )
            )
    return found


def _table(tree: Tree, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Pictures and their attributes: with a count, names and blanks, or with commas."""
    lines = tree.text(name).splitlines()
    split = (lambda line: line.split(",")) if "," in lines[0] else str.split
    columns = split(lines[0])[1:] if "," in lines[0] else lines[1].split()
    for line in lines[1 if "," in lines[0] else 2 :]:
        picture, *values = split(line)
        yield picture, dict(zip((column.lower() for column in columns), values, strict=False))


def _rows(tree: Tree, stem: str, cells: int) -> Iterator[tuple[str, str]]:
    """Picture and value of a table without a header, or with one."""
    for name in tree.files:
        if name.rpartition("/")[2].lower() in (f"{stem}.txt", f"{stem}.csv"):
            for line in tree.text(name).splitlines():
                words = line.replace(",", " ").split()
                if len(words) == cells:
                    yield words[0], words[1]


CELEBA = Adapter(
    name="celeba",
    title="CelebA",
    shows=STILL,
    pattern=r"(?:^|/)list_attr_celeba\.(?:txt|csv)$",
    read=_read_celeba,
    expected={"items": 202_599, "people": 10_177},
    obtain="from its authors' page; the copies with CSV tables are read as well",
    terms="research that earns nothing",
    layout="img_align_celeba/000001.jpg, list_attr_celeba.txt, identity_CelebA.txt, list_eval_partition.txt",
    traps=(
        "a smile is happiness; neither smile nor open mouth counts as neutral (ours); the rest is left out",
        "without identity_CelebA.txt nobody says who is seen",
        "the validation part counts for training",
    ),
)


def _read_emotionet(adapter: Adapter, tree: Tree) -> Reading:
    """Pictures that are at hand, with the units that the lists mark in them."""
    found, names, gone = Reading(), tree.places, 0
    for table in adapter.recognised(tree):
        for number, line in enumerate(tree.text(table).splitlines(), 1):
            cells = line.split("\t")
            if len(cells) < 62:
                found.skip(f"{table}: line {number}", "expected 2 addresses and 60 units")
                continue
            picture, codes = cells[0].strip("'\" ").rpartition("/")[2], [cell.strip() for cell in cells[2:62]]
            wrong = sorted(set(codes) - {"0", "1", "999"})
            if wrong:
                found.skip(
                    f"{table}: line {number}", f"{wrong[0]!r} is no code of EmotioNet: 0, 1 or 999 are"
                )
            elif picture not in names:
                gone += 1
            else:
                shown = {f"AU{unit}": None for unit, code in enumerate(codes, 1) if code == "1"}
                units = {name: None for name in shown if name in UNITS}
                found.items.append(Item(files=(names[picture],), take=picture, expression=MIXED, units=units))
    if gone:
        found.notes.append(f"{gone} pictures of the lists are not in the folder: many addresses are dead")
    return found


EMOTIONET = Adapter(
    name="emotionet",
    title="EmotioNet",
    shows=STILL,
    pattern=r"(?:^|/)dataFile_\d{4}\.txt$",
    read=_read_emotionet,
    obtain="by an agreement with its authors: lists of addresses, from which you fetch the pictures",
    terms="research under the agreement; the pictures belong to others",
    layout="emotionNet_challenge_files_server_challenge_1.2_aws/dataFile_0001.txt, and the pictures anywhere "
    "beside it under their own names",
    traps=(
        "many addresses are dead, some pictures show several faces",
        "units are marked as shown or not: mien measures strengths, as GANimation's authors did",
        "999 is unknown; no expression is named",
        "aus_openface.pkl, which goes with GANimation, is a pickle that could run anything: it is not opened",
    ),
)

ALL = (CELEBA, EMOTIONET)
