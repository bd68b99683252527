"""Export: a sweep as a table, a row per point, or as a netCDF file, for other programs."""

from leakscape.export.file import Exported, export

__all__ = ["Exported", "export"]
