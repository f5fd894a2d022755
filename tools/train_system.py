"""Train a system as it is shipped and write its bundle: `python tools/train_system.py fev-gan`.

Draws the people that the recipe below names into a work folder, trains there (killed, it goes on where it
stood), and writes settings and averaged weights in float16 to src/mien/assets/systems/.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import write_manifest
from safetensors.torch import load_file, save

from mien import checkpoints, machine
from mien.data import people
from mien.media.files import write_bytes_atomically
from mien.requests import TrainRequest
from mien.training import Report, train

CLIPS_64: dict[str, Any] = {"people": 1540, "test": 40, "side": 64, "frames": 32, "seed": 6}
STILLS_128: dict[str, Any] = {"people": 1040, "test": 40, "side": 128, "frames": 6, "mixed": 3, "seed": 5}
Recipe = tuple[dict[str, Any], str]
FEV: Recipe = (
    CLIPS_64,
    "width 40, critic_width 16, batch 8, steps 6000, learning_rate 4e-4, constant 0.4, average 0.998",
)
TEXTURE: Recipe = (STILLS_128, "width 40, deepest 4, batch 8, steps 5000, learning_rate 3e-4, constant 0.4")
PATCH: Recipe = (STILLS_128, "width 40, deepest 4, batch 8, steps 3000, learning_rate 3e-4, constant 0.4")
UNITS = "layers 5, batch 8, steps 4500, critic_steps 2, learning_rate 2e-4"
RECIPES: dict[str, Recipe] = {
    "fev_gan": FEV,
    "fev_gan_without_identity": FEV,
    "fev_gan_without_spatial": FEV,
    "motion_gan": (CLIPS_64, "width 4, critic_width 32, batch 32, steps 3000, learning_rate 3e-4"),
    "texture_gan": TEXTURE,
    "unet_gan": PATCH,
    "unet_gan_plain": PATCH,
    "cgan_p1": PATCH,
    "pix2pix": PATCH,
    "ganimation": (STILLS_128, f"width 24, blocks 4, {UNITS}"),
    "lgp_gan": (STILLS_128, f"width 24, {UNITS}"),
}
"""People and settings of each bundle, where they differ from the paper's (ours)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("system", choices=sorted(RECIPES), type=lambda name: name.replace("-", "_"))
    parser.add_argument("--work", type=Path, default=Path("runs"), help="folder for people and runs")
    parser.add_argument("--pack", action="store_true", help="only pack what was trained so far")
    given = parser.parse_args()
    drawn, words = RECIPES[given.system]
    settings = dict(word.split() for word in words.split(", "))
    folder = given.work / ("people" + "".join(f"-{key}{value}" for key, value in drawn.items()))
    run = given.work / given.system
    if not given.pack:
        if not folder.is_dir():
            people.make(folder, **drawn, jobs=2)
        resume = (run / checkpoints.TRAINING).is_file()
        request = TrainRequest(
            system=given.system, data=str(folder), out=run, settings=settings, resume=resume, save_every=250
        )
        train(request, _told())
    pack(given.system, run)


def pack(system: str, folder: Path) -> None:
    """Write a run's settings and weights, in half precision, to where bundles lie."""
    home = write_manifest.ASSETS / "systems" / system
    home.mkdir(parents=True, exist_ok=True)
    weights = load_file(folder / checkpoints.WEIGHTS)
    half = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
    write_bytes_atomically(home / checkpoints.WEIGHTS, save(half), force=True)
    record = json.loads((folder / checkpoints.SETTINGS).read_text("utf-8"))
    text = json.dumps(record, indent=2) + "\n"
    write_bytes_atomically(home / checkpoints.SETTINGS, text.encode(), force=True)
    write_manifest.write()
    print(f"{home}: {(home / checkpoints.WEIGHTS).stat().st_size / 1e6:.1f} MB")


def _told():
    """A line a minute."""
    said = [0.0]

    def tell(report: Report) -> None:
        if report.note or time.monotonic() - said[0] > 60:
            said[0] = time.monotonic()
            terms = "  ".join(f"{name} {value:.3g}" for name, value in report.terms.items())
            print(f"{report.step}/{report.steps}  {report.rate:.2f}/s  {terms}  {report.note}", flush=True)

    return tell


if __name__ == "__main__":
    machine.seed(0)
    sys.exit(main())
