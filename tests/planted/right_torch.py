"""Right steps as torch optimizers, written as others write them."""

from math import sqrt

import torch

from reference.optimizers.radam import rectification
from tests.planted.base_torch import Planted, counted, factory


@factory
class GdForeach(Planted):
    """Plain descent of all parameters at once."""

    def start(self, h, p):
        return {"t": 0}

    def steps(self, h, params):
        torch._foreach_add_(params, [p.grad for p in params], alpha=-h.lr)


@factory
class MomentumForeach(Planted):
    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def steps(self, h, params):
        velocities = [self.state[p]["v"] for p in params]
        torch._foreach_mul_(velocities, h.momentum)
        torch._foreach_add_(velocities, [p.grad for p in params])
        torch._foreach_add_(params, velocities, alpha=-h.lr)


@factory
class MomentumClonedFirst(Planted):
    """The first velocity is the gradient, as in torch.optim.SGD."""

    def start(self, h, p):
        return {"v": None}

    def one(self, h, p, g, s):
        g = g.add(p, alpha=h.weight_decay)
        s["v"] = g.clone() if s["v"] is None else s["v"].mul_(h.momentum).add_(g)
        p.add_(s["v"], alpha=-h.lr)


@factory
class NesterovInPlace(Planted):
    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        s["v"].mul_(h.momentum).add_(g)
        p.sub_(g.add(s["v"], alpha=h.momentum), alpha=h.lr)


@factory
class AdagradInPlace(Planted):
    def start(self, h, p):
        return {"total": torch.full_like(p, h.initial_accumulator)}

    def one(self, h, p, g, s):
        p.addcdiv_(g, s["total"].addcmul_(g, g).sqrt().add_(h.eps), value=-h.lr)


