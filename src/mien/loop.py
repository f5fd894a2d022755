"""The loop: it knows no system, and moves whom a system yields down the sum of the terms it yields."""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from mien import machine as machines
from mien.checkpoints import TRAINING, Run, fill
from mien.errors import InputError, TrainingError
from mien.machine import Machine, channels_last
from mien.system import Batch, System

WARM = 10
"""Steps over which the average of weights begins to trust its past (ours)."""


class Loop:
    """A system among its optimisers: `step` makes one, `state` and `restore` are all there is to it."""

    def __init__(self, system: System, machine: Machine, accumulate: int = 1):
        self.system, self.machine, self.accumulate = system, machine, accumulate
        s, count = system.settings, machine.processes * accumulate
        if s.batch % count:
            raise InputError(
                f"a batch of {s.batch} cannot be shared evenly by {machine.processes} processes in "
                f"{accumulate} parts; choose --batch as a multiple of {count}"
            )
        machine.place(system).train()
        self.weights = {
            name: [weight for weight in net.parameters() if weight.requires_grad]
            for name, net in system.players().items()
        }
        self.optimisers = {
            name: torch.optim.Adam(weights, s.learning_rate, (s.beta1, s.beta2), fused=True)
            for name, weights in self.weights.items()
        }
        self.averaged = {key: value.clone() for key, value in self._made_with().items()}

    def step(self, batch: Batch, number: int) -> dict[str, float]:
        """Move every player that the system yields; its terms by `player/term`."""
        said: dict[str, float] = {}
        updates = [self.system.updates(part, number) for part in self._parts(batch)]
        while (yielded := [self._next(update) for update in updates])[0] is not None:
            player = yielded[0][0]  # type: ignore[index]
            names = (player,) if isinstance(player, str) else player
            terms = [update[1] for update in yielded]  # type: ignore[index]
            for term in terms[0]:
                said[f"{'+'.join(names)}/{term}"] = self._mean([float(each[term].detach()) for each in terms])
            if bad := [name for name, value in said.items() if not math.isfinite(value)]:
                raise TrainingError(f"step {number}: {bad[0]} is {said[bad[0]]}; lower the learning rate")
            self._move(names, terms, number)
        self._average(number)
        return said

    def _next(self, update: Iterator[Any]) -> Any:
        with self.machine.lower():
            return next(update, None)

    def _parts(self, batch: Batch) -> list[Batch]:
        """This process's share of a batch, in the parts that are worked one after the other."""
        size = len(batch) // (self.machine.processes * self.accumulate)
        first = self.machine.rank * self.accumulate
        parts = [
            batch.part(slice((first + k) * size, (first + k + 1) * size)) for k in range(self.accumulate)
        ]
        return [part.to(self.machine.device, self.machine.kind) for part in parts]

    def _move(self, names: tuple[str, ...], terms: list[dict[str, Tensor]], number: int) -> None:
        """One step of these players down the mean of the parts' sums of terms."""
        weights = [weight for name in names for weight in self.weights[name]]
        for weight in weights:
            weight.grad = None
        for each in terms:
            loss = torch.stack([term.to(self.machine.kind) for term in each.values()]).sum() / len(terms)
            loss.backward(inputs=weights)
        self.machine.average(weight.grad for weight in weights)
        if self.system.settings.clip_norm:
            torch.nn.utils.clip_grad_norm_(weights, self.system.settings.clip_norm)
        for name in names:
            for group in self.optimisers[name].param_groups:
                group["lr"] = self.system.learning_rate(name, number)
            self.optimisers[name].step()

    def _mean(self, values: list[float]) -> float:
        """Over parts and processes: all stop together where one meets what is no number."""
        mean = torch.tensor(sum(values) / len(values), dtype=torch.float64, device=self.machine.device)
        self.machine.average([mean])
        return float(mean)

    def _made_with(self) -> dict[str, Tensor]:
        made_with = self.system.made_with
        return {
            f"{name}.{key}": value
            for name in made_with
            for key, value in self.system.get_submodule(name).state_dict().items()
        }

    @torch.no_grad()
    def _average(self, number: int) -> None:
        """Draw the averaged weights towards the present ones; counts are taken over."""
        keep = min(self.system.settings.average, (1 + number) / (WARM + number))
        present = self._made_with()
        floats = [key for key, value in present.items() if value.is_floating_point()]
        for key in floats:
            self.averaged[key].lerp_(present[key], 1 - keep)
        for key in present.keys() - floats:
            self.averaged[key].copy_(present[key])

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Tensors and JSON that going on takes."""
        tensors = {f"average/{key}": value for key, value in self.averaged.items()}
        for name, net in self.system.players().items():
            tensors |= {f"player/{name}.{key}": value for key, value in net.state_dict().items()}
            held = self.optimisers[name].state_dict()["state"]
            for number, entry in held.items():
                tensors |= {f"optimiser/{name}/{number}/{key}": value for key, value in entry.items()}
        state, random = machines.random_state(self.machine.device)
        return tensors | random, state

    def restore(self, run: Run) -> dict[str, Any]:
        """Go on where a run was saved; what was noted there, such as the step that comes next."""
        tensors, state = run.load_training()
        place = run.folder / TRAINING
        players = {key[7:]: value for key, value in tensors.items() if key.startswith("player/")}
        fill(self.system, players, place, tuple(self.weights))
        for key in self.averaged:
            self.averaged[key].copy_(tensors[f"average/{key}"])
        for name, optimiser in self.optimisers.items():
            held: dict[int, dict[str, Tensor]] = {}
            for key, value in tensors.items():
                if key.startswith(f"optimiser/{name}/"):
                    number, entry = key.split("/")[2:]
                    # In the layout of its weights: the fused step goes through both in the order of memory.
                    held.setdefault(int(number), {})[entry] = channels_last(value)
            optimiser.load_state_dict(optimiser.state_dict() | {"state": held})
        machines.restore_random_state(self.machine.device, state["random"], tensors)
        return state
