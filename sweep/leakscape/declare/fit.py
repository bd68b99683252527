"""A fit: what a table of recordings shall tell of a model's parameters, as data.

TOML on disk, a frozen dataclass here, canonical JSON in a result: the same fields.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakscape.declare import names, units
from leakscape.declare.head import check_head, check_keys
from leakscape.declare.prior import Prior
from leakscape.declare.recorded import Recorded, read_data
from leakscape.declare.study import canonical_json, read_kernel
from leakscape.errors import DeclarationError
from leakscape.shown import shown

KEYS = (
    *("name", "question", "expect", "precision", "kernel", "fixed", "derived"),
    *("data", "free", "offsets", "noise"),
)
SERIES = "R_series"
"""Among the offsets of a clamp: the resistance that stands in series with the membrane."""
NOISE = ("normal", "student")
ORDERED = frozenset({"free", "offsets"})
"""Tables whose order is that of the unknowns."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """What is fitted to which recordings.

    Args:
        name: names the result; letters, digits and _.
        kernel: a name, a table with `name` and options, or a kernel object.
        data: the TOML table: `table` (a file, or `{ file, sd = true }`), `conditions` (columns that
            are parameters), `outputs` (column -> output, sd, n), `skip` (leave cells without a
            number out).
        free: parameter -> its prior.
        question: what the fit asks.
        expect: what is known of the answer.
        precision: float64 or float32.
        fixed: parameter -> "number unit".
        derived: parameter -> expression over the others.
        offsets: column -> number or prior of what the recorded potential holds besides that of the
            membrane; a recorded output is that of the model plus the offset, and a commanded
            potential is that of the membrane plus the offset. `R_series` is a resistance in series.
        noise: `law`, normal or student, and `df` of student, a number or a prior.
        folder: where relative files are; no part of the fit's meaning.
    """

    name: str
    kernel: Any
    data: Mapping[str, Any]
    free: Mapping[str, Any]
    question: str = ""
    expect: str = ""
    precision: str = "float64"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    offsets: Mapping[str, Any] = field(default_factory=dict)
    noise: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        check_head(self, ("fixed", "derived", "data", "free", "offsets", "noise"))
        settle = object.__setattr__  # a frozen dataclass settles its fields once, here
        settle(self, "kernel", read_kernel(self.kernel))
        settle(self, "data", read_data(self.data))
        settle(self, "free", _priors(self.free, "free"))
        settle(self, "offsets", _priors(self.offsets, "offsets"))
        settle(self, "noise", _noise(self.noise))
        if not self.free:
            raise DeclarationError(
                "free: names no parameter; write one such as "
                'K_in = { uniform = [80, 200], unit = "mM" }'
            )
        self._refuse_clashes()

    def _refuse_clashes(self) -> None:
        for name in self.free:
            if name in self.conditions:
                raise DeclarationError(
                    f"free.{name}: {name} is a condition, whose values are the table's; "
                    "take it out of one of the two"
                )
            if name in self.recorded:
                raise DeclarationError(
                    f"free.{name}: a recorded column has that name; rename the column"
                )
            if name in self.fixed or name in self.derived:
                kind = "fixed" if name in self.fixed else "derived"
                raise DeclarationError(
                    f"free.{name}: {name} is {kind} too; take it out of one of the two"
                )
        for name, prior in self.free.items():
            for number in prior.names:
                inner = self.free.get(number)
                if inner is None:
                    remedy = names.nearest(number, self.free)
                    raise DeclarationError(f"free.{name}: {number} is no free parameter; {remedy}")
                if inner.names or inner.per:
                    raise DeclarationError(
                        f"free.{name}: {number} must be one number of its own prior, for all rows; "
                        "take its per out"
                    )

    @property
    def kernel_name(self) -> str:
        """How the fit calls its kernel."""
        if isinstance(self.kernel, Mapping):
            return str(self.kernel["name"])
        return str(getattr(self.kernel, "__name__", type(self.kernel).__name__))

    @property
    def conditions(self) -> tuple[str, ...]:
        """The columns that are parameters."""
        return tuple(self.data["conditions"])

    @property
    def recorded(self) -> dict[str, Recorded]:
        """The columns that the model shall give."""
        return dict(self.data["outputs"])

    @property
    def hyperparameters(self) -> frozenset[str]:
        """Free numbers that stand in other priors."""
        return frozenset(name for prior in self.free.values() for name in prior.names)

    def tables(self) -> dict[str, Any]:
        """Return the fit as TOML tables."""
        held = isinstance(self.kernel, Mapping)
        kernel = dict(self.kernel) if held else {"name": self.kernel_name}
        outputs = {name: one.table() for name, one in self.recorded.items()}
        told: dict[str, Any] = {"name": self.name, "question": self.question, "expect": self.expect}
        told |= {"precision": self.precision, "kernel": kernel, "fixed": dict(self.fixed)}
        told |= {"derived": dict(self.derived), "data": dict(self.data) | {"outputs": outputs}}
        table = self.data["table"]
        told["data"]["table"] = table if isinstance(table, str | Mapping) else type(table).__name__
        for key in ("free", "offsets"):
            told[key] = {
                name: given if isinstance(given, str) else given.table()
                for name, given in getattr(self, key).items()
            }
        df = self.noise.get("df")
        told["noise"] = dict(self.noise) | ({"df": df.table()} if isinstance(df, Prior) else {})
        return {key: part for key, part in told.items() if part not in ("", {})}

    def canonical(self) -> str:
        """Return the whole fit as canonical JSON, in which the order of what is free is kept."""
        told = self.tables()
        told["data"]["outputs"] = [list(item) for item in told["data"]["outputs"].items()]
        for key in ORDERED & told.keys():
            told[key] = [list(item) for item in told[key].items()]
        return canonical_json(told)


def from_canonical(text: str, folder: Path | None = None) -> Fit:
    """Make a fit of the canonical JSON that a result holds; its table is in the result."""
    told = json.loads(text)
    told["data"]["outputs"] = dict(told["data"]["outputs"])
    for key in ORDERED & told.keys():
        told[key] = dict(told[key])
    return from_tables(told, "fit", folder)


def from_tables(tables: Mapping[str, Any], where: str, folder: Path | None = None) -> Fit:
    """Make a fit of TOML tables.

    Args:
        tables: the fit.
        where: how messages call it.
        folder: where relative files are.

    Raises:
        DeclarationError: an unknown or missing key, or something wrong in a part.
    """
    check_keys(tables, where, KEYS, ("name", "kernel", "data", "free"))
    try:
        return Fit(**tables, folder=folder)
    except DeclarationError as error:
        raise DeclarationError(f"{where}: {error}") from error


def _priors(entries: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Read priors; offsets may be numbers with a unit as well."""
    found: dict[str, Any] = {}
    for name, entry in entries.items():
        names.check(name, where)
        try:
            if where == "offsets" and isinstance(entry, str):
                units.split_quantity(entry)
                found[name] = entry
                continue
            found[name] = Prior.of(entry)
        except DeclarationError as error:
            raise DeclarationError(f"{where}.{name}: {error}") from error
        if where == "offsets" and found[name].names:
            raise DeclarationError(f"offsets.{name}: its numbers must be numbers")
    return found


def _noise(entry: Mapping[str, Any]) -> dict[str, Any]:
    for key in entry:
        if key not in ("law", "df"):
            raise DeclarationError(f"noise: unknown key, got {shown(key)}; use law and df")
    law, df = entry.get("law", "normal"), entry.get("df")
    if law not in NOISE:
        raise DeclarationError(f"noise.law: got {shown(law)}; use one of {', '.join(NOISE)}")
    if law == "normal":
        if df is not None:
            raise DeclarationError("noise.df: belongs to the law student; take it out")
        return {"law": law}
    if df is None:
        raise DeclarationError("noise.df: is missing; write df = 4, or { uniform = [2, 30] }")
    if isinstance(df, Mapping | Prior):
        try:
            df = Prior.of(df)
        except DeclarationError as error:
            raise DeclarationError(f"noise.df: {error}") from error
        if df.support[0] <= 0.0 or df.names or df.per or df.unit != "1":
            raise DeclarationError("noise.df: needs a prior above 0, without a unit; use uniform")
        return {"law": law, "df": df}
    number = units.finite(df)
    if number <= 0.0:
        raise DeclarationError(f"noise.df: must be above 0, got {number:g}; write df = 4")
    return {"law": law, "df": number}
