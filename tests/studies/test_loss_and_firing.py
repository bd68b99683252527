"""What the loss of a rest tells of firing, and what it does not: neurons simulated one by one."""

import numpy as np
import pytest
import xarray as xr

import leakscape as ls

UNITS = {"g_Na": "mS/cm2", "g_K": "mS/cm2", "g_leak": "mS/cm2", "E_leak": "mV"}
OSCILLATING, QUIET, HOPF = 0, 2, 2


def evaluated(kernel, cells, keep, **options):
    table = xr.Dataset(
        {name: ("cell", v, {"units": UNITS.get(name, "uA/cm2")}) for name, v in cells.items()}
    )
    study = ls.Study(
        name="squids",
        question="Does a squid axon fire where its rest is lost?",
        precision="float64",
        kernel={"name": kernel, "membrane": "hodgkin_huxley", **options},
        population=ls.Population(table=table),
        outputs=keep,
    )
    return ls.evaluate(study)


@pytest.fixture(scope="module")
def squids():
    rng, n = np.random.default_rng(7), 150
    cells = {
        "g_Na": 120 * 10 ** rng.uniform(-0.3, 0.3, n),
        "g_K": 36 * 10 ** rng.uniform(-0.3, 0.3, n),
        "g_leak": 0.3 * 10 ** rng.uniform(-0.5, 0.7, n),
        "E_leak": rng.uniform(-70, -50, n),
    }
    return cells, evaluated("equilibrium", cells, ("I_loss", "loss_kind", "regime"))


def fires(cells, step, height="10 mV"):
    options = {"duration": "1000 ms", "height": height}
    found = evaluated("spiking", cells | {"I_step": step}, ("rate",), **options)
    return found.rate.values > 0


@pytest.mark.slow
def test_beyond_the_loss_all_fire_and_below_it_a_step_may_do(squids):
    cells, told = squids
    lost = (told.regime.values == QUIET) & (told.loss_kind.values == HOPF)
    some = {name: values[lost] for name, values in cells.items()}
    loss = told.I_loss.values[lost]
    assert loss.size > 80
    # Just beyond a supercritical Hopf point the swings are small.
    assert np.all(fires(some, 1.02 * loss, height="1 mV"))
    # A limit cycle stands beside the stable rest of many, and a step reaches it.
    early = np.mean(fires(some, 0.8 * loss))
    assert 0.5 < early < 0.9


@pytest.mark.slow
def test_without_a_stable_equilibrium_all_oscillate(squids):
    cells, told = squids
    lost = told.regime.values == OSCILLATING
    assert np.sum(lost) >= 10
    some = {name: values[lost] for name, values in cells.items()}
    assert np.all(fires(some, np.zeros(np.sum(lost))))
