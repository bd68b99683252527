"""Physical constants, exact in the SI of 2019.

References:
    Tiesinga E, Mohr PJ, Newell DB, Taylor BN (2021) CODATA recommended values of the fundamental
    physical constants: 2018. Rev Mod Phys 93:025010. doi:10.1103/RevModPhys.93.025010
"""

R = 8.31446261815324
"""Gas constant [J/mol/K]: the product of the exact Boltzmann and Avogadro constants."""

F = 96485.33212331001
"""Faraday constant [C/mol]: the product of the exact Avogadro constant and elementary charge.

F P c of a permeability in cm/s and a concentration in mmol/L is directly in uA/cm2.
"""

ELEMENTARY_CHARGE = 1.602176634e-19
"""Charge of a proton [C]."""

T0 = 273.15
"""0 degC [K]."""

MILLIVOLT_PER_KELVIN = 1000.0 * R / F
"""R/F [mV/K]: what the thermal voltage gains with each kelvin."""
