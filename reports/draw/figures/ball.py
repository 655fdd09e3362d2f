"""A ball that rolls down a hill: a run of gradient descent as an illustration."""

import numpy as np

import backends
from reference import Case
from reports.draw.figure import INK, WIDTH, Drawn, Figure, axes, objective, rate, rows

HILL = Case("gd", "x_cos", hyper={"lr": 0.3}, start=(2.2,), steps=13)
SHOWN = (1.0, 9.5)


def rolling() -> Drawn:
    """The objective as a hill, a ball at every iterate, and each update as an arrow."""
    path = backends.run(HILL)
    f, x = objective(HILL), path.points[:, 0]
    line = np.linspace(*SHOWN, 400)
    height = f.value(x[:, None])
    figure, ax = axes(WIDTH, 3.2)
    ax.fill_between(line, f.value(line[:, None]), -8, color="#c9d8c5")
    ax.plot(line, f.value(line[:, None]), color="#41613a")
    shades = np.linspace(0.25, 1, len(x))
    ax.scatter(x, height + 0.3, s=150, c="#b3261e", alpha=shades, zorder=3)
    for start, end, y in zip(x[:-1], x[1:], height[:-1] + 0.95, strict=True):
        ax.annotate("", (end, y), (start, y), arrowprops={"arrowstyle": "->", "color": INK})
    ax.set(xlabel="where the ball is", ylabel="height of the hill", xlim=SHOWN, ylim=(-8, 3))
    ax.grid(visible=False)
    words = (
        f"A ball at {len(x)} positions on a hillside, from x = {x[0]:.2f} to x = {x[-1]:.2f} near "
        "the bottom; each arrow, the push it is given next, is as long as the slope is steep."
    )
    return Drawn(figure, words, rows({"ball": path}))


FIGURES = (
    Figure(
        "ball_rolling",
        ("D5",),
        "003",
        "Rolling a ball without gravity",
        "Every push is the slope under the ball times the learning rate, against the slope: "
        f"gradient descent on x cos(cx) from {HILL.start_point[0]:g}, "
        f"{rate(HILL)}.",
        rolling,
    ),
)
