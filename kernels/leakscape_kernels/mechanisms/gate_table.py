"""The gates of a channel as a user writes them: one table a gate, read into laws and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leakscape_kernels.mechanisms.gate import Gate, Law
from leakscape_kernels.mechanisms.gate_domain import domain
from leakscape_kernels.mechanisms.gate_functions import FUNCTIONS
from leakscape_kernels.mechanisms.gate_keys import KEYS
from leakscape_kernels.mechanisms.kinetics import (
    FORMS,
    PARTS,
    BellTau,
    Boltzmann,
    ConstantTau,
    CoshTau,
    Given,
    Hastened,
    OfCalcium,
    OfRates,
    Rate,
    TauOfRates,
)
from leakscape_kernels.mechanisms.own import OwnMistake, is_ours, looked_at, place
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.nomenclature import is_owner
from leakscape_kernels.options.tables import known_keys, nearest, quantity
from leakscape_kernels.protocol import Parameter

_STEADY = ("rates", "V_half", "inf", "follows")
"""The ways to say where a gate rests: one of them."""

_EXAMPLE = '["exp_linear", "1 1/ms", "-40 mV", "10 mV"]'

Parameters = dict[str, Parameter]


def read_gates(entry: Entry, gates: Any) -> tuple[tuple[Gate, ...], Parameters]:
    """Return the gates of a channel and their parameters.

    Args:
        entry: the channel's row.
        gates: what stands under `gates`: one table by name.

    Raises:
        ValueError: with where, the rule, what was found and the remedy.
    """
    where = f"{entry.where} gates"
    if not isinstance(gates, Mapping) or not gates:
        raise ValueError(
            f"{where}: needs one table per gate, got {gates!r}; write for instance "
            'gates.n = { power = 4, V_half = "-25 mV", k = "5 mV", tau = "1 ms" }'
        )
    found, parameters = [], Parameters()
    for name, table in gates.items():
        if not isinstance(name, str) or not is_owner(name):
            raise ValueError(f"{where}: a name is a letter, then letters and digits, got {name!r}")
        if not isinstance(table, Mapping):
            raise ValueError(f"{where}: {name} needs a table, got {table!r}")
        own = replace(
            entry,
            name=f"{name}_{entry.name}",
            table={"source": entry.source} | dict(table),
            label=f"{entry.where} gate {name}",
            asked=None,
        )
        gate, new = _gate(own, name, table)
        found.append(gate)
        parameters |= new
    return tuple(found), parameters


def _gate(entry: Entry, name: str, table: Mapping[str, Any]) -> tuple[Gate, Parameters]:
    """Return one gate and its parameters."""
    where = entry.where
    known_keys(where, table, (*KEYS, "source"))
    present = [key for key in _STEADY if key in table]
    if len(present) != 1:
        raise ValueError(
            f"{where}: needs exactly one of {', '.join(_STEADY)}, "
            f"got {' and '.join(present) or 'none'}"
        )
    steady, tau, parameters = _steady(entry, name, present[0])
    if "tau" in table:
        if present[0] == "rates":
            raise ValueError(f"{where}: tau follows from its rates; remove tau")
        tau, more = _tau(entry, name, has_middle=present[0] == "V_half")
        parameters |= more
    instant = table.get("instant", False)
    if not isinstance(instant, bool):
        raise ValueError(f"{where}: instant must be true or false, got {instant!r}")
    if instant and "tau" in table:
        raise ValueError(f"{where}: a gate that is instant has no tau; remove one of both")
    tau, more = _hastened(entry, name, tau, instant)
    parameters |= more
    return (
        Gate(
            steady=steady,
            name=name,
            power=_power(where, table),
            tau=None if instant else tau,
            instant=instant,
            follows_calcium=present[0] == "follows",
            inside=domain(parameters, entry.name, name),
            sense=steady.sense if isinstance(steady, OfRates | Boltzmann) else None,
        ),
        parameters,
    )


def _power(where: str, table: Mapping[str, Any]) -> int:
    """Return how many such gates have to be open."""
    power = table.get("power", 1)
    if not isinstance(power, int) or isinstance(power, bool) or power < 1:
        raise ValueError(f"{where}: power must be a whole number from 1 on, got {power!r}")
    return power


def _steady(entry: Entry, name: str, key: str) -> tuple[Law, Law | None, Parameters]:
    """Return where a gate rests, its time constant if that follows, and the parameters."""
    where, table = entry.where, entry.table
    if key != "V_half" and "k" in table:
        raise ValueError(f"{where}: k belongs to V_half, not to {key}; remove it")
    for other in ("K_half", "hill"):
        if key != "follows" and other in table:
            raise ValueError(f"{where}: {other} belongs to follows, not to {key}; remove it")
    if key == "V_half":
        return Boltzmann(name), None, entry.own({"V_half": None, "k": None})
    if key == "inf":
        return _function(where, "inf", table["inf"]), None, {}
    if key == "follows":
        if table["follows"] != "Ca":
            raise ValueError(f'{where}: follows must be "Ca", got {table["follows"]!r}')
        return OfCalcium(name), None, entry.own({"K_half": None, "hill": 1.0}, "one site")
    rates = table["rates"]
    if not isinstance(rates, Mapping) or rates.keys() != {"alpha", "beta"}:
        raise ValueError(
            f"{where}: rates needs alpha and beta, each such as {_EXAMPLE}, got {rates!r}"
        )
    alpha, beta = (Rate(_form(where, which, rates[which]), which, name) for which in rates)
    parameters: Parameters = {}
    for which in ("alpha", "beta"):
        for part, value in zip(PARTS, rates[which][1:], strict=True):
            symbol = f"{part}_{which}"
            row = entry.own({symbol: None})[f"{symbol}_{entry.name}"]
            text = quantity(f"{where}: the {part} of {which}", value, row.unit)
            parameters[f"{symbol}_{entry.name}"] = replace(row, default=text, source=entry.source)
    alpha, beta = (alpha, beta) if alpha.which == "alpha" else (beta, alpha)
    return OfRates(alpha, beta), TauOfRates(alpha, beta), parameters


def _form(where: str, which: str, given: Any) -> str:
    """Return the form of a rate after a look at the list that describes it."""
    whole = isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 4
    if not whole:
        raise ValueError(
            f"{where}: {which} needs a form, rate, midpoint and scale such as {_EXAMPLE}, "
            f"got {given!r}"
        )
    if not isinstance(given[0], str) or given[0] not in FORMS:
        raise ValueError(f"{where}: no rate form named {given[0]!r}; it may be {', '.join(FORMS)}")
    return str(given[0])


def _tau(entry: Entry, name: str, *, has_middle: bool) -> tuple[Law, Parameters]:
    """Return a time constant and its parameters."""
    where, tau = f"{entry.where}: tau", entry.table["tau"]
    if callable(tau) or (isinstance(tau, str) and (":" in tau or tau in FUNCTIONS)):
        return _function(entry.where, "tau", tau), {}
    if not isinstance(tau, Mapping):
        return ConstantTau(name), entry.own({"tau": None})
    bell = {"min": "tau_min", "max": "tau_max", "V_half": "tau_V_half", "k": "tau_k"}
    keys = {"cosh": "tau_max"} if "cosh" in tau else bell
    known_keys(where, tau, tuple(keys))
    parameters: Parameters = {}
    for key, symbol in keys.items():
        if key not in tau:
            raise ValueError(f"{where} needs {', '.join(keys)}, got no {key}; add it")
        row = entry.own({symbol: None})[f"{symbol}_{entry.name}"]
        text = quantity(f"{where}.{key}", tau[key], row.unit)
        parameters[f"{symbol}_{entry.name}"] = replace(row, default=text, source=entry.source)
    if "cosh" not in tau:
        return BellTau(name), parameters
    if not has_middle:
        raise ValueError(f"{where}.cosh takes V_half and k of its gate; give these")
    return CoshTau(name), parameters


def _hastened(
    entry: Entry, name: str, tau: Law | None, instant: bool
) -> tuple[Law | None, Parameters]:
    """Return a time constant with what hastens it, and the parameters of that."""
    where, table = entry.where, entry.table
    asked = [key for key in ("rate_factor", "q10") if key in table]
    if not asked:
        return tau, {}
    if tau is None or instant:
        raise ValueError(f"{where}: {asked[0]} needs a gate with a tau; give tau or rates")
    parameters: Parameters = {}
    if "rate_factor" in table:
        parameters |= entry.own({"rate_factor": 1.0})
    q10 = table.get("q10")
    if q10 is not None:
        if not isinstance(q10, Mapping) or q10.keys() != {"Q10", "T_ref"}:
            raise ValueError(f'{where}: q10 needs {{ Q10 = 3, T_ref = "6.3 degC" }}, got {q10!r}')
        parameters |= replace(entry, table={"source": entry.source} | dict(q10)).own(
            {"Q10": None, "T_ref": None}
        )
    factor = f"rate_factor_{name}" if "rate_factor" in table else None
    growth = (f"Q10_{name}", f"T_ref_{name}") if q10 is not None else None
    return Hastened(tau, factor, growth), parameters


def _function(where: str, key: str, given: Any) -> Law:
    """Return a law that was written as a function, or that bears a name."""
    if isinstance(given, str) and given in FUNCTIONS:
        given = FUNCTIONS[given]
    if not callable(given):
        raise ValueError(
            f'{where}: {key} must be a function such as "my_gates.py:a_{key}", got {given!r}; '
            f"{nearest(given, FUNCTIONS)}"
        )
    sees = _sees(where, key, given)
    return Given(given if is_ours(given) else looked_at(given, where), sees)


def _sees(where: str, key: str, function: Callable[..., Any]) -> bool:
    """Return whether a function takes what its mechanism sees, beside V."""
    try:
        signature = inspect.signature(function)
    except ValueError:  # compiled code may tell nothing
        return False
    for number in (1, 2):
        try:
            signature.bind(*range(number))
        except TypeError:
            continue
        return number == 2
    name = getattr(function, "__name__", key)
    raise OwnMistake(
        f"{where}: {place(function)} does not take V, or V and here; write def {name}(V)"
    )
