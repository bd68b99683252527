"""The kernel's code as a hash of its structure: primitives, parameters, types, constants.

Nothing that is printed goes in, for what JAX prints follows the terminal and its settings. What
makes no difference to a number is left out: names and borders of jitted functions, derivative
rules (who asked for a derivative has it in the trace), weak types, where a constant is kept.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import inspect
from collections.abc import Mapping
from enum import Enum
from types import CodeType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.extend.core import ClosedJaxpr, Jaxpr, Literal

VERSION = "3"
"""Of the hash: a store made with another is compared by its numbers, not by its hash."""
_CALLS = frozenset({"jit", "pjit", "closed_call", "core_call"})
_DERIVED = ("custom_jvp_call", "custom_vjp_call")
_SETTLED = frozenset({"jax", "jaxlib", "numpy", "functools", "builtins", "leakscape_kernels"})
_ABOUT = frozenset({"debug", "debug_info", "effects"})


def settled(function: Any) -> bool:
    """Tell whether code belongs to a package that stays as it is while a process lives."""
    return str(getattr(function, "__module__", "")).split(".")[0] in _SETTLED


def needed(traced: ClosedJaxpr) -> ClosedJaxpr:
    """Drop what no result needs: a kernel computes more outputs than a study keeps.

    XLA would drop it too, but tracing, batching and hashing would have paid for it by then.

    Args:
        traced: the code.

    Returns:
        The code with the equations that lead to a result.
    """
    wanted = {id(result) for result in traced.jaxpr.outvars}
    kept = []
    for equation in reversed(traced.jaxpr.eqns):
        if equation.effects or any(id(result) in wanted for result in equation.outvars):
            kept.append(equation)
            wanted.update(id(argument) for argument in equation.invars)
    return ClosedJaxpr(traced.jaxpr.replace(eqns=kept[::-1]), traced.consts)


@dataclasses.dataclass(frozen=True)
class Digest:
    """What identifies code.

    Args:
        sha256: hash of its structure, the same in every process.
        unseen: identities of the objects that the hash knows by name alone, such as the function
            of a callback; within one process they tell code apart that the hash cannot.
    """

    sha256: str
    unseen: tuple[int, ...] = ()


def digest(traced: ClosedJaxpr) -> Digest:
    """Hash code.

    Args:
        traced: the code.

    Returns:
        Its digest.
    """
    walk = _Walk()
    inputs = [walk.fresh(variable.aval) for variable in traced.jaxpr.invars]
    results = walk.code(traced.jaxpr, traced.consts, inputs)
    walk.put("out", *results)
    return Digest(walk.found.hexdigest(), tuple(walk.unseen))


class _Walk:
    """Goes through code in order and hashes what it meets; variables are numbered as they come."""

    def __init__(self) -> None:
        self.found = hashlib.sha256()
        self.unseen: list[int] = []
        self._count = 0
        self._unfolded = False
        self._inside: set[int] = set()

    def put(self, kind: str, *parts: str | bytes) -> None:
        """Hash some parts, each with its length, so that no two sequences look alike."""
        for part in (kind, *parts):
            data = part if isinstance(part, bytes) else part.encode()
            self.found.update(f"{len(data)}:".encode() + data)

    def fresh(self, aval: Any) -> str:
        """Number a variable, and hash its type."""
        self._count += 1
        self.put("variable", _type(aval))
        return f"v{self._count}"

    def code(self, jaxpr: Jaxpr, constants: Any, arguments: list[str]) -> list[str]:
        """Hash equations, and return what stands for their results."""
        scope: dict[Any, str] = dict(zip(jaxpr.invars, arguments, strict=True))
        for variable, constant in zip(jaxpr.constvars, constants, strict=True):
            scope[variable] = _value(constant, variable.aval)

        def name(atom: Any) -> str:
            if isinstance(atom, Literal):
                return _value(atom.val, atom.aval)
            # What code inside takes from the code around it has a type and no number here.
            return scope.get(atom) or f"outer {_type(atom.aval)}"

        for equation in jaxpr.eqns:
            given = [name(atom) for atom in equation.invars]
            code = called(equation)
            if code is not None:
                results = self.code(code.jaxpr, code.consts, given)
            else:
                self.put("equation", equation.primitive.name, *given)
                self._parameters(equation)
                results = [self.fresh(variable.aval) for variable in equation.outvars]
            scope.update(zip(equation.outvars, results, strict=True))
        return [name(atom) for atom in jaxpr.outvars]

    def _parameters(self, equation: Any) -> None:
        rule = equation.primitive.name == "custom_vmap_call"
        for key, value in sorted(_of_every_jax(equation).items()):
            if not (rule and key in ("rule", "in_tree", "out_tree")):
                self.put("parameter", key)
                self._parameter(value)
        if rule and settled(equation.params["rule"]):
            self.put("rule", equation.params["rule"].__qualname__)
        elif rule and not self._unfolded:
            self._unfold(equation)

    def _unfold(self, equation: Any) -> None:
        """Hash what a batching rule makes of a batch: that is what gets computed."""
        batched = [
            jax.ShapeDtypeStruct((2, *atom.aval.shape), atom.aval.dtype) for atom in equation.invars
        ]

        def apply(*arguments: Any) -> Any:
            return equation.primitive.bind(*arguments, **equation.params)

        try:
            traced = jax.make_jaxpr(jax.vmap(apply))(*batched)
        except Exception:  # a rule may take only some of its arguments batched
            self._parameter(equation.params["rule"])
            return
        self._unfolded = True  # what a rule returns for the next batch has a rule again
        try:
            self._parameter(traced)
        finally:
            self._unfolded = False

    def _parameter(self, value: Any) -> None:
        kind = type(value)
        if isinstance(value, ClosedJaxpr | Jaxpr):
            jaxpr: Any = getattr(value, "jaxpr", value)
            constants = getattr(value, "consts", None) or [None] * len(jaxpr.constvars)
            inputs = [self.fresh(variable.aval) for variable in jaxpr.invars]
            self.put("code", *self.code(jaxpr, constants, inputs), "end")
        elif isinstance(value, Enum):
            self.put("enum", kind.__qualname__, value.name)
        elif value is None or isinstance(value, bool | int | float | complex | str | bytes):
            self.put("plain", kind.__name__, repr(value))
        elif isinstance(value, np.ndarray | np.generic | jax.Array):
            self.put("array", _value(value))
        elif isinstance(value, np.dtype) or (isinstance(value, type) and hasattr(value, "dtype")):
            self.put("dtype", np.dtype(value).name)
        elif isinstance(value, Mapping):
            self.put("mapping", str(len(value)))
            for key in sorted(value, key=str):
                self._parameter(key)
                self._parameter(value[key])
        elif isinstance(value, frozenset | set):
            self.put("set", *sorted(map(str, value)))
        elif isinstance(value, tuple | list):
            self.put(
                "sequence", kind.__name__ if hasattr(value, "_fields") else "", str(len(value))
            )
            for entry in value:
                self._parameter(entry)
        elif isinstance(value, jax.tree_util.PyTreeDef):
            self.put("tree", str(value.num_leaves))
        elif hasattr(value, "shape") and hasattr(value, "dtype"):
            self.put("type", _type(value))
        elif isinstance(value, functools.partial):
            self.put("partial")
            self._parameter((value.func, value.args, value.keywords))
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            self.put("record", kind.__qualname__)
            for field in dataclasses.fields(value):
                self._parameter(getattr(value, field.name))
        else:
            self._named(value)

    def _named(self, value: Any) -> None:
        """Hash a function by its name and body, another object by its type and what it holds.

        What a function reads from outside is not in its body, so that it counts as unseen.
        """
        kept = value if hasattr(value, "__qualname__") else type(value)
        self.put("named", kept.__qualname__)
        if not settled(kept):
            self.unseen.append(id(value))
            self._body(getattr(inspect.unwrap(kept), "__code__", None))
        if kept is not value and id(value) not in self._inside:
            self._inside.add(id(value))
            for key, held in sorted(getattr(value, "__dict__", {}).items()):
                if key not in _ABOUT:
                    self.put("held", key)
                    self._parameter(held)
            self._inside.discard(id(value))

    def _body(self, found: CodeType | None) -> None:
        """Hash names, constants and operators: of bytecode, what no compiler's choice changes."""
        if found is None:
            return
        operators = [
            step.argrepr or step.opname
            for step in dis.get_instructions(found)
            if step.opname.startswith(("BINARY", "COMPARE", "UNARY", "CONTAINS", "IS_OP"))
        ]
        self.put("body", *found.co_names, *operators)
        for constant in found.co_consts:
            if isinstance(constant, CodeType):
                self._body(constant)
            else:
                self._parameter(constant)


