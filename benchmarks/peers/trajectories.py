"""A thousand Adam steps on x1² + 2 x2², gradients included: small work, where overhead is all."""

from functools import partial
from typing import Any

import numpy as np

import backends
import reference
from benchmarks._checks import check_end
from benchmarks.peers.race import Whole

START, COEFFICIENTS, LR, STEPS = (-5.0, -2.0), (1.0, 2.0), 0.1, 1000
BETA1, BETA2, EPS = 0.9, 0.999, 1e-8
DTYPE = "float32"


def _case(steps: int) -> reference.Case:
    hyper = {"lr": LR, "beta1": BETA1, "beta2": BETA2, "eps": EPS}
    return reference.Case("adam", "quadratic", hyper=hyper, start=START, steps=steps, dtype=DTYPE)


def _ours(target: str, mode: str, steps: int = STEPS) -> Any:
    case = _case(steps)
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

    def run(x: Any) -> Any:
        def body(carry: Any, _: None) -> Any:
            x, state = carry
            move, state = peer.update(gradient(x), state, x)
            x = optax.apply_updates(x, move)
            return (x, state), x

        return jax.lax.scan(body, (x, peer.init(x)), None, steps)[1]

    compiled, start = jax.jit(run), jax.numpy.array(START, DTYPE)
    return lambda: np.asarray(compiled(start))[-1]


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


LONG = 4 * STEPS  # what a longer run takes more is the device's work alone


def rivals(backend: str) -> dict[str, Whole]:
    """All that race on one backend, each checked against the end of the true trajectory."""
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
    cases = {name: _case(LONG if str(LONG) in name else STEPS) for name in made}
    return {name: Whole(run, partial(check_end, name, cases[name])) for name, run in made.items()}
