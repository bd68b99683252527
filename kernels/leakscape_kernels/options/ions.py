"""The ions that an option names: a list of names, or a table with what is known of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leakscape_kernels.nomenclature import PLAIN, VALENCES, is_owner
from leakscape_kernels.options.tables import known_keys, quantity

QUANTITIES = {"P": "cm/s", "inside": "mmol/L", "outside": "mmol/L"}
"""What a table may give of an ion, each in its unit."""

_SYMBOLS = ("P_{}", "{}_in", "{}_out", "E_{}", "I_{}", "driving_force_{}", "blocked_{}")
_EXAMPLE = 'a list of names such as ["K", "Na", "Cl", "Ca"], or a table of them'


@dataclass(frozen=True, kw_only=True)
class NamedIon:
    """One ion that an option names.

    Args:
        name: such as "Ca".
        valence: charge number, with its sign [1].
        given: what its table gives, of `QUANTITIES`: a text with a number and a unit.
        source: where that comes from.
    """

    name: str
    valence: int
    given: Mapping[str, float | str]
    source: str


def read_ions(kernel: str, given: Any, charges: Collection[int]) -> tuple[NamedIon, ...]:
    """Return the ions that an option `ions` names, after a look at each.

    Args:
        kernel: name of the kernel, for errors.
        given: a list of names of ions whose valence is known, or a table: name -> `valence`, which
            an ion that is known may leave out, `P`, `inside`, `outside` and their `source`.
        charges: how many charges an ion may carry, of either sign [1].

    Returns:
        one or more ions, in the order given.

    Raises:
        ValueError: with where, the rule and what was found.
    """
    where = f"{kernel} ions"
    listed = isinstance(given, Sequence) and not isinstance(given, str)
    if not (listed or isinstance(given, Mapping)) or not given:
        raise ValueError(f"{where}: needs {_EXAMPLE}, got {given!r}")
    for name in given:
        if not isinstance(name, str) or not is_owner(name):
            raise ValueError(
                f"{where}: a name is a letter, then letters and digits, and not in, out, load or "
                f"start; got {name!r}"
            )
        taken = [symbol for each in _SYMBOLS if (symbol := each.format(name)) in PLAIN]
        if taken:
            raise ValueError(
                f"{where}: {taken[0]} is a symbol of its own, so no ion can be called {name}; "
                "give it another name"
            )
    if isinstance(given, Mapping):
        return tuple(_of_table(where, name, table, charges) for name, table in given.items())
    if len(set(given)) < len(given):
        raise ValueError(f"{where}: every name once, got {list(given)}")
    for name in given:
        if name not in VALENCES:
            raise ValueError(
                f"{where}: no valence is known of {name}, which is none of {', '.join(VALENCES)}; "
                f"write a table for all ions, with {name} = {{ valence = 1 }}"
            )
    return tuple(_of_table(where, name, {}, charges) for name in given)


def _of_table(where: str, name: str, table: Any, charges: Collection[int]) -> NamedIon:
    """Return the ion that a table describes."""
    where = f"{where}.{name}"
    if not isinstance(table, Mapping):
        raise ValueError(
            f"{where}: needs a table such as "
            f'{{ P = "1e-7 cm/s", inside = "1e-4 mmol/L", outside = "2 mmol/L" }}, got {table!r}'
        )
    known_keys(where, table, ("valence", *QUANTITIES, "source"))
    usual = VALENCES.get(name)
    valence = table.get("valence", usual)
    if valence is None:
        raise ValueError(f"{where}: needs a valence, for none is known of {name}; add valence = 1")
    if not isinstance(valence, int) or isinstance(valence, bool) or valence == 0:
        raise ValueError(f"{where}: valence must be a whole number other than 0, got {valence!r}")
    if usual not in (None, valence):
        raise ValueError(
            f"{where}: {name} has a valence of {usual}, got {valence}; give another ion another "
            "name"
        )
    if abs(valence) not in charges:
        allowed = ", ".join(f"{z}, {-z}" for z in charges)
        raise ValueError(
            f"{where}: valence must be one of {allowed} for the rest to have a formula, got "
            f"{valence}; use the kernel equilibrium with a ghk_leak for each ion"
        )
    given = {
        key: quantity(f"{where}: {key}", table[key], unit)
        for key, unit in QUANTITIES.items()
        if key in table
    }
    source = table.get("source", "the option ions")
    if not isinstance(source, str):
        raise ValueError(f"{where}: source must be a text, got {source!r}")
    return NamedIon(name=name, valence=valence, given=given, source=source)
