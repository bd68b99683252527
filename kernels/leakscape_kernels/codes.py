"""The status codes of this package's kernels: their numbers, names and remedies, in one table.

1 means that the values hold. Numbers below 10 are remarks on a solution that holds, from 10 on
there is none and the values are NaN. A caller keeps 0 (not computed) and 16 (left out) for itself.
A kernel has its part of the table as `codes`, so that a caller can say what a number means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

OK = 1
"""Status of a point whose values hold."""

NEAR_FOLD = 2
"""Remark: the rest is a zero so near an extremum of the current that derivatives mean little."""

UNDEFINED_OUTPUT = 3
"""Remark: the solution holds, and an output that may be undefined is: it is NaN by itself."""

ZEROS_OUTSIDE_BRACKET = 4
"""Remark: the current has zeros outside the bracket that was given."""

BATH_NOT_NEUTRAL = 5
"""Remark: the charges of the solution outside do not add up to zero."""

NO_REST = 6
"""Remark: there are equilibria and none is stable; what belongs to a rest is NaN by itself."""

COARSE_STEP = 7
"""Remark: the step of time is coarse for what was computed with it."""

REMARKS = (
    NO_REST,
    COARSE_STEP,
    NEAR_FOLD,
    ZEROS_OUTSIDE_BRACKET,
    BATH_NOT_NEUTRAL,
    UNDEFINED_OUTPUT,
)
"""The remarks, the weightiest first: a point has one status."""

NOT_FINITE = 10
"""Status of a point inside the domain whose value overflowed; the value is NaN."""

OUTSIDE_DOMAIN = 11
"""Status of a point where the equation has no value (a negative concentration, no channel open)."""

NO_ROOT = 12
"""Status of a point whose current has no zero where one was looked for (or is 0 all over it)."""

NOT_CONVERGED = 13
"""Status of a point where a zero was not found to rounding, or one cell holds too many to tell."""

TOO_MANY_ROOTS = 14
"""Status of a point with more zeros than slots; the lowest ones are kept."""

UNBOUNDED = 15
"""Status of a cell that swells without bound: no steady state."""


@dataclass(frozen=True)
class Code:
    """What a number means.

    Args:
        name: in lower case, the words joined by underscores.
        remedy: what may be done about it, in half a sentence.
    """

    name: str
    remedy: str = ""


CODES: Mapping[int, Code] = {
    NEAR_FOLD: Code(
        "near_fold", "an extremum of the current lies within 1 mV: derivatives mean little"
    ),
    UNDEFINED_OUTPUT: Code(
        "undefined_output",
        "an output beside the solution is NaN by itself, such as E of a missing ion, or "
        "atp_rate_chord outside E_K to E_Na",
    ),
    ZEROS_OUTSIDE_BRACKET: Code("zeros_outside_bracket", "widen the bracket, or leave it out"),
    BATH_NOT_NEUTRAL: Code("bath_not_neutral", "add the ion that balances the charges outside"),
    NO_REST: Code(
        "no_rest", "every equilibrium is unstable at this I_app, so that the membrane oscillates"
    ),
    COARSE_STEP: Code("coarse_step", "rate_error is more than 1 % of the rate: shorten dt"),
    NOT_FINITE: Code("not_finite", 'look for extreme values, or set precision = "float64"'),
    OUTSIDE_DOMAIN: Code(
        "outside_domain",
        "check that no concentration is negative, that a channel is open, and that no k, scale or "
        "tau of a gate is 0",
    ),
    NO_ROOT: Code(
        "no_sign_change",
        "check the sizes of leaks, pumps and sources; or give a bracket if the kernel has one",
    ),
    NOT_CONVERGED: Code(
        "not_converged", 'set precision = "float64", or more cells for steep gates'
    ),
    TOO_MANY_ROOTS: Code("more_roots_than_slots", "ask for more slots"),
    UNBOUNDED: Code("swells_without_bound", "no volume holds: check the pump"),
}
"""Number -> its name, and what may be done about it."""


def codes(*numbers: int) -> dict[int, Code]:
    """Return the part of the table that is a kernel's own.

    Args:
        numbers: codes that it may return besides 1, 10 and 11, which any kernel may [1].
    """
    return {number: CODES[number] for number in sorted({*numbers, NOT_FINITE, OUTSIDE_DOMAIN})}
