r"""Laws of a gate: where it rests and how fast it gets there, as functions of V.

With rates $\alpha$ and $\beta$ a gate rests at $\alpha/(\alpha + \beta)$ and its time constant is
$1/(\alpha + \beta)$. A rate has one of the forms of NeuroML 2, of $x = (V - midpoint)/scale$:

* `exp` (HHExpRate): $rate\, e^x$,
* `sigmoid` (HHSigmoidRate): $rate/(1 + e^{-x})$,
* `exp_linear` (HHExpLinearRate): $rate\, x/(1 - e^{-x})$, which is `rate` at the midpoint.

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
    Cannon RC et al. (2014) LEMS: a language for expressing complex biological models in concise and
    hierarchical form and its use in underpinning NeuroML 2. Front Neuroinform 8:79.
    doi:10.3389/fninf.2014.00079
    Morris C, Lecar H (1981) Voltage oscillations in the barnacle giant muscle fiber. Biophys J
    35:193-213. doi:10.1016/S0006-3495(81)84782-0
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.mechanisms.gate import CALCIUM, Law
from leakscape_kernels.mechanisms.mechanism import Here
from leakscape_kernels.modifiers import hill_open, q10_factor
from leakscape_kernels.numerics import bernoulli
from leakscape_kernels.on_demand import jax, jnp

FORMS: Mapping[str, Callable[[Any], Any]] = {
    "exp": lambda x: jnp.exp(jnp.minimum(x, _reach(x))),
    "exp_linear": lambda x: bernoulli(-x),
    "sigmoid": lambda x: jax.nn.sigmoid(x),
}
"""The forms of a rate, as functions of (V - midpoint)/scale [1]."""

_REACH = {4: 36.0, 8: 300.0}
"""How many powers of e a rate may be away from its stated one, either way, by the size of a number:
4 bytes for float32. Its square overflows nowhere then, and what it is to a rate of the other sign
still shows in no digit."""


def _reach(x: Any) -> float:
    """Return the same for the numbers of x [1]."""
    return _REACH[jnp.result_type(x).itemsize]


@dataclass(frozen=True)
class Rate:
    """One of the two rates of a gate.

    Args:
        form: one of `FORMS`.
        which: "alpha" or "beta".
        gate: the gate's name.
    """

    form: str
    which: str
    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the rate [1/ms]."""
        rate, midpoint, scale = (here[f"{part}_{self.which}_{self.gate}"] for part in PARTS)
        x = (V - midpoint) * (1.0 / scale)
        return rate * FORMS[self.form](jnp.maximum(x, -_reach(x)))


PARTS = ("rate", "midpoint", "scale")
"""The symbols of a rate's constants, in the order in which NeuroML has them."""


@dataclass(frozen=True)
class OfRates:
    """Where a gate with rates rests: alpha/(alpha + beta).

    Args:
        alpha: the opening rate.
        beta: the closing rate.
    """

    alpha: Rate
    beta: Rate

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the open fraction [1]."""
        alpha, beta = self.alpha(V, here), self.beta(V, here)
        return alpha / (alpha + beta)

    def sense(self, here: Here) -> Any:
        """Return 1 where it opens as V rises, -1 where it closes, 0 where neither is sure.

        Every form rises with x = (V - midpoint)/scale.
        """
        opening = jnp.sign(here[f"scale_alpha_{self.alpha.gate}"])
        closing = jnp.sign(here[f"scale_beta_{self.beta.gate}"])
        return jnp.where(opening == -closing, opening, 0.0)


@dataclass(frozen=True)
class TauOfRates:
    """The time constant of a gate with rates: 1/(alpha + beta).

    Args:
        alpha: the opening rate.
        beta: the closing rate.
    """

    alpha: Rate
    beta: Rate

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the time constant [ms]."""
        return 1.0 / (self.alpha(V, here) + self.beta(V, here))


@dataclass(frozen=True)
class Boltzmann:
    r"""Where a gate with a midpoint rests: $1/(1 + e^{-(V - V_{1/2})/k})$.

    Args:
        gate: the gate's name.
    """

    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the open fraction [1]."""
        return jax.nn.sigmoid((V - here[f"V_half_{self.gate}"]) * (1.0 / here[f"k_{self.gate}"]))

    def sense(self, here: Here) -> Any:
        """Return 1 where it opens as V rises, -1 where it closes."""
        return jnp.sign(here[f"k_{self.gate}"])


@dataclass(frozen=True)
class ConstantTau:
    """A time constant that is one.

    Args:
        gate: the gate's name.
    """

    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the time constant [ms]."""
        return here[f"tau_{self.gate}"]


@dataclass(frozen=True)
class BellTau:
    r"""A time constant with a maximum: $min + (max - min)\, e^{-((V - V_{1/2})/k)^2}$.

    Args:
        gate: the gate's name.
    """

    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the time constant [ms]."""
        low, high = here[f"tau_min_{self.gate}"], here[f"tau_max_{self.gate}"]
        x = (V - here[f"tau_V_half_{self.gate}"]) / here[f"tau_k_{self.gate}"]
        return low + (high - low) * jnp.exp(-x * x)


@dataclass(frozen=True)
class CoshTau:
    r"""Morris and Lecar's time constant: $max/\cosh((V - V_{1/2})/(4 k))$.

    V_half and k are those of the gate itself. Their $V_3$ is $V_{1/2}$ and their $V_4$ is 2 k.

    Args:
        gate: the gate's name.
    """

    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the time constant [ms]."""
        x = (V - here[f"V_half_{self.gate}"]) / (4.0 * here[f"k_{self.gate}"])
        # Not by cosh, which overflows. At the middle the slope of |x| counts as 0, as it is there.
        small = jnp.exp(-jnp.abs(x))
        return here[f"tau_max_{self.gate}"] * 2.0 * small / (1.0 + small * small)


@dataclass(frozen=True)
class OfCalcium:
    r"""Where a gate that follows calcium rests: $c^n/(c^n + K_{half}^n)$.

    Args:
        gate: the gate's name.
    """

    gate: str

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the open fraction [1]."""
        K_half, hill = here[f"K_half_{self.gate}"], here[f"hill_{self.gate}"]
        # Hill's curve from the other side: K_half closes it as a dose would, half at c.
        return hill_open(K_half, here[CALCIUM], hill)


@dataclass(frozen=True)
class Given:
    """A law that a user or a preset wrote as a function.

    Args:
        function: takes V [mV], or V and what the mechanism sees.
        sees: whether it takes both.
    """

    function: Callable[..., Any]
    sees: bool

    def __call__(self, V: Any, here: Here) -> Any:
        """Return what the function returns."""
        return self.function(V, here) if self.sees else self.function(V)


@dataclass(frozen=True)
class Hastened:
    """A time constant that a factor on the rates and a Q10 make shorter.

    Args:
        tau: the time constant without them.
        factor: symbol of the factor on both rates in `here`, if any.
        q10: symbols of Q10 and its reference temperature, if any.
    """

    tau: Law
    factor: str | None
    q10: tuple[str, str] | None

    def __call__(self, V: Any, here: Here) -> Any:
        """Return the time constant [ms]."""
        return self.tau(V, here) / self.speed(here)

    def speed(self, here: Here) -> Any:
        """Return the factor on both rates [1]."""
        speed: Any = 1.0 if self.factor is None else here[self.factor]
        if self.q10 is not None:
            growth, reference = (here[symbol] for symbol in self.q10)
            speed = speed * q10_factor(growth, here["temperature"], reference)
        return speed
