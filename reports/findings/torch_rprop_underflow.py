"""torch.optim.Rprop does not see that a gradient below 1e-23 has changed its sign.

In the table: torch, Rprop
"""

import torch

x = torch.nn.Parameter(torch.zeros(1))
peer = torch.optim.Rprop([x], lr=1.0)
for g in (1e-30, -1e-30):  # their product, by which it sees the change, underflows to zero
    x.grad = torch.tensor([g])
    peer.step()
print(x.item(), "exact -1: after a change of sign the step is left out")
assert x.item() == 0
