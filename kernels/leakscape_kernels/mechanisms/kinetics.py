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
from leakscape_kernels.numerics import bernoulli, bernoulli_pair
from leakscape_kernels.on_demand import jax, jnp


@dataclass(frozen=True)
class Form:
    """A form of a rate, as a function of x = (V - midpoint)/scale.

    Args:
        value: returns it [1].
        parted: returns a factor between 1/2 and 1 + |x|, and what e is raised to: their product is
            the same, and no part of it overflows.
    """

    value: Callable[[Any], Any]
    parted: Callable[[Any], tuple[Any, Any]]


def _parted_exp(x: Any) -> tuple[Any, Any]:
    return jnp.ones_like(x), x


def _parted_exp_linear(x: Any) -> tuple[Any, Any]:
    of_minus_x, of_x = bernoulli_pair(x)
    return jnp.where(x > 0, of_minus_x, of_x), jnp.where(x > 0, 0.0, x)


def _parted_sigmoid(x: Any) -> tuple[Any, Any]:
    return 1.0 / (1.0 + jnp.exp(jnp.where(x > 0, -x, x))), jnp.where(x > 0, 0.0, x)


FORMS: Mapping[str, Form] = {
    "exp": Form(lambda x: jnp.exp(x), _parted_exp),
    "exp_linear": Form(lambda x: bernoulli(-x), _parted_exp_linear),
    "sigmoid": Form(lambda x: jax.nn.sigmoid(x), _parted_sigmoid),
}
"""The forms of a rate by name."""


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
        rate, x = self._of(V, here)
        return rate * FORMS[self.form].value(x)

    def parted(self, V: Any, here: Here) -> tuple[Any, Any]:
        """Return a factor [1/ms] and what e is raised to [1]: their product is the rate."""
        rate, x = self._of(V, here)
        factor, exponent = FORMS[self.form].parted(x)
        return rate * factor, exponent

    def _of(self, V: Any, here: Here) -> tuple[Any, Any]:
        """Return the rate's size [1/ms] and (V - midpoint)/scale [1]."""
        rate, midpoint, scale = (here[f"{part}_{self.which}_{self.gate}"] for part in PARTS)
        return rate, (V - midpoint) * (1.0 / scale)


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
        """Return the open fraction [1].

        Of both rates the larger power of e is divided out, so that a rate may overflow, or vanish,
        and leaves a fraction and a slope.
        """
        (a, up), (b, down) = self.alpha.parted(V, here), self.beta.parted(V, here)
        gap = up - down
        smaller = jnp.exp(jnp.where(gap > 0, -gap, gap))
        a_scaled, b_scaled = jnp.where(gap > 0, a, a * smaller), jnp.where(gap > 0, b * smaller, b)
        total = a_scaled + b_scaled
        # One rate is 0, the other one too small to show beside what it would be: it alone counts.
        alone = total == 0
        fraction = a_scaled / jnp.where(alone, 1.0, total)
        return jnp.where(alone & (b == 0), 1.0, fraction)


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
        speed: Any = 1.0 if self.factor is None else here[self.factor]
        if self.q10 is not None:
            growth, reference = (here[symbol] for symbol in self.q10)
            speed = speed * q10_factor(growth, here["temperature"], reference)
        return self.tau(V, here) / speed
