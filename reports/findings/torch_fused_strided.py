"""torch.optim's fused optimizers on a CPU read a gradient whose rows lie apart in memory order.

In the table: torch, fused, strided gradients
"""

import torch

x = {fused: torch.nn.Parameter(torch.zeros(2, 3)) for fused in (False, True)}
for fused, each in x.items():
    each.grad = torch.tensor([[1.0, -2.0], [3.0, -4.0], [5.0, -6.0]]).t()
    torch.optim.Adam([each], lr=1.0, fused=fused).step()
    print("fused" if fused else "for-loop", each.tolist())
assert not torch.equal(x[False], x[True])
