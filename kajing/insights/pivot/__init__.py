"""Tables over any list of the product: groupings, measures with intervals, totals, and the way from a cell to its rows.

A `Definition` says what is asked, `run` asks the database once and makes a `Table`. Everything goes by the registered
`ListSpec`: a list that a room registers later can be reported on without a line here.
"""

from kajing.insights.pivot.asking import Limits, run
from kajing.insights.pivot.axes import Axis, axes_of, axis_of
from kajing.insights.pivot.measures import KINDS, fields_for, measures_of
from kajing.insights.pivot.shape import CHARTS, AxisChoice, Definition, MeasureChoice, ReportRefused
from kajing.insights.pivot.table import Cell, Line, Measured, Table

__all__ = [
    "CHARTS",
    "KINDS",
    "Axis",
    "AxisChoice",
    "Cell",
    "Definition",
    "Limits",
    "Line",
    "MeasureChoice",
    "Measured",
    "ReportRefused",
    "Table",
    "axes_of",
    "axis_of",
    "fields_for",
    "measures_of",
    "run",
]
