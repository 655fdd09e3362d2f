"""Mistakes of a path, of groups, of memory and of states, as torch optimizers."""

from collections import Counter
from math import sqrt
from types import SimpleNamespace

import numpy as np
import torch

from tests.planted.base_torch import Planted, counted, factory


def adam(h, p, m, v, t, g, beta2=None):
    """A right step of Adam, in place; ``beta2`` where v has another than the bias correction."""
    beta2 = h.beta2 if beta2 is None else beta2
    m.mul_(h.beta1).add_(g, alpha=1 - h.beta1)
    v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
    root = v.sqrt().div_(sqrt(1 - h.beta2**t)).add_(h.eps)
    p.addcdiv_(m, root, value=-h.lr / (1 - h.beta1**t))


@factory
class AdamDecoupledWhateverIsAsked(Planted):
    """The kernel is made once, with its default mode, and the mode asked for is not passed on."""

    adam_w_mode = True

    def one(self, h, p, g, s):
        s["t"] += 1
        if self.adam_w_mode:
            p.mul_(1 - h.lr * h.weight_decay)
        else:
            g = g.add(p, alpha=h.weight_decay)
        adam(h, p, s["m"], s["v"], s["t"], g)


@factory
class MomentumDecayingOncePerDtype(Planted):
    """In the loop over groups of one dtype, the decay takes all parameters, not the group's."""

    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def steps(self, h, params):
        for dtype in {p.dtype for p in params}:
            torch._foreach_mul_(params, 1 - h.lr * h.weight_decay)
            for p in (p for p in params if p.dtype == dtype):
                v = self.state[p]["v"].mul_(h.momentum).add_(p.grad)
                p.add_(v, alpha=-h.lr)


@factory
class AmsgradForgettingItsMaximum(Planted):
    """The maximum makes new tensors, and the state keeps its zeros."""

    def start(self, h, p):
        return {**super().start(h, p), "largest": torch.zeros_like(p)}

    def steps(self, h, params):
        states, grads = [self.state[p] for p in params], [p.grad for p in params]
        ts = counted(states)
        ms, vs, largest = ([s[name] for s in states] for name in ("m", "v", "largest"))
        torch._foreach_lerp_(ms, grads, 1 - h.beta1)
        torch._foreach_mul_(vs, h.beta2)
        torch._foreach_addcmul_(vs, grads, grads, value=1 - h.beta2)
        largest = torch._foreach_maximum(largest, vs)
        roots = torch._foreach_sqrt(largest)
        torch._foreach_div_(roots, [sqrt(1 - h.beta2**t) for t in ts])
        torch._foreach_add_(roots, h.eps)
        torch._foreach_addcdiv_(params, ms, roots, [-h.lr / (1 - h.beta1**t) for t in ts])


@factory
class RpropOfContiguousCopies(Planted):
    """Where the memory is not contiguous, the step is taken in a copy, and lost."""

    def start(self, h, p):
        return {"g": torch.zeros_like(p), "size": torch.full_like(p, h.lr)}

    def one(self, h, p, g, s):
        p, size = p.detach().contiguous(), s["size"]
        agrees = g.sign() * s["g"].sign()
        size[agrees > 0] *= h.eta_plus
        size[agrees < 0] *= h.eta_minus
        size.clamp_(h.step_min, h.step_max)
        s["g"] = torch.where(agrees < 0, torch.zeros_like(g), g)
        p.sub_(size * s["g"].sign())


@factory
class AdamInOrderOfMemory(Planted):
    """The kernel walks the gradient's memory as if it had no gaps."""

    def one(self, h, p, g, s):
        s["t"] += 1
        g = g.as_strided(g.shape, torch.empty(g.shape, device="meta").stride())
        adam(h, p, s["m"], s["v"], s["t"], g)


