"""What to write instead where a kernel asks a traced value for a number."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator
from types import FrameType, ModuleType

_TRACED = {
    "TracerBoolConversionError",
    "TracerArrayConversionError",
    "TracerIntegerConversionError",
    "ConcretizationTypeError",
    "NonConcreteBooleanIndexError",
}
_BUILT_IN = {
    "min": "jnp.minimum",
    "max": "jnp.maximum",
    "any": "jnp.any",
    "all": "jnp.all",
    "sorted": "jnp.sort",
    "round": "jnp.round",
    "sum": "jnp.sum",
}
_OTHER_NAMES = {"fabs": "abs", "pow": "power", "fmod": "fmod", "fsum": "sum", "dist": "hypot"}
_LONGEST = 80
Span = tuple[int | None, ...]
"""First line and column, last line and column, as a traceback gives them."""


def of(error: BaseException, frame: FrameType, source: str, at: Span | None) -> str:
    """Say what needs a number, and what to write instead.

    Args:
        error: what JAX raised.
        frame: the user's frame that it came from.
        source: the whole file.
        at: where in it.

    Returns:
        The sentence without its place; "" where the error is of another kind.
    """
    if isinstance(error, TypeError) and "Tracer.__format__" in str(error):
        return "writes a value that is traced; use jax.debug.print, or leave it out"
    if not _TRACED & {kind.__name__ for kind in type(error).__mro__}:
        return ""
    node, parents = _found(source, at)
    if node is None:
        return "needs a number, but a kernel is traced; write jnp.where for if, jnp.exp for exp"
    shown, way = _way(error, node, parents, frame)
    return f"`{_short(shown)}` needs a number, but a kernel is traced; {way}"


def _way(
    error: BaseException, node: ast.AST, parents: list[ast.AST], frame: FrameType
) -> tuple[str, str]:
    """Return the code to show, and what to write instead."""
    text = ast.unparse(node)
    above = parents[0] if parents else None
    if isinstance(node, ast.Call):
        return text, _for_call(node, frame)
    if isinstance(node, ast.Subscript):
        if type(error).__name__ == "NonConcreteBooleanIndexError":
            return text, "write jnp.where"
        taken, place = ast.unparse(node.value), ast.unparse(node.slice)
        return text, f"write jnp.asarray({taken})[{place}]"
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        terms = [node.left, *node.comparators]
        pairs = [
            ast.Compare(left=left, ops=[op], comparators=[right])
            for left, op, right in zip(terms[:-1], node.ops, terms[1:], strict=True)
        ]
        return text, "write " + " & ".join(f"({ast.unparse(pair)})" for pair in pairs)
    for whole in (node, above):
        if isinstance(whole, ast.BoolOp):
            sign = " & " if isinstance(whole.op, ast.And) else " | "
            parts = [f"({ast.unparse(value)})" for value in whole.values]
            return ast.unparse(whole), f"write {sign.join(parts)}"
        if isinstance(whole, ast.UnaryOp) and isinstance(whole.op, ast.Not):
            return ast.unparse(whole), f"write ~({ast.unparse(whole.operand)})"
    if isinstance(above, ast.While) and above.test is node:
        return f"while {text}", "write jax.lax.while_loop"
    if isinstance(above, ast.Assert):
        return f"assert {text}", "leave it out, or give the parameter bounds"
    lead = "if " if isinstance(above, ast.If | ast.IfExp) and above.test is node else ""
    return lead + text, f"write jnp.where({_short(text)}, x, y)"


def _for_call(node: ast.Call, frame: FrameType) -> str:
    function, inside = node.func, ", ".join(ast.unparse(argument) for argument in node.args)
    found = _object(function, frame)
    name = getattr(found, "__name__", "")
    if found is not None and getattr(builtins, name, None) is found:
        if name in _BUILT_IN:
            return f"write {_BUILT_IN[name]}({_short(inside)})"
        if name in ("int", "range"):
            return "write jnp.floor, or jax.lax.fori_loop for a loop"
        return f"leave {name}() out, or write jnp.where for a decision"
    if isinstance(function, ast.Attribute) and function.attr in ("item", "tolist"):
        return f"leave .{function.attr}() out"
    name = _OTHER_NAMES.get(name, name)
    for package in ("jax.numpy", "jax.scipy.special"):
        if name and hasattr(sys.modules.get(package), name):
            short = "jnp" if package == "jax.numpy" else package
            return f"write {short}.{name}({_short(inside)})"
    return "write it with jax.numpy"


def _object(node: ast.AST, frame: FrameType) -> object:
    """Return what a dotted name means in a frame, without running anything of it."""
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals, vars(builtins)):
            if node.id in names:
                found: object = names[node.id]
                return found
    if isinstance(node, ast.Attribute):
        owner = _object(node.value, frame)
        if isinstance(owner, ModuleType):
            return vars(owner).get(node.attr)
    return None


def _found(source: str, at: Span | None) -> tuple[ast.AST | None, list[ast.AST]]:
    """Return the expression at a place of a file, with what it stands in, innermost first."""
    if at is None:
        return None, []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a cell with magics
        return None, []
    for node, parents in _nodes(tree, []):
        if isinstance(node, ast.expr) and at == (
            *(node.lineno, node.col_offset),
            *(node.end_lineno, node.end_col_offset),
        ):
            return node, parents[::-1]
    return None, []


def _nodes(node: ast.AST, parents: list[ast.AST]) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    yield node, parents
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child, [*parents, node])


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[: _LONGEST - 3]}..."
