"""The identity networks: dlib's, bit for bit nearly, and VGG-Face for those who hold it."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from faces import LONDON, needs_london, photo
from safetensors.torch import save_file

from mien.errors import InputError
from mien.face import analysis, points
from mien.nets import dlib_file, framing, identity, vgg_face

EYES = np.array([[45.0, 52.0], [105.0, 52.0]])  # where the pupils lie in a chip of side 150, about


@cache
def encoder() -> identity.IdentityEncoder:
    return identity.IdentityEncoder()


def placed(pixels: np.ndarray, eyes: np.ndarray, to: np.ndarray, side: int) -> np.ndarray:
    """(side, side, 3) uint8 with the eyes (2, 2) moved to two places."""
    matrix = cv2.estimateAffinePartial2D(eyes, to)[0]
    return cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_AREA)


def tensor(*images: np.ndarray) -> torch.Tensor:
    """(n, 3, h, w) float32 in -1..1."""
    return torch.tensor(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def crop(name: str, side: int) -> np.ndarray:
    """A test face cut as mien cuts them: eyes level, 0.29 sides apart, their middle 0.13 sides up."""
    pixels = photo(name)
    landmarks = analysis.find(pixels)[0].landmarks
    eyes = np.array([landmarks[[36, 39]].mean(0), landmarks[[42, 45]].mean(0)])
    return placed(pixels, eyes, np.array([[0.355, 0.37], [0.645, 0.37]]) * side - 0.5, side)


@needs_london
def test_twenty_faces_get_the_numbers_that_dlib_gives():
    chips = []
    for path in sorted((LONDON / "neutral").glob("*.csv"))[:20]:
        pupils = np.genfromtxt(path, delimiter=",", skip_header=1)[:2, -2:]
        chips.append(placed(photo(f"neutral/{path.stem}"), pupils, EYES, 150))
    theirs = np.array([points._recogniser().compute_face_descriptor(chip) for chip in chips])
    ours = encoder().embed(tensor(*chips)).numpy()
    assert np.abs(ours - theirs).max() < 1e-5
    assert np.linalg.norm(theirs[0] - theirs[1]) > 0.5  # they are faces, and two


@pytest.mark.parametrize("name", ["grace", "astronaut"])
def test_a_crop_says_who_it_is(name):
    known = analysis.identity(photo(name), analysis.find(photo(name))[0])
    other = "astronaut" if name == "grace" else "grace"
    numbers = torch.cat([encoder()(tensor(crop(name, 64))), encoder()(tensor(crop(other, 64)))]).numpy()
    near, far = np.linalg.norm(numbers - known, axis=1)
    assert near < 0.35 and far > 0.6


def test_the_crop_a_generator_makes_can_be_improved_by_it():
    face = torch.zeros(1, 3, 64, 64, requires_grad=True)
    (encoder()(face) - 1).square().sum().backward()
    assert face.grad is not None and face.grad.abs().sum() > 0


def test_nothing_of_it_is_trained_or_stored():
    assert list(encoder().parameters()) == [] and encoder().state_dict() == {}


@pytest.mark.parametrize("side", [64, 128])
def test_inner_maps_have_the_shapes_that_are_promised(side):
    shapes = [tuple(level.shape) for level in encoder().features(torch.zeros(2, 3, side, side))]
    assert shapes == [(2, 32, 35, 35), (2, 64, 17, 17), (2, 128, 8, 8), (2, 256, 4, 4), (2, 256, 2, 2)]


def test_the_installed_copy_of_dlib_agrees_on_where_the_file_is():
    assert identity.model_path() == points.model_file(identity.FILE)


def test_a_file_that_is_cut_short_is_refused(tmp_path):
    path = tmp_path / "cut.dat"
    path.write_bytes(identity.model_path().read_bytes()[:1_000_000])
    with pytest.raises(InputError, match="cut.dat is not the dlib network"):
        identity.IdentityEncoder(path)


def test_another_dlib_file_is_refused():
    with pytest.raises(InputError, match="is not the dlib network"):
        identity.IdentityEncoder(points.model_file("shape_predictor_68_face_landmarks.dat"))


def test_another_network_is_refused_with_the_layer_that_differs(tmp_path):
    data = bytearray(identity.model_path().read_bytes())
    at = data.index(b"relu_")
    data[at - 1 : at + 5] = b"\x09add_prev_"
    (tmp_path / "other.dat").write_bytes(data)
    with pytest.raises(InputError, match=r"layer 3 of .* is \('add_prev',\).*\('relu',\)"):
        identity.IdentityEncoder(tmp_path / "other.dat")


def test_the_reader_reads_what_is_written():
    network = dlib_file.read(identity.model_path())
    assert np.allclose(network.mean, (122.782, 117.001, 104.298), atol=1e-4)
    assert len(network.layers) == 108 and sum(layer.kind == "con" for layer in network.layers) == 29


def test_framing_keeps_what_it_should():
    image = torch.rand(1, 3, 48, 48) * 2 - 1
    assert torch.allclose(framing.Frame(48, 1.0, 0.0)(image), image, atol=1e-6)
    assert torch.allclose(framing.Frame(30, 0.5, 0.1)(torch.full_like(image, 0.3)), torch.tensor(0.3))
    assert (framing.Frame(40, 2.0, 0.0)(image)[..., :8, :] == -1).all()  # black outside the crop


def weights() -> dict[str, torch.Tensor]:
    return {name: torch.randn(shape) * 0.05 for name, shape in vgg_face.trunk_shapes().items()}


def test_vgg_face_has_the_trunk_of_its_paper(tmp_path):
    save_file(weights(), tmp_path / "vgg.safetensors")
    trunk = vgg_face.Trunk(tmp_path / "vgg.safetensors")
    assert sum(buffer.numel() for buffer in trunk.buffers()) - 3 == 14_714_688
    maps = trunk.features(torch.zeros(1, 3, 64, 64))
    assert [maps[f"pool{number}"].shape[-1] for number in range(1, 5)] == [32, 16, 8, 4]
    assert maps["conv5_3"].shape == maps["pool4"].shape == (1, 512, 4, 4)


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_vgg_face_names_the_tensor_that_is_wrong(tmp_path, change):
    held = weights()
    held["conv3_1.weight"] = torch.zeros(256, 3, 3, 3)
    if change == "missing":
        del held["conv3_1.weight"]
    save_file(held, tmp_path / "vgg.safetensors")
    with pytest.raises(InputError, match=r"'conv3_1.weight'.*\[256, 128, 3, 3\]"):
        vgg_face.Trunk(tmp_path / "vgg.safetensors")


def test_vgg_face_without_its_upper_layers_gives_no_identity(tmp_path):
    save_file(weights(), tmp_path / "vgg.safetensors")
    with pytest.raises(InputError, match=r"no tensor 'fc6.weight' \[4096, 25088\]"):
        vgg_face.IdentityEncoder(tmp_path / "vgg.safetensors")


def test_score_takes_weights_that_a_user_holds(tmp_path):
    save_file(weights(), tmp_path / "vgg.safetensors")
    call = [sys.executable, "-m", "mien", "score", "fev-gan", "--identity", str(tmp_path / "vgg.safetensors")]
    done = subprocess.run(call, capture_output=True, text=True)
    assert (
        done.returncode == 3 and "no tensor 'fc6.weight' [4096, 25088], which VGG-Face needs" in done.stderr
    )


def test_weights_cut_short_are_refused(tmp_path):
    path: Path = tmp_path / "vgg.safetensors"
    save_file({"conv1_1.weight": torch.zeros(64, 3, 3, 3)}, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="cannot be read as the safetensors weights of VGG-Face"):
        vgg_face.Trunk(path)