@factory
class AdadeltaInPlace(Planted):
    def start(self, h, p):
        return {"g2": torch.zeros_like(p), "dx2": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        s["g2"].lerp_(g.square(), 1 - h.decay)
        dx = (s["dx2"] + h.eps).sqrt_().div_((s["g2"] + h.eps).sqrt_()).mul_(g)
        s["dx2"].lerp_(dx.square(), 1 - h.decay)
        p.sub_(dx, alpha=h.lr)


@factory
class RmspropByRsqrt(Planted):
    """With eps inside the root, one function takes both."""

    def start(self, h, p):
        return {"v": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        v = s["v"].mul_(h.decay).addcmul_(g, g, value=1 - h.decay)
        p.sub_(g * torch.rsqrt(v + h.eps), alpha=h.lr)


@factory
class AdamByDivision(Planted):
    """In place, the corrections folded into rate and root."""

    def one(self, h, p, g, s):
        s["t"] += 1
        m = s["m"].mul_(h.beta1).add_(g, alpha=1 - h.beta1)
        v = s["v"].mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
        root = v.sqrt().div_(sqrt(1 - h.beta2 ** s["t"])).add_(h.eps)
        p.addcdiv_(m, root, value=-h.lr / (1 - h.beta1 ** s["t"]))


@factory
class AdamByLerp(Planted):
    """Out of place; averages move towards the new value."""

    def one(self, h, p, g, s):
        s["t"] += 1
        s["m"] = torch.lerp(s["m"], g, 1 - h.beta1)
        s["v"] = torch.lerp(s["v"], g**2, 1 - h.beta2)
        m_hat = s["m"] / (1 - h.beta1 ** s["t"])
        v_hat = s["v"] / (1 - h.beta2 ** s["t"])
        p.copy_(p - h.lr * m_hat / (v_hat.sqrt() + h.eps))


@factory
class AdamForeach(Planted):
    def steps(self, h, params):
        states, grads = [self.state[p] for p in params], [p.grad for p in params]
        ms, vs = [s["m"] for s in states], [s["v"] for s in states]
        ts = counted(states)
        torch._foreach_lerp_(ms, grads, 1 - h.beta1)
        torch._foreach_mul_(vs, h.beta2)
        torch._foreach_addcmul_(vs, grads, grads, value=1 - h.beta2)
        roots = torch._foreach_sqrt(vs)
        torch._foreach_div_(roots, [sqrt(1 - h.beta2**t) for t in ts])
        torch._foreach_add_(roots, h.eps)
        torch._foreach_addcdiv_(params, ms, roots, [-h.lr / (1 - h.beta1**t) for t in ts])


@factory
class AdamWithDecayFirst(Planted):
    def one(self, h, p, g, s):
        s["t"] += 1
        p.mul_(1 - h.lr * h.weight_decay)
        s["m"].lerp_(g, 1 - h.beta1)
        s["v"].mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
        root = s["v"].sqrt() / sqrt(1 - h.beta2 ** s["t"]) + h.eps
        p.sub_(s["m"] / root * (h.lr / (1 - h.beta1 ** s["t"])))


@factory
class AmsgradInPlace(Planted):
    def start(self, h, p):
        return {**super().start(h, p), "largest": torch.zeros_like(p)}

    def one(self, h, p, g, s):
        s["t"] += 1
        m = s["m"].lerp_(g, 1 - h.beta1)
        v = s["v"].mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
        torch.maximum(s["largest"], v, out=s["largest"])
        root = (s["largest"] / (1 - h.beta2 ** s["t"])).sqrt_().add_(h.eps)
        p.addcdiv_(m, root, value=-h.lr / (1 - h.beta1 ** s["t"]))


@factory
class AdamComputedInFloat32(Planted):
    """Low precision for memory alone: a step is computed in float32 and rounded once."""

    def one(self, h, p, g, s):
        wide = torch.promote_types(p.dtype, torch.float32)
        s["t"] += 1
        m = s["m"].to(wide) * h.beta1 + g.to(wide) * (1 - h.beta1)
        v = s["v"].to(wide) * h.beta2 + g.to(wide) ** 2 * (1 - h.beta2)
        c1, c2 = 1 - h.beta1 ** s["t"], 1 - h.beta2 ** s["t"]
        p.copy_(p.to(wide) - h.lr * (m / c1) / ((v / c2).sqrt() + h.eps))
        s["m"].copy_(m)
        s["v"].copy_(v)


@factory
class AdamaxByAmax(Planted):
    def one(self, h, p, g, s):
        s["t"] += 1
        s["m"].lerp_(g, 1 - h.beta1)
        rows = torch.stack([s["v"].mul_(h.beta2), g.abs().add_(h.eps)])
        torch.amax(rows, dim=0, out=s["v"])
        p.addcdiv_(s["m"], s["v"], value=-h.lr / (1 - h.beta1 ** s["t"]))


@factory
class RadamInPlace(Planted):
    def one(self, h, p, g, s):
        s["t"] += 1
        m = s["m"].lerp_(g, 1 - h.beta1)
        v = s["v"].mul_(h.beta2).addcmul_(g, g, value=1 - h.beta2)
        r, rate = rectification(h, s["t"]), h.lr / (1 - h.beta1 ** s["t"])
        if r is None:
            p.sub_(m, alpha=rate)
        else:
            factor = sqrt(1 - h.beta2 ** s["t"]) / v.sqrt().add_(h.eps)
            p.sub_(m * factor, alpha=rate * r)


@factory
class LionInPlace(Planted):
    def one(self, h, p, g, s):
        p.add_(s["m"].lerp(g, 1 - h.beta1).sign_(), alpha=-h.lr)
        s["m"].lerp_(g, 1 - h.beta2)


@factory
class RpropByWhere(Planted):
    def start(self, h, p):
        return {"g": torch.zeros_like(p), "size": torch.full_like(p, h.lr)}

    def one(self, h, p, g, s):
        agrees = g.sign() * s["g"].sign()
        s["size"] = torch.where(agrees > 0, s["size"] * h.eta_plus, s["size"])
        s["size"] = torch.where(agrees < 0, s["size"] * h.eta_minus, s["size"])
        s["size"].clamp_(h.step_min, h.step_max)
        s["g"] = torch.where(agrees < 0, torch.zeros_like(g), g)
        p.addcmul_(s["g"].sign(), s["size"], value=-1)
