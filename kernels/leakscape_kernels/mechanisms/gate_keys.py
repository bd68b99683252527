"""The keys of a gate's table, each with what it takes, its unit, and an example."""

from __future__ import annotations

from collections.abc import Mapping

from leakscape_kernels.mechanisms.inner_key import InnerKey

KEYS: Mapping[str, InnerKey] = {
    "power": InnerKey(
        "1", "how many such gates have to be open, a whole number; 1 unless given", "power = 3"
    ),
    "rates": InnerKey(
        "1/ms, mV, mV",
        "opening and closing rate, each a form (exp, sigmoid, exp_linear), rate, midpoint, scale",
        'rates = { alpha = ["exp_linear", "1 1/ms", "-40 mV", "10 mV"], '
        'beta = ["exp", "4 1/ms", "-65 mV", "-18 mV"] }',
    ),
    "V_half": InnerKey(
        "mV", "instead of rates: where it is half open at rest", 'V_half = "-25 mV"'
    ),
    "k": InnerKey(
        "mV", "with V_half: slope; below 0 the gate closes on depolarisation", 'k = "5 mV"'
    ),
    "inf": InnerKey(
        "1",
        "instead of rates: where it rests, a function of V or of V and here",
        'inf = "my_gates.py:a_inf"',
    ),
    "follows": InnerKey(
        "", 'instead of rates: "Ca", calcium inside, which opens it', 'follows = "Ca"'
    ),
    "K_half": InnerKey("mmol/L", "with follows: Ca that opens half", 'K_half = "0.001 mmol/L"'),
    "hill": InnerKey("1", "with follows: Hill coefficient; 1 unless given", "hill = 2"),
    "tau": InnerKey(
        "ms",
        "time constant, unless it has rates: constant, a bell { min, max, V_half, k }, "
        "{ cosh } or a function",
        'tau = { min = "0.1 ms", max = "5 ms", V_half = "-50 mV", k = "20 mV" }',
    ),
    "instant": InnerKey("", "true: it follows at once and has no tau", "instant = true"),
    "rate_factor": InnerKey(
        "1", "what its rates are multiplied by and tau is divided by", "rate_factor = 5"
    ),
    "q10": InnerKey(
        "1, degC",
        "growth of its rates with temperature; where it rests stays the same",
        'q10 = { Q10 = 3, T_ref = "6.3 degC" }',
    ),
}
"""What the table of a gate may have."""
