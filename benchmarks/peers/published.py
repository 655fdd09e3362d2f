"""Update rules as other frameworks publish them, and the hyperparameters that make ours the same.

Written from the frameworks' own sources, in numpy, with one state for each rule: a tuple of arrays.
Tests run each against the specification; the report's table of formulas shows them beside
`benchmarks.peers.equivalents`, whose rows are run by the libraries themselves.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Arrays = tuple[Any, ...]

LR, B1, B2, EPS, MU, WD = 0.1, 0.8, 0.95, 1e-3, 0.8, 0.1


class Published(NamedTuple):
    """A framework's rule.

    Attributes
    ----------
    framework, name, source
        Whose it is, what it is called there, and the file that has it.
    optimizer, ours
        Our id and hyperparameters.
    theirs
        What it is set to there, in its own words.
    start
        What each array of the state is filled with.
    step
        ``step(x, g, state, t)`` returns the next ``(x, state)`` with the numbers above, t from 1.
    slots
        What each array of our state is filled with, where it starts otherwise there.
    """

    framework: str
    name: str
    source: str
    optimizer: str
    ours: dict[str, Any]
    theirs: str
    start: tuple[float, ...]
    step: Callable[[Any, Any, Arrays, int], tuple[Any, Arrays]]
    slots: tuple[float, ...] = ()


def _averages(g: Any, s: Arrays) -> tuple[Any, Any]:
    m, v = s[:2]
    return m + (g - m) * (1 - B1), v + (g * g - v) * (1 - B2)


def _alpha(t: int) -> float:
    return float(LR * np.sqrt(1 - B2**t) / (1 - B1**t))


def _adam_hat(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - _alpha(t) * m / (np.sqrt(v) + EPS), (m, v)


def _adam_root(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - LR * (m / (1 - B1**t)) / np.sqrt(v / (1 - B2**t) + EPS), (m, v)


def _adam_hat_root(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - _alpha(t) * m / np.sqrt(v + EPS), (m, v)


def _adam_uncorrected(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - LR * m / (np.sqrt(v) + EPS), (m, v)


def _amsgrad_hat(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    largest = np.maximum(s[2], v)
    return x - _alpha(t) * m / (np.sqrt(largest) + EPS), (m, v, largest)


def _amsgrad_uncorrected(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    largest = np.maximum(s[2], v)
    return x - LR * m / (np.sqrt(largest) + EPS), (m, v, largest)


def _adam_nesterov(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - _alpha(t) * (B1 * m + (1 - B1) * g) / (np.sqrt(v) + EPS), (m, v)


def _adam_fading(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    beta = B1 * 0.9 ** (t - 1)
    m, v = beta * s[0] + (1 - beta) * g, B2 * s[1] + (1 - B2) * g**2
    return x - LR * (m / (1 - B1**t)) / (np.sqrt(v / (1 - B2**t)) + EPS), (m, v)


def _adam_eta(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return x - (_alpha(t) * m / (np.sqrt(v) + EPS) + WD * x), (m, v)


def _adam_after(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    m, v = _averages(g, s)
    return (1 - WD) * (x - _alpha(t) * m / (np.sqrt(v) + EPS)), (m, v)


def _rmsprop_centered(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v, mean = MU * s[0] + (1 - MU) * g**2, MU * s[1] + (1 - MU) * g
    move = LR * g / np.sqrt(v - mean**2 + EPS)
    velocity = B1 * s[2] + move
    return x - velocity, (v, mean, velocity)


def _rmsprop_from_one(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    velocity = B1 * s[1] + LR * g / np.sqrt(v + EPS)
    return x - velocity, (v, velocity)


def _rmsprop_least(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    return x - LR * g / np.maximum(np.sqrt(v), EPS), (v,)


def _adagrad_falling(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    total = s[0] + g * g
    return x - LR / (1 + (t - 1) * 0.1) * g / (np.sqrt(total) + EPS), (total,)


def _adadelta_outside(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    change = (EPS + np.sqrt(s[1])) / (EPS + np.sqrt(v)) * g
    return x - change, (v, MU * s[1] + (1 - MU) * change**2)


def _adadelta_old(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    change = np.sqrt(s[1] + EPS) / np.sqrt(s[0] + EPS) * g
    v, d = MU * s[0] + (1 - MU) * g**2, MU * s[1] + (1 - MU) * change**2
    return x - LR * change, (v, d)


def _adadelta_lr(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    change = np.sqrt(s[1] + LR) / np.sqrt(v + LR) * g
    return x - change, (v, MU * s[1] + (1 - MU) * change**2)


def _momentum_dampened(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - 0.25) * g
    return x - LR * v, (v,)


def _momentum_average(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g
    return x - LR * v, (v,)


def _nesterov_keras(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    lr = LR * 0.9 ** (t - 1)
    v = MU * s[0] - lr * g
    return x + MU * v - lr * g, (v,)


def _nesterov_dampened(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = g if t == 1 else MU * s[0] + (1 - 0.25) * g
    return x - LR * (g + MU * v), (v,)


def _nesterov_twice(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] - LR * g
    return x + MU * MU * v - (1 + MU) * LR * g, (v,)


def _rmsprop_inside(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    velocity = B1 * s[1] + LR * g / np.sqrt(v + EPS)
    return x - velocity, (v, velocity)


def _rmsprop_outside(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    v = MU * s[0] + (1 - MU) * g**2
    return x - LR * g / (np.sqrt(v) + EPS), (v,)


def _sgd_scaling(x: Any, g: Any, s: Arrays, t: int) -> tuple[Any, Arrays]:
    return x - LR / t**0.5 * g, ()


ADAM = {"lr": LR, "beta1": B1, "beta2": B2}
HAT = {**ADAM, "eps": EPS, "eps_hat": True}
RMSPROP = {"lr": LR, "decay": MU, "eps": EPS, "eps_inside_sqrt": True}
FALLING = {"rule": "exponential", "gamma": 0.9}
ADADELTA = {"decay": MU, "eps": EPS}
KERAS = "learning_rate=0.1, beta_1=0.8, beta_2=0.95, epsilon=1e-3"

PUBLISHED = (
    Published(
        "Keras",
        "Adam",
        "keras/src/optimizers/adam.py",
        "adam",
        HAT,
        KERAS,
        (0, 0),
        _adam_hat,
    ),
    Published(
        "TensorFlow",
        "ApplyAdam",
        "core/kernels/training_ops.cc",
        "adam",
        HAT,
        "lr, beta1, beta2, epsilon",
        (0, 0),
        _adam_hat,
    ),
    Published(
        "TensorFlow",
        "ApplyAdam",
        "core/kernels/training_ops.cc",
        "adam",
        {**HAT, "nesterov": "same"},
        "use_nesterov=True",
        (0, 0),
        _adam_nesterov,
    ),
    Published(
        "scikit-learn",
        "AdamOptimizer",
        "neural_network/_stochastic_optimizers.py",
        "adam",
        HAT,
        "learning_rate_init, beta_1, beta_2, epsilon",
        (0, 0),
        _adam_hat,
    ),
    Published(
        "MXNet",
        "Adam",
        "python/mxnet/optimizer/adam.py",
        "adam",
        HAT,
        "learning_rate, beta1, beta2, epsilon",
        (0, 0),
        _adam_hat,
    ),
    Published(
        "Keras",
        "Adam",
        "keras/src/optimizers/adam.py",
        "adam",
        {**HAT, "amsgrad": "raw"},
        f"{KERAS}, amsgrad=True",
        (0, 0, 0),
        _amsgrad_hat,
    ),
    Published(
        "Chainer",
        "Adam",
        "chainer/optimizers/adam.py",
        "adam",
        {**HAT, "weight_decay": WD, "weight_decay_form": "independent"},
        "alpha=0.1, weight_decay_rate=0.1, eta=1",
        (0, 0),
        _adam_eta,
    ),
    Published(
        "ONNX",
        "Adam",
        "onnx/backend/test/case/node/adam.py",
        "adam",
        {**HAT, "weight_decay": WD, "weight_decay_form": "after"},
        "norm_coefficient_post=0.1",
        (0, 0),
        _adam_after,
    ),
    Published(
        "tiny-dnn",
        "adam",
        "tiny_dnn/optimizers/optimizer.h",
        "adam",
        {**ADAM, "eps": 0.0, "eps_root": EPS},
        "alpha, b1, b2, eps",
        (0, 0),
        _adam_root,
    ),
    Published(
        "Objax",
        "Adam",
        "objax/optimizer/adam.py",
        "adam",
        {**ADAM, "eps": 0.0, "eps_root": EPS, "eps_hat": True},
        "beta1, beta2, eps",
        (0, 0),
        _adam_hat_root,
    ),
    Published(
        "MLX",
        "Adam",
        "python/mlx/optimizers/optimizers.py",
        "adam",
        {**ADAM, "eps": EPS, "bias_correction": False},
        "learning_rate, betas, eps",
        (0, 0),
        _adam_uncorrected,
    ),
    Published(
        "Optimisers.jl",
        "AMSGrad",
        "src/rules.jl",
        "adam",
        {**ADAM, "eps": EPS, "amsgrad": "raw", "bias_correction": False},
        "eta=0.1, beta=(0.8, 0.95), epsilon=1e-3; its state starts at epsilon",
        (EPS, EPS, EPS),
        _amsgrad_uncorrected,
        (EPS, EPS, EPS),
    ),
    Published(
        "torch7",
        "adam",
        "optim/adam.lua",
        "adam",
        {**ADAM, "eps": EPS, "beta1_decay": 0.9},
        "lambda=0.9",
        (0, 0),
        _adam_fading,
    ),
    Published(
        "Keras",
        "RMSprop",
        "keras/src/optimizers/rmsprop.py",
        "rmsprop",
        {**RMSPROP, "centered": True, "momentum": B1, "lr_inside": True},
        "rho=0.8, momentum=0.8, epsilon=1e-3, centered=True",
        (0, 0, 0),
        _rmsprop_centered,
    ),
    Published(
        "TensorFlow 1",
        "RMSPropOptimizer",
        "python/training/rmsprop.py",
        "rmsprop",
        {**RMSPROP, "momentum": B1, "lr_inside": True, "initial_average": 1.0},
        "decay=0.8, momentum=0.8, epsilon=1e-3",
        (1, 0),
        _rmsprop_from_one,
    ),
    Published(
        "tf-keras",
        "legacy RMSprop",
        "optimizers/legacy/rmsprop.py",
        "rmsprop",
        {**RMSPROP, "eps_inside_sqrt": False},
        "rho=0.8, epsilon=1e-3",
        (0,),
        _rmsprop_outside,
    ),
    Published(
        "tf-keras",
        "legacy RMSprop",
        "optimizers/legacy/rmsprop.py",
        "rmsprop",
        {**RMSPROP, "momentum": B1, "lr_inside": True},
        "rho=0.8, epsilon=1e-3, momentum=0.8, which moves epsilon under the root",
        (0, 0),
        _rmsprop_inside,
    ),
    Published(
        "Blocks",
        "RMSProp",
        "blocks/algorithms/__init__.py",
        "rmsprop",
        {"lr": LR, "decay": MU, "eps": EPS, "eps_as_minimum": True},
        "decay_rate=0.8, max_scaling=1e3",
        (0,),
        _rmsprop_least,
    ),
    Published(
        "burn",
        "AdaGrad",
        "burn-core/src/optim/adagrad.rs",
        "adagrad",
        {"lr": LR, "eps": EPS, "schedule": {"rule": "inverse_time", "decay": 0.1}},
        "lr_decay=0.1",
        (0,),
        _adagrad_falling,
    ),
    Published(
        "machinelearningmastery.com",
        "Adadelta",
        "gradient-descent-with-adadelta",
        "adadelta",
        {**ADADELTA, "eps_inside_sqrt": False},
        "rho=0.8, ep=1e-3",
        (0, 0),
        _adadelta_outside,
    ),
    Published(
        "TensorFlow.js",
        "AdadeltaOptimizer",
        "optimizers/adadelta_optimizer.ts",
        "adadelta",
        {**ADADELTA, "lr": LR, "old_average": True},
        "rho=0.8, epsilon=1e-3",
        (0, 0),
        _adadelta_old,
    ),
    Published(
        "Pylearn2",
        "AdaDelta",
        "pylearn2/training_algorithms/learning_rule.py",
        "adadelta",
        {"decay": MU, "eps": LR},
        "decay=0.8, learning_rate=0.1",
        (0, 0),
        _adadelta_lr,
    ),
    Published(
        "MLX",
        "SGD",
        "python/mlx/optimizers/optimizers.py",
        "momentum",
        {"lr": LR, "momentum": MU, "dampening": 0.25, "dampened_first": True},
        "momentum=0.8, dampening=0.25",
        (0,),
        _momentum_dampened,
    ),
    Published(
        "courses and notebooks",
        "momentum",
        "an average, v = b v + (1 - b) g",
        "momentum",
        {"lr": LR, "momentum": MU, "dampening": MU, "dampened_first": True},
        "beta=0.8",
        (0,),
        _momentum_average,
    ),
    Published(
        "Keras",
        "SGD",
        "keras/src/optimizers/sgd.py",
        "nesterov",
        {
            "lr": LR,
            "momentum": MU,
            "lr_inside": True,
            "schedule": {"rule": "exponential", "gamma": 0.9},
        },
        "ExponentialDecay(0.1, 1, 0.9), momentum=0.8, nesterov=True",
        (0,),
        _nesterov_keras,
    ),
    Published(
        "Chainer",
        "NesterovAG",
        "chainer/optimizers/nesterov_ag.py",
        "nesterov",
        {"lr": LR, "momentum": MU, "lr_inside": True, "twice": True},
        "lr=0.1, momentum=0.8",
        (0,),
        _nesterov_twice,
    ),
    Published(
        "burn",
        "Momentum",
        "burn-core/src/optim/momentum.rs",
        "nesterov",
        {"lr": LR, "momentum": MU, "dampening": 0.25},
        "momentum=0.8, dampening=0.25, nesterov=true",
        (0,),
        _nesterov_dampened,
    ),
    Published(
        "scikit-learn",
        "MLP, solver sgd",
        "neural_network/_stochastic_optimizers.py",
        "gd",
        {"lr": LR, "schedule": {"rule": "inverse_power", "power": 0.5}},
        'learning_rate="invscaling", power_t=0.5, momentum=0',
        (),
        _sgd_scaling,
    ),
)


class Rule:
    """A published rule as something that takes steps, see `benchmarks._workloads.Subject`."""

    def __init__(self, rule: Published) -> None:
        self.rule = rule

    def init(self, x0: Any) -> Any:
        x = np.asarray(x0, float)
        return x, tuple(np.full_like(x, each) for each in self.rule.start), 0

    def put(self, g: Any) -> Any:
        return np.asarray(g, float)

    def step(self, state: Any, g: Any) -> Any:
        x, kept, t = state
        return *self.rule.step(x, g, kept, t + 1), t + 1

    def wait(self, state: Any) -> None:
        pass

    def get(self, state: Any) -> Any:
        return state[0]
