"""Derived parameters: arithmetic on quantities, checked for dimension, never evaluated as code.

`"150 mmol/L - K_out"` becomes a function of the named values. Only + - * / **, the functions
sqrt, exp and log, names and numbers with units pass; everything else is refused unread.
Temperatures count in kelvin inside an expression.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from leakscape.declare import units
from leakscape.declare.glyphs import plain
from leakscape.declare.ieee import quotient, raised
from leakscape.declare.names import nearest
from leakscape.errors import DeclarationError
from leakscape.shown import shown

LONGEST = 500
_ALPHABET = re.compile(r"[A-Za-z0-9_%+\-*/^(). \t\n]*")
_INNER_NAME = re.compile(r"(?<![A-Za-z0-9_])_")
"""Names of a study begin with a letter: those that begin with _ stand for the literals here."""
_LITERAL = re.compile(
    r"(?<![A-Za-z0-9_.])(\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"(?:\s*(%|(?!(?:sqrt|exp|log)\b)[A-Za-z]+(?:\^-?\d+|\d*)(?:[/*][A-Za-z]+(?:\^-?\d+|\d*))*"
    r"(?![A-Za-z0-9_(])))?"
)
_LINK = re.compile(r"[/*]([A-Za-z]+\d*)")
_REMEDY = "use + - * / ** sqrt exp log"
Values = Mapping[str, Any]
Compute = Callable[[Values, Any], Any]


@dataclass(frozen=True)
class Expression:
    """A derived parameter, ready to be computed.

    Args:
        text: what the study says.
        names: the parameters that it reads.
        compute: (values in their own units, array namespace) -> value in the target's unit.
    """

    text: str
    names: frozenset[str]
    compute: Compute


@dataclass(frozen=True)
class Term:
    """Arithmetic with the unit that it comes out in.

    Args:
        compute: (values in their own units, array namespace) -> value [unit].
        unit: its unit; kelvin for a temperature.
        constant: the value of plain arithmetic on numbers [unit]; None where a name varies.
        names: what it reads.
    """

    compute: Compute
    unit: str
    constant: float | None = None
    names: frozenset[str] = frozenset()


def parse(text: object, target: str, known: Mapping[str, str]) -> Expression:
    """Read an expression and check its dimension.

    Args:
        text: the expression.
        target: the unit of the parameter that it defines.
        known: names that it may use -> their units.

    Returns:
        The expression.

    Raises:
        DeclarationError: not arithmetic, an unknown name, or a wrong dimension.
    """
    term = read(text, known)
    if not units.same_dimension(term.unit, _absolute(target)):
        raise DeclarationError(
            f"expression: gives {term.unit or '1'}, but {target} is wanted, got {shown(text)}; "
            "fix the units"
        )
    factor, _ = units.linear_conversion(term.unit, _absolute(target))
    offset = units.linear_conversion(_absolute(target), target)[1] if _offset(target) else 0.0
    compute = scaled(term.compute, factor)
    if offset:
        kelvin = compute
        compute = lambda values, xp: kelvin(values, xp) + offset  # noqa: E731
    return Expression(str(text), term.names, compute)


def read(text: object, known: Mapping[str, str]) -> Term:
    """Read arithmetic of any dimension.

    Args:
        text: the arithmetic.
        known: names that it may use -> their units.

    Returns:
        It with its unit.

    Raises:
        DeclarationError: not arithmetic, or an unknown name.
    """
    if not isinstance(text, str):
        raise DeclarationError(f'expected text, got {shown(text)}; write "150 mmol/L - K_out"')
    if len(text) > LONGEST:
        raise DeclarationError(f"expression: longer than {LONGEST} characters, got {len(text)}")
    written = plain(text)
    if not _ALPHABET.fullmatch(written) or _INNER_NAME.search(written):
        raise DeclarationError(f"expression: not arithmetic, got {shown(text)}; {_REMEDY}")
    literals: list[tuple[float, str]] = []

    def place(match: re.Match[str]) -> str:
        number, (unit, rest) = match[1], _parted(match[2] or "", known)
        if unit in known or unit.split("/")[0].split("*")[0] in known:
            raise DeclarationError(f"expression: {match[0]!r} needs an operator between its parts")
        literals.append((units.finite(float(number.replace("_", ""))), unit))
        units.check_unit(unit)
        return f"_{len(literals) - 1}_{rest}"

    reader = _Reader(known, literals)
    try:
        tree = ast.parse(_LITERAL.sub(place, written.strip()).replace("^", "**"), mode="eval")
        term = reader.read(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DeclarationError(
            f"expression: not arithmetic, got {shown(text)}; {_REMEDY}"
        ) from error
    return replace(term, names=frozenset(reader.names))


def _parted(unit: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Part a unit from the names behind it: `1 nS/area` is 1 nS over the area.

    Raises:
        DeclarationError: a name is a unit too, as pH is the picohenry.
    """
    link = next((link for link in _LINK.finditer(unit) if link[1] in known), None)
    if link is None:
        return unit, ""
    if _is_unit(unit):
        raise DeclarationError(
            f"expression: {link[1]} is a name and a unit, got {shown(unit)}; "
            f"put blanks around the {link[0][0]} before the name"
        )
    return unit[: link.start()], unit[link.start() :]


def _is_unit(text: str) -> bool:
    try:
        units.check_unit(text)
    except DeclarationError:
        return False
    return True


