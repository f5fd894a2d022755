"""The licences of mien, of its assets and of what it stands on, as `mien doctor --licences` prints them."""

import json
from importlib.metadata import PackageNotFoundError, distribution, metadata, requires
from importlib.resources import files
from re import match
from typing import Any

LANDMARKS = "trained on iBUG 300-W, whose terms exclude commercial use; for that ask Imperial College London"
BESIDE = (
    ("shape_predictor_68_face_landmarks.dat", LANDMARKS),
    ("dlib_face_recognition_resnet_model_v1.dat", "CC0 1.0, public domain (Davis King)"),
    ("grace_hopper.jpg (matplotlib's sample)", "public domain (United States Navy, James S. Davis 1984)"),
)


FROM_SOURCE = (
    "run from its source, so the packages that it needs are not known here; "
    "pip install . in the folder that it was cloned to"
)


def installed() -> bool:
    """Whether mien itself is an installed package, which knows what it needs."""
    try:
        return bool(distribution("mien"))
    except PackageNotFoundError:
        return False


def manifest() -> dict[str, Any]:
    """What is known of each asset: sha256, bytes, licence, data, command."""
    return json.loads((files("mien") / "assets/manifest.json").read_text(encoding="utf-8"))


def rows() -> list[tuple[str, str]]:
    """(what, licence) of everything that mien uses."""
    shipped = [
        (name, f"{entry['licence']}; estimated from {entry['data']}") for name, entry in manifest().items()
    ]
    needed = [(name, licence_of(name)) for name in packages()]
    note = [] if installed() else [("note", f"mien is {FROM_SOURCE}")]
    return [("mien", "Apache-2.0"), *shipped, *BESIDE, *needed, *note]


def packages() -> list[str]:
    """The packages that a core installation needs, by name; none where mien is not installed."""
    needs = (requires("mien") or ()) if installed() else ()
    found = (match(r"[\w.-]+", line) for line in needs if "extra ==" not in line)
    return [name.group() for name in found if name]


def licence_of(name: str) -> str:
    """The licence that a package states of itself."""
    try:
        facts: Any = metadata(name)
    except PackageNotFoundError:
        return "not installed"
    stated = facts.get("License-Expression") or (facts.get("License") or "").splitlines()[:1]
    classes = [
        line.split(" :: ")[-1] for line in facts.get_all("Classifier") or () if line.startswith("License")
    ]
    return stated if isinstance(stated, str) else " ".join(classes or stated) or "not stated"
