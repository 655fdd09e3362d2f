"""Claim: the maps say that a run converges only if it arrives at a minimum and stays there."""

import numpy as np
import pytest

import backends
from reports.compute import basins, outcomes, rates
from reports.pages import questions
from reports.pages.explorer import GUIDES
from reports.scenes import collect
from reports.words import digits


def _norms(strip):
    """The gradient norm at every point of the run with the strip's quickest rate."""
    scene = strip.scene
    case = scene.of(strip.optimizer, steps=outcomes.STEPS, hyper={"lr": strip.best})
    return np.linalg.norm(scene.objective.gradient(backends.run(case).points), axis=-1)


@pytest.mark.parametrize("name", ["square", "cosh", "quadratic"])
def test_the_quickest_run_stays_where_it_has_arrived(name):
    """After the steps that the map gives, and not before, the gradient stays small to the end."""
    scene = collect()[name]
    for optimizer in outcomes.optimizers(scene):
        found = rates.strip(name, optimizer)
        if found.band is None:
            continue
        small = _norms(found) <= outcomes.tolerance(name)
        assert small[int(found.steps) :].all(), optimizer
        assert not small[int(found.steps) - 1], optimizer
        assert found.steps < outcomes.STEPS


def test_a_start_at_the_minimum_has_converged():
    """Runs that start at the minimum of cosh converge in no step, and those on a plain do not."""
    found = {each.optimizer: each for each in basins.basins(collect()["cosh"])}
    middle = outcomes.SIDE // 2
    for each in (found["gd"], found["newton"]):
        few = each.kinds[middle, :3], each.steps[middle, :3]
        assert (few[0] == outcomes.CONVERGES).all()
        assert (few[1] == 0).all()
    wells, plain = collect()["steep_optima"], np.array([[-2.0, -2.0]])
    ended = outcomes.ended(wells, "gd", plain, [0.1])
    assert ended.kinds == outcomes.NOT_CONVERGED


def test_the_first_page_says_for_which_rates_newton_converges():
    """The card has the ends of the band, the quickest rate and its steps, to three digits."""
    card = questions._convergence()
    assert card.words == "For which learning rates does Newton's method converge on cosh(cx)?"
    low, high, best, steps, _ = rates.strip("cosh", "newton").numbers
    for part in (*map(digits, (low, high, best)), f"{steps:.0f} steps"):
        assert part in card.answer
    assert card.answer.startswith("It converges within 150 steps from 0.0470 to 2.00")
    diverges = digits(rates.strip("cosh", "newton").diverges, 5)  # as the table has it
    assert card.answer.endswith(f"diverges above {diverges}.")
    assert card.page == "maps.html#lr-cosh-newton"


def test_momentum_and_the_ravine_do_not_contradict():
    """At one small rate momentum is ahead; at the best rates it is not, and the page says why."""
    plain, heavy = rates.strip("ravine", "gd"), rates.strip("ravine", "momentum")
    assert plain.steps < heavy.steps
    words = rates.ravine()
    assert f"momentum takes {heavy.steps:.0f} steps" in words
    assert f"gradient descent {plain.steps:.0f}." in words
    assert "0.949 a step" in words
    assert "0.905 at this ravine's condition number of 20;" in words
    assert "from a condition number of 38 on" in words
    (guide,) = (each for each in GUIDES if "momentum" in each.words)
    assert "same small learning rate" in guide.why
    assert "see Maps, Rotated ravine" in guide.why


def test_numbers_keep_their_zeros():
    """Rates of a table have three digits each: 2.00 beside 1.90."""
    assert [digits(x) for x in (2.0, 1.9, 0.047, 100.0)] == ["2.00", "1.90", "0.0470", "100"]
