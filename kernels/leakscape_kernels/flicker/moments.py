r"""Mean and standard deviation of a potential that flickers with its channels.

With $V = V^* + W$, where $V^*$ is the potential for the mean number of open channels, W decays with
$B_k = (\gamma k + g)/C$ towards 0 and is driven by $A_k = -(k - Np)\gamma(V^* - E_c)/C$ while k
channels are open. The moments $h_j(k) = E[W^j | n = k]$ then obey, exactly,

$(jB_k - Q)\,h_j = j A_k h_{j-1}$, $h_0 = 1$,

with Q the generator of n: up with $(N - k)p/\tau_c$, down with $k(1 - p)/\tau_c$. These are the
moment equations $0 = j(A_k m_{j-1} - B_k m_j) + \sum_l Q_{lk} m_j(l)$ over the binomial
probabilities $\pi_k$, which detailed balance lets one divide out: what is rare stays in range.

Since Q is symmetric under $\pi$, $E[W^2] = 2\sum_k \pi_k u_k A_k h_1(k)$ with $(2B - Q)u = 1$: both
systems are tridiagonal and are solved in one sweep, whose pivots are sums of positive numbers.

Linear noise replaces n by a Gaussian and the conductance by its mean:
$\mathrm{Var}\,V = (\gamma(V^* - E_c)/C)^2 N p(1 - p)\,\tau_m^2\tau_c/(\tau_m + \tau_c)$,
$\tau_m = C/(Np\gamma + g)$. It is the limit of many channels, and of fast ones.

Limits: without flicker (p of 0 or 1, gamma of 0, or one reversal potential) the deviation is 0.
Fast channels give V* and no deviation, slow ones the binomial mean of the rests at each n.

References:
    Davis MHA (1984) Piecewise-deterministic Markov processes: a general class of non-diffusion
    stochastic models. J R Stat Soc B 46:353-376. doi:10.1111/j.2517-6161.1984.tb01308.x
    Grassmann WK, Taksar MI, Heyman DP (1985) Regenerative analysis and steady state distributions
    for Markov chains. Oper Res 33:1107-1116. doi:10.1287/opre.33.5.1107
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leakscape_kernels.codes import codes
from leakscape_kernels.flicker.cell import in_domain, mean_state, parameters
from leakscape_kernels.nomenclature import output
from leakscape_kernels.on_demand import Array, jax, jnp
from leakscape_kernels.protocol import Factory, Kernel, Values, status

OUTPUTS = ("V_mean", "V_sd", "V_mean_linear", "V_sd_linear", "time_constant")
"""What the moments show."""

MOST = 100
"""Largest number of channels unless given [1]."""

_LIMIT = 10_000


@dataclass(frozen=True)
class _Moments:
    """The evaluation behind `flicker`, for up to so many channels."""

    most: int

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output and the status."""
        inside = in_domain(values) & (values["n_channels"] <= self.most)
        mean = mean_state(values)
        V, variance = self._exact(values)
        tau_m, tau_c = values["cell_capacitance"] / mean.conductance, values["tau_channel"]
        p = values["open_probability"]
        # Of n times the current of one channel; the quotient is 1 for slow channels.
        noise = values["n_channels"] * p * (1.0 - p) * (mean.drive / mean.conductance) ** 2
        found = {
            "V_mean": V,
            "V_sd": _root(variance),
            "V_mean_linear": mean.V,
            "V_sd_linear": _root(noise * tau_c / (tau_m + tau_c)),
            "time_constant": tau_m,
        }
        finite = jnp.asarray(True)
        for value in found.values():
            finite &= jnp.isfinite(value)
        good = inside & finite
        found = {name: jnp.where(good, value, jnp.nan) for name, value in found.items()}
        return found | {"status": status(inside, finite)}

    def _exact(self, values: Values) -> tuple[Any, Any]:
        """Return mean [mV] and variance [mV2] of V."""
        # A whole number has no derivative.
        N = jax.lax.stop_gradient(values["n_channels"])
        mean = mean_state({**values, "n_channels": N})
        p = values["open_probability"]
        # In units of tau_c. Beyond N nothing opens, so that those states are never reached.
        per_ns = values["tau_channel"] / values["cell_capacitance"]
        likeliest = jnp.minimum(jnp.floor((N + 1.0) * p), N)

        def rates(k: Any) -> tuple[Any, Any, Any, Any]:
            decay = per_ns * (k * mean.gamma + values["leak_conductance"])
            drive = per_ns * mean.drive * (N * p - k)
            return p * jnp.maximum(N - k, 0.0), (1.0 - p) * k, decay, drive

        # Probabilities are products of the ratios of neighbours, from the likeliest k both ways:
        # none exceeds 1, and at p = 0 or 1 they have the right derivative.
        def forth(carry: Any, k: Any) -> tuple[Any, Any]:
            up, down, decay, drive = rates(k)
            (kept_1, h), (kept_2, u), rarer = carry
            excess_1, excess_2 = decay + down * kept_1, 2.0 * decay + down * kept_2
            pivot_1, pivot_2 = excess_1 + up, excess_2 + up
            h, u = (drive + down * h) / pivot_1, (1.0 + down * u) / pivot_2
            above = (k > likeliest) & (k <= N)
            ratio = (N - k + 1.0) * p / jnp.where(above, down, 1.0)
            rarer = rarer * jnp.where(above, ratio, jnp.where(k <= N, 1.0, 0.0))
            ahead = ((excess_1 / pivot_1, h), (excess_2 / pivot_2, u), rarer)
            return ahead, (k, up / pivot_1, h, up / pivot_2, u, rarer)

        def back(carry: Any, row: Any) -> tuple[Any, None]:
            k, to_1, f_h, to_2, f_u, above = row
            h, u, rarer, total, first, second = carry
            h, u = f_h + to_1 * h, f_u + to_2 * u
            _, down, _, drive = rates(k)
            weight = above * rarer
            total, first = total + weight, first + weight * h
            second = second + 2.0 * weight * u * drive * h
            below = (k > 0) & (k <= likeliest)
            ratio = down / jnp.where(below, (N - k + 1.0) * p, 1.0)
            rarer = rarer * jnp.where(below, ratio, 1.0)
            return (h, u, rarer, total, first, second), None

        zero, one = jnp.zeros_like(mean.V), jnp.ones_like(mean.V)
        k = jnp.arange(self.most + 1, dtype=mean.V.dtype)
        _, swept = jax.lax.scan(forth, ((zero, zero), (zero, zero), one), k)
        start = (zero, zero, one, zero, zero, zero)
        (*_, total, first, second), _ = jax.lax.scan(back, start, swept, reverse=True)
        first, second = first / total, second / total
        return mean.V + first, second - first * first


def _root(variance: Any) -> Any:
    """Return the square root with a derivative of 0, not infinity, where nothing flickers."""
    positive = variance > 0
    root = jnp.sqrt(jnp.where(positive, variance, 1.0))
    return jnp.where(positive, root, jnp.where(variance <= 0, 0.0, jnp.nan))


def _build(most: Any = MOST) -> Kernel:
    """Return the kernel `flicker` for its option, which may be anything yet."""
    if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= _LIMIT:
        raise ValueError(f"flicker: most must be a whole number from 1 to {_LIMIT}, got {most!r}")
    described = parameters()
    return Kernel(
        name="flicker",
        parameters=described,
        outputs={name: output(name, headline=name == OUTPUTS[0]) for name in OUTPUTS},
        evaluate=_Moments(most),
        codes=codes(),
    )


flicker = Factory(
    name="flicker",
    options={"most": f"largest number of channels, {MOST} unless given; time grows with it"},
    build=_build,
)
"""Kernel factory: mean and standard deviation of V with few channels, exact and by linear noise.

Status 11 where the number of channels is above `most`, below 1 or not whole.
"""
