"""What there is to say of the keys of a mechanism's table.

Nothing of it is written down a second time: it follows from what the type asks of a row, with one
key more or less.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leakscape_kernels.mechanisms.asked import Asked
from leakscape_kernels.mechanisms.mechanism import Ion
from leakscape_kernels.mechanisms.table_entry import Entry
from leakscape_kernels.nomenclature import VALENCES

IONS = {
    "K": '{ valence = 1, inside = "140 mmol/L", outside = "5 mmol/L" }',
    "Na": '{ valence = 1, inside = "15 mmol/L", outside = "145 mmol/L" }',
    "Cl": '{ valence = -1, inside = "10 mmol/L", outside = "110 mmol/L" }',
}
"""The ions that an example may name, as the membrane `textbook_neuron` has them."""

_KNOWN = {ion: Ion(name=ion, valence=VALENCES[ion]) for ion in IONS}
_RIVALS = {"ion": "E", "E": "ion"}
"""Keys of which there is one: the ion's reversal potential, or another."""


def keys_of(build: Callable[[Entry], Any], rows: Iterable[str]) -> list[dict[str, Any]]:
    """Return what there is to say of each key, as plain data.

    Args:
        build: the type.
        rows: examples, such as `leak = { type = "ohmic_leak", g = "1 mS/cm2", E = "0 mV" }`.

    Returns:
        A table for each key; one that has another default or meaning with another law comes again.
    """
    found: list[dict[str, Any]] = []
    for row in rows:
        for told in _keys(build, *_read(row)):
            same = [other for other in found if other | {"with": 0} == told | {"with": 0}]
            if same and told["with"] not in same[0]["with"]:
                same[0]["with"] += told["with"]
            elif not same:
                found.append(told)
    laws = [law for told in found if told["choices"] for law in told["choices"]]
    for told in found:  # what goes with every law needs no word of them
        told["with"] = [] if set(told["with"]) >= set(laws) else list(dict.fromkeys(told["with"]))
    order = list(dict.fromkeys(told["key"] for told in found))
    return sorted(found, key=lambda told: order.index(told["key"]))


def needed(build: Callable[[Entry], Any], row: str) -> list[str]:
    """Return the ions that an example names or reads."""
    name, table = _read(row)
    made = build(Entry(name=name, table=table, ions=_KNOWN))
    return [ion for ion in IONS if ion == made.ion or ion in made.needs]


def _read(row: str) -> tuple[str, Mapping[str, Any]]:
    (found,) = tomllib.loads(row).items()
    return found


def _keys(build: Any, name: str, table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what there is to say of each key of the law that one example has."""

    def ask(table: Mapping[str, Any]) -> tuple[Asked, bool]:
        asked = Asked()
        try:
            build(Entry(name=name, table=table, ions=_KNOWN, asked=asked))
        except ValueError:
            return asked, False
        return asked, True

    here = ask(table)[0]
    laws = [str(table.get(key, usual)) for key, (_, usual) in here.choices.items()]
    found = []
    for key in here.keys:
        told: dict[str, Any] = dict.fromkeys(("parameter", "unit", "need", "meaning", "source"), "")
        told |= {"key": key, "default": None, "choices": [], "with": list(laws)}
        if key in here.choices:
            options, usual = here.choices[key]
            need = "" if usual else "required"
            told |= {"choices": list(options), "default": usual, "need": need, "with": []}
            found.append(told | {"meaning": f"one of {', '.join(options)}"})
            continue
        rivals = {other for group in here.alternatives if key in group for other in group} - {key}
        rivals |= {_RIVALS.get(key, key)} & set(here.keys) - {key}
        without = {other: value for other, value in table.items() if other != key}
        alone = {other: value for other, value in without.items() if other not in rivals}
        if key in here.meanings:
            told["meaning"] = here.meanings[key]
        elif key == "ion":
            told["meaning"] = "an ion of the membrane: its solutions, its reversal potential"
        else:
            made = ask(alone | {key: "1"})[0].parameters
            parameter, described = made[key]
            told |= {"parameter": parameter, "unit": described.unit}
            told["meaning"] = described.meaning
        bare, sound = ask(without)
        _, plain = bare.parameters.get(key, ("", None))
        if rivals:
            told["need"] = f"or {' or '.join(sorted(rivals))}"
        elif not sound or (plain is not None and plain.default is None):
            told["need"] = "required"
        elif plain is None:
            told["need"] = "left out"
        else:
            told |= {"default": plain.default, "source": plain.source}
        found.append(told)
    return found
