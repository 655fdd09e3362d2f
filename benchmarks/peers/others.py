"""The same optimizers in Keras, scikit-learn and JAX's example libraries, which tests compare."""

from benchmarks.peers.equivalents import (
    CENTERED,
    CLIPPED,
    DECOUPLED,
    INSIDE,
    L2,
    MOMENTUM,
    Equivalent,
    extended,
)

NUMBERS = {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3}
BETAS = {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}
NESTEROV = {"nesterov": True}

# by our id, or our id and what is beside its formula; slots are attributes of the optimizer
KERAS: dict[str, Equivalent] = {
    "gd": Equivalent("gd", "SGD", {"lr": 0.1}, {"learning_rate": 0.1}, ()),
    "momentum": Equivalent(
        "momentum",
        "SGD",
        {"lr": 0.1} | MOMENTUM | INSIDE,
        {"learning_rate": 0.1} | MOMENTUM,
        ("-momentums",),
    ),
    "nesterov": Equivalent(
        "nesterov",
        "SGD",
        {"lr": 0.1} | MOMENTUM | INSIDE,
        {"learning_rate": 0.1} | MOMENTUM | NESTEROV,
        ("-momentums",),
    ),
    "adagrad": Equivalent(
        "adagrad",
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "eps_inside_sqrt": True, "initial_accumulator": 0.1},
        {"learning_rate": 0.1, "epsilon": 1e-3},
        ("_accumulators",),
    ),
    "adadelta": Equivalent(
        "adadelta",
        "Adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-4},
        ("_accumulated_grads", "_accumulated_delta_vars"),
    ),
    "rmsprop": Equivalent(
        "rmsprop",
        "RMSprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True},
        {"learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-3},
        ("_velocities",),
    ),
    "adam": Equivalent(
        "adam", "Adam", NUMBERS | {"eps_hat": True}, BETAS, ("_momentums", "_velocities")
    ),
    "adamax": Equivalent(
        "adamax", "Adamax", NUMBERS | {"eps_in_maximum": False}, BETAS, ("_m", "_u")
    ),
    "nadam": Equivalent(
        "nadam", "Nadam", NUMBERS | {"momentum_decay": 1.0}, BETAS, ("_momentums", "_velocities")
    ),
    "lion": Equivalent(
        "lion",
        "Lion",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95},
        {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95},
        ("_momentums",),
    ),
}
KERAS |= {
    **{
        f"{name}, decoupled": extended(KERAS[name], DECOUPLED, L2)
        for name in ("nesterov", "rmsprop", "adamax")
    },
    "adam, decoupled": extended(KERAS["adam"], DECOUPLED, L2, "AdamW"),
    "adam, amsgrad": extended(
        KERAS["adam"], {"amsgrad": "raw"}, {"amsgrad": True}, slots=("_velocity_hats",)
    ),
    "rmsprop, centered": extended(
        KERAS["rmsprop"], CENTERED, CENTERED, slots=("_average_gradients",)
    ),
    "rmsprop, momentum": extended(
        KERAS["rmsprop"], MOMENTUM | INSIDE, MOMENTUM, slots=("_momentums",)
    ),
    "rmsprop, centered, momentum": extended(
        KERAS["rmsprop"],
        CENTERED | MOMENTUM | INSIDE,
        CENTERED | MOMENTUM,
        slots=("_average_gradients", "_momentums"),
    ),
    "gd, norm clipped": extended(KERAS["gd"], {"clip_norm": CLIPPED}, {"global_clipnorm": CLIPPED}),
    "adam, its norm clipped": extended(
        KERAS["adam"], {"clip_norm": CLIPPED}, {"clipnorm": CLIPPED}
    ),
    "adam, its own betas": extended(
        KERAS["adam"], {"beta1": 0.9, "beta2": 0.999}, {"beta_1": 0.9, "beta_2": 0.999}
    ),
    "nadam, its own betas": extended(
        KERAS["nadam"], {"beta1": 0.9, "beta2": 0.999}, {"beta_1": 0.9, "beta_2": 0.999}
    ),
    "adam, clipped": extended(KERAS["adam"], {"clip_value": 0.75}, {"clipvalue": 0.75}),
}

# of sklearn.neural_network; slots are attributes of the optimizer, a list with an array for each
SCIKIT_LEARN: dict[str, Equivalent] = {
    "momentum": Equivalent(
        "momentum",
        "SGDOptimizer",
        {"lr": 0.1} | MOMENTUM | INSIDE,
        {"learning_rate_init": 0.1, "nesterov": False} | MOMENTUM,
        ("-velocities",),
    ),
    "nesterov": Equivalent(
        "nesterov",
        "SGDOptimizer",
        {"lr": 0.1} | MOMENTUM | INSIDE,
        {"learning_rate_init": 0.1} | MOMENTUM,
        ("-velocities",),
    ),
    "adam": Equivalent(
        "adam",
        "AdamOptimizer",
        NUMBERS | {"eps_hat": True},
        {"learning_rate_init": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
        ("ms", "vs"),
    ),
}

# of jax.example_libraries.optimizers, whose state is a tuple of the parameters and our slots
EXAMPLES: dict[str, Equivalent] = {
    "gd": Equivalent("gd", "sgd", {"lr": 0.1}, {"step_size": 0.1}, ()),
    "momentum": Equivalent(
        "momentum", "momentum", {"lr": 0.1} | MOMENTUM, {"step_size": 0.1, "mass": 0.8}, ("v",)
    ),
    "nesterov": Equivalent(
        "nesterov", "nesterov", {"lr": 0.1} | MOMENTUM, {"step_size": 0.1, "mass": 0.8}, ("v",)
    ),
    "adagrad": Equivalent(
        "adagrad",
        "adagrad",
        {"lr": 0.1, "eps": 0.0} | MOMENTUM,
        {"step_size": 0.1} | MOMENTUM,
        ("g_sq", "m"),
    ),
    "rmsprop": Equivalent(
        "rmsprop",
        "rmsprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True},
        {"step_size": 0.1, "gamma": 0.7, "eps": 1e-3},
        ("avg_sq_grad",),
    ),
    "rmsprop, momentum": Equivalent(
        "rmsprop",
        "rmsprop_momentum",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True} | MOMENTUM | INSIDE,
        {"step_size": 0.1, "gamma": 0.7, "eps": 1e-3} | MOMENTUM,
        ("avg_sq_grad", "mom"),
    ),
    "adam": Equivalent(
        "adam", "adam", NUMBERS, {"step_size": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3}, ("m", "v")
    ),
    "adamax": Equivalent(
        "adamax",
        "adamax",
        NUMBERS | {"eps_in_maximum": False},
        {"step_size": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("m", "u"),
    ),
}
EXAMPLES |= {
    "adam, its own betas": extended(
        EXAMPLES["adam"], {"beta1": 0.9, "beta2": 0.999}, {"b1": 0.9, "b2": 0.999}
    )
}
