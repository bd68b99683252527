"""Packages that read some kinds of tables, and need not be installed."""

from __future__ import annotations

from importlib.util import find_spec

from leakscape.errors import DeclarationError


def needs(package: str, name: str) -> None:
    """Refuse a table that nothing installed can read.

    Args:
        package: what reads it.
        name: how messages call the table.

    Raises:
        DeclarationError: the package is not installed.
    """
    if find_spec(package) is None:
        raise DeclarationError(
            f'{name}: needs {package} to be read; pip install "leakscape[tables]", or save as CSV'
        )
