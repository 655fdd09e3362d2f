"""The same optimizer in other libraries: our hyperparameters, theirs, and where they keep slots."""

from typing import Any, NamedTuple


class Equivalent(NamedTuple):
    """An optimizer of another library that takes the steps of one of ours.

    Attributes
    ----------
    optimizer
        Our id.
    peer
        The library's class or function.
    ours, theirs
        Our hyperparameters, and the library's own.
    slots
        The library's names of our slots; a minus sign before one that it keeps negated.
    clip_norm
        What the library's own function clips the norm of the gradients to, before each step:
        torch.nn.utils.clip_grad_norm_, optax.clip_by_global_norm.
    """

    optimizer: str
    peer: str
    ours: dict[str, Any]
    theirs: dict[str, Any]
    slots: tuple[str, ...]
    clip_norm: float | None = None


def extended(
    known: Equivalent,
    ours: dict[str, Any],
    theirs: dict[str, Any],
    peer: str = "",
    slots: tuple[str, ...] = (),
) -> Equivalent:
    """An equivalent with more hyperparameters on both sides, and more slots."""
    return Equivalent(
        known.optimizer,
        peer or known.peer,
        known.ours | ours,
        known.theirs | theirs,
        known.slots + slots,
    )


# by our id, or our id and what is beside its formula: the equivalent in torch.optim
TORCH: dict[str, Equivalent] = {
    "gd": Equivalent("gd", "SGD", {"lr": 0.1}, {"lr": 0.1}, ()),
    "momentum": Equivalent(
        "momentum",
        "SGD",
        {"lr": 0.1, "momentum": 0.8},
        {"lr": 0.1, "momentum": 0.8},
        ("momentum_buffer",),
    ),
    "nesterov": Equivalent(
        "nesterov",
        "SGD",
        {"lr": 0.1, "momentum": 0.8},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True},
        ("momentum_buffer",),
    ),
    "adagrad": Equivalent(
        "adagrad",
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator": 0.2},
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator_value": 0.2},
        ("sum",),
    ),
    "rmsprop": Equivalent(
        "rmsprop",
        "RMSprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3},
        {"lr": 0.1, "alpha": 0.7, "eps": 1e-3},
        ("square_avg",),
    ),
    "adadelta": Equivalent(
        "adadelta",
        "Adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"lr": 0.5, "rho": 0.8, "eps": 1e-4},
        ("square_avg", "acc_delta"),
    ),
    "adam": Equivalent(
        "adam",
        "Adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
        ("exp_avg", "exp_avg_sq"),
    ),
    "adamax": Equivalent(
        "adamax",
        "Adamax",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
        ("exp_avg", "exp_inf"),
    ),
    "nadam": Equivalent(
        "nadam",
        "NAdam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "momentum_decay": 0.5},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "momentum_decay": 0.5},
        ("exp_avg", "exp_avg_sq"),
    ),
    "radam": Equivalent(
        "radam",
        "RAdam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3},
        ("exp_avg", "exp_avg_sq"),
    ),
    "rprop": Equivalent(
        "rprop",
        "Rprop",
        {"lr": 0.1, "eta_minus": 0.4, "eta_plus": 1.3, "step_min": 0.01, "step_max": 0.2},
        {"lr": 0.1, "etas": (0.4, 1.3), "step_sizes": (0.01, 0.2)},
        ("prev", "step_size"),
    ),
}

# what torch.optim lacks, and optax; a test holds both tables and these to all there are
NOT_IN_TORCH = ("adabelief", "adan", "lion", "sign_descent", "yogi")
NOT_IN_OPTAX = {"rprop": "optax.rprop returns each update in the step after its own"}


L2 = {"weight_decay": 0.1}
DECOUPLED = {**L2, "weight_decay_form": "decoupled"}
CLIMBING = {"maximize": True}
MOMENTUM = {"momentum": 0.8}
CENTERED = {"centered": True}
DECAYING = [name for name in TORCH if name != "rprop"]  # torch's Rprop has no weight decay
TORCH |= {
    **{f"{name}, l2": extended(TORCH[name], L2, L2) for name in DECAYING},
    **{
        f"{name}, l2, climbing": extended(TORCH[name], L2 | CLIMBING, L2 | CLIMBING)
        for name in DECAYING
    },
    "rprop, climbing": extended(TORCH["rprop"], CLIMBING, CLIMBING),
    **{
        f"{name}, decoupled": extended(
            TORCH[name], DECOUPLED, L2 | {"decoupled_weight_decay": True}
        )
        for name in ("nadam", "radam")
    },
    "momentum, dampened": extended(TORCH["momentum"], {"dampening": 0.25}, {"dampening": 0.25}),
    "adagrad, falling lr": extended(
        TORCH["adagrad"],
        {"schedule": {"rule": "inverse_time", "decay": 0.1}},
        {"lr_decay": 0.1},
    ),
    "rmsprop, centered": extended(TORCH["rmsprop"], CENTERED, CENTERED, slots=("grad_avg",)),
    "rmsprop, momentum": extended(TORCH["rmsprop"], MOMENTUM, MOMENTUM, slots=("momentum_buffer",)),
    "rmsprop, centered, momentum": extended(
        TORCH["rmsprop"],
        CENTERED | MOMENTUM,
        CENTERED | MOMENTUM,
        slots=("grad_avg", "momentum_buffer"),
    ),
    "adam, decoupled": extended(TORCH["adam"], DECOUPLED, L2, "AdamW"),
    "adam, amsgrad": extended(
        TORCH["adam"], {"amsgrad": "raw"}, {"amsgrad": True}, slots=("max_exp_avg_sq",)
    ),
    "adam, amsgrad, decoupled": extended(
        TORCH["adam"],
        {"amsgrad": "raw", **DECOUPLED},
        {"amsgrad": True, **L2},
        "AdamW",
        ("max_exp_avg_sq",),
    ),
}

