"""torch.optim.NAdam keeps the product of its momenta in float32, also for float64 parameters.

In the table: torch, NAdam, float64
"""

import torch

x = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
x.grad = torch.ones_like(x)
torch.optim.NAdam([x], lr=1.0, eps=0.0).step()
mu = [0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in (1, 2)]
exact = -((1 - mu[0]) / (1 - mu[0]) + mu[1] * (1 - 0.9) / (1 - mu[0] * mu[1]))
print(x.item(), "exact", exact)
assert abs(x.item() - exact) > 1e-9