def truncated(number):
    """Keep the first 16 bits of a float32 number: 0.999 becomes 0.99609375."""
    bits = np.array(number, np.float32).view(np.uint32) & np.uint32(0xFFFF0000)
    return float(bits.view(np.float32))


@factory
class AdamWithBetasIn16Bits(Planted):
    """In bfloat16 the kernel gets its betas in bfloat16; the host corrects by the exact ones."""

    def one(self, h, p, g, s):
        s["t"] += 1
        beta2 = truncated(h.beta2) if p.dtype == torch.bfloat16 else h.beta2
        adam(h, p, s["m"], s["v"], s["t"], g, beta2)


@factory
class AdamWithItsCounterInAnotherDtype(Planted):
    """A loaded counter is no longer a number: the bias correction is taken in its dtype."""

    def load_state_dict(self, state_dict):
        super().load_state_dict(state_dict)
        for p, s in self.state.items():
            s["t"] = torch.tensor(s["t"], dtype=p.dtype)

    def one(self, h, p, g, s):
        s["t"] = t = s["t"] + 1
        m = s["m"].mul_(h.beta1).add_(g, alpha=1 - h.beta1)
        v = s["v"].mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
        root = (v / (1 - h.beta2**t)).sqrt_().add_(h.eps)
        p.sub_(h.lr * (m / (1 - h.beta1**t)) / root)


@factory
class AdamCountingEveryArray(Planted):
    """The counter is the optimizer's, and each array in turn adds to it."""

    def __init__(self, params, h):
        super().__init__(params, h)
        self.taken = 0

    def one(self, h, p, g, s):
        self.taken += 1
        adam(h, p, s["m"], s["v"], self.taken, g)


@factory
class AdamStoppedByAnEmptyArray(Planted):
    """The launch of the kernel is the last array's, and there is none for no numbers."""

    def steps(self, h, params):
        if params[-1].numel():
            super().steps(h, params)

    def one(self, h, p, g, s):
        s["t"] += 1
        adam(h, p, s["m"], s["v"], s["t"], g)


@factory
class AdamSharingItsStepSize(Planted):
    """The step size is kept by the number of the step, for all groups."""

    def __init__(self, params, h):
        super().__init__(params, h)
        self.kept = {}

    def one(self, h, p, g, s):
        s["t"] += 1
        lr = self.kept.setdefault(s["t"], h.lr)
        adam(SimpleNamespace(**{**vars(h), "lr": lr}), p, s["m"], s["v"], s["t"], g)


@factory
class MomentumAtItsFirstRate(Planted):
    """The learning rate is built into the step when it is made, and no schedule changes it."""

    def start(self, h, p):
        return {"v": torch.zeros_like(p), "lr": h.lr}

    def one(self, h, p, g, s):
        p.add_(s["v"].mul_(h.momentum).add_(g), alpha=-s["lr"])


@factory
class MomentumLosingWholeVectors(Planted):
    """Vectors of 16-bit numbers are widened, moved, and not written back; what is left over is."""

    LANES = 32

    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        move = s["v"].mul_(h.momentum).add_(g) * -h.lr
        if p.dtype.itemsize < 4 and p.is_contiguous():
            move.view(-1)[: p.numel() - p.numel() % self.LANES] = 0
        p.add_(move)


class _DecayingAll(Planted):
    """Weights decay before it is asked who has a gradient."""

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            torch._foreach_mul_(group["params"], 1 - group["lr"] * group["weight_decay"])
        super().step(closure)

    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        p.add_(s["v"].mul_(h.momentum).add_(g), alpha=-h.lr)


MomentumDecayingAll = factory(_DecayingAll)


@factory
class AdamForgettingItsCounter(Planted):
    """The counters are the object's, not the state's: they begin anew after loading."""

    def __init__(self, params, h):
        super().__init__(params, h)
        self.taken = Counter()

    def one(self, h, p, g, s):
        self.taken[p] += 1
        adam(h, p, s["m"], s["v"], self.taken[p], g)
