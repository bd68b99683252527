"""The cell that the options of a kernel ask for, and a sentence for each that there is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from leakscape_kernels.dynamics.cell import VALENCES, Cell, Inside
from leakscape_kernels.dynamics.published import LEAKS, numbers, table
from leakscape_kernels.mechanisms.pathway import STEADY
from leakscape_kernels.mechanisms.pump_laws import LAWS
from leakscape_kernels.membrane.equilibrium import MEMBRANE
from leakscape_kernels.membrane.membrane import Membrane
from leakscape_kernels.membrane.membrane import membrane as membrane_of
from leakscape_kernels.nomenclature import parameter
from leakscape_kernels.options.tables import one_of
from leakscape_kernels.protocol import Parameter

OPTIONS: Mapping[str, str] = {
    "membrane": f"{MEMBRANE}; Na, K and Cl follow, and every mechanism has to say what it carries",
    "leaks": 'in place of a membrane, how leaks of Na, K and Cl are described: "conductance" '
    '(unless given) or "permeability"',
    "law": 'with leaks, the pump\'s rate law: "constant" (with conductances unless given), '
    '"linear" (with permeabilities unless given), "hill", "sigmoid", "cubic" or "hamada"',
}
"""The options that describe a cell."""

_USUAL = "constructed for this program: 100 mmol/L in a sphere with the usual area"
_ENCLOSED = {
    "X_out": (0.0, "none outside"),
    "n_X": (300.0, _USUAL),
    "valence_X": (-1.0, "Kay (2017), doi:10.3389/fcell.2017.00041"),
}
"""What a cell has beside its membrane, unless given: default and source [the symbol's unit]."""

_NOT_TAKEN = ("V_threshold", "I_app", *(f"{ion}_in" for ion in Inside._fields))
"""Parameters of a membrane that no cell takes: what is inside follows."""


def cell_of(kernel: str, leaks: Any, law: Any, membrane: Any) -> Cell:
    """Return the cell that options describe.

    Args:
        kernel: what an error calls the kernel.
        leaks: the option; None for one that was not given.
        law: likewise.
        membrane: likewise.

    Raises:
        ValueError: an option has no such value, or the solutions cannot follow the membrane.
    """
    if membrane is None:
        return _published(kernel, LEAKS[0] if leaks is None else leaks, law)
    for option, given in (("leaks", leaks), ("law", law)):
        if given is not None:
            raise ValueError(
                f"{kernel}: membrane says what {option} says; give membrane or {option}, not both"
            )
    found = membrane_of(membrane)
    for sentence in _wrong(found):
        raise ValueError(f"{kernel}: {sentence}")
    return Cell(found, _parameters(found))


def _published(kernel: str, leaks: Any, law: Any) -> Cell:
    """Return the cell of leaks and a pump, with the numbers that were published."""
    described = one_of(f"{kernel}: leaks", leaks, LEAKS)
    usual = "constant" if described == "conductance" else "linear"
    name = one_of(f"{kernel}: law", usual if law is None else law, LAWS)
    if LAWS[name].current != STEADY:
        raise ValueError(
            f"{kernel}: law {name} follows the potential, which this model takes from the pump's "
            f"current; use one of {', '.join(n for n in LAWS if LAWS[n].current == STEADY)}, or "
            "a membrane with this pump"
        )
    found = membrane_of(table(described, name))
    parameters = {n: row for n, row in _parameters(found).items() if n != "capacitance"}
    for symbol, (value, source) in numbers(described, name).items():
        parameters[symbol] = replace(parameters[symbol], default=value, source=source)
    return Cell(found, parameters)


def _parameters(membrane: Membrane) -> dict[str, Parameter]:
    """Return the parameters of a cell with a membrane."""
    taken = {n: row for n, row in membrane.parameters.items() if n not in _NOT_TAKEN}
    return taken | {name: parameter(name, *row) for name, row in _ENCLOSED.items()}


def _wrong(membrane: Membrane) -> Iterator[str]:
    """Yield what keeps solutions from following a membrane."""
    for option in ("I_app", "calcium"):
        if getattr(membrane, option) is not None:
            yield f"the solutions of a cell cannot follow the membrane's {option}; leave it out"
    for ion, valence in VALENCES._asdict().items():
        if ion not in membrane.kinds:
            yield f"needs the ions Na, K and Cl, got no {ion}; add {ion} to the membrane's ions"
        if membrane.kinds[ion].valence != valence:
            got = membrane.kinds[ion].valence
            yield f"membrane ion {ion}: valence must be {valence}, got {got}; change it"
    for ion in membrane.kinds:
        if ion not in VALENCES._fields:
            yield f"only Na, K and Cl inside can follow, got the ion {ion}; leave it out"
    for name, part in membrane.parts.items():
        carries = part.mechanism.carries
        if carries is None:
            yield (
                f"membrane mechanism {name}: nothing tells which ions carry its current; give it "
                'an ion such as ion = "K", or leave it out'
            )
        for ion in carries or ():
            if ion not in VALENCES._fields:
                yield (
                    f"membrane mechanism {name}: only Na, K and Cl inside can follow, and it "
                    f"carries {ion}; leave it out"
                )
    pumps = [each.mechanism for each in membrane.parts.values() if each.mechanism.atp is not None]
    if not pumps:
        yield "the membrane has no pump; add a sodium_potassium_pump, or use the kernel donnan"
    for ion in VALENCES._fields:
        paths = [p.mechanism for p in membrane.parts.values() if p.mechanism.channel]
        if all(ion not in (path.carries or ()) for path in paths):
            yield f"no channel of the membrane carries {ion}; add one"
