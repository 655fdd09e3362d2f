"""Claim: of two subjects the kit says where their bits part: the step, and the first operation."""

import numpy as np
import pytest

from backends import updater
from backends.conformance import part
from backends.conformance.__main__ import main
from backends.protocol import Unsupported
from reference import Unknown

HYPER = {"lr": 0.1, "momentum": 0.9}


def velocity(x, g, state):
    v = g if state is None else 0.9 * state + g
    return x - np.asarray(0.1, x.dtype) * v, v


def folded(x, g, state):
    """The same, but the learning rate is in the velocity."""
    rate = np.asarray(0.1, x.dtype)
    v = rate * g if state is None else 0.9 * state + rate * g
    return x - v, v


def test_two_forms_part_where_the_velocity_is_not_alike():
    """Their states are other numbers from the start, their parameters from step 3 on."""
    found = part(velocity, folded, "momentum", HYPER)
    assert found.step == 3
    assert [operation.name for operation in found.operations] == ["multiply", "multiply"]
    assert found.values[0] != found.values[1]
    assert found.horizon is None
    assert str(found).startswith("velocity and folded part in step 3 (tape 'unequal', float32)")
    assert max(found.ratios) < 1


def test_of_two_that_part_it_is_said_which_is_wrong():
    """One that leaves the path is not said to stay within its bound."""

    def slower(x, g, state):
        return velocity(x, 0.5 * g, state)

    found = part(velocity, slower, "momentum", HYPER)
    right, wrong = str(found).splitlines()[1:3]
    assert found.ratios[0] < 1 < found.ratios[1]
    assert "on this tape its largest error is 0." in right
    assert wrong.startswith("  slower: ")
    assert "on this tape it is wrong, " in wrong


def test_the_same_do_not_part():
    """Equal bits to the end are None."""
    assert part(velocity, velocity, "momentum", HYPER) is None


def test_frameworks_part_in_an_operation_of_each():
    """torch squares within a sum, optax before it."""
    torch = pytest.importorskip("torch")
    optax = pytest.importorskip("optax")
    found = part(torch.optim.Adam, lambda: optax.adam(1e-3), "adam", {"lr": 1e-3})
    names = [operation.name for operation in found.operations]
    assert names == ["addcmul", "power"]


def test_what_cannot_be_recorded_is_said():
    """A fused kernel is one operation that no dispatcher sees into."""
    torch = pytest.importorskip("torch")
    adam = torch.optim.Adam
    with pytest.raises(Unsupported, match="operations cannot be recorded"):
        part(adam, adam, "adam", {"lr": 1e-3}, paths=("for-loop", "fused"))
    with pytest.raises(Unsupported, match="operations cannot be recorded"):
        part(updater("momentum", **HYPER), folded, "momentum", HYPER, dtype="float64")


def test_a_tape_of_several_arrays_is_refused():
    """The error lists the tapes of one array."""
    with pytest.raises(Unknown, match="'arrays'"):
        part(velocity, folded, "momentum", HYPER, tape="arrays")


def test_the_command_says_where(tmp_path, capsys):
    """--against a second subject: exit code 1 if they part, 0 if not."""
    file = tmp_path / "mine.py"
    file.write_text(
        "def whole(x, g, state):\n    return x - 0.03 * g, None\n\n\n"
        "def twice(x, g, state):\n    return x - 0.1 * (0.3 * g), None\n"
    )
    asked = ["--spec", "gd", "--hyper", "lr=0.03"]
    assert main([f"{file}:whole", *asked, "--against", f"{file}:twice"]) == 1
    assert "whole and twice part in step 1 (tape 'unequal', float32)" in capsys.readouterr().out
    assert main([f"{file}:whole", *asked, "--against", f"{file}:whole"]) == 0
    assert "their bits are the same (float32" in capsys.readouterr().out


def test_the_command_ends_two_that_hang(tmp_path, capsys):
    """--limit is that of both, and must be a time."""
    file = tmp_path / "slow.py"
    file.write_text(
        "import time\n\n\ndef wait(x, g, state):\n    time.sleep(60)\n    return x, None\n"
    )
    asked = [f"{file}:wait", "--spec", "gd", "--against", f"{file}:wait", "--limit"]
    assert main([*asked, "0.5"]) == 2
    assert "--limit 0.5: the two took longer" in capsys.readouterr().err
    assert main([*asked, "-1"]) == 2
    assert "expected a number of seconds above 0" in capsys.readouterr().err
