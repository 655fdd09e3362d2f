"""Right optimizers written otherwise than the suite's own: none may raise an alarm."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.planted.faults import ADADELTA, ADAM, BELIEF
from tests.planted.listing import Planted, frozen

L2 = {"weight_decay": 0.1}
DECOUPLED = {**L2, "weight_decay_form": "decoupled"}
GD = frozen(lr=0.1)
MOMENTUM = frozen(lr=0.1, momentum=0.8)
ADAGRAD = frozen(lr=0.1, eps=1e-3, initial_accumulator=0.2)
INSIDE = {"eps_inside_sqrt": True}
RMSPROP = frozen(lr=0.1, decay=0.7, eps=1e-3)
MAXIMUM = {**ADAM, "eps_in_maximum": False}
SIGNS = frozen(lr=0.01, beta1=0.8, beta2=0.95)
RPROP = frozen(lr=0.1, eta_minus=0.4, eta_plus=1.3, step_min=0.01, step_max=0.2)
ADAN = frozen(lr=0.1, beta1=0.9, beta2=0.8, beta3=0.95, eps=1e-3)
SIXTEEN = ("bfloat16", "float16")

_FUNCTIONS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("gd_by_a_negative_factor", "gd", GD),
    ("gd_in_place", "gd", GD),
    ("gd_descending_from_scaled", "gd", {**GD, **DECOUPLED}),
    ("momentum_of_steps", "momentum", MOMENTUM),
    ("momentum_of_averages", "momentum", MOMENTUM),
    ("momentum_in_place", "momentum", MOMENTUM),
    ("momentum_dampened_after", "momentum", {**MOMENTUM, "dampening": 0.25}),
    ("nesterov_of_steps", "nesterov", MOMENTUM),
    ("nesterov_from_the_old_velocity", "nesterov", MOMENTUM),
    ("nesterov_of_two_velocities", "nesterov", MOMENTUM),
    ("adagrad_scaling_the_rate", "adagrad", ADAGRAD),
    ("adagrad_by_reciprocal", "adagrad", ADAGRAD),
    ("adagrad_of_lengths", "adagrad", ADAGRAD),
    ("adagrad_to_a_power", "adagrad", {**ADAGRAD, **INSIDE}),
    ("adadelta_of_one_root", "adadelta", ADADELTA),
    ("adadelta_by_differences", "adadelta", ADADELTA),
    ("adadelta_of_sums", "adadelta", ADADELTA),
    ("rmsprop_of_sums", "rmsprop", RMSPROP),
    ("rmsprop_by_differences", "rmsprop", RMSPROP),
    ("rmsprop_in_float64", "rmsprop", RMSPROP),
    ("rmsprop_of_moving_variance", "rmsprop", {**RMSPROP, "centered": True}),
    ("rmsprop_with_velocity_of_steps", "rmsprop", {**RMSPROP, "momentum": 0.8}),
    ("lion_by_differences", "lion", SIGNS),
    ("lion_by_where", "lion", SIGNS),
    ("rprop_by_select", "rprop", RPROP),
    ("rprop_in_place", "rprop", RPROP),
    ("sign_descent_by_where", "sign_descent", {"lr": 0.01}),
    ("sign_descent_by_division", "sign_descent", {"lr": 0.01}),
)

_ADAM_FUNCTIONS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("adam_of_the_paper", "adam", ADAM),
    ("adam_of_one_factor", "adam", ADAM),
    ("adam_by_differences", "adam", ADAM),
    ("adam_of_sums", "adam", ADAM),
    ("adam_with_running_powers", "adam", ADAM),
    ("adam_in_place", "adam", ADAM),
    ("adam_in_one_array", "adam", ADAM),
    ("adam_in_float64", "adam", ADAM),
    ("adam_parameter_by_parameter", "adam", ADAM),
    ("adam_with_decay_first", "adam", {**ADAM, **DECOUPLED}),
    ("adam_with_decay_in_the_move", "adam", {**ADAM, **DECOUPLED}),
    ("adam_with_decay_in_the_gradient", "adam", {**ADAM, **L2}),
    ("adam_of_ascent", "adam", {**ADAM, "maximize": True}),
    ("adam_of_the_hat", "adam", {**ADAM, "eps_hat": True}),
    ("adam_without_correction", "adam", {**ADAM, "bias_correction": False}),
    ("amsgrad_of_roots", "adam", {**ADAM, "amsgrad": "raw"}),
    ("amsgrad_of_corrected", "adam", {**ADAM, "amsgrad": "corrected"}),
    ("adam_ahead", "adam", {**ADAM, "nesterov": "next"}),
    ("adamax_of_the_largest_row", "adamax", ADAM),
    ("adamax_by_where", "adamax", MAXIMUM),
    ("nadam_in_two_parts", "nadam", ADAM),
    ("radam_of_one_factor", "radam", ADAM),
    ("radam_of_the_paper", "radam", {**ADAM, "eps_before_correction": False}),
    ("adabelief_by_differences", "adabelief", BELIEF),
    ("adabelief_from_the_scaled_surprise", "adabelief", BELIEF),
    ("yogi_by_where", "yogi", ADAM),
    ("yogi_adding_signs", "yogi", ADAM),
    ("adan_of_its_authors", "adan", ADAN),
)

_TORCH: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("GdForeach", "gd", GD),
    ("MomentumForeach", "momentum", MOMENTUM),
    ("MomentumClonedFirst", "momentum", {**MOMENTUM, **L2}),
    ("NesterovInPlace", "nesterov", MOMENTUM),
    ("AdagradInPlace", "adagrad", ADAGRAD),
    ("AdadeltaInPlace", "adadelta", ADADELTA),
    ("RmspropByRsqrt", "rmsprop", {**RMSPROP, **INSIDE}),
    ("AdamByDivision", "adam", ADAM),
    ("AdamByLerp", "adam", ADAM),
    ("AdamForeach", "adam", ADAM),
    ("AdamWithDecayFirst", "adam", {**ADAM, **DECOUPLED}),
    ("AmsgradInPlace", "adam", {**ADAM, "amsgrad": "raw"}),
    ("AdamComputedInFloat32", "adam", ADAM),
    ("AdamaxByAmax", "adamax", ADAM),
    ("RadamInPlace", "radam", ADAM),
    ("LionInPlace", "lion", SIGNS),
    ("RpropByWhere", "rprop", RPROP),
)

_OPTAX: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("descent", "gd", GD),
    ("decayed_descent", "gd", {**GD, **L2}),
    ("momentum_of_trace", "momentum", MOMENTUM),
    ("momentum_of_scaled_gradients", "momentum", MOMENTUM),
    ("nesterov_of_trace", "nesterov", MOMENTUM),
    ("adagrad_of_parts", "adagrad", {**ADAGRAD, **INSIDE}),
    ("rmsprop_of_parts", "rmsprop", {**RMSPROP, **INSIDE}),
    ("adadelta_of_parts", "adadelta", ADADELTA),
    ("adam_of_parts", "adam", ADAM),
    ("adam_by_a_schedule", "adam", ADAM),
    ("adam_with_decay_of_parts", "adam", {**ADAM, **DECOUPLED}),
    ("adam_with_decay_in_the_gradient", "adam", {**ADAM, **L2}),
    ("adam_injected", "adam", ADAM),
    ("adabelief_of_parts", "adabelief", BELIEF),
    ("lion_of_parts", "lion", SIGNS),
    ("sign_of_parts", "sign_descent", {"lr": 0.01}),
)


def _listed() -> Iterator[Planted]:
    for name, spec, hyper in _FUNCTIONS:
        yield Planted(name, spec, frozen(**hyper), f"right_functions:{name}")
    for name, spec, hyper in _ADAM_FUNCTIONS:
        yield Planted(name, spec, frozen(**hyper), f"right_adam_functions:{name}")
    for name, spec, hyper in _TORCH:
        dtypes = (*Planted.dtypes, *SIXTEEN)
        yield Planted(f"torch {name}", spec, frozen(**hyper), f"right_torch:{name}", dtypes)
    for name, spec, hyper in _OPTAX:
        yield Planted(f"optax {name}", spec, frozen(**hyper), f"right_optax:{name}")


LONG = frozen(lr=0.1, beta1=0.9, beta2=0.9999, eps=1e-8)  # its correction cancels, as Python's does
VARIANTS = (
    *_listed(),
    Planted(
        "adam_of_the_paper, long averages", "adam", LONG, "right_adam_functions:adam_of_the_paper"
    ),
    Planted("torch AdamByDivision, long averages", "adam", LONG, "right_torch:AdamByDivision"),
)
