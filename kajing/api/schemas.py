"""Types that every schema of the API is built from: strict bodies, bounded texts and ids, list pages (platform R10)."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

from django.http import HttpRequest
from ninja import Schema
from ninja.errors import ValidationError
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints

Item = TypeVar("Item")


def no_control(text: str) -> str:
    """A text without characters that steer a terminal or a database."""
    if any(ord(char) < 32 and char not in "\n\t" for char in text):
        raise ValueError("control characters are not allowed")
    return text


def _lines(value: Any) -> Any:
    return no_control(value.replace("\r\n", "\n").strip()) if isinstance(value, str) else value


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# A length stands before the validators, so that a text too long is told in characters.
# A bank's own id: customer, account, card, unit, person.
BankId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
# An id this system gave.
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
# A word such as the name of a state or rule.
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
Line = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(_trimmed), AfterValidator(no_control)]
Note = Annotated[str, Field(max_length=400), BeforeValidator(_trimmed), AfterValidator(no_control)]
Reason = Annotated[str, Field(min_length=2, max_length=400), BeforeValidator(_trimmed), AfterValidator(no_control)]
Search = Annotated[str, Field(max_length=100), BeforeValidator(_trimmed), AfterValidator(no_control)]
# After the `Field` that says how long: a text of several lines, whatever ends them.
LINES = BeforeValidator(_lines)
Limit = Annotated[int, Field(ge=1, le=200, description="Rows per answer, at most 200.")]
Cursor = Annotated[str, Field(max_length=1000, description="The `next` of the answer before.")]


class Body(Schema):
    """What a client sends: a field that is not declared is refused, so nobody sets `role` or `owner` by the way."""

    model_config = ConfigDict(extra="forbid")


def only_parts(request: HttpRequest, *names: str, many: str = "") -> None:
    """What `Body` is for JSON: parts of a form that are not declared are refused, and a second file under one name.

    `many` is the name under which several files come. Raises ValidationError.
    """
    unknown = sorted((set(request.POST) | set(request.FILES)) - {*names, many})
    twice = sorted(name for name in request.FILES if name != many and len(request.FILES.getlist(name)) > 1)
    refused = [(name, "Extra inputs are not permitted", "extra_forbidden") for name in unknown]
    refused += [(name, "One file at a time", "several_files") for name in twice]
    if refused:
        raise ValidationError([{"loc": ("form", name), "msg": said, "type": code} for name, said, code in refused])


class ListOf(Schema, Generic[Item]):
    """A page of a list: `next` is the cursor of the next page or null; `total` stops counting at 1000."""

    items: list[Item]
    next: str | None = None
    total: int | str = Field(examples=[42, "1000+"])


class Problem(Schema):
    """An error as RFC 9457 says, with the id to quote when asking for help."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    errors: list[dict[str, Any]] = []
