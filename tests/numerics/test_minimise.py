"""The minimiser on functions whose minimum is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epidot.errors import ConvergenceError, InputError
from epidot.numerics.minimise import LimitedMemoryBFGS, Minimum, minimise


def quadratic(curvatures, centre):
    def value_and_gradient(x):
        gradient = curvatures * (x - centre)
        return 0.5 * float(np.vdot(x - centre, gradient)) - 3.0, gradient

    return value_and_gradient


def rosenbrock(x):
    a, b = x[:-1, 0], x[1:, 0]
    gradient = np.zeros_like(x)
    gradient[:-1, 0] = -400.0 * a * (b - a**2) - 2.0 * (1.0 - a)
    gradient[1:, 0] += 200.0 * (b - a**2)
    return float((100.0 * (b - a**2) ** 2 + (1.0 - a) ** 2).sum()), gradient


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40), st.floats(1.0, 1e3))
def test_quadratic(seed, rows, condition):
    rng = np.random.default_rng(seed)
    curvatures = np.exp(rng.uniform(0.0, np.log(condition), (rows, 3)))
    centre = rng.normal(scale=10.0, size=(rows, 3))
    found = minimise(
        quadratic(curvatures, centre), np.zeros((rows, 3)), method=LimitedMemoryBFGS(1e-7, 5000, max_step=0.5)
    )
    np.testing.assert_allclose(found.x, centre, atol=1e-6)
    assert found.value == pytest.approx(-3.0, abs=1e-9)
    assert np.linalg.norm(found.gradient, axis=1).max() == pytest.approx(found.gradient_norm)
    assert found.gradient_norm <= 1e-7
    assert found.evaluations >= found.steps + 1


@pytest.mark.parametrize("size", [2, 10, 50])
def test_rosenbrock(size):
    start = np.where(np.arange(size) % 2 == 0, -1.2, 1.0)[:, None]
    found = minimise(rosenbrock, start, method=LimitedMemoryBFGS(1e-9, 3000))
    # The chained function has a second minimum near x0 = -1; both are minima, only one has value 0.
    assert found.gradient_norm <= 1e-9
    if size == 2:
        assert found.evaluations < 80
    if found.value < 1.0:
        np.testing.assert_allclose(found.x, 1.0, atol=1e-8)
    else:
        assert found.value == pytest.approx(3.98, abs=0.02)


def test_effort_is_close_to_that_of_scipy():
    from scipy.optimize import minimize as reference

    start = np.full((40, 1), 0.3)
    ours = minimise(rosenbrock, start, method=LimitedMemoryBFGS(1e-6, 3000))
    theirs = reference(
        lambda x: (rosenbrock(x[:, None])[0], rosenbrock(x[:, None])[1][:, 0]),
        start[:, 0],
        jac=True,
        method="L-BFGS-B",
        options={"maxcor": 8, "gtol": 1e-6, "ftol": 0.0, "maxiter": 5000},
    )
    np.testing.assert_allclose(ours.x[:, 0], theirs.x, atol=1e-5)
    assert ours.evaluations < 1.5 * theirs.nfev


def test_no_row_moves_farther_than_allowed():
    visited = []
    bowl = quadratic(np.ones((4, 3)), np.arange(12.0).reshape(4, 3))

    def watched(x):
        visited.append(x.copy())
        return bowl(x)

    minimise(watched, np.zeros((4, 3)), method=LimitedMemoryBFGS(1e-8, 500, max_step=0.25))
    moves = [np.linalg.norm(b - a, axis=1).max() for a, b in pairwise(visited)]
    assert max(moves) == pytest.approx(0.25)


def test_same_path_twice_and_nothing_to_do_at_the_minimum():
    start = np.full((30, 1), -0.7)
    first, second = (minimise(rosenbrock, start, method=LimitedMemoryBFGS(1e-8)) for _ in range(2))
    assert np.array_equal(first.x, second.x)
    again = minimise(rosenbrock, first.x, method=LimitedMemoryBFGS(1e-8))
    assert (again.steps, again.evaluations) == (0, 1)


def test_out_of_steps_keeps_what_was_reached():
    start = np.array([[-1.2], [1.0]])
    with pytest.raises(ConvergenceError, match="Allow more steps") as caught:
        minimise(rosenbrock, start, method=LimitedMemoryBFGS(1e-9, max_steps=5))
    reached = caught.value.reached
    assert isinstance(reached, Minimum)
    assert reached.steps == 5
    assert reached.value < rosenbrock(start)[0]
    assert "\n" not in str(caught.value)


def test_wrong_gradient_is_told_not_hidden():
    def uphill(x):
        return float((x**2).sum()), -2.0 * x

    with pytest.raises(ConvergenceError, match=r"below rounding"):
        minimise(uphill, np.ones((2, 3)), method=LimitedMemoryBFGS(1e-9))


def test_steps_back_from_where_the_function_is_not_defined():
    def logarithm(x):
        if (x <= 0).any():
            return -np.inf, np.full_like(x, np.nan)
        return float((x - np.log(x)).sum()), 1.0 - 1.0 / x

    found = minimise(logarithm, np.full((3, 1), 1e-3), method=LimitedMemoryBFGS(1e-8))
    np.testing.assert_allclose(found.x, 1.0, atol=1e-7)


def test_walks_down_a_slope_without_curvature():
    """Huber's function is straight away from its minimum: a step there says nothing about curvature."""

    def huber(x):
        bent = np.abs(x) < 1.0
        return float(np.where(bent, 0.5 * x**2, np.abs(x) - 0.5).sum()), np.where(bent, x, np.sign(x))

    found = minimise(huber, np.array([[7.0, -5.0, 3.0]]), method=LimitedMemoryBFGS(1e-9, max_step=0.8))
    np.testing.assert_allclose(found.x, 0.0, atol=1e-8)


def test_progress_rises_and_may_cancel():
    said = []
    minimise(
        rosenbrock,
        np.full((6, 1), 0.2),
        method=LimitedMemoryBFGS(1e-7),
        progress=lambda f, t: said.append((f, t)),
    )
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert "gradient" in said[-1][1]

    def cancel(_fraction, _text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        minimise(rosenbrock, np.full((6, 1), 0.2), method=LimitedMemoryBFGS(1e-7), progress=cancel)


@pytest.mark.parametrize(
    "wrong", [{"tolerance": 0.0}, {"memory": 0}, {"max_steps": -1}, {"max_step": float("nan")}]
)
def test_method_values_that_make_no_sense(wrong):
    with pytest.raises(InputError, match="must be positive"):
        LimitedMemoryBFGS(**wrong)


def test_start_must_be_finite():
    with pytest.raises(InputError, match="must be finite"):
        minimise(rosenbrock, np.array([[np.nan], [1.0]]), method=LimitedMemoryBFGS())


def test_a_preconditioner_near_the_inverse_hessian_saves_steps():
    rng = np.random.default_rng(8)
    curvatures = np.exp(rng.uniform(0.0, 9.0, (60, 3)))
    near = np.exp(rng.uniform(-0.3, 0.3, (60, 3))) / curvatures
    centre = rng.normal(size=(60, 3))
    method = LimitedMemoryBFGS(1e-7, 5000)
    plain = minimise(quadratic(curvatures, centre), np.zeros((60, 3)), method=method)
    helped = minimise(
        quadratic(curvatures, centre), np.zeros((60, 3)), method=method, precondition=lambda g: 7.0 * near * g
    )
    np.testing.assert_allclose(helped.x, centre, atol=1e-6)
    assert helped.steps < 0.2 * plain.steps
