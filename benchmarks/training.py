"""Training steps a second against a plain float32 loop of the same nets: `python benchmarks/training.py`."""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

import torch

from mien import machine, systems
from mien.data import sets
from mien.data.batches import Batches
from mien.loop import Loop
from mien.machine import Machine
from mien.system import Batch, System

SHAPES = {
    "fev_gan": {"batch": 8},
    "ganimation": {"batch": 8, "width": 32, "side": 64, "layers": 5, "critic_steps": 1},
    "unet_gan": {"batch": 8, "width": 32, "side": 64},
}
"""Where a step would take minutes at the paper's size, a smaller one; both loops run the same."""


@dataclass
class Plain:
    """What one writes in an afternoon: float32, the default layout, an unfused Adam for each player."""

    system: System

    def __post_init__(self) -> None:
        self.players = self.system.players()
        rate = self.system.settings.learning_rate
        self.optimisers = {
            name: torch.optim.Adam(net.parameters(), rate, (0.5, 0.999), foreach=False)
            for name, net in self.players.items()
        }

    def step(self, batch: Batch, number: int) -> None:
        """Every update that the system yields."""
        for player, terms in self.system.updates(batch, number):
            names = (player,) if isinstance(player, str) else player
            for optimiser in self.optimisers.values():
                optimiser.zero_grad()
            torch.stack(list(terms.values())).sum().backward()
            for name in names:
                self.optimisers[name].step()


def measure(name: str, data: str, repeats: int) -> str:
    """A row of the table: both loops take turns on the same batches."""
    module = systems.load(name)
    settings = module.Settings(**SHAPES[name])
    batches = Batches(sets.load(data).part("test"), module.System.batches, settings)
    machine.seed(0)
    plain = Plain(module.System(settings).train())
    ours = Loop(module.System(settings), Machine.here())
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    for number in range(repeats + 1):
        batch = batches(number)
        for who, loop in (("plain", plain), ("ours", ours)):
            start = time.perf_counter()
            loop.step(batch, number)
            seconds[who].append(time.perf_counter() - start)
    slow, quick = (statistics.median(seconds[who][1:]) for who in ("plain", "ours"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shape = ", ".join(f"{key} {value}" for key, value in SHAPES[name].items())
    figures = (1 / slow, 1 / quick, slow / quick, settings.batch / quick)
    return f"| {name} ({shape}) | {' | '.join(f'{figure:.2f}' for figure in figures)} | {peak:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="people-64", help="a set of side 64")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", choices=sorted(SHAPES), help="one system, in this process")
    given = parser.parse_args()
    if given.only:
        print(measure(given.only, given.data, given.repeats))
        return
    print(f"{torch.get_num_threads()} threads, {Machine.here().precision}\n")
    print("| system | plain, steps/s | mien, steps/s | ratio | samples/s | both loops' peak, MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in SHAPES:  # each in a process of its own, so that the peak is its own
        command = [sys.executable, __file__, "--only", name, "--data", given.data]
        command += ["--repeats", str(given.repeats)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
