"""The contract, over every system of the catalogue: no name is left out."""

import copy
import re
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from houses import batch_for, tiny

from mien import machine, systems
from mien.checkpoints import Run
from mien.loop import Loop
from mien.machine import Machine
from mien.settings import from_json, to_json
from mien.system import Animate, Edit, Motion, Transfer

NAMES = systems.names()
CARDS = Path(__file__).parents[1] / "docs/cards"


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def loop_of(name, precision="float32"):
    machine.seed(0)
    return Loop(systems.load(name).System(tiny(name)), Machine.here(precision))


def test_it_says_what_it_is_and_its_settings_go_through_json(name):
    about = systems.about(name)
    assert about.title and about.paper and 2014 <= about.year <= 2026
    kind = systems.load(name).Settings
    assert from_json(kind, to_json(tiny(name))) == tiny(name)
    told = {setting.name for setting in systems.settings_of(name)}
    assert told == {field.name for field in fields(kind)}
    assert all(setting.text for setting in systems.settings_of(name))
    assert issubclass(systems.load(name).System, Edit | Animate | Transfer | Motion)


def test_an_update_moves_its_player_and_nobody_else(name):
    loop, batch = loop_of(name), batch_for(name)
    moved = set()
    for players, terms in loop.system.updates(batch, step=999_999):
        players = (players,) if isinstance(players, str) else players
        before = copy.deepcopy({n: net.state_dict() for n, net in loop.system.players().items()})
        loop._move(players, [terms], 0)
        for other, net in loop.system.players().items():
            weights = dict(net.named_parameters())
            changed = [key for key in weights if not torch.equal(weights[key], before[other][key])]
            assert bool(changed) == (other in players), (players, other)
        moved |= set(players)
    assert moved == set(loop.system.players())


def nth_term(system, batch, number, term):
    """The player and the value of one term, with its graph."""
    torch.manual_seed(1)  # dropout draws the same units each time
    for count, (players, terms) in enumerate(system.updates(batch, step=999_999)):
        if count == number:
            return players, terms[term]
    raise AssertionError("the same step yields the same updates")


def test_every_term_is_a_finite_number_that_falls_when_its_player_follows_it(name):
    loop, batch = loop_of(name, "float64"), batch_for(name, torch.float64).part(slice(0, 2))
    system = loop.system
    yielded = [list(terms) for _, terms in system.updates(batch, step=999_999)]
    for number, names in enumerate(yielded):
        for term in names:
            trial = copy.deepcopy(system)
            players, value = nth_term(trial, batch, number, term)
            assert value.dim() == 0 and torch.isfinite(value), term
            chosen = (players,) if isinstance(players, str) else players
            weights = [w for p in chosen for w in trial.get_submodule(p).parameters() if w.requires_grad]
            slopes = torch.autograd.grad(value, weights, allow_unused=True)
            steep = sum(float((slope**2).sum()) for slope in slopes if slope is not None)
            if steep == 0 and float(value) == 0:
                continue  # a margin that is already kept
            assert steep > 0, f"{term} does not depend on {players}"

            def falls(share, value=value, steep=steep, slopes=slopes, chosen=chosen, at=(number, term)):
                after = copy.deepcopy(system)
                pace = share * max(abs(float(value.detach())), 1e-3) / steep
                targets = [w for p in chosen for w in after.get_submodule(p).parameters() if w.requires_grad]
                with torch.no_grad():
                    for weight, slope in zip(targets, slopes, strict=True):
                        if slope is not None:
                            weight -= pace * slope
                return float(nth_term(after, batch, *at)[1].detach()) < float(value.detach())

            way = f"{term} of {players} does not fall along its own slope"
            assert any(falls(share) for share in (1e-3, 1e-5, 1e-7)), way


def test_the_same_seed_gives_the_same_bits(name):
    ends = []
    for _ in range(2):
        loop = loop_of(name)
        for step in range(2):
            loop.step(batch_for(name), step)
        ends.append(loop.averaged)
    assert all(torch.equal(ends[0][key], ends[1][key]) for key in ends[0])


def test_saved_and_opened_it_makes_the_same_and_a_batch_equals_singles(name, tmp_path):
    loop = loop_of(name)
    for step in range(2):
        loop.step(batch_for(name), step)
    run = Run.create(tmp_path / "run", name, tiny(name))
    run.save_weights(loop.averaged)
    system, again, batch = run.load(), Run.open(tmp_path / "run").load(), batch_for(name)
    with torch.no_grad():
        made = system.answer(batch)[0]
        assert torch.equal(made, again.answer(batch)[0])
        for k in range(len(batch)):
            single = system.answer(batch.part(slice(k, k + 1)))[0]
            assert torch.allclose(made[k : k + 1], single, atol=1e-5)
    assert made.shape == system.answer(batch)[1].shape or isinstance(system, Motion)


def test_its_parameters_are_those_of_its_card(name):
    module = systems.load(name)
    with torch.device("meta"):
        system = module.System(module.Settings()) if "identity" not in dir(module) else None
    system = system or module.System(module.Settings())
    card = (CARDS / f"{name}.md").read_text("utf-8")
    line = re.search(r"^Parameters: (.+?)\.?$", card, re.M)
    assert line, f"docs/cards/{name}.md needs a line `Parameters: player 1,234; player 5,678`"
    told = {
        p.rsplit(" ", 1)[0].strip(): int(p.rsplit(" ", 1)[1].replace(",", "")) for p in line[1].split(";")
    }
    assert told == {n: sum(w.numel() for w in net.parameters()) for n, net in system.players().items()}
