"""Completing a wish: which output, which axes, which kind of picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leakscape.declare import names
from leakscape.errors import DeclarationError
from leakscape.picture import choices, foreign, natural
from leakscape.picture.arrange import Given
from leakscape.picture.kinds import KINDS
from leakscape.picture.request import CELL, FEW, NUMBER, Decision, Wish
from leakscape.shown import shown
from leakscape.sweep import Place, Sweep, reduced
from leakscape.sweep.place import nearest_place, usual_place

_OF_REDUCTIONS = (choices.COUNTS, choices.DENSITY, choices.SPREAD, choices.RANGES)
_FILES = (".png", ".svg", ".pdf", ".jpg", ".jpeg")


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
    return _Chooser(sweep, wish, several).decide()


class _Chooser:
    """Holds what is known while a decision is put together."""

    def __init__(self, sweep: Sweep, wish: Wish, several: bool) -> None:
        self.sweep, self.wish, self.several = sweep, wish, several
        self.picture = sweep.picture
        self.output = self._output()
        foreign.refuse_undrawable(sweep, self.output)
        self.one = reduced.told(sweep, self.output)
        self.dims = tuple(str(dim) for dim in sweep.dataset[self.output].dims)
        self.chosen: dict[str, Place] = {}
        for name, value in wish.select.items():
            dim = self._dimension(name, "select")
            if dim in self.chosen:
                raise DeclarationError(f"select: {dim} is selected twice; keep one")
            self.chosen[dim] = nearest_place(sweep, name, dim, value, f"select {name}={value}")
        self.roles = {
            role: name for role in ("x", "y", "hue") if (name := getattr(wish, role)) is not None
        }
        self._check_roles()
        self.col = "" if wish.col is None else self._dimension(wish.col, "col")
        self._check_col()

    def decide(self) -> Decision:
        self._borrow()
        kind = self._natural() if self.wish.kind is None else self._asked_for(self.wish.kind)
        drawn = self._taken() | ({CELL} if kind in KINDS and KINDS[kind].of_cells else set())
        if self.one is not None and kind in _OF_REDUCTIONS:
            drawn.add(self.one.own)
        places = [
            self.chosen.get(dim) or usual_place(self.sweep, dim)
            for dim in self.dims
            if dim not in drawn
        ]
        roles = {role: self.roles.get(role, "") for role in ("x", "y", "hue")}
        places = [place for place in places if place.dimension != self.col]
        return Decision(kind=kind, output=self.output, col=self.col, places=tuple(places), **roles)

    def _natural(self) -> str:
        """Choose a kind by what varies."""
        free = self._free()
        longer = [dim for dim in free if self.sweep.dataset.sizes[dim] > 1]
        if self._stands_alone():
            return self._statistic(longer)
        if self._is_population(longer):
            kind, self.roles = natural.population(self._given(self.roles), several=self.several)
            return kind
        return self._grid(longer)

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
        )

    def _asked(self) -> dict[str, str]:
        return {role: name for role in ("x", "y", "hue") if (name := getattr(self.wish, role))}

    def _free(self) -> list[str]:
        """Return the dimensions that nothing holds and no role has."""
        return [dim for dim in self.dims if dim not in {*self.chosen, *self._taken(), self.col}]

    def _asked_for(self, kind: str) -> str:
        """Take the axes of a kind that was asked for, or say what it lacks."""
        if kind not in KINDS:
            raise DeclarationError(
                f"kind: unknown, got {shown(kind)}; {names.nearest(kind, KINDS)}"
            )
        asked = self._asked()
        for role in asked:
            if role not in KINDS[kind].roles:
                raise DeclarationError(f"{role}: {kind} has none; drop {role} or kind")
        known = self.roles.items()
        given = self._given({role: name for role, name in known if role in KINDS[kind].roles})
        roles = KINDS[kind].arrange(given)
        if roles is None:
            natural = self._natural()
            if natural != kind:
                along = ", ".join(given.free) or "nothing"
                raise DeclarationError(
                    f"kind: {kind} needs {KINDS[kind].needs}; {self.output} varies along {along}: "
                    + (f"use {natural}" if natural in KINDS else "it is a single number")
                )
            return natural
        self.roles = roles
        return kind

    def _check_col(self) -> None:
        if not self.col:
            return
        if self.col == CELL:
            raise DeclarationError("col: cells have no panel each; use an axis, or select cells")
        if self.col in self.chosen:
            raise DeclarationError(
                f"col: {self.wish.col} is held at one value by select; drop one of the two"
            )
        taken = {self._dimension(name, role): role for role, name in self.roles.items()}
        if self.col in taken:
            raise DeclarationError(
                f"col: {self.wish.col} is drawn as {taken[self.col]}; use another axis"
            )

    def _output(self) -> str:
        outputs = self.sweep.outputs
        if self.wish.output == "status" and self.sweep.status is not None:
            return "status"
        if self.wish.output is not None:
            if self.wish.output not in outputs:
                if best := reduced.best(self.sweep, self.wish.output):
                    return best
                if self.wish.output.lower().endswith(_FILES):
                    raise DeclarationError(
                        f"output: a file is written by --file, got {shown(self.wish.output)}; "
                        f"write --file {self.wish.output}, and --output for what is drawn"
                    )
                remedy = names.nearest(self.wish.output, outputs)
                raise DeclarationError(f"output: unknown, got {shown(self.wish.output)}; {remedy}")
            return self.wish.output
        if not outputs:
            raise DeclarationError("output: the store holds none, got only coordinates; run it")
        pictured = next(iter(self.sweep.pictured), "")
        if pictured in outputs:
            return pictured
        meant = reduced.best(self.sweep, pictured)
        if meant := meant or reduced.best(self.sweep):
            return meant
        kept = list(self.sweep.study.get("outputs", {}).get("keep") or ())
        first = [name for name in kept if name in outputs] or outputs
        first = [name for name in first if foreign.is_numeric(self.sweep, name)] or first
        return max(first, key=lambda name: self.sweep.dataset[name].ndim)

    def _dimension(self, name: str, where: str) -> str:
        return self.sweep.dimension_of(name, self.output, where)

    def _taken(self) -> set[str]:
        return {self._dimension(name, role) for role, name in self.roles.items() if name}

    def _check_roles(self) -> None:
        seen: dict[str, str] = {}
        for role, name in self.roles.items():
            dim = self._dimension(name, role)
            if dim in self.chosen:
                raise DeclarationError(
                    f"{role}: {name} is held at one value by select; drop one of the two"
                )
            if dim in seen and dim != CELL:
                raise DeclarationError(f"{role}: {dim} is drawn as {seen[dim]}; use another axis")
            seen[dim] = role
        if "y" in self.roles and "hue" in self.roles:
            raise DeclarationError("hue: a heat map shows the output by colour; drop y or hue")
        if "y" in self.roles and self.several:
            raise DeclarationError("y: several sweeps are overlaid as lines; give x alone")
        if self._dimension(self.roles["y"], "y") == CELL if "y" in self.roles else False:
            raise DeclarationError("y: cells have no order; use x, or select cell=0")

    def _borrow(self) -> None:
        """Take what was not asked for from the study's picture, as far as it fits."""
        lone_x = "x" in self.roles and "y" not in self.roles
        for role in ("x", "y", "hue"):
            name = self.picture.get(role)
            blocked = role in self.roles or (role == "y" and (lone_x or "hue" in self.roles))
            blocked = blocked or (role == "y" and self.several)
            blocked = blocked or (role == "hue" and "y" in self.roles)
            if name is None or blocked:
                continue
            try:
                dim = self._dimension(name, role)
            except DeclarationError:  # the picture was made for another output
                continue
            if dim not in {*self.chosen, *self._taken(), self.col}:
                self.roles[role] = name

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
        roles = {role for role in ("x", "y", "hue") if getattr(self.wish, role) is not None}
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

    def _grid(self, free: list[str]) -> str:
        size = self.sweep.dataset.sizes
        # Labels have no order, so they serve as the axis of a curve only when nothing else does.
        own = "" if self.one is None else self.one.own  # levels, quantiles: rather as hues
        free.sort(key=lambda dim: (self._text(dim), dim == own, -size[dim]))
        pair = sorted(free[:2], key=self.dims.index)
        if "x" not in self.roles and free:
            hue_left = "y" not in self.roles and "hue" not in self.roles and len(free) > 1
            heat = hue_left and not self.several and self._long(pair[0]) and self._long(pair[1])
            self.roles["x"] = pair[0] if heat else free[0]
            if heat:
                self.roles["y"] = pair[1]
            free.remove(self.roles["x"])
        if "y" in self.roles:
            if "x" not in self.roles:
                self.roles["x"] = self.roles.pop("y")
            else:
                self.roles.pop("hue", None)
                return "heatmap"
        if "x" not in self.roles:
            return NUMBER
        left = [dim for dim in free if dim not in self._taken()]
        if "hue" not in self.roles and left and not self.several:
            apart = [dim for dim in left if dim not in self.sweep.swept]
            self.roles["hue"] = (apart or left)[0]
        return "bars" if self._text(self.roles["x"]) else "lines"

    def _text(self, name: str) -> bool:
        """Tell whether a coordinate names things: texts, or the values that a share is of."""
        one = reduced.meaning(self.sweep, name)
        return self.sweep.is_text(name) or (one is not None and one.kind == "share")

    def _long(self, dim: str) -> bool:
        return self.sweep.dataset.sizes[dim] > FEW and not self._text(dim)
