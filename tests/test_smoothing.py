"""The one-euro filter against its own algebra: what it lets through, and how late it says it is."""

import numpy as np
import pytest

from mien.smoothing import OneEuro, Steady

RATE = 50.0


def run(values, **how):
    filter_ = OneEuro(**how)
    rows = [filter_(number / RATE, np.atleast_1d(value)) for number, value in enumerate(values)]
    return np.array(rows), filter_


def test_without_slope_it_is_the_low_pass_of_the_first_order():
    step = np.r_[0.0, np.ones(40)]
    share = 1 / (1 + RATE / (2 * np.pi * 2.0))
    assert run(step, cutoff=2.0, slope=0.0)[0][:, 0] == pytest.approx(1 - (1 - share) ** np.arange(41))


def test_what_stands_still_stays_and_what_shakes_is_calmed():
    assert (run(np.full(20, 0.3), cutoff=1.0, slope=5.0)[0] == 0.3).all()
    noise = np.random.default_rng(0).normal(0, 0.01, 400)
    assert run(noise, cutoff=1.0, slope=1.0)[0].std() < 0.4 * noise.std()


def test_it_says_how_late_it_is():
    ramp = 0.5 * np.arange(400) / RATE  # the end of a long ramp is followed at a constant distance
    late = []
    for slope in (0.0, 1.0, 4.0):
        out, filter_ = run(ramp, cutoff=1.0, slope=slope)
        late.append((ramp[-1] - out[-1, 0]) / 0.5)
        assert late[-1] == pytest.approx(filter_.delay[0], rel=0.02)
    assert late[0] == pytest.approx(1 / (2 * np.pi), rel=0.02) and late[0] > 2 * late[1] > 2 * late[2]


def test_numbers_do_not_mix_and_uneven_times_are_respected():
    both = OneEuro(np.array([1.0, 3.0]), 2.0)
    alone = OneEuro(3.0, 2.0)
    for time, value in ((0.0, 0.0), (0.02, 0.4), (0.1, 0.1), (0.11, 0.9)):
        assert both(time, np.array([0.0, value]))[1] == pytest.approx(alone(time, np.array([value]))[0])
    assert both.values[0] == 0


def test_a_filter_goes_on_from_its_state_as_if_nothing_had_been():
    values = np.random.default_rng(1).normal(0, 1, (30, 3))
    whole, first, second = (Steady(2.0, 5.0) for _ in range(3))
    out = [whole(number / RATE, row) for number, row in enumerate(values)]
    for number, row in enumerate(values[:11]):
        first(number / RATE, row)
    second.restore(first.state())
    rest = [second(number / RATE, row) for number, row in enumerate(values[11:], 11)]
    assert (np.array(rest) == out[11:]).all() and second.account() == whole.account()
    before, after = whole.account()["jitter"]
    assert after < before and 0 < whole.account()["late_ms"] < whole.account()["late_at_rest_ms"]
