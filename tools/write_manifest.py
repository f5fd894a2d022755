"""Write the manifest of the assets, as `mien doctor` checks them: `python tools/write_manifest.py`."""

import hashlib
import json
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "src/mien/assets"
STATED = {
    "face_model.safetensors": {
        "licence": "Apache-2.0",
        "data": "Face Research Lab London Set (DeBruine & Jones 2017, CC BY 4.0), Young Adult White Faces "
        "(DeBruine & Jones 2017, CC BY 4.0), ICT-FaceKit (USC ICT 2020, MIT); see NOTICE",
        "command": "python tools/train_face_model.py DATA",
    },
}


PEOPLE = "synthetic people drawn from face_model.safetensors"
JUDGE = "judge.safetensors"


def stated() -> dict[str, dict[str, str]]:
    """Licence, data and command of every asset that is there."""
    found = dict(STATED)
    if (ASSETS / JUDGE).is_file():
        command = "python tools/train_judge.py"
        found[JUDGE] = {"licence": "Apache-2.0", "data": PEOPLE, "command": command}
    for path in sorted(ASSETS.glob("systems/*/weights.safetensors")):
        command = f"python tools/train_system.py {path.parent.name}"
        name = path.relative_to(ASSETS).as_posix()
        found[name] = {"licence": "Apache-2.0", "data": PEOPLE, "command": command}
    return found


def manifest() -> dict[str, dict[str, str | int]]:
    """What is known of each asset, by file name."""
    found: dict[str, dict[str, str | int]] = {}
    for name, said in stated().items():
        data = (ASSETS / name).read_bytes()
        found[name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), **said}
    return found


def write() -> None:
    """Write manifest.json beside the assets."""
    (ASSETS / "manifest.json").write_text(json.dumps(manifest(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
