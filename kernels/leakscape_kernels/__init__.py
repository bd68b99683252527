"""The physics of Leakscape: resting potentials as pure JAX functions of scalars.

`constants`, `protocol`, `codes`, `nomenclature` and `numerics` are what every kernel stands on;
`options` reads what users write; `formulas` holds models of one equation, `mechanisms` the ways in
which charge crosses, `membrane` what they make together, `zeros` the search for its equilibria,
`dynamics` what changes in time, and `flicker` the noise of single channels.

Units are one coherent system, so that no equation carries a factor: mV, ms, uA/cm2, mS/cm2,
uF/cm2, mmol/L, cm/s and degC (kelvin only inside). Potentials are inside minus outside and
currents are positive outward. Nothing here raises for a bad number: a result that does not exist
is NaN, and the kernel's `status` says why.
"""

from leakscape_kernels.protocol import Factory, Kernel, Output, Parameter
from leakscape_kernels.summaries import MECHANISM_SUMMARIES, SUMMARIES

__all__ = ["MECHANISM_SUMMARIES", "SUMMARIES", "Factory", "Kernel", "Output", "Parameter"]
