"""torch.optim's fused SGD on a CPU leaves 16-bit parameters as they are, but the last few.

In the table: torch, SGD, fused, bfloat16
"""

import torch

for dtype in (torch.bfloat16, torch.float16):
    x = torch.nn.Parameter(torch.zeros(65, dtype=dtype))
    x.grad = torch.ones_like(x)
    torch.optim.SGD([x], lr=1.0, fused=True).step()
    print(dtype, x.tolist(), "exact -1 everywhere")
    assert (x[:64] == 0).all()
    assert x[64] == -1
