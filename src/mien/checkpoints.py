"""Run folders: settings and weights of a system, and the state of its training, as JSON and safetensors."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from mien import settings as settings_room
from mien import systems
from mien.errors import InputError
from mien.media.files import write_bytes_atomically
from mien.system import Settings, System
from mien.version import SOFTWARE

SCHEMA = "mien.run/1"
SETTINGS, WEIGHTS, TRAINING = "settings.json", "weights.safetensors", "training.safetensors"


@dataclass(frozen=True, kw_only=True)
class Run:
    """A folder that holds a system: `settings.json` and `weights.safetensors` are all that using it takes."""

    folder: Path
    system: str
    settings: Settings
    notes: dict[str, Any]
    """What else is known: data and its hash, software, seed."""

    @property
    def name(self) -> str:
        """Its system, as users write it."""
        return systems.spoken(self.system)

    @classmethod
    def create(cls, folder: Path, system: str, settings: Settings, **notes: Any) -> "Run":
        """Make the folder and write its settings; raises `OutputError` where one stands already."""
        folder.mkdir(parents=True, exist_ok=True)
        record = {"schema": SCHEMA, "system": system, "settings": settings_room.to_json(settings)}
        text = json.dumps(record | {"software": SOFTWARE} | notes, indent=2)
        write_bytes_atomically(folder / SETTINGS, text.encode() + b"\n")
        return cls(folder=folder, system=system, settings=settings, notes=notes)

    @classmethod
    def open(cls, folder: Path, *, trusted: bool = False) -> "Run":
        """Read a run's settings; raises `InputError` for a folder or file of another kind.

        trusted: a run may name a Python file as its system; only then is that file run.
        """
        path = folder / SETTINGS
        if not path.is_file():
            raise InputError(f"{folder} holds no {SETTINGS}: expected a run made by mien train, or a name")
        try:
            record = json.loads(path.read_text("utf-8"))
            known = record["schema"] == SCHEMA
        except (ValueError, KeyError, TypeError):
            known, record = False, {}
        if not known:
            raise InputError(f"{path} is not the settings of a run ({SCHEMA}); train it again")
        if record["system"].endswith(".py") and not trusted:
            raise InputError(
                f"{path} names a Python file of its own, {record['system']}, which opening it would run; "
                "go on with mien train and that file, if you trust it"
            )
        kind = systems.load(record["system"]).Settings
        found = settings_room.from_json(kind, record["settings"])
        notes = {key: value for key, value in record.items() if key not in ("schema", "system", "settings")}
        return cls(folder=folder, system=record["system"], settings=found, notes=notes)

    def build(self) -> System:
        """The system with new weights."""
        return systems.load(self.system).System(self.settings)

    def load(self) -> System:
        """The system with its averaged weights, ready to make."""
        system = self.build()
        fill(system, read_tensors(self.folder / WEIGHTS), self.folder / WEIGHTS, system.made_with)
        return system.eval().requires_grad_(False)

    def assets(self) -> dict[str, str]:
        """Hash of the weights, for receipts."""
        return {
            f"{self.system}.safetensors": hashlib.sha256((self.folder / WEIGHTS).read_bytes()).hexdigest()
        }

    def save_weights(self, weights: dict[str, Tensor]) -> None:
        """Write the weights that `make` needs, whole or not at all."""
        write_bytes_atomically(self.folder / WEIGHTS, save(_whole(weights)), force=True)

    def save_training(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Write all that going on takes; its state lies in the same file, so the two cannot disagree."""
        data = save(_whole(tensors), {"state": json.dumps(state)})
        write_bytes_atomically(self.folder / TRAINING, data, force=True)

    def load_training(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What `save_training` wrote last; raises `InputError`."""
        path = self.folder / TRAINING
        tensors = read_tensors(path)
        with safe_open(path, "pt") as file:
            state = json.loads((file.metadata() or {})["state"])
        return tensors, state


def find(run_or_name: str | Path) -> Run:
    """A run by its folder, or a bundled one by its name; raises `InputError`."""
    if Path(run_or_name).is_dir():
        return Run.open(Path(run_or_name))
    name = systems.file_of(str(run_or_name)).stem
    home = systems.bundle_of(name)
    if not (home / WEIGHTS).is_file():
        raise InputError(
            f"no weights of {systems.spoken(name)} come with mien; train it with mien train "
            f"{systems.spoken(name)} and name its run's folder"
        )
    return Run.open(home)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a safetensors file; raises `InputError` for one that is missing, cut or tampered with."""
    if not path.is_file():
        raise InputError(f"{path} is missing: expected the weights beside the settings")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise InputError(
            f"{path} is not a whole safetensors file ({error}); copy or train it again"
        ) from None


def fill(system: System, tensors: dict[str, Tensor], path: Path, players: tuple[str, ...]) -> None:
    """Put tensors named `player.weight` into a system; raises `InputError` that names what does not fit."""
    own = {f"{p}.{k}": v for p in players for k, v in system.get_submodule(p).state_dict().items()}
    for key, value in own.items():
        came = tuple(tensors[key].shape) if key in tensors else "nothing"
        if came != tuple(value.shape):
            raise InputError(f"{path} does not fit: {key} takes {tuple(value.shape)}, came {came}")
    if more := sorted(set(tensors) - set(own)):
        raise InputError(f"{path} does not fit: the system has no {more[0]}; is it of other settings?")
    with torch.no_grad():
        for key, value in own.items():
            value.copy_(tensors[key])


def _whole(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors as safetensors takes them: on the CPU, in order, each with its own memory."""
    return {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
