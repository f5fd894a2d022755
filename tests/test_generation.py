"""A trained system shows expressions on a real photo: cut, made, put back, with a receipt."""

import json
import subprocess
import sys

import numpy as np
import pytest
from houses import tiny
from samples import GRACE

from mien import systems
from mien.checkpoints import Run
from mien.errors import ExpressionError, InputError
from mien.expression import Expression
from mien.face.portrait import Portrait
from mien.generation import Artist, label_of
from mien.loop import Loop
from mien.machine import Machine, seed
from mien.media import pictures
from mien.pipelines import edit
from mien.requests import EditRequest
from mien.system import BASIC

MADE_ALONE = [name for name in systems.names() if systems.about(name).task != "motion"]


def run_of(name, folder):
    """A run of a tiny system that has learned nothing."""
    seed(0)
    run = Run.create(folder / name, name, tiny(name))
    run.save_weights(Loop(run.build(), Machine.here("float32")).averaged)
    return run


@pytest.mark.parametrize("name", MADE_ALONE)
def test_a_photo_goes_through_every_system(name, tmp_path):
    run = run_of(name, tmp_path)
    made = edit(EditRequest(photo=GRACE, to="surprise", system=str(run.folder)))
    before, face = pictures.read(GRACE).pixels, made.receipt.faces[0]
    x0, y0, x1, y1 = face.region
    outside = np.ones(before.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    assert (made.pixels[outside] == before[outside]).all()
    assert 0.01 < face.changed < 0.3
    assert len(made.receipt.assets[f"{name}.safetensors"]) == 64


def test_a_film_by_a_system_from_the_command_line(tmp_path):
    run = run_of("fev_gan", tmp_path)
    call = [sys.executable, "-m", "mien", "animate", GRACE, "--to", "happiness:.8", "--seconds", ".5"]
    call += [
        "--system",
        str(run.folder),
        "-o",
        str(tmp_path / "a.mp4"),
        "--receipt",
        str(tmp_path / "a.json"),
    ]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "a.json").read_text())["film"]["frames"] == 12


def test_frames_of_a_film_are_those_made_one_by_one(tmp_path):
    portrait = Portrait.open(GRACE)
    artist = Artist(run_of("ganimation", tmp_path), portrait)
    wanted = [Expression.from_label("anger", share) for share in (0.2, 0.6, 1.0)]
    film = [shown.pixels.astype(int) for shown in artist.film(wanted)]
    for expression, frame in zip(wanted, film, strict=True):
        assert abs(artist.show(expression).pixels - frame).max() <= 1


def test_labels_are_recognised_by_their_units_and_other_expressions_refused(tmp_path):
    for label in BASIC:
        name, strength = label_of(Expression.from_label(label, 0.4), BASIC)
        assert name == label and abs(strength - 0.4) < 1e-3
    with pytest.raises(ExpressionError, match="knows labels"):
        label_of(Expression.parse("AU6=.3"), BASIC)


def test_a_system_without_weights_says_how_to_get_them():
    with pytest.raises(InputError, match="mien train"):
        edit(EditRequest(photo=GRACE, to="anger", system="pix2pix"))
    with pytest.raises(InputError, match="did you mean ganimation"):
        edit(EditRequest(photo=GRACE, to="anger", system="ganimatoin"))
