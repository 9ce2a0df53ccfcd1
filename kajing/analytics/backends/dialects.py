"""Ibis's SQL for the engines beside DuckDB, put right where their words mean something else than DuckDB's.

Ibis promises an operation, not its last digit: a dialect may answer `nunique` with an estimate. Here every operation
that the night uses gives DuckDB's answer, so that expressions need not know where they run.
"""

from __future__ import annotations

from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.clickhouse import ClickHouseCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import ClickHouseType


class ClickHouseTypes(ClickHouseType):
    """Date is 16 bits in ClickHouse, 1970 to 2149, and DateTime 32 bits of seconds; ours reach back to 1900."""

    @classmethod
    def from_ibis(cls, dtype: dt.DataType) -> sge.DataType:
        made = super().from_ibis(dtype.copy(scale=6) if dtype.is_timestamp() else dtype)
        if dtype.is_date():
            made.set("this", sge.DataType.Type.DATE32)
        return made


class ExactClickHouse(ClickHouseCompiler):
    """Ibis for ClickHouse where exact means exact and whole numbers are signed, as on the other engines."""

    __slots__ = ()

    type_mapper = ClickHouseTypes
    # `uniq` is an estimate; Ibis's words for dates and seconds begin in 1970.
    SIMPLE_OPS = {
        ops.CountDistinct: "uniqExact",
        ops.Date: "toDate32",
        ops.ExtractEpochSeconds: "toUnixTimestamp64Second",
    }

    def visit_Quantile(self, op: Any, *, arg: Any, quantile: Any, where: Any) -> Any:
        """`quantile` samples; this one is exact and interpolates as DuckDB does."""
        return self._visit_quantile("quantileExactInclusive", arg, quantile, where)

    def visit_Median(self, op: Any, *, arg: Any, where: Any) -> Any:
        return self._visit_quantile("quantileExactInclusive", arg, sge.convert(0.5), where)

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        if dtype.is_date():
            return self.f.toDate32(value.isoformat())
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_WindowFunction(self, op: Any, *, func: Any, **parts: Any) -> Any:
        """Counts and places are UInt64, which has no common type with Int64: cast, outside of OVER."""
        made = super().visit_WindowFunction(op, func=func.this if isinstance(func, sge.Cast) else func, **parts)
        return self.cast(made, op.dtype) if op.dtype.is_integer() else made

    def visit_Floor(self, op: Any, *, arg: Any) -> Any:
        return self._whole(op, self.f.floor(arg))

    def visit_Ceil(self, op: Any, *, arg: Any) -> Any:
        return self._whole(op, self.f.ceil(arg))

    def _whole(self, op: Any, arg: Any) -> Any:
        """A BIGINT, as Ibis says; ClickHouse leaves a DOUBLE.

        A plain cast would fail on what stands behind a null: the infinity of a division by 0 that nullif has masked.
        """
        return self.f.accurateCastOrNull(arg, "Int64") if op.arg.dtype.is_floating() else arg

    @staticmethod
    def _minimize_spec(op: Any, spec: Any) -> Any:
        """With a ROWS frame ClickHouse finds no ties: its rank would be a row number."""
        if isinstance(op.func, (ops.MinRank, ops.DenseRank)):
            return None
        return super(ExactClickHouse, ExactClickHouse)._minimize_spec(op, spec)

    def visit_CountStar(self, op: Any, *, where: Any, arg: Any) -> Any:
        return self.cast(super().visit_CountStar(op, where=where, arg=arg), op.dtype)

    def visit_Count(self, op: Any, *, where: Any, arg: Any) -> Any:
        return self.cast(super().visit_Count(op, where=where, arg=arg), op.dtype)


class ExactSpark(PySparkCompiler):
    """Ibis for Spark with a hash of 64 bits: 32 would find equals among a hundred thousand."""

    __slots__ = ()

    SIMPLE_OPS = {ops.Hash: "xxhash64"}