CLIPPED = 2.0
TORCH |= {
    f"{name}, norm clipped": TORCH[name]._replace(
        ours=TORCH[name].ours | {"clip_norm": CLIPPED, "clip_norm_eps": 1e-6}, clip_norm=CLIPPED
    )
    for name in ("momentum", "adam, l2")
}

# the same in optax
OPTAX: dict[str, Equivalent] = {
    "gd": Equivalent("gd", "sgd", {"lr": 0.1}, {"learning_rate": 0.1}, ()),
    "momentum": Equivalent(
        "momentum",
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8},
        ("trace",),
    ),
    "nesterov": Equivalent(
        "nesterov",
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
        ("trace",),
    ),
    "adagrad": Equivalent(
        "adagrad",
        "adagrad",
        {"lr": 0.1, "eps": 1e-7, "eps_inside_sqrt": True, "initial_accumulator": 0.1},
        {"learning_rate": 0.1},
        ("sum_of_squares",),
    ),
    "rmsprop": Equivalent(
        "rmsprop",
        "rmsprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True},
        {"learning_rate": 0.1, "decay": 0.7, "eps": 1e-3},
        ("nu",),
    ),
    "adadelta": Equivalent(
        "adadelta",
        "adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"learning_rate": 0.5, "rho": 0.8, "eps": 1e-4},
        ("e_g", "e_x"),
    ),
    "adam": Equivalent(
        "adam",
        "adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("mu", "nu"),
    ),
    "adamax": Equivalent(
        "adamax",
        "adamax",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("mu", "nu"),
    ),
    "nadam": Equivalent(
        "nadam",
        "nadam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "momentum_reduction": 0.0},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("mu", "nu"),
    ),
    "radam": Equivalent(
        "radam",
        "radam",
        {
            "lr": 0.1,
            "beta1": 0.8,
            "beta2": 0.95,
            "eps": 1e-3,
            "threshold": 6.5,
            "eps_before_correction": False,
        },
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3, "threshold": 6.5},
        ("mu", "nu"),
    ),
    "adabelief": Equivalent(
        "adabelief",
        "adabelief",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "eps_root": 1e-4},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3, "eps_root": 1e-4},
        ("mu", "nu"),
    ),
    "yogi": Equivalent(
        "yogi",
        "yogi",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("mu", "nu"),
    ),
    "lion": Equivalent(
        "lion",
        "lion",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "weight_decay": 0.0},
        ("mu",),
    ),
    "lion, one beta": Equivalent(
        "lion",
        "signum",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.8},
        {"learning_rate": 0.1, "beta": 0.8},
        ("ema",),
    ),
    "sign_descent": Equivalent("sign_descent", "sign_sgd", {"lr": 0.1}, {"learning_rate": 0.1}, ()),
    "adan": Equivalent(
        "adan",
        "adan",
        {
            "lr": 0.1,
            "beta1": 0.9,
            "beta2": 0.8,
            "beta3": 0.95,
            "eps": 1e-3,
            "eps_root": 1e-4,
            "difference_weight": "1 - beta2",
        },
        {"learning_rate": 0.1, "b1": 0.9, "b2": 0.8, "b3": 0.95, "eps": 1e-3, "eps_root": 1e-4},
        ("m", "v", "n", "g"),
    ),
}
OPTAX |= {
    f"{name}, decoupled": OPTAX[name]._replace(
        peer=peer, ours=OPTAX[name].ours | DECOUPLED, theirs=OPTAX[name].theirs | L2
    )
    for name, peer in (
        ("adam", "adamw"),
        ("adamax", "adamaxw"),
        ("nadam", "nadamw"),
        ("lion", "lion"),
        ("adan", "adan"),
    )
}
INSIDE = {"lr_inside": True}
OPTAX |= {
    "adam, eps_root": extended(OPTAX["adam"], {"eps_root": 1e-4}, {"eps_root": 1e-4}),
    "adam, nesterov": extended(OPTAX["adam"], {"nesterov": "next"}, {"nesterov": True}),
    "adam, amsgrad": extended(OPTAX["adam"], {"amsgrad": "corrected"}, {}, "amsgrad", ("nu_max",)),
    "rmsprop, centered": extended(OPTAX["rmsprop"], CENTERED, CENTERED, slots=("mu",)),
    "rmsprop, momentum": extended(OPTAX["rmsprop"], MOMENTUM | INSIDE, MOMENTUM, slots=("-trace",)),
    "rmsprop, nesterov": extended(
        OPTAX["rmsprop"],
        {**MOMENTUM, **INSIDE, "nesterov": True},
        {**MOMENTUM, "nesterov": True},
        slots=("-trace",),
    ),
    "rmsprop, eps outside": extended(
        OPTAX["rmsprop"], {"eps_inside_sqrt": False}, {"eps_in_sqrt": False}
    ),
    "rmsprop, corrected": extended(
        OPTAX["rmsprop"], {"bias_correction": True}, {"bias_correction": True}
    ),
    "rmsprop, from 1": extended(OPTAX["rmsprop"], {"initial_average": 1.0}, {"initial_scale": 1.0}),
}
OPTAX |= {
    f"{name}, norm clipped": OPTAX[name]._replace(
        ours=OPTAX[name].ours | {"clip_norm": CLIPPED}, clip_norm=CLIPPED
    )
    for name in ("momentum", "adam, decoupled")
}
