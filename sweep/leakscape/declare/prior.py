"""Priors: what is known of a parameter before the data, and for which rows it is one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from leakscape.declare import units
from leakscape.declare.distributions import LAWS, Distribution
from leakscape.errors import DeclarationError
from leakscape.shown import shown

NESTED = ("normal", "lognormal")
"""Distributions whose numbers may be parameters of the fit themselves."""
LOGARITHMIC = frozenset({"loguniform", "lognormal"})
"""Those whose natural scale is the logarithm."""
INFORMATIVE = frozenset({"normal", "truncated_normal", "lognormal"})
"""Those that say where a value lies, as a measurement does; the others give a range."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is known of one free parameter.

    Args:
        law: name of a distribution.
        numbers: its numbers [unit], or names of free parameters in their place.
        unit: their unit.
        per: a column of the table: one value for each of its texts; empty for one value in all.
    """

    law: str
    numbers: tuple[float | str, ...]
    unit: str = "1"
    per: str = ""

    @classmethod
    def of(cls, table: object) -> Prior:
        """Read a prior from its TOML table, such as `{ normal = [120, 15], unit = "mmol/L" }`.

        Raises:
            DeclarationError: no distribution, one that a fit cannot use, or an unknown key.
        """
        if isinstance(table, Prior):
            return table
        if isinstance(table, Distribution):
            table = table.table()
        if not isinstance(table, Mapping):
            raise DeclarationError(
                f"expected a prior, got {shown(table)}; write {{ uniform = [0, 1] }}"
            )
        held = dict(table)
        per = held.pop("per", "")
        if not isinstance(per, str):
            raise DeclarationError(f"per: expected a column's name, got {shown(per)}")
        if "choice" in held:
            raise DeclarationError(
                "choice: a fit needs values that vary without gaps; use uniform, "
                "or a fit for each of them"
            )
        law = next((name for name in held if name in LAWS), "")
        numbers = held.get(law)
        nested = isinstance(numbers, list | tuple) and any(isinstance(n, str) for n in numbers)
        if not nested:
            found = Distribution.of(held)
            return cls(law=found.name, numbers=found.numbers, unit=found.unit, per=per)
        assert isinstance(numbers, list | tuple)
        return cls._of_parameters(held, law, tuple(numbers), per)

    @classmethod
    def _of_parameters(
        cls, held: Mapping[str, object], law: str, numbers: tuple[object, ...], per: str
    ) -> Prior:
        if law not in NESTED:
            raise DeclarationError(
                f"{law}: its numbers cannot be parameters; use one of {', '.join(NESTED)}"
            )
        if extra := sorted(set(held) - {law, "unit"}):
            raise DeclarationError(f"unknown key, got {shown(extra[0])}; use {law}, unit and per")
        if not per:
            raise DeclarationError(
                f"{law}: its numbers are parameters, so there must be several values to tell them; "
                'add per = "cell"'
            )
        if len(numbers) != 2:
            raise DeclarationError(f"{law}: expected [{LAWS[law].meaning}], got {shown(numbers)}")
        unit = held.get("unit", "1")
        if not isinstance(unit, str):
            raise DeclarationError(f'unit: expected text, got {shown(unit)}; write unit = "mV"')
        units.check_unit(unit)
        told = tuple(n if isinstance(n, str) else units.finite(n) for n in numbers)
        return cls(law=law, numbers=told, unit=unit or "1", per=per)

    @property
    def names(self) -> tuple[str, ...]:
        """The free parameters that stand in place of numbers."""
        return tuple(number for number in self.numbers if isinstance(number, str))

    @cached_property
    def distribution(self) -> Distribution:
        """The distribution of a prior whose numbers are numbers."""
        numbers = tuple(float(number) for number in self.numbers)
        return Distribution(name=self.law, numbers=numbers, unit=self.unit)

    @property
    def logarithmic(self) -> bool:
        """Whether its natural scale is the logarithm."""
        return self.law in LOGARITHMIC

    @property
    def informative(self) -> bool:
        """Whether it says where the value lies, as a measurement does."""
        return self.law in INFORMATIVE

    @property
    def support(self) -> tuple[float, float]:
        """The smallest and the largest value [unit]."""
        if self.names:
            return LAWS[self.law].support((1.0, 1.0))
        return self.distribution.support

    def table(self) -> dict[str, object]:
        """Return the prior as its TOML table."""
        told: dict[str, object] = {self.law: list(self.numbers), "unit": self.unit}
        return told | ({"per": self.per} if self.per else {})
