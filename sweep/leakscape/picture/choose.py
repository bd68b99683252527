"""Completing a wish: which output, which axes, which kind of picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import arrange, choices, contradictions, foreign, natural
from leakscape.picture.arrange import Given
from leakscape.picture.asked_output import is_own, output_of
from leakscape.picture.kinds import FIT_KINDS, KINDS
from leakscape.picture.request import (
    BIFURCATION,
    CELL,
    Decision,
    Wish,
)
from leakscape.shown import shown
from leakscape.sweep import Place, Sweep, reduced
from leakscape.sweep.occupied import usual_places
from leakscape.sweep.place import nearest_place
from leakscape.sweep.roles import slots_of

_OF_REDUCTIONS = (choices.COUNTS, choices.DENSITY, choices.SPREAD, choices.RANGES)
_ROLES = ("x", "y", "hue")


def decide(sweep: Sweep, wish: Wish, *, several: bool = False) -> Decision:
    """Complete a wish.

    Args:
        sweep: the sweep.
        wish: what was asked for.
        several: whether other sweeps are drawn over this one, which leaves out heat maps.

    Returns:
        The decision.

    Raises:
        DeclarationError: an unknown name, or axes that contradict one another.
    """
    if wish.output is not None or wish.kind is None:
        return _Chooser(sweep, wish, several).decide()
    first: DeclarationError | None = None
    for output in dict.fromkeys([output_of(sweep, wish), *sweep.outputs]):  # that it fits
        try:
            return _Chooser(sweep, replace(wish, output=output), several).decide()
        except DeclarationError as error:
            first = first or error
    assert first is not None
    raise first


class _Chooser:
    """Holds what is known while a decision is put together."""

    def __init__(self, sweep: Sweep, wish: Wish, several: bool) -> None:
        self.sweep, self.wish, self.several = sweep, wish, several
        self.picture = sweep.picture
        self.output = output_of(sweep, wish)
        foreign.refuse_undrawable(sweep, self.output)
        self.one = reduced.told(sweep, self.output)
        self.dims = tuple(str(dim) for dim in sweep.dataset[self.output].dims)
        self.slots = slots_of(sweep, self.output)
        self.own = is_own(sweep, self.output)
        self.chosen: dict[str, Place] = {}
        for name, value in wish.select.items():
            dim = self._dimension(name, "select")
            if dim in self.chosen:
                raise DeclarationError(f"select: {dim} is selected twice; keep one")
            self.chosen[dim] = nearest_place(sweep, name, dim, value, f"select {name}={value}")
        self.roles = {role: name for role in _ROLES if (name := getattr(wish, role)) is not None}
        self.col = "" if wish.col is None else self._dimension(wish.col, "col")
        contradictions.refuse(wish, self.chosen, self._dimension, several)

    def decide(self) -> Decision:
        self._borrow()
        kind = self._kind()
        cells = kind in KINDS and KINDS[kind].of_cells
        drawn = self._taken() | {self.col} | ({CELL} if cells else set())
        if self.one is not None and kind in _OF_REDUCTIONS:
            drawn.add(self.one.own)
        if kind == BIFURCATION:
            drawn.add(self.slots)
        contradictions.refuse_units(self.sweep, self.output, drawn)
        held = [dim for dim in self.dims if dim not in drawn]
        free = [dim for dim in held if dim not in self.chosen]
        places = self.chosen | usual_places(self.sweep, self.output, free, self.chosen)
        roles = {role: self.roles.get(role, "") for role in _ROLES}
        return Decision(
            kind=kind,
            output=self.output,
            col=self.col,
            places=tuple(places[dim] for dim in held),
            **roles,
        )

    def _kind(self) -> str:
        """Take the kind that was asked for, or the study's where it fits, or choose one."""
        if self.wish.kind is not None:
            return self._asked_for(self.wish.kind)
        studied = str(self.picture.get("kind", ""))
        if not (studied and self.own) or any(getattr(self.wish, role) for role in _ROLES):
            return self._natural()
        if studied not in KINDS:
            raise DeclarationError(
                f"picture.kind: unknown, got {shown(studied)}; {names.nearest(studied, KINDS)}"
            )
        roles = dict(self.roles)
        try:
            return self._asked_for(studied)
        except DeclarationError:  # --select or --set left less to draw
            self.roles = roles
            return self._natural()

    def _natural(self) -> str:
        """Choose a kind by what varies."""
        free = self._free()
        longer = [dim for dim in free if self.sweep.dataset.sizes[dim] > 1]
        if self._stands_alone():
            return self._statistic(longer)
        if found := natural.of_parameters(self._given(self.roles), several=self.several):
            kind, self.roles = found
            return kind
        if self._is_population(longer):
            kind, self.roles = natural.population(self._given(self.roles), several=self.several)
            return kind
        if self._shows_all_solutions() and (taken := arrange.bifurcation(self._given(self.roles))):
            if self.several and self.wish.hue is None:
                taken.pop("hue", None)
            self.roles = taken
            return BIFURCATION
        kind, self.roles = natural.over_axes(self._given(self.roles), several=self.several)
        return kind

    def _is_population(self, longer: Sequence[str]) -> bool:
        """Tell whether cells are drawn; a lone one is, where nothing else varies."""
        taken = self._taken()
        if CELL not in self.dims or CELL in self.chosen:
            return False
        lone = self.sweep.dataset.sizes[CELL] == 1 and bool(longer or taken)
        return CELL in taken or not lone

    def _given(self, roles: Mapping[str, str]) -> Given:
        """Gather what is known before axes are taken."""
        held, sizes = {*self.chosen, self.col}, self.sweep.dataset.sizes
        return Given(
            sweep=self.sweep,
            output=self.output,
            asked=self._asked(),
            roles=dict(roles),
            free=[dim for dim in self.dims if dim not in held and sizes[dim] > 1],
            dimension=self._dimension,
            slots="" if self.slots in self.chosen else self.slots,
        )

    def _asked(self) -> dict[str, str]:
        return {role: name for role in _ROLES if (name := getattr(self.wish, role))}

    def _free(self) -> list[str]:
        """Return the dimensions that nothing holds and no role has."""
        return [dim for dim in self.dims if dim not in {*self.chosen, *self._taken(), self.col}]

    def _asked_for(self, kind: str) -> str:
        """Take the axes of a kind that was asked for, or say what it lacks."""
        if kind in FIT_KINDS:
            raise DeclarationError(
                f"kind: {kind} needs {FIT_KINDS[kind].needs}, which `leakscape fit` makes; "
                "leave kind out for what suits this"
            )
        if kind not in KINDS:
            raise DeclarationError(
                f"kind: unknown, got {shown(kind)}; {names.nearest(kind, KINDS)}"
            )
        if kind == "histogram" and self.one is not None and self.one.kind == kind:
            kind = choices.COUNTS
        for role in self._asked():
            if role not in KINDS[kind].roles:
                raise DeclarationError(f"{role}: {kind} has none; drop {role} or kind")
        known = self.roles.items()
        given = self._given({role: name for role, name in known if role in KINDS[kind].roles})
        roles = KINDS[kind].arrange(given)
        if roles is None:
            natural, along = self._natural(), ", ".join(given.free) or "nothing"
            raise DeclarationError(
                f"kind: {kind} needs {KINDS[kind].needs}; {self.output} varies along {along}: "
                + (f"use {natural}" if natural in KINDS else "it is a single number")
            )
        self.roles = roles
        return kind

    def _dimension(self, name: str, where: str) -> str:
        return self.sweep.dimension_of(name, self.output, where)

    def _taken(self) -> set[str]:
        return {self._dimension(name, role) for role, name in self.roles.items() if name}

    def _borrow(self) -> None:
        """Take what was not asked for from the study's picture, as far as it fits."""
        lone_x = "x" in self.roles and "y" not in self.roles
        for role in _ROLES:
            name = self.picture.get(role)
            blocked = role in self.roles or (role == "y" and (lone_x or "hue" in self.roles))
            blocked = blocked or (role == "y" and self.several)
            blocked = blocked or (role == "hue" and "y" in self.roles)
            blocked = blocked or (role == "y" and bool(self.slots) and self._shows_all_solutions())
            if name is None or blocked:
                continue
            try:
                dim = self._dimension(name, role)
            except DeclarationError:  # the picture was made for another output
                continue
            if dim not in {*self.chosen, *self._taken(), self.col}:
                self.roles[role] = name
        col = self.picture.get("col", "")
        if self.own and not self.col and col in self.dims and col != CELL:
            free = col not in {*self.chosen, *self._taken()}
            self.col = col if free else ""

    def _stands_alone(self) -> bool:
        """Tell whether a histogram or quantiles are drawn whole, not at one bin or quantile."""
        if self.one is None or self.one.own in self.chosen:
            return False
        if self.one.kind == "histogram":
            return True
        held = CELL not in self.dims or CELL in self.chosen
        several = self.one.kind == "quantile" and self.sweep.dataset.sizes[self.one.own] > 1
        return several and held and not self.several and not self._asks_for_own()

    def _asks_for_own(self) -> bool:
        roles = {role for role in _ROLES if getattr(self.wish, role) is not None}
        own = "" if self.one is None else self.one.own
        return "y" in roles or own in {self._dimension(self.roles[r], r) for r in roles}

    def _statistic(self, free: list[str]) -> str:
        assert self.one is not None
        given = choices.Choice(
            sweep=self.sweep,
            one=self.one,
            asked=self._asked(),
            roles=dict(self.roles),
            free=[dim for dim in free if dim not in (self.one.own, CELL)],
            dimension=self._dimension,
            several=self.several,
        )
        choose = choices.histogram if self.one.kind == "histogram" else choices.quantiles
        kind, self.roles = choose(given)
        return kind

    def _shows_all_solutions(self) -> bool:
        """Tell whether each point has a list of solutions of which none was asked for alone."""
        if not self.slots or self.slots in self.chosen or self.col == self.slots:
            return False
        if self.wish.kind not in (None, BIFURCATION):
            return False
        if self.wish.y is not None or self.sweep.is_text(self.roles.get("x", "")):
            return False
        return self.roles.get("x") != self.slots
