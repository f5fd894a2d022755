"""A trained system shows expressions on a real photo: cut, made, put back, with a receipt."""

import json
import os
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
from mien.generation import Artist, ready
from mien.loop import Loop
from mien.machine import Machine, seed
from mien.media import pictures
from mien.pipelines import animate, edit
from mien.requests import PAINTER, AnimateRequest, EditRequest
from mien.system import BASIC
from mien.wishes import label_of


def run_of(name, folder, **settings):
    """A run of a tiny system that has learned nothing."""
    seed(0)
    run = Run.create(folder / name, name, tiny(name, **settings))
    run.save_weights(Loop(run.build(), Machine.here("float32")).averaged)
    return run


@pytest.mark.parametrize("name", systems.names())
def test_a_photo_goes_through_every_system(name, tmp_path):
    run, painter = run_of(name, tmp_path), PAINTER
    if systems.about(name).task == "motion":  # whose painter may take faces of another size
        painter = str(run_of("texture_gan", tmp_path, side=64).folder)
    made = edit(EditRequest(photo=GRACE, to="surprise", system=str(run.folder), painter=painter))
    before, face = pictures.read(GRACE).pixels, made.receipt.faces[0]
    x0, y0, x1, y1 = face.region
    outside = np.ones(before.shape[:2], bool)
    outside[y0:y1, x0:x1] = False
    assert (made.pixels[outside] == before[outside]).all()
    assert 0.01 < face.changed < 0.3
    assert len(made.receipt.assets[f"{name}.safetensors"]) == 64
    assert painter == PAINTER or len(made.receipt.assets["texture_gan.safetensors"]) == 64


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


def test_weights_are_read_once_for_many_photos_and_again_when_they_change(tmp_path):
    run = run_of("ganimation", tmp_path)
    first = ready(run)
    assert ready(Run.open(run.folder)) is first
    weights = run.folder / "weights.safetensors"
    os.utime(weights, ns=(1, 1))
    assert ready(run) is not first


UNMET = [
    ("ganimation", "happiness:.8 + gaze(10,0)", "ganimation knows no gaze, it knows AU1"),
    ("ganimation", "happiness:.8 + head(5,0,0)", "knows no head"),
    ("ganimation", "AU16=.5", "ganimation knows no AU16, it knows AU1, AU2"),
    ("unet_gan", "anger:.8 + gaze(0,5)", "unet-gan knows no gaze, it knows neutral, anger"),
    ("unet_gan", "anger:.5 + AU16=.3", "knows labels"),
    ("fev_gan", "head(5,0,0)", "fev-gan knows no head"),
    ("cgan_p1", "anger + gaze(0,5)", "cgan-p1 knows no gaze, it knows units, head"),
    ("fev_gan", "0s joy:.8; 1s anger:.8", "neutral between two"),
]


@pytest.mark.parametrize(("name", "to", "said"), UNMET)
def test_what_a_system_cannot_show_is_told_before_the_photo_is_read(name, to, said, tmp_path):
    run = str(run_of(name, tmp_path).folder)
    with pytest.raises(ExpressionError, match=said):
        if ";" in to:
            animate(AnimateRequest(photo="gone.jpg", to=to, output=tmp_path / "a.mp4", system=run))
        else:
            edit(EditRequest(photo="gone.jpg", to=to, system=run))


def test_what_a_system_leaves_out_stands_in_the_receipt(tmp_path):
    run = str(run_of("ganimation", tmp_path).folder)
    made = edit(EditRequest(photo=GRACE, to="AU12L=.8,AU16=.5", system=run))
    assert made.receipt.warnings[:2] == [
        "ganimation does not know AU16: left out",
        "ganimation shows both sides alike: AU12L became their mean",
    ]


def test_labels_follow_one_another_through_neutral(tmp_path):
    artist = Artist(run_of("fev_gan", tmp_path), Portrait.open(GRACE))
    acted = ["joy", "joy:.5", "neutral", "anger:.5", "anger"]
    joy, _, rest, _, anger = (shown.pixels.astype(int) for shown in artist.film(map(Expression.parse, acted)))
    assert abs(joy - anger).max() > 0 and abs(rest - anger).max() > 0
    assert (artist.show(Expression.parse("joy")).pixels == joy).all()


def test_a_painter_that_cannot_paint_is_refused(tmp_path):
    motion, other = (str(run_of(name, tmp_path).folder) for name in ("motion_gan", "ganimation"))
    with pytest.raises(InputError, match="texture-gan.*came ganimation"):
        edit(EditRequest(photo="gone.jpg", to="anger", system=motion, painter=other))
    with pytest.raises(ExpressionError, match="ganimation paints itself"):
        edit(EditRequest(photo="gone.jpg", to="anger", system=other, painter=motion))
    with pytest.raises(ExpressionError, match="without --system"):
        EditRequest(photo="gone.jpg", to="anger", painter=motion)


def test_labels_are_recognised_by_their_units_and_other_expressions_refused(tmp_path):
    for label in BASIC:
        name, strength = label_of(Expression.from_label(label, 0.4), BASIC)
        assert name == label and abs(strength - 0.4) < 1e-3
    with pytest.raises(ExpressionError, match="knows labels"):
        label_of(Expression.parse("AU6=.3"), BASIC)


def test_a_system_without_weights_says_how_to_get_them():
    with pytest.raises(InputError, match="mien train"):
        edit(EditRequest(photo=GRACE, to="anger", system="pix2pix"))
    with pytest.raises(InputError, match="did you mean fev-gan"):
        edit(EditRequest(photo=GRACE, to="anger", system="fve_gan"))
