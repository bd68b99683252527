"""What the indices are of: each parameter alone, or parameters that vary together as a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.shown import shown

WHERE = "sensitivity.groups"


@dataclass(frozen=True)
class Group:
    """One entry along `parameter`.

    Args:
        name: of the group, or of the one parameter in it.
        members: the places of its parameters in the population.
    """

    name: str
    members: tuple[int, ...]


def groups_of(table: Any, parameters: tuple[str, ...]) -> tuple[Group, ...]:
    """Read the groups of a study.

    Args:
        table: name -> list of parameters; empty for none.
        parameters: the parameters of the population, in order.

    Returns:
        The groups, and each parameter that is in none alone, in the order of their first member.

    Raises:
        DeclarationError: no list, an empty one, an unknown parameter or one that is there twice.
    """
    if not isinstance(table, Mapping):
        raise DeclarationError(
            f'{WHERE}: expected a table, got {shown(table)}; write {{ gradients = ["K_out"] }}'
        )
    taken: dict[str, str] = {}
    found = []
    for name, members in table.items():
        where = f"{WHERE}.{name}"
        names.check(name, WHERE)
        if not isinstance(members, list | tuple) or not members:
            raise DeclarationError(
                f"{where}: expected a list of parameters, got {shown(members)}; name at least one"
            )
        if name in parameters and tuple(members) != (name,):
            raise DeclarationError(f"{where}: is a parameter's name; rename the group")
        for member in members:
            if member not in parameters:
                remedy = names.nearest(str(member), parameters)
                raise DeclarationError(
                    f"{where}: the population has no parameter {shown(member)}; {remedy}"
                )
            if member in taken:
                raise DeclarationError(
                    f"{where}: {member} is in {taken[member]} already; keep one of them"
                )
            taken[member] = name
        found.append(Group(name, tuple(sorted(map(parameters.index, members)))))
    alone = [Group(n, (i,)) for i, n in enumerate(parameters) if n not in taken]
    return tuple(sorted([*found, *alone], key=lambda group: group.members[0]))
