"""The loss terms against values worked out by hand."""

import math

import torch

from mien.losses import adversarial, likeness


def test_real_and_fake_are_the_two_halves_of_the_cross_entropy():
    logits = torch.tensor([[0.0, math.log(3.0)]])  # D = 1/2 and 3/4
    assert math.isclose(adversarial.bce_real(logits), (math.log(2) + math.log(4 / 3)) / 2, rel_tol=1e-6)
    assert math.isclose(adversarial.bce_fake(logits), (math.log(2) + math.log(4)) / 2, rel_tol=1e-6)


def test_a_sure_critic_gives_a_finite_loss():
    assert adversarial.bce_real(torch.tensor([-1000.0])) == 1000
    assert adversarial.bce_real(torch.tensor([1000.0], dtype=torch.bfloat16)) == 0


def test_wasserstein_of_both_sides_is_the_gap():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([-1.0, 0.0])
    assert adversarial.wasserstein_real(real) + adversarial.wasserstein_fake(fake) == -2.5


def test_a_linear_critic_has_its_weights_as_slope():
    weights = torch.tensor([3.0, 4.0], requires_grad=True)  # slope of length 5 everywhere
    real, fake = torch.zeros(2, 2), torch.ones(2, 2)
    penalty = adversarial.gradient_penalty(lambda x: x @ weights, real, fake, torch.tensor([0.3, 0.9]))
    assert penalty.item() == 16
    penalty.backward()
    assert torch.allclose(weights.grad, 2 * 4 * weights.detach() / 5)  # pyright: ignore[reportArgumentType]


def test_the_penalty_of_a_map_is_of_its_sum():
    def critic(x):
        return 2 * x.expand(-1, 3)  # three scores a sample, each with slope 2

    one = torch.ones(4, 1)
    assert adversarial.gradient_penalty(critic, one, one, torch.rand(4)).item() == (3 * 2 - 1) ** 2


def test_the_penalty_is_taken_between_real_and_fake():
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.sum((1, 2, 3))

    real, fake = torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 4, 4)
    adversarial.gradient_penalty(critic, real, fake, torch.tensor([0.25, 1.0]))
    assert seen[0][0].unique() == 0.25 and seen[0][1].unique() == 1


def test_a_critic_that_never_changes_still_trains():
    weights = torch.zeros(2, requires_grad=True)
    penalty = adversarial.gradient_penalty(
        lambda x: x @ weights, torch.ones(3, 2), torch.ones(3, 2), torch.rand(3)
    )
    penalty.backward()
    assert penalty.item() == 1 and torch.isfinite(weights.grad).all()  # pyright: ignore[reportArgumentType]


def test_total_variation_sums_and_means():
    image = torch.tensor([[[[0.0, 1.0], [3.0, 5.0]]]])  # across 1 + 2, down 3 + 4
    assert likeness.total_variation(image) == 10
    assert likeness.total_variation(image.repeat(2, 1, 1, 1)) == 20


def test_triplet_asks_for_the_margin_and_no_more():
    east, north = torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 5.0]])  # unit vectors 90 degrees apart
    assert likeness.triplet(east, east, north, margin=0.2) == 0
    assert math.isclose(likeness.triplet(east, north, east, margin=0.2), 2.2, rel_tol=1e-6)
    assert math.isclose(likeness.triplet(east, east, east, margin=0.2), 0.2, rel_tol=1e-6)
