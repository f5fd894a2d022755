"""U-Net, critics of patches, drawn landmarks: sizes of the published nets, shapes, where drawings land."""

import pytest
import torch

from mien import systems
from mien.face.model import load_model
from mien.nets import raster
from mien.nets.unet import PatchCritic, ReadingPatchCritic, Resized, SpectralPatchCritic, Transposed, UNet


def weights(net):
    return sum(weight.numel() for weight in net.parameters())


@pytest.mark.parametrize(
    "channels, side, expected",
    [(3, 128, 41_828_995), (6, 128, 41_832_067), (3, 256, 54_413_955), (6, 256, 54_417_027)],
)
def test_the_u_net_has_as_many_weights_as_pix2pix(channels, side, expected):
    with torch.device("meta"):
        assert weights(UNet(channels, side=side)) == expected


@pytest.mark.parametrize("channels, expected", [(3, 2_765_633), (6, 2_768_705), (9, 2_771_777)])
def test_the_critic_has_as_many_weights_as_pix2pix(channels, expected):
    assert weights(PatchCritic(channels)) == expected


@pytest.mark.parametrize("up", [Transposed, Resized])
@pytest.mark.parametrize("side", [16, 64])
def test_a_face_of_the_same_size_comes_out_and_the_vector_changes_it(up, side):
    torch.manual_seed(0)
    net = UNet(4, side=side, width=4, vector=3, up=up).eval()
    image = torch.rand(2, 4, side, side) * 2 - 1
    one, other = (net(image, torch.eye(3)[[k, k]]) for k in (0, 1))
    assert one.shape == (2, 3, side, side) and one.abs().max() <= 1
    assert not torch.equal(one, other)


def test_each_pixel_of_the_face_depends_on_the_far_corner_of_the_image():
    net = UNet(3, side=32, width=4).double().eval()
    image = torch.rand(1, 3, 32, 32, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(net(image)[0, :, 31, 31].sum(), image)
    assert slope[0, :, 0, 0].abs().sum() > 0


@pytest.mark.parametrize("side, places", [(256, 30), (128, 14), (32, 2)])
def test_critics_answer_for_patches(side, places):
    face, drawing = torch.zeros(2, 3, side, side), torch.zeros(2, 1, side, side)
    for critic in (PatchCritic(4, width=4), SpectralPatchCritic(4, width=4)):
        assert critic(face, drawing).shape == (2, 1, places, places)
    realness, reading = ReadingPatchCritic(4, classes=7, width=4)(face, drawing)
    assert realness.shape == (2, 1, places, places) and reading.shape == (2, 7)


def test_a_place_of_the_critic_sees_70_pixels():
    critic = PatchCritic(1, width=2).double().eval()
    image = torch.rand(1, 1, 128, 128, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(critic(image)[0, 0, 7, 7], image)
    rows = torch.nonzero(slope[0, 0].abs().sum(1))
    assert rows.max() - rows.min() + 1 == 70


def test_the_spectral_critic_cannot_be_steep():
    torch.manual_seed(0)
    critic = SpectralPatchCritic(3, width=8)
    with torch.no_grad():
        for weight in critic.parameters():
            weight *= 50
    for _ in range(50):
        critic(torch.zeros(1, 3, 32, 32))  # each pass makes its estimate of the norms better
    for layer in critic.layers:
        if isinstance(layer, torch.nn.Conv2d):
            assert torch.linalg.matrix_norm(layer.weight.flatten(1), 2) <= 1.05


def some_landmarks():
    """Those of the mean face, and the same turned and shifted (2, 68, 2)."""
    model = load_model()
    face = torch.tensor(model.template[model.landmarks, :2] / 10, dtype=torch.float64) * torch.tensor([1, -1])
    turned = face @ torch.tensor([[0.9, 0.3], [-0.3, 0.9]], dtype=torch.float64) + 0.07
    return torch.stack([face, turned])


@pytest.mark.parametrize("side", [64, 128])
def test_dots_and_lines_land_where_the_landmarks_are(side):
    landmarks = some_landmarks()
    column, row = ((landmarks + 1) / 2 * side).floor().long().unbind(2)  # (2, 68): the pixel that holds each
    sample = torch.arange(2)[:, None]
    assert (raster.dots(landmarks, side)[sample, 0, row, column] > 0.6).all()
    drawn = raster.lines(landmarks, side)
    assert (drawn[sample, :, row, column].amax(2) > 0.1).all()  # a line fades at its end
    above = int(row.min()) - 6
    assert drawn[:, :, :above].max() < 1e-6


def test_a_lone_dot_is_a_gaussian_of_one_and_a_half_pixels():
    landmarks = torch.zeros(1, 68, 2) + 2.0  # off the image
    landmarks[0, 30] = torch.tensor([1.0, 1.0]) / 128  # the middle of pixel (64, 64)
    drawn = raster.dots(landmarks, 128)[0, 0]
    assert drawn[64, 64] == 1 and drawn.sum() == pytest.approx(2 * torch.pi * 1.5**2, rel=1e-4)
    assert drawn[64, 67] == pytest.approx(torch.e**-2, rel=1e-5)


def test_mirrored_landmarks_give_a_mirrored_drawing():
    landmarks = some_landmarks()
    mirrored = landmarks * torch.tensor([-1.0, 1.0], dtype=torch.float64)
    for draw in (raster.dots, raster.lines):
        assert torch.allclose(draw(mirrored, 64), draw(landmarks, 64).flip(3), atol=1e-12)


def test_drawings_follow_the_landmarks_in_the_precision_they_have():
    for kind in (torch.bfloat16, torch.float64):
        landmarks = some_landmarks().to(kind).requires_grad_()
        for draw in (raster.dots, raster.lines):
            (slope,) = torch.autograd.grad(draw(landmarks, 32)[..., :16].sum(), landmarks)
            assert slope.dtype == kind and torch.isfinite(slope).all() and slope.abs().sum() > 0


def test_landmarks_that_coincide_still_give_a_slope():
    landmarks = torch.zeros(1, 68, 2, requires_grad=True)  # lips that meet are such
    raster.lines(landmarks, 32).sum().backward()
    assert landmarks.grad is not None and torch.isfinite(landmarks.grad).all()


def test_without_training_the_fusion_of_landmarks_stays_near_the_faces_own():
    module = systems.load("cgan_p1")
    fusion = module.Fusion()
    own, driver = torch.rand(2, 68, 2) - 0.5, torch.rand(2, 68, 2) - 0.5
    assert (fusion(driver, own) - own).abs().max() < 0.1


def test_only_the_fusion_of_landmarks_learns_at_its_own_rate():
    module = systems.load("cgan_p1")
    system = module.System(module.Settings(side=32, width=4, steps=100))
    assert system.learning_rate("fusion", 0) == pytest.approx(1e-3)
    assert system.learning_rate("generator", 0) == pytest.approx(2e-4)
    assert system.learning_rate("fusion", 75) == pytest.approx(5e-4)