def called(equation: Any) -> ClosedJaxpr | None:
    """Return the code of an equation that does nothing but run code, else None."""
    if equation.primitive.name in _CALLS or equation.primitive.name.startswith(_DERIVED):
        for value in equation.params.values():
            if isinstance(value, ClosedJaxpr):
                return value
    return None


def _of_every_jax(equation: Any) -> dict[str, Any]:
    """Return the parameters of an equation; newer versions of JAX group those of a scan."""
    found = dict(equation.params)
    if equation.primitive.name == "scan" and {"ft_in", "ft_out"} <= found.keys():
        del found["ft_out"]
        constants, carried, _ = (len(group) for group in found.pop("ft_in").unpack())
        found |= {"num_consts": constants, "num_carry": carried}
    return found


def _type(aval: Any) -> str:
    return f"{getattr(aval, 'dtype', '')}{list(getattr(aval, 'shape', ()))}"


def _value(value: Any, aval: Any = None) -> str:
    """Return a constant as its type and the hash of its bytes, little end first."""
    if value is None or isinstance(value, Tracer):  # it comes from the code around, without a value
        return f"outer {_type(aval if value is None else value.aval)}"
    kind = getattr(value, "dtype", None)
    if kind is not None and jnp.issubdtype(kind, jax.dtypes.extended):
        value = jax.random.key_data(value)
    elif aval is not None:
        value = np.asarray(value, dtype=aval.dtype)
    array = np.asarray(value)
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    content = hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest()
    return f"{kind if kind is not None else array.dtype}{list(array.shape)}{content}"
