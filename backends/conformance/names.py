"""What other libraries call our hyperparameters: the one table of their names.

`backends.conformance.given` translates what a user gives by it; a test holds it to every row of
`benchmarks.peers.equivalents`, whose optimizers are run by the libraries themselves.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from backends.conformance.rules import (
    NOTHING,
    Rule,
    absent,
    choice,
    falling,
    inside,
    number,
    numbers,
    only,
)
from reference import OPTIMIZERS


class Naming(NamedTuple):
    """A class or function of a library that is one of our optimizers.

    Attributes
    ----------
    peer, optimizer
        Its name in the library, and our id; one may be several of ours, as torch's SGD.
    rules
        Its hyperparameters, by their names there.
    fixed
        What it is besides, in our hyperparameters.
    """

    peer: str
    optimizer: str
    rules: Mapping[str, Rule]
    fixed: Mapping[str, Any] = {}


DECOUPLED = {"weight_decay_form": "decoupled"}
FORM = choice("weight_decay_form", {False: "l2", True: "decoupled"})
BETAS = numbers("beta1", "beta2")
DECAYING = {"weight_decay": number("weight_decay")}

# how torch computes a step, not what
_EXECUTION = dict.fromkeys(("foreach", "capturable", "differentiable", "fused"), NOTHING)
_TORCH = {"lr": number("lr"), "maximize": number("maximize"), **_EXECUTION}
_TORCH_ADAM = {**_TORCH, **DECAYING, "betas": BETAS, "eps": number("eps")}
_AMSGRAD = {**_TORCH_ADAM, "amsgrad": choice("amsgrad", {False: "none", True: "raw"})}
_VELOCITY = {"momentum": number("momentum"), "dampening": number("dampening")}

TORCH = (
    Naming(
        "SGD",
        "gd",
        {**_TORCH, **DECAYING, "momentum": only(0), "dampening": NOTHING, "nesterov": only(False)},
    ),
    Naming("SGD", "momentum", {**_TORCH, **DECAYING, **_VELOCITY, "nesterov": only(False)}),
    Naming("SGD", "nesterov", {**_TORCH, **DECAYING, **_VELOCITY, "nesterov": only(True)}),
    Naming(
        "Adagrad",
        "adagrad",
        {
            **_TORCH,
            **DECAYING,
            "lr_decay": falling("lr_decay"),
            "initial_accumulator_value": number("initial_accumulator"),
            "eps": number("eps"),
        },
    ),
    Naming(
        "RMSprop",
        "rmsprop",
        {
            **_TORCH,
            **DECAYING,
            "alpha": number("decay"),
            "eps": number("eps"),
            "momentum": absent("momentum", 0),
            "centered": number("centered"),
        },
    ),
    Naming(
        "Adadelta",
        "adadelta",
        {**_TORCH, **DECAYING, "rho": number("decay"), "eps": number("eps")},
    ),
    Naming("Adam", "adam", {**_AMSGRAD, "decoupled_weight_decay": FORM}),
    Naming("AdamW", "adam", _AMSGRAD, DECOUPLED),
    Naming("Adamax", "adamax", _TORCH_ADAM),
    Naming(
        "NAdam",
        "nadam",
        {
            **_TORCH_ADAM,
            "momentum_decay": number("momentum_decay"),
            "decoupled_weight_decay": FORM,
        },
    ),
    Naming("RAdam", "radam", {**_TORCH_ADAM, "decoupled_weight_decay": FORM}),
    Naming(
        "Rprop",
        "rprop",
        {
            **_TORCH,
            "etas": numbers("eta_minus", "eta_plus"),
            "step_sizes": numbers("step_min", "step_max"),
        },
    ),
)

_RATE = {"learning_rate": number("lr")}
_MOMENTS = {**_RATE, "b1": number("beta1"), "b2": number("beta2")}
_OPTAX_ADAM = {
    **_MOMENTS,
    "eps": number("eps"),
    "eps_root": number("eps_root"),
    "mu_dtype": only(None),
}
_MASKED = {**DECAYING, "mask": only(None)}
_NEXT = {"nesterov": choice("nesterov", {False: "none", True: "next"})}
_REDUCED = {**_MOMENTS, "eps": number("eps"), "eps_root": only(0), "mu_dtype": only(None)}
_REDUCED["nesterov"] = only(True)
_TRACE = {**_RATE, "momentum": absent("momentum", None, 0.0), "accumulator_dtype": only(None)}

OPTAX = (
    Naming("sgd", "gd", {**_TRACE, "momentum": only(None, 0), "nesterov": only(False)}),
    Naming("sgd", "momentum", {**_TRACE, "nesterov": only(False)}),
    Naming("sgd", "nesterov", {**_TRACE, "nesterov": only(True)}),
    Naming(
        "adagrad",
        "adagrad",
        {
            **_RATE,
            "initial_accumulator_value": number("initial_accumulator"),
            "eps": number("eps"),
        },
        {"eps_inside_sqrt": True},
    ),
    Naming(
        "rmsprop",
        "rmsprop",
        {
            **_RATE,
            "decay": number("decay"),
            "eps": number("eps"),
            "initial_scale": number("initial_average"),
            "eps_in_sqrt": number("eps_inside_sqrt"),
            "centered": number("centered"),
            "momentum": inside(None),
            "nesterov": number("nesterov"),
            "bias_correction": number("bias_correction"),
        },
    ),
    Naming(
        "adadelta",
        "adadelta",
        {
            **_RATE,
            **DECAYING,
            "rho": number("decay"),
            "eps": number("eps"),
            "weight_decay_mask": only(None),
        },
    ),
    Naming("adam", "adam", {**_OPTAX_ADAM, **_NEXT}),
    Naming("adamw", "adam", {**_OPTAX_ADAM, **_NEXT, **_MASKED}, DECOUPLED),
    Naming(
        "amsgrad",
        "adam",
        {**_OPTAX_ADAM, "bias_correction_mu": only(True), "bias_correction_nu": only(True)},
        {"amsgrad": "corrected"},
    ),
    Naming("adamax", "adamax", {**_MOMENTS, "eps": number("eps")}),
    Naming("adamaxw", "adamax", {**_MOMENTS, **_MASKED, "eps": number("eps")}, DECOUPLED),
    Naming("adam", "nadam", _REDUCED, {"momentum_reduction": 0.0}),
    Naming("adamw", "nadam", {**_REDUCED, **_MASKED}, {"momentum_reduction": 0.0, **DECOUPLED}),
    Naming(
        "radam",
        "radam",
        {
            **_MOMENTS,
            "eps": number("eps"),
            "eps_root": only(0),
            "threshold": number("threshold"),
            "nesterov": only(False),
        },
        {"eps_before_correction": False},
    ),
    Naming(
        "adabelief",
        "adabelief",
        {
            **_MOMENTS,
            "eps": number("eps"),
            "eps_root": number("eps_root"),
            "nesterov": only(False),
        },
    ),
    Naming("yogi", "yogi", {**_MOMENTS, "eps": number("eps")}),
    Naming("lion", "lion", {**_MOMENTS, **_MASKED, "mu_dtype": only(None)}, DECOUPLED),
    Naming(
        "signum",
        "lion",
        {
            **_RATE,
            "beta": Rule(
                ("beta1", "beta2"),
                lambda value: {"beta1": value, "beta2": value},
                lambda values: values[0],
            ),
            "accumulator_dtype": only(None),
        },
    ),
    Naming("sign_sgd", "sign_descent", _RATE),
    Naming(
        "adan",
        "adan",
        {
            **_MOMENTS,
            **_MASKED,
            "b3": number("beta3"),
            "eps": number("eps"),
            "eps_root": number("eps_root"),
        },
        {"difference_weight": "1 - beta2", **DECOUPLED},
    ),
)

_KERAS = {
    **_RATE,
    **DECAYING,
    "clipvalue": number("clip_value"),
    "clipnorm": only(None),
    "global_clipnorm": number("clip_norm"),
    "use_ema": only(False),
    "ema_momentum": NOTHING,
    "ema_overwrite_frequency": NOTHING,
    "loss_scale_factor": only(None),
    "gradient_accumulation_steps": only(None),
    "name": NOTHING,
}
_KERAS_EPS = {**_KERAS, "epsilon": number("eps")}
_KERAS_ADAM = {**_KERAS_EPS, "beta_1": number("beta1"), "beta_2": number("beta2")}
_KERAS_MOMENTUM = {**_KERAS, "momentum": number("momentum")}
_LR_INSIDE = {"lr_inside": True}
_INSIDE = {**_LR_INSIDE, **DECOUPLED}
_ADAM_HAT = {**_KERAS_ADAM, "amsgrad": choice("amsgrad", {False: "none", True: "raw"})}

KERAS = (
    Naming("SGD", "gd", {**_KERAS, "momentum": only(0.0), "nesterov": only(False)}, DECOUPLED),
    Naming("SGD", "momentum", {**_KERAS_MOMENTUM, "nesterov": only(False)}, _INSIDE),
    Naming("SGD", "nesterov", {**_KERAS_MOMENTUM, "nesterov": only(True)}, _INSIDE),
    Naming(
        "Adagrad",
        "adagrad",
        {**_KERAS_EPS, "initial_accumulator_value": number("initial_accumulator")},
        {"eps_inside_sqrt": True, **DECOUPLED},
    ),
    Naming(
        "RMSprop",
        "rmsprop",
        {
            **_KERAS_EPS,
            "rho": number("decay"),
            "momentum": inside(0),
            "centered": number("centered"),
        },
        {"eps_inside_sqrt": True, **DECOUPLED},
    ),
    Naming("Adadelta", "adadelta", {**_KERAS_EPS, "rho": number("decay")}, DECOUPLED),
    Naming("Adam", "adam", _ADAM_HAT, {"eps_hat": True, **DECOUPLED}),
    Naming("AdamW", "adam", _ADAM_HAT, {"eps_hat": True, **DECOUPLED}),
    Naming("Adamax", "adamax", _KERAS_ADAM, {"eps_in_maximum": False, **DECOUPLED}),
    Naming("Nadam", "nadam", _KERAS_ADAM, {"momentum_decay": 1.0, **DECOUPLED}),
    Naming(
        "Lion",
        "lion",
        {**_KERAS, "beta_1": number("beta1"), "beta_2": number("beta2")},
        DECOUPLED,
    ),
)

_INITIAL = {"learning_rate_init": number("lr")}
_CONSTANT = {**_INITIAL, "lr_schedule": only("constant"), "power_t": NOTHING}
_SKLEARN_SGD = {**_CONSTANT, "momentum": number("momentum")}
_SKLEARN_ADAM = {"beta_1": number("beta1"), "beta_2": number("beta2"), "epsilon": number("eps")}

SKLEARN = (
    Naming("SGDOptimizer", "gd", {**_CONSTANT, "momentum": only(0.0, 0), "nesterov": NOTHING}),
    Naming("SGDOptimizer", "momentum", {**_SKLEARN_SGD, "nesterov": only(False)}, _LR_INSIDE),
    Naming("SGDOptimizer", "nesterov", {**_SKLEARN_SGD, "nesterov": only(True)}, _LR_INSIDE),
    Naming("AdamOptimizer", "adam", {**_INITIAL, **_SKLEARN_ADAM}, {"eps_hat": True}),
)

NAMINGS: Mapping[str, tuple[Naming, ...]] = {
    "torch": TORCH,
    "optax": OPTAX,
    "keras": KERAS,
    "sklearn": SKLEARN,
}


def naming(framework: str, peers: Iterable[str], optimizer: str) -> Naming | None:
    """Return the entry of the first of a library's classes that is this optimizer of ours.

    ``peers`` are the names of a class and of those that it derives from.
    """
    known = {each.peer: each for each in NAMINGS.get(framework, ()) if each.optimizer == optimizer}
    return next((known[peer] for peer in peers if peer in known), None)


def usual(optimizer: str) -> Naming:
    """Return what hyperparameters of an optimizer are usually called, for a class nobody knows.

    Our own names, and any library's for the same optimizer; of two meanings torch's, then optax's.
    """
    rules = {field.name: number(field.name) for field in fields(OPTIMIZERS[optimizer].hyper)}
    for each in reversed([*_entries()]):
        if each.optimizer == optimizer:
            rules |= {name: rule for name, rule in each.rules.items() if rule.names}
    return Naming("", optimizer, rules)


def known() -> set[str]:
    """Return every name of a hyperparameter, ours and theirs."""
    ours = {field.name for spec in OPTIMIZERS.values() for field in fields(spec.hyper)}
    return ours | {name for each in _entries() for name in each.rules}


def _entries() -> Iterator[Naming]:
    for entries in NAMINGS.values():
        yield from entries
