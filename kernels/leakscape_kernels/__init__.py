"""The physics of Leakscape: resting potentials as pure JAX functions of scalars.

`constants`, `protocol`, `nomenclature` and `numerics` are what every kernel stands on; `channel`
holds what may change a channel (block, temperature); `nernst`, `ghk` and `chord` hold one model
each: its equations as plain functions, and its kernels (`nernst.nernst`, `ghk.ghk_voltage`,
`ghk.ghk_current`, `chord.chord_conductance`).

Units are one coherent system, so that no equation carries a factor: mV, ms, uA/cm2, mS/cm2,
uF/cm2, mmol/L, cm/s and degC (kelvin only inside). Potentials are inside minus outside and
currents are positive outward. Nothing here raises for a bad number: a result that does not exist
is NaN, and the kernel's `status` says why.
"""

from leakscape_kernels.protocol import Factory, Kernel, Output, Parameter
from leakscape_kernels.summaries import MECHANISM_SUMMARIES, SUMMARIES

__all__ = ["MECHANISM_SUMMARIES", "SUMMARIES", "Factory", "Kernel", "Output", "Parameter"]
