"""Parts of a name as the database's own expressions, written without parameters so that an index of them is found."""

from __future__ import annotations

from typing import Any

from django.db.models import BooleanField, CharField, Func

SHORT = 4  # characters of nearly every Chinese name; two of them begin at the first, second or third


class _NameFrom(Func):
    """The name from its n-th character on, compared by bytes."""

    function = "SUBSTR"
    output_field = CharField()
    place = 0

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, Any]:  # type: ignore[override]
        return super().as_sql(compiler, connection, template=f"SUBSTR(%(expressions)s, {self.place})")

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, params = self.as_sql(compiler, connection)
        return f'({sql} COLLATE "C")', params


class NameFromSecond(_NameFrom):
    """小明 of 王小明."""

    place = 2


class NameFromThird(_NameFrom):
    """明 of 王小明, 娜娜 of 欧阳娜娜."""

    place = 3


class LongName(Func):
    """Whether a name has more characters than SHORT: names of minorities and foreigners."""

    template = f"(LENGTH(%(expressions)s) > {SHORT})"
    output_field = BooleanField()
    conditional = True
