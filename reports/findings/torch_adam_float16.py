"""torch.optim.Adam makes float16 parameters NaN where a gradient is zero: its eps is zero there.

Not in the table: float16 is tried only if it is asked for.
"""

import torch

x = torch.nn.Parameter(torch.ones(1, dtype=torch.float16))
x.grad = torch.zeros_like(x)
torch.optim.Adam([x], foreach=False).step()
print(x.item(), "exact 1")
assert x.isnan().all()
