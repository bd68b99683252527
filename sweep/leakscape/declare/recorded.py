"""What a fit says of its table: which columns are conditions, which were recorded, how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.declare import names
from leakscape.declare.prior import Prior
from leakscape.errors import DeclarationError
from leakscape.shown import shown


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """One column of a table that the model shall give.

    Args:
        column: its name.
        output: the kernel's output.
        sd: scatter of one recording: a column, a text such as "2 mV", or a prior where it is free.
        n: recordings behind a mean: a column or a number.
    """

    column: str
    output: str
    sd: str | Prior
    n: str | float = 1.0

    @classmethod
    def of(cls, column: str, entry: object) -> Recorded:
        """Read an entry of `[data.outputs]`.

        Raises:
            DeclarationError: a key that is unknown, missing or of another kind.
        """
        if not isinstance(entry, Mapping):
            raise DeclarationError(
                f'expected a table, got {shown(entry)}; write {{ output = "V_rest", sd = "2 mV" }}'
            )
        for key in entry:
            if key not in ("output", "sd", "n"):
                raise DeclarationError(f"unknown key, got {shown(key)}; use output, sd and n")
        output, sd, n = entry.get("output"), entry.get("sd"), entry.get("n", 1.0)
        if not isinstance(output, str):
            raise DeclarationError(
                f'output: expected the name of an output, got {shown(output)}; write "V_rest"'
            )
        if sd is None:
            raise DeclarationError(
                'sd: is missing; write a column of the table, a number such as "2 mV", or, to fit '
                'it, { uniform = [0.1, 10], unit = "mV" }'
            )
        if isinstance(n, bool) or not isinstance(n, int | float | str):
            raise DeclarationError(f"n: expected a column or a number, got {shown(n)}; write 7")
        if not isinstance(n, str) and not 1 <= n < 1e9:
            raise DeclarationError(f"n: must be 1 or more, got {n:g}; a mean needs a recording")
        if isinstance(sd, int | float):
            raise DeclarationError(
                f'sd: needs a unit, got {shown(sd)}; write a text such as "{shown(sd)} mV"'
            )
        if not isinstance(sd, str):
            try:
                sd = Prior.of(sd)
            except DeclarationError as error:
                raise DeclarationError(f"sd: {error}") from error
            if sd.names or sd.per:
                raise DeclarationError("sd: is one number for a column; leave per out")
            if sd.support[0] < 0.0:
                raise DeclarationError(
                    f"sd: a {sd.law} can be negative, got {sd.support[0]:g}; use loguniform"
                )
        return cls(column=column, output=output, sd=sd, n=n if isinstance(n, str) else float(n))

    def table(self) -> dict[str, Any]:
        """Return it as its TOML table."""
        sd = self.sd if isinstance(self.sd, str) else self.sd.table()
        return {"output": self.output, "sd": sd, "n": self.n}


def read_data(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Read the table `[data]`, but not the file that it names.

    Raises:
        DeclarationError: a key that is unknown or of another kind.
    """
    for key in entry:
        if key not in ("table", "conditions", "outputs", "skip", "digest"):
            known = ("table", "conditions", "outputs", "skip")
            raise DeclarationError(
                f"data: unknown key, got {shown(key)}; {names.nearest(key, known)}"
            )
    conditions, outputs, skip = (
        entry.get("conditions", []),
        entry.get("outputs", {}),
        entry.get("skip", False),
    )
    if not isinstance(conditions, list | tuple) or not all(isinstance(c, str) for c in conditions):
        raise DeclarationError(
            f'data.conditions: expected a list of columns, got {shown(conditions)}; write ["K_out"]'
        )
    if len(set(conditions)) != len(conditions):
        raise DeclarationError(f"data.conditions: must be distinct, got {shown(conditions)}")
    if not isinstance(outputs, Mapping) or not outputs:
        raise DeclarationError(
            f"data.outputs: expected a table, got {shown(outputs)}; "
            'write V = { output = "V_rest", sd = "2 mV" } under [data.outputs]'
        )
    if not isinstance(skip, bool):
        raise DeclarationError(f"data.skip: expected true or false, got {shown(skip)}")
    found = {}
    for column, one in outputs.items():
        names.check(column, "data.outputs")
        if column in conditions:
            raise DeclarationError(
                f"data.outputs.{column}: is a condition too; take it out of one of the two"
            )
        try:
            found[column] = one if isinstance(one, Recorded) else Recorded.of(column, one)
        except DeclarationError as error:
            raise DeclarationError(f"data.outputs.{column}: {error}") from error
    return {
        "table": entry.get("table", ""),
        "conditions": list(conditions),
        "outputs": found,
        "skip": skip,
    }
