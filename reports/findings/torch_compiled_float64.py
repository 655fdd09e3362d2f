"""torch.compile of torch.optim.Adam corrects the bias of float64 parameters in float32.

In the table: torch, compiled, float64
"""

import torch

x = {
    name: torch.nn.Parameter(torch.zeros(1, dtype=torch.float64)) for name in ("eager", "compiled")
}
for name, each in x.items():
    each.grad = torch.ones_like(each)
    peer = torch.optim.Adam([each], lr=1.0, betas=(0.8, 0.95), eps=0.0)
    (torch.compile(lambda peer=peer: peer.step()) if name == "compiled" else peer.step)()
    print(name, each.item(), "exact -1")
assert abs(x["eager"].item() + 1) < 1e-15 < 1e-9 < abs(x["compiled"].item() + 1)
