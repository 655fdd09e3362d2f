"""A thousand Adam steps on x1² + 2 x2², gradients included: small work, where overhead is all."""

from typing import Any

import numpy as np

import backends
import reference
from benchmarks.peers.race import Work

START, COEFFICIENTS, LR, STEPS = (-5.0, -2.0), (1.0, 2.0), 0.1, 1000
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
DTYPE = "float32"
CLOSE = 1e-3


def _ours(target: str, mode: str, steps: int = STEPS) -> Any:
    case = reference.Case(
        "adam", "quadratic", hyper={"lr": LR}, start=START, steps=steps, dtype=DTYPE
    )
    return lambda: backends.run(case, target, mode).points[-1]


def _array_loop() -> Any:
    """The loop a text has."""
    a = np.array(COEFFICIENTS, DTYPE)

    def run() -> Any:
        x = np.array(START, DTYPE)
        m, v = np.zeros_like(x), np.zeros_like(x)
        for t in range(1, STEPS + 1):
            g = 2 * a * x
            m = BETA1 * m + (1 - BETA1) * g
            v = BETA2 * v + (1 - BETA2) * g**2
            m_hat, v_hat = m / (1 - BETA1**t), v / (1 - BETA2**t)
            x = x - LR * m_hat / (np.sqrt(v_hat) + EPS)
        return x

    return run


def _optax_scan(steps: int) -> Any:
    import jax
    import optax

    peer = optax.adam(LR, BETA1, BETA2, EPS)
    a = jax.numpy.array(COEFFICIENTS, DTYPE)
    gradient = jax.grad(lambda x: (a * x**2).sum())

    @jax.jit
    def run(x: Any) -> Any:
        def body(carry: Any, _: None) -> Any:
            x, state = carry
            move, state = peer.update(gradient(x), state, x)
            x = optax.apply_updates(x, move)
            return (x, state), x

        return jax.lax.scan(body, (x, peer.init(x)), None, steps)[1]

    start = jax.numpy.array(START, DTYPE)
    return lambda: np.asarray(run(start))[-1]


def _torch_loop() -> Any:
    """The loop of the documents: zero_grad, backward, step."""
    import torch

    a = torch.tensor(COEFFICIENTS)

    def run() -> Any:
        x = torch.nn.Parameter(torch.tensor(START))
        peer = torch.optim.Adam([x], LR, (BETA1, BETA2), EPS)
        for _ in range(STEPS):
            peer.zero_grad()
            (a * x**2).sum().backward()
            peer.step()
        return x.detach().numpy()

    return run


LONG = 10 * STEPS  # what a longer run takes more is the device's work alone


def rivals(backend: str) -> dict[str, Work]:
    """All that race on one backend, each found to end where ours ends."""
    made = {
        "numpy": lambda: {"ours": _ours("numpy:cpu", "eager"), "array loop": _array_loop()},
        "jax": lambda: {
            "ours": _ours("jax:cpu", "compiled"),
            "optax in scan": _optax_scan(STEPS),
            f"ours, {LONG} steps": _ours("jax:cpu", "compiled", LONG),
            f"optax in scan, {LONG} steps": _optax_scan(LONG),
        },
        "torch": lambda: {
            "ours": _ours("torch:cpu", "eager"),
            "ours, compiled": _ours("torch:cpu", "compiled"),
            "torch.optim loop": _torch_loop(),
        },
    }[backend]()
    end = made["ours"]()
    for name, run in made.items():
        if str(LONG) not in name and not np.allclose(run(), end, atol=CLOSE):
            raise AssertionError(f"{backend}: {name} does not end where ours ends")
    return {name: Work(run) for name, run in made.items()}
