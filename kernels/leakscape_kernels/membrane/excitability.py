"""How far a membrane is from losing its rest: read-outs of its stable stretches.

See `stable_stretches` for the list that all of them are read from, and docs/excitability.md for
what they cannot tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from leakscape_kernels.membrane.gating import Gating
from leakscape_kernels.membrane.hopf import first_lyapunov
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.membrane.stability_change import HOPF, NONE
from leakscape_kernels.membrane.stability_events import Events, Window, ends, events
from leakscape_kernels.membrane.stability_scan import Changes
from leakscape_kernels.membrane.stable_stretches import Stretches, injected, listed
from leakscape_kernels.nomenclature import output
from leakscape_kernels.on_demand import jax, jnp
from leakscape_kernels.protocol import Output

OSCILLATING, MULTISTABLE, QUIET, DEPOLARISATION_BLOCK, BETWEEN = range(5)
"""What `regime` says."""

_ALONG = ("V_start", "I_start", "V_end", "I_end", "end_kind")
"""What is told of every stable stretch, each after `stable_`."""

_LOSS = ("V_loss", "I_loss", "loss_kind", "hopf_criticality")
_BLOCK = ("V_block", "I_block")
_OF_ALL = ("n_stable_at_loss", "regime", *(f"stable_{name}" for name in _ALONG))

NAMES = (*(f"stable_{name}" for name in _ALONG), *_LOSS, "n_stable_at_loss", *_BLOCK, "regime")
"""Every read-out."""

_USUAL = Window()


def excitability(
    gating: Gating,
    V_rest: Any,
    exists: Any,
    window: Window = _USUAL,
    wanted: Collection[str] = NAMES,
) -> dict[str, Any]:
    """Return how far a membrane is from losing its rest.

    All injected currents are absolute, whatever `I_app` is: the rest at hand is lost when the
    current is raised from `I_app` to `I_loss`. `regime` is that without any.

    Args:
        gating: the membrane in time.
        V_rest: its rest, NaN where there is none [mV].
        exists: whether the membrane has values that make sense.
        window: where stability is looked at.
        wanted: the read-outs to return; nothing else is computed.

    Returns:
        the read-outs of `NAMES` that are wanted. Where it is not known everywhere in the window
        what is stable, and where there are more stretches than slots, quantities are NaN, and what
        stands for a word is "unknown".
    """
    whole = any(name in wanted for name in _OF_ALL)
    blocked = any(name in wanted for name in _BLOCK)
    some = _loss_and_block if blocked else _loss_alone
    found = events(gating, window, V_rest, None if whole else some)
    known = exists & found.known & (found.stretches <= window.slots)
    loss, block = _loss_and_block(found.stretch, found)
    V_loss, kind = found.at(loss if whole else 0, known)
    told: dict[str, Any] = {"V_loss": V_loss, "loss_kind": _label(kind, known)}
    if "I_loss" in wanted or "n_stable_at_loss" in wanted:
        told["I_loss"] = injected(gating, V_loss, jnp.isfinite(V_loss))
    if "hopf_criticality" in wanted:
        told["hopf_criticality"] = _criticality(gating, V_loss, told["loss_kind"])
    if blocked:
        V_block, _ = found.at(block if whole else 1, known)
        told |= {"V_block": V_block, "I_block": injected(gating, V_block, jnp.isfinite(V_block))}
    if whole:
        every = listed(gating, window, found)
        for name in _ALONG:
            value, there = getattr(every, name), known & (every.end_kind >= 0)
            told[f"stable_{name}"] = (
                _label(value, there) if _is_kind(name) else jnp.where(there, value, jnp.nan)
            )
        told["regime"] = _label(_regime(every), known)
    if "n_stable_at_loss" in wanted:
        others = _stable_at(every, told["I_loss"]) & (jnp.arange(window.slots) != found.stretch)
        told["n_stable_at_loss"] = _label(jnp.sum(others), jnp.isfinite(V_loss))
    return {name: value for name, value in told.items() if name in wanted}


def _is_kind(name: str) -> bool:
    return name.endswith("_kind")


def _label(number: Any, known: Any) -> Any:
    """Return a number that stands for something, -1 where it is not known."""
    return jnp.where(known, number, -1).astype(jnp.int8)


def _loss_and_block(stretch: Any, found: Changes | Events) -> list[Any]:
    """Return which change ends a stretch, and which one starts the last stretch."""
    return [ends(stretch, found)[1], ends(found.stretches - 1, found)[0]]


def _loss_alone(stretch: Any, found: Changes | Events) -> list[Any]:
    """Return which change ends a stretch."""
    return _loss_and_block(stretch, found)[:1]


def _criticality(gating: Gating, V_loss: Any, kind: Any) -> Any:
    """Return the sign of the first Lyapunov coefficient, 0 without a Hopf point, -2 if unknown."""
    hopf = kind == HOPF
    l1 = first_lyapunov(gating, jax.lax.stop_gradient(jnp.where(hopf, V_loss, 0.0)))
    sign = jnp.where(jnp.isnan(l1), -2, jnp.where(l1 < 0, -1, 1))
    return jnp.where(hopf, sign, jnp.where(kind < 0, -2, 0)).astype(jnp.int8)


def _stable_at(every: Stretches, current: Any) -> Any:
    """Return which stretches have an equilibrium at an injected current [uA/cm2].

    A stretch that the window ends is taken to go on beyond it.
    """
    above = (every.start_kind == NONE) | (every.I_start < current)
    below = (every.end_kind == NONE) | (every.I_end > current)
    return above & below & (every.end_kind >= 0)


def _regime(every: Stretches) -> Any:
    """Return the regime without injected current."""
    here = _stable_at(every, 0.0)
    number, which = jnp.sum(here), jnp.argmax(here)
    below = (which > 0) | (every.start_kind[0] != NONE)
    above = (which < every.count - 1) | (every.end_kind[which] != NONE)
    one = jnp.where(below, jnp.where(above, BETWEEN, DEPOLARISATION_BLOCK), QUIET)
    return jnp.where(number == 0, OSCILLATING, jnp.where(number > 1, MULTISTABLE, one))


def described(membrane: Membrane) -> Mapping[str, Output]:
    """Return the read-outs of a membrane by name: none of one without an injected current."""
    if "I_app" not in membrane.parameters:
        return {}
    words = {"stable_end_kind", "loss_kind", "hopf_criticality", "n_stable_at_loss", "regime"}
    found = {name: output(name, may_be_undefined=name not in words) for name in NAMES}
    return {
        name: replace(row, dimension="stretch") if name.startswith("stable_") else row
        for name, row in found.items()
    }
