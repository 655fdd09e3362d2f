"""The same optimizer in other libraries: our hyperparameters, theirs, and where they keep slots."""

from typing import Any

Equivalents = dict[str, tuple[str, dict[str, Any], dict[str, Any], tuple[str, ...]]]

# our id: the class in torch.optim, our hyperparameters, its own, and its names of our slots
TORCH: Equivalents = {
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

# our id: the function in optax, our hyperparameters, its own, and its names of our slots
OPTAX: Equivalents = {
    "gd": ("sgd", {"lr": 0.1}, {"learning_rate": 0.1}, ()),
    "momentum": (
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8},
        ("trace",),
    ),
    "nesterov": (
        "sgd",
        {"lr": 0.1, "momentum": 0.8},
        {"learning_rate": 0.1, "momentum": 0.8, "nesterov": True},
        ("trace",),
    ),
    "adagrad": (
        "adagrad",
        {"lr": 0.1, "eps": 1e-7, "eps_inside_sqrt": True, "initial_accumulator": 0.1},
        {"learning_rate": 0.1},
        ("sum_of_squares",),
    ),
    "rmsprop": (
        "rmsprop",
        {"lr": 0.1, "decay": 0.7, "eps": 1e-3, "eps_inside_sqrt": True},
        {"learning_rate": 0.1, "decay": 0.7, "eps": 1e-3},
        ("nu",),
    ),
    "adadelta": (
        "adadelta",
        {"lr": 0.5, "decay": 0.8, "eps": 1e-4},
        {"learning_rate": 0.5, "rho": 0.8, "eps": 1e-4},
        ("e_g", "e_x"),
    ),
    "adam": (
        "adam",
        {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3},
        {"learning_rate": 0.1, "b1": 0.8, "b2": 0.95, "eps": 1e-3},
        ("mu", "nu"),
    ),
}
