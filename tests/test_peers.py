"""Claim: the first-order optimizers are those of torch.optim and optax, state included."""

import numpy as np
import pytest

import backends
from backends import TARGETS
from reference import DTYPES, OPTIMIZERS

HOSTS = [target for target in TARGETS if target.endswith(":cpu")]
STEPS, SIZE = 30, 7

# our hyperparameters -> the peer's optimizer, and where the peer keeps our slots
TORCH = {
    "gd": ("SGD", {"lr": 0.1}, {"lr": 0.1}, ()),
    "momentum": (
        "SGD",
        {"lr": 0.1, "momentum": 0.8},
        {"lr": 0.1, "momentum": 0.8},
        ("momentum_buffer",),
    ),
    "nesterov": (
        "SGD",
        {"lr": 0.1, "momentum": 0.8},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True},
        ("momentum_buffer",),
    ),
    "adagrad": (
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator": 0.2},
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator_value": 0.2},
        ("sum",),
    ),
    "rmsprop": (
        "RMSprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3},
        {"lr": 0.1, "alpha": 0.7, "eps": 1e-3},
        ("square_avg",),
    ),
    "adadelta": (
        "Adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"lr": 0.5, "rho": 0.8, "eps": 1e-4},
        ("square_avg", "acc_delta"),
    ),
    "adam": (
        "Adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
        ("exp_avg", "exp_avg_sq"),
    ),
}

OPTAX = {
    "gd": ("sgd", {"lr": 0.1}, {"learning_rate": 0.1}),
    "momentum": (
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8},
    ),
    "nesterov": (
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
    ),
    "adagrad": (
        "adagrad",
        {"lr": 0.1, "eps": 1e-7, "eps_inside_sqrt": True, "initial_accumulator": 0.1},
        {"learning_rate": 0.1},
    ),
    "rmsprop": (
        "rmsprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True},
        {"learning_rate": 0.1, "decay": 0.7, "eps": 1e-3},
    ),
    "adadelta": (
        "adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"learning_rate": 0.5, "rho": 0.8, "eps": 1e-4},
    ),
    "adam": (
        "adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
    ),
}

FIRST_ORDER = [name for name, spec in OPTIMIZERS.items() if spec.first_order]


def _tape(seed):
    """A start and gradients of many magnitudes, both signs, and some exact zeros."""
    rng = np.random.default_rng(seed)
    tape = rng.normal(size=(STEPS, SIZE)) * 10.0 ** rng.uniform(-3, 2, size=(STEPS, SIZE))
    tape[rng.random((STEPS, SIZE)) < 0.1] = 0
    return rng.normal(size=SIZE), tape


def _ours(name, target, dtype, hyper, x0, tape):
    updater = backends.updater(name, target, dtype, **hyper)
    state = updater.init(x0)
    for g in tape:
        state = updater.step(state, updater.put(g))
    slots = state.slots if isinstance(state.slots, tuple) else (state.slots,)
    return updater.get(state), [np.asarray(slot) for slot in slots]


def _size(x0, tape, hyper):
    """The largest the numbers of such a run can be: start, and what all steps together move."""
    moved = hyper["lr"] * np.abs(tape).sum(axis=0) / (1 - hyper.get("momentum", 0.0))
    return np.abs(x0) + moved + STEPS


def _ratio(ours, theirs, size, dtype):
    """The difference in units of what 30 steps of a dozen roundings each may add up to."""
    allowed = 12 * STEPS * np.finfo(dtype).eps * np.maximum(np.abs(theirs), size)
    return float((np.abs(ours.astype(np.float64) - theirs) / allowed).max())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", HOSTS)
@pytest.mark.parametrize("name", FIRST_ORDER)
def test_torch_optim_takes_the_same_steps(name, target, dtype, seed, record):
    """Parameters and slots after 30 gradients."""
    torch = pytest.importorskip("torch")
    if name not in TORCH:
        pytest.skip(f"torch.optim has no {name}")
    kind, hyper, theirs, slots = TORCH[name]
    x0, tape = _tape(seed)
    x = torch.nn.Parameter(torch.tensor(x0, dtype=getattr(torch, dtype)))
    peer = getattr(torch.optim, kind)([x], **theirs)
    for g in tape:
        x.grad = torch.tensor(g, dtype=x.dtype)
        peer.step()
    cell = record(
        kind="peer", optimizer=name, target=target, dtype=dtype, peer="torch.optim", seed=seed
    )
    point, own = _ours(name, target, dtype, hyper, x0, tape)
    cell["ratio"] = _ratio(point, x.detach().double().numpy(), _size(x0, tape, hyper), dtype)
    assert cell["ratio"] <= 1
    summed = np.abs(tape).sum(axis=0) + (tape**2).sum(axis=0)
    for slot, key in zip(own, slots, strict=False):
        assert _ratio(slot, peer.state[x][key].double().numpy(), summed, dtype) <= 1