class _Reader:
    """Walks a syntax tree of whitelisted nodes, carrying units along."""

    def __init__(self, known: Mapping[str, str], literals: list[tuple[float, str]]) -> None:
        self.known, self.literals, self.names = known, literals, set[str]()

    def read(self, node: ast.expr) -> Term:
        match node:
            case ast.Name(id=name):
                return self._name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._scale(self.read(operand), -1.0)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.read(operand)
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
                return self._sum(self.read(left), self.read(right), isinstance(op, ast.Sub))
            case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as op, right=right):
                return self._product(self.read(left), self.read(right), isinstance(op, ast.Div))
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._power(self.read(left), self.read(right))
            case ast.Call(
                func=ast.Name(id="sqrt" | "exp" | "log" as name), args=[argument], keywords=[]
            ):
                return self._function(name, self.read(argument))
        raise ValueError("not whitelisted")

    def _name(self, name: str) -> Term:
        if re.fullmatch(r"_\d+_", name):
            value, unit = self.literals[int(name.strip("_"))]
            absolute = units.convert(value, unit, _absolute(unit)) if _offset(unit) else value
            return Term(lambda values, xp: absolute, _absolute(unit), absolute)
        if name not in self.known:
            raise DeclarationError(
                f"expression: unknown name, got {name!r}; {nearest(name, self.known)}"
            )
        self.names.add(name)
        unit = self.known[name]
        offset = units.linear_conversion(unit, _absolute(unit))[1] if _offset(unit) else 0.0
        if offset:
            return Term(lambda values, xp: values[name] + offset, _absolute(unit))
        return Term(lambda values, xp: values[name], unit)

    @staticmethod
    def _scale(term: Term, factor: float) -> Term:
        constant = None if term.constant is None else term.constant * factor
        return Term(scaled(term.compute, factor), term.unit, constant)

    def _sum(self, left: Term, right: Term, minus: bool) -> Term:
        if not units.same_dimension(left.unit, right.unit):
            raise DeclarationError(
                f"expression: cannot add {left.unit or '1'} and {right.unit or '1'}; fix the units"
            )
        factor, _ = units.linear_conversion(right.unit, left.unit)
        other = self._scale(right, -factor if minus else factor)
        first, second = left.compute, other.compute
        constant = None
        if left.constant is not None and other.constant is not None:
            constant = left.constant + other.constant
        return Term(lambda values, xp: first(values, xp) + second(values, xp), left.unit, constant)

    @staticmethod
    def _product(left: Term, right: Term, divide: bool) -> Term:
        first, second = left.compute, right.compute
        unit = units.multiply(left.unit, right.unit, -1 if divide else 1)
        constant = None
        if left.constant is not None and right.constant is not None:
            if divide and right.constant == 0.0:
                raise DeclarationError("expression: divides by zero; fix it")
            constant = left.constant / right.constant if divide else left.constant * right.constant
        if divide:
            return Term(
                lambda values, xp: quotient(first(values, xp), second(values, xp)), unit, constant
            )
        return Term(lambda values, xp: first(values, xp) * second(values, xp), unit, constant)

    def _power(self, base: Term, exponent: Term) -> Term:
        power = exponent.constant
        if power is None and units.same_dimension(exponent.unit, "1"):
            return _exponential(base, exponent)
        if power is None or exponent.unit not in ("", "1"):
            raise DeclarationError("expression: an exponent must be a plain number; write one")
        if not abs(power) <= 16:
            raise DeclarationError(f"expression: exponent beyond 16, got {power:g}; use less")
        if base.constant is not None and base.constant <= 0.0 and power != int(power):
            raise DeclarationError("expression: fractional power of a number below zero; fix it")
        inner = base.compute
        whole: float | int = int(power) if power == int(power) else power
        unit = units.raise_to(base.unit, power)
        constant = None if base.constant is None else raised(base.constant, whole)
        return Term(lambda values, xp: raised(inner(values, xp), whole), unit, constant)

    @staticmethod
    def _function(name: str, argument: Term) -> Term:
        inner = argument.compute
        if name == "sqrt":
            unit = units.raise_to(argument.unit, 0.5)
            return Term(lambda values, xp: xp.sqrt(inner(values, xp)), unit)
        if not units.same_dimension(argument.unit, "1"):
            raise DeclarationError(f"expression: {name} needs a pure number, got {argument.unit}")
        inner = scaled(inner, units.linear_conversion(argument.unit, "1")[0])
        if name == "exp":
            return Term(lambda values, xp: xp.exp(inner(values, xp)), "")
        return Term(lambda values, xp: xp.log(inner(values, xp)), "")


def _exponential(base: Term, exponent: Term) -> Term:
    """Raise a plain number to what varies, as in `10 ** (-pH)`."""
    if base.constant is None or not units.same_dimension(base.unit, "1"):
        raise DeclarationError(
            "expression: only a plain number may be raised to what varies; write 10 ** (-pH) or exp"
        )
    number = base.constant * units.linear_conversion(base.unit, "1")[0]
    if number <= 0.0:
        raise DeclarationError("expression: power of a number that is not above zero; fix it")
    inner = scaled(exponent.compute, units.linear_conversion(exponent.unit, "1")[0])
    growth = math.log(number)
    return Term(lambda values, xp: xp.exp(growth * inner(values, xp)), "")


def scaled(compute: Compute, factor: float) -> Compute:
    """Return what computes a value times a factor."""
    if factor == 1.0:
        return compute
    return lambda values, xp: compute(values, xp) * factor


def _offset(unit: str) -> bool:
    """Tell whether a unit has an origin of its own, as degC has."""
    return (
        units.same_dimension(unit, "kelvin") and units.linear_conversion(unit, "kelvin")[1] != 0.0
    )


def _absolute(unit: str) -> str:
    return "kelvin" if _offset(unit) else unit
