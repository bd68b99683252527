"""Where the device's memory runs out, tiles are halved and it is said; the numbers stay."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import leakscape as ls
from leakscape.errors import KernelError, PlanError
from leakscape.evaluation import fitting, partial, reduced


def study():
    return ls.Study(
        name="tight",
        kernel="ghk_voltage",
        axes={"K_out": ls.Axis.log(1, 100, size=40_000, unit="mmol/L")},
        reduce={"over": ["K_out"], "V_rest": ["mean", "min", {"above": ["-60 mV"]}]},
    )


@pytest.fixture
def device(monkeypatch):
    """Pretend to be a device with room for so many points at a time."""

    def pretend(room, error="RESOURCE_EXHAUSTED: Out of memory allocating 67108864 bytes."):
        plain = partial.Reducer._tile

        def tile(self, number, inside):
            if np.prod(self.plan.points.grid.chunks) > room:
                raise KernelError("kernel: fails") from jax.errors.JaxRuntimeError(error)
            return plain(self, number, inside)

        monkeypatch.setattr(partial.Reducer, "_tile", tile)
        monkeypatch.setattr(fitting, "on_cpu", lambda: False)
        monkeypatch.setattr(reduced, "TILE_POINTS", 2**16)

    return pretend


def test_tiles_are_halved_until_one_fits(device):
    expected = ls.reduce(study())
    device(room=17_000)
    with (
        pytest.warns(UserWarning, match=r"study tight: the memory .* halved to 32768 points"),
        pytest.warns(UserWarning, match=r"halved to 16384 points"),
    ):
        found = ls.reduce(study())
    np.testing.assert_allclose(found.V_rest_mean, expected.V_rest_mean, rtol=1e-12)
    assert found.V_rest_min == expected.V_rest_min
    assert found.V_rest_above == expected.V_rest_above


def test_a_device_without_room_for_a_few_is_told_of(device):
    device(room=10)
    with (
        pytest.warns(UserWarning, match="halved"),
        pytest.raises(PlanError, match=r"study tight: the device has no memory for 4096 points"),
    ):
        ls.reduce(study())


def test_what_fails_otherwise_is_told_as_it_is(device):
    device(room=10, error="INTERNAL: something else")
    with pytest.raises(KernelError, match="kernel: fails"):
        ls.reduce(study())
