"""What is analysed: an output of the kernel, or whether a condition on outputs holds (1 or 0)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leakscape.declare import condition, names
from leakscape.declare.condition import Condition
from leakscape.declare.output import Output
from leakscape.errors import DeclarationError
from leakscape.shown import shown

_SIGNS = re.compile(r"<=|>=|==|!=|<|>|\bbetween\b")
_WORDS = {
    "<=": " at most ",
    ">=": " at least ",
    "==": " equals ",
    "!=": " differs from ",
    "<": " below ",
    ">": " above ",
    "-": " minus ",
    "+": " plus ",
    "*": " times ",
    "/": " per ",
    "%": " percent ",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One quantity whose variance is to be explained.

    Args:
        name: begins the names of its variables in the result.
        text: as it was asked for.
        unit: of the quantity.
        long_name: in words.
        reads: the outputs that it is made of.
        dimension: its own dimension, such as `time`; None for a scalar.
        indicator: the condition of a yes/no outcome; None for an output itself.
    """

    name: str
    text: str
    unit: str
    long_name: str
    reads: tuple[str, ...]
    dimension: str | None = None
    indicator: Condition | None = None

    def of(self, values: Mapping[str, Any], xp: Any, dtype: Any) -> Any:
        """Compute it from outputs.

        Args:
            values: output -> array.
            xp: array namespace.
            dtype: in which a condition is decided, that of the study.

        Returns:
            The output, or 1.0 and 0.0 where the condition holds and where it does not.
        """
        if self.indicator is None:
            return values[self.name]
        read = {name: values[name].astype(dtype) for name in self.reads}
        return self.indicator.holds(read, xp).astype(dtype)


def outcomes(known: Mapping[str, Output], asked: Sequence[str], where: str) -> tuple[Outcome, ...]:
    """Read what is to be analysed.

    Args:
        known: the outputs that there are.
        asked: names of outputs, or conditions on them such as "V_rest > -60 mV".
        where: how messages call the place.

    Returns:
        The outcomes, each once.

    Raises:
        DeclarationError: no such output, or a condition that is none.
    """
    found: dict[str, Outcome] = {}
    for text in asked:
        if not isinstance(text, str):
            raise DeclarationError(f"{where}: expected a name or a condition, got {shown(text)}")
        made = _indicator(known, text, where) if _SIGNS.search(text) else _plain(known, text, where)
        found[made.name] = made
    return tuple(found.values())


def _plain(known: Mapping[str, Output], text: str, where: str) -> Outcome:
    name = text.strip()
    if name not in known:
        raise DeclarationError(
            f"{where}: there is no output {shown(name)}; {names.nearest(name, known)}"
        )
    output = known[name]
    return Outcome(
        name=name,
        text=name,
        unit=output.unit,
        long_name=output.long_name or name,
        reads=(name,),
        dimension=output.dimension,
    )


def _indicator(known: Mapping[str, Output], text: str, where: str) -> Outcome:
    scalars = {n: o.unit for n, o in known.items() if o.dimension is None}
    try:
        words = {n: dict(known[n].flags) for n in scalars}
        parsed = condition.parse(text, scalars, {}, words)
    except DeclarationError as error:
        raise DeclarationError(
            f"{where}: {error} (a condition reads outputs that have one value at a point)"
        ) from error
    return Outcome(
        name=spelled(text),
        text=text.strip(),
        unit="1",
        long_name=f"whether {text.strip()}",
        reads=tuple(sorted(parsed.names)),
        indicator=parsed,
    )


def spelled(text: str) -> str:
    """Return a condition as a name: "V_rest > -60 mV" is V_rest_above_minus_60_mV."""
    for sign, word in _WORDS.items():
        text = text.replace(sign, word)
    return re.sub(r"\W+", "_", text.replace(".", "p")).strip("_")
