"""Writes the simulated tables in this folder anew, from closed forms and seeds written here.

The truth is 0.04 and 140 mmol/L with a scatter of 1.5 mV for `titration.csv`; 1 and 0.02 mS/cm2
with E_leak -20 mV, k 10 mV and a scatter of 0.5 uA/cm2 for `kir_iv.csv`.
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
RT_F = 1e3 * 8.31446261815324 / 96485.33212331001
"""Gas constant over Faraday's [mV/K]."""


def titration(seed: int = 20261129) -> str:
    """Return potentials by the GHK equation, Na out replaced by K, without chloride."""
    random = np.random.default_rng(seed)
    K_out = np.array([1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0])
    rows = ["K_out [mmol/L],Na_out [mmol/L],temperature [degC],V [mV]"]
    for celsius in (20.0, 30.0):
        Na_out = 150.0 - K_out
        V = RT_F * (celsius + 273.15) * np.log((K_out + 0.04 * Na_out) / (140.0 + 0.04 * 12.0))
        V += 1.5 * random.standard_normal(len(V))
        rows += [
            f"{K:g},{Na:g},{celsius:g},{v:.2f}" for K, Na, v in zip(K_out, Na_out, V, strict=True)
        ]
    return "\n".join(rows) + "\n"


def kir_iv(seed: int = 20261130) -> str:
    """Return currents of an inward rectifier and an ohmic leak, E_K -90 mV."""
    random = np.random.default_rng(seed)
    V = np.arange(-120.0, 1.0, 10.0)
    kir = 1.0 / (1.0 + np.exp((V + 90.0) / 10.0)) * (V + 90.0)
    current = kir + 0.02 * (V + 20.0) + 0.5 * random.standard_normal(len(V))
    rows = ["V [mV],I [uA/cm2]"] + [f"{v:g},{i:.3f}" for v, i in zip(V, current, strict=True)]
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    (HERE / "titration.csv").write_text(titration())
    (HERE / "kir_iv.csv").write_text(kir_iv())
