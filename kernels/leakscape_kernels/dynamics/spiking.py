r"""The kernel of firing: what a membrane does under a step of current, beside what it does at rest.

$C \dot V = I_{app} + I_{step} - I(V, x, c)$ from the moment of the step, which begins at the rest
that the membrane has without it, every gate and calcium at rest too.

* A spike is a swing that rises by `height` above $V_{eq}$, the highest equilibrium under the step,
  around which V swings, or above a potential that the option `crossing` gives. The next one may
  come once V was below $V_{eq}$ (or that potential) by `hysteresis`, so that rounding counts
  nothing. A bump that dies away is no spike unless it is that high; `amplitude` tells how large
  they are, for an axon may fire small ones (at 100 uA/cm2 the squid's stay below -20 mV).
* `rate` is one over the mean of the intervals that end in the second half of the step, 0 without.
  It is the rate of a settled membrane where the step is long against its transient; adaptation and
  bursts are averaged, and a membrane that falls silent in the first half has the rate 0, whatever
  `n_spikes` is.
* `latency` is the time at which the first spike passes that height, `amplitude` the highest less
  the lowest potential between the last two, or after the only one.

Limits:
    A patch of membrane at one potential: no axon, no dendrite. A step from rest finds the rate of
    the limit cycle only where it leads there: near a border a stable rest may lie beside it.
    Nothing crosses V_eq where it is not between -200 and 100 mV.

    The step of time is fixed, and the run is made twice, with 2 dt and with dt. `rate`, `latency`
    and `amplitude` are free of the error that falls with $dt^2$, and `rate_error` is by how much
    that changed the rate. What is left is smaller: it falls with $dt^4$, with $dt^3$ where a gate
    is instant. Where one run has intervals fewer nothing is taken off, and `rate_error` is all by
    which the two differ. V along time is that of dt. Derivatives go forward alone (`jax.jvp`).

References:
    Hodgkin AL, Huxley AF (1952) A quantitative description of membrane current and its application
    to conduction and excitation in nerve. J Physiol 117:500-544.
    doi:10.1113/jphysiol.1952.sp004764
    Izhikevich EM (2007) Dynamical Systems in Neuroscience. MIT Press. ISBN 978-0-262-09043-8
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from leakscape_kernels.codes import COARSE_STEP, NOT_FINITE, UNDEFINED_OUTPUT, codes
from leakscape_kernels.dynamics.crossings import Level
from leakscape_kernels.dynamics.firing import Course, fired
from leakscape_kernels.dynamics.outermost import outermost
from leakscape_kernels.dynamics.staggered import at_rest
from leakscape_kernels.membrane.equilibrium import equilibrium
from leakscape_kernels.membrane.gating import Gating, without_tau
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.membrane.membrane import membrane as membrane_of
from leakscape_kernels.nomenclature import output, parameter
from leakscape_kernels.on_demand import Array, jax, jnp
from leakscape_kernels.options.quantities import in_unit
from leakscape_kernels.options.times import read_times
from leakscape_kernels.protocol import Factory, Kernel, Output, Parameter, Values, with_remark

STANDARD = "hodgkin_huxley"
"""The membrane of a kernel that is given none."""

COARSE = 0.01
"""Of the rate: with a larger error of it the step of time is too coarse [1]."""

_FEWEST_STEPS = 20
"""A run has at least as many steps of time."""

READ = ("rate", "latency", "amplitude", "n_spikes", "rate_error")
"""What there is of a step of current."""

TWICE = frozenset(READ) - {"n_spikes"}
"""What takes two runs."""

NEVER = ("latency", "amplitude")
"""What is NaN without a spike."""

APART = 1.0
"""How far above its lowest equilibrium a membrane without a rest begins: at it, it would stay
[mV]."""

_MOST_STEPS = 10**9
_V_EQ = "V_eq"


@dataclass(frozen=True)
class _Spiking:
    """The evaluation behind `spiking`, for one membrane.

    Args:
        membrane: the membrane.
        rests: the evaluation of `equilibrium`.
        course: how long the step lasts.
        crossing: what a spike crosses, None for a height above the highest equilibrium [mV].
        height: how far above that it has to rise [mV].
        hysteresis: how far V has to go beyond [mV].
    """

    membrane: Membrane
    rests: Any
    course: Course
    crossing: float | None
    height: float
    hysteresis: float

    def keeping(self, names: frozenset[str]) -> _Spiking:
        """Return the evaluation of some outputs alone."""
        course = replace(
            self.course,
            times=self.course.times if "V" in names else (),
            twice=bool(names & TWICE),
        )
        own = names - {*READ, "V"}
        return replace(self, rests=self.rests.keeping(own | {"V_rest"}), course=course)

    def __call__(self, values: Values) -> dict[str, Array]:
        """Return every output that is wanted, and the status."""
        found: dict[str, Array] = self.rests(values)
        code, V_rest = found["status"], found["V_rest"]
        before, after = values["I_app"], values["I_app"] + values["I_step"]
        lowest, V_eq = self._ends(values, before, after)
        rests = jnp.isfinite(V_rest)
        gating = Gating(self.membrane.at({**values, "I_app": after}))
        start = at_rest(gating, jnp.where(rests, V_rest, lowest))
        start = start._replace(V=start.V + jnp.where(rests, 0.0, APART))
        seen = fired(gating, start, self._level(V_eq), self.course)

        charges = (values["capacitance"] > 0) & seen.finite
        good = charges & (code < NOT_FINITE)
        firing = {"rate": seen.rate, "latency": seen.latency, "amplitude": seen.amplitude}
        firing |= {"rate_error": seen.rate_error, "n_spikes": seen.n.astype(V_rest.dtype)}
        if self.course.times:
            firing["V"] = seen.V
        found |= {name: jnp.where(good, value, jnp.nan) for name, value in firing.items()}
        coarse = good & (seen.rate_error > COARSE * seen.rate) & (seen.rate > 0)
        code = with_remark(code, COARSE_STEP, coarse)
        return found | {"status": with_remark(code, UNDEFINED_OUTPUT, ~charges)}

    def _level(self, V_eq: Any) -> Level:
        """Return what a spike crosses upward, and how far V has to fall before the next one."""
        if self.crossing is not None:
            return Level(jnp.full_like(V_eq, self.crossing), self.hysteresis)
        return Level(V_eq + self.height, self.hysteresis, self.height + self.hysteresis)

    def _ends(self, values: Values, before: Any, after: Any) -> Any:
        """Return the lowest equilibrium without the step and the highest under it [mV]."""

        def end(injected: Any, highest: Any) -> Any:
            return outermost(self.membrane, values, injected, highest)

        return jax.vmap(end)(jnp.stack([before, after]), jnp.asarray([False, True]))


def _build(
    membrane: Any = STANDARD,
    duration: Any = "500 ms",
    dt: Any = "0.025 ms",
    times: Any = None,
    crossing: Any = _V_EQ,
    height: Any = "10 mV",
    hysteresis: Any = "1 mV",
    **search: Any,
) -> Kernel:
    """Return the kernel `spiking` for its options, which may be anything yet."""
    given = membrane_of(membrane)
    cell = _with_current(given)
    _moves(cell)
    try:
        base = equilibrium(membrane=cell, **search)
    except ValueError as error:
        raise ValueError(str(error).replace("equilibrium:", "spiking:", 1)) from None
    course = Course(
        duration=_above_0("duration", duration, "ms", "500 ms"),
        dt=_above_0("dt", dt, "ms", "0.025 ms"),
        times=() if times is None else read_times("spiking", times, "ms"),
    )
    if course.duration < _FEWEST_STEPS * course.dt:
        raise ValueError(
            f"spiking: dt must be at most {course.duration / _FEWEST_STEPS:g} ms for a duration of "
            f"{course.duration:g} ms, got {dt!r}; shorten dt"
        )
    if course.duration / course.dt > _MOST_STEPS:
        raise ValueError(
            f"spiking: dt must be at least {course.duration / _MOST_STEPS:g} ms for a duration of "
            f"{course.duration:g} ms, got {dt!r}; lengthen dt"
        )
    if course.times and course.times[-1] > course.duration:
        raise ValueError(
            f"spiking: times must end with the step, at {course.duration:g} ms, got "
            f"{course.times[-1]:g} ms; lengthen duration"
        )
    level = None if crossing == _V_EQ else in_unit("spiking: crossing", crossing, "mV")
    band = _above_0("hysteresis", hysteresis, "mV", "1 mV")
    rise = _above_0("height", height, "mV", "10 mV")
    parameters = dict(base.parameters)
    if "I_app" not in given.parameters:
        parameters["I_app"] = replace(parameters["I_app"], default=0.0, source=_NO_CURRENT)
    own: dict[str, Output] = {
        name: output(name, headline=name != "rate_error", may_be_undefined=True) for name in READ
    }
    if course.times:
        along = replace(output("V"), dimension="time", coordinate=course.times)
        own["V"] = replace(along, coordinate_unit="ms", headline=True, may_be_undefined=True)
    return Kernel(
        name="spiking",
        parameters=parameters | {"I_step": _step()},
        outputs=own | {name: replace(o, headline=False) for name, o in base.outputs.items()},
        evaluate=_Spiking(cell, base.evaluate, course, level, rise, band),
        codes=dict(base.codes) | codes(COARSE_STEP),
        missing=dict(base.missing) | ({} if course.times else {"V": _NO_TIMES}),
    )


_NO_CURRENT = "no injected current"
_NO_TIMES = (
    "V along time is kept where times are given; give the option times, such as "
    '{ linear = ["0 ms", "50 ms"], size = 501 }'
)


def _step() -> Parameter:
    """Return the parameter of the step."""
    row = parameter("I_step", 10.0, "constructed for this program: the squid axon fires")
    return replace(row, divide_by="area", multiply_by="capacitance")


def _with_current(cell: Membrane) -> Membrane:
    """Return a membrane that has an injected current in any case."""
    if "step" in cell.parts:
        raise ValueError(
            "spiking: the current of a mechanism named step is I_step, which is the step of "
            "injected current; rename the mechanism"
        )
    return cell if "I_app" in cell.parameters else replace(cell, I_app="0 uA/cm2")


def _moves(cell: Membrane) -> None:
    """Refuse a gate of which it is not known how it moves in time."""
    if gate := without_tau(cell):
        raise ValueError(f"{gate}: has no tau, and spiking needs one; give tau or instant = true")


def _above_0(option: str, text: Any, unit: str, example: str) -> float:
    """Return a quantity above 0 that an option gives as a text [unit]."""
    value = in_unit(f"spiking: {option}", text, unit)
    if not value > 0:
        raise ValueError(f'spiking: {option} must be above 0, got {text!r}; write "{example}"')
    return value


spiking = Factory(
    name="spiking",
    options={
        **equilibrium.options,
        "duration": 'how long the step of current lasts, "500 ms" unless given',
        "dt": 'the step of time, "0.025 ms" unless given; a second run with twice that tells the '
        "error",
        "times": "when V is kept, from the start of the step: a list of times in ms, or "
        '{ linear = ["0 ms", "50 ms"], size = 501 }; V is left out unless given',
        "crossing": 'what a spike crosses upward: "V_eq" (unless given), the highest equilibrium '
        'under the step, or a potential such as "0 mV"',
        "height": 'how far above V_eq a swing has to rise to be a spike, "10 mV" unless given',
        "hysteresis": "how far V has to go beyond the crossing, and below it before the next "
        'spike, "1 mV" unless given',
    },
    build=_build,
    code=equilibrium.code,
)
"""Kernel factory: how a membrane fires under a step of current, beside everything of `equilibrium`.

The step `I_step` adds to `I_app`, inward positive, and begins at V_rest with every gate at rest. A
membrane without a rest, which oscillates by itself, begins 1 mV above its lowest equilibrium,
with the gates of that (status 6). Fewer than two spikes have the rate 0, none has no latency and no
amplitude: NaN, which is no remark. Status 7 where the error of the rate is more than 1 % of it:
give a shorter dt. Status 3 where nothing can be computed in time: without a capacitance, or where a
step of time is far too long.
"""
