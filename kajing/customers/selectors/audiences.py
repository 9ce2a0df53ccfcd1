"""Audiences a person may use, who is in them, and the filters of lists that speak of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from kajing.customers.models import AnsweredCustomer, Audience, AudienceMember, CustomerFigures, WarehouseAnswer
from kajing.customers.words import MCC_GROUPS
from kajing.lib.errors import DomainError
from kajing.org.models import Person
from kajing.records.lists import Choice, Context, Filter, ListSpec, NotUnderstood, capped_count, conditions
from kajing.records.lists.conditions import Leaf, Node
from kajing.records.lists.conditions.tree import leaves
from kajing.records.lists.paging import CAP
from kajing.ui import formats

MOST_COUNTED = 10_000  # while a condition is being written
NEWEST = "figures_of"  # in a context's memory


def audiences(user: Any) -> QuerySet[Audience]:
    """The person's own audiences and those shared with a unit they belong to and with their role."""
    places = [code for code in user.unit.path.split("/") if code]
    shared = Q(unit__in=places) & (Q(roles="") | Q(roles__contains=f",{user.role},"))
    return Audience.objects.filter(Q(owner_no=user.person_no) | shared)


def own_lists(user: Any) -> QuerySet[Audience]:
    """The person's own fixed lists: customers can be added to these."""
    return Audience.objects.filter(owner_no=user.person_no, kind=Audience.Kind.LIST)


class NoSuchList(DomainError):
    """Customers are to be added to a list that the person does not have."""

    status = 422

    def __str__(self) -> str:
        return _("You have no fixed list of this number.")


def own_list(user: Any, number: int) -> Audience:
    """One of them. Raises NoSuchList."""
    found = own_lists(user).filter(pk=number).first()
    if found is None:
        raise NoSuchList
    return found


def figures_of() -> date | None:
    """The business date of the figures that lists filter on."""
    return CustomerFigures.objects.values_list("as_of", flat=True).first()


@dataclass(frozen=True, kw_only=True)
class InAudience(Choice):
    """Customers of an audience; its condition is read with the eyes of who looks."""

    spec: Any

    def offered(self, context: Context) -> list[tuple[str, str]]:
        """The audiences of who looks."""
        return [(str(pk), one.name) for pk, one in self._known(context).items()]

    def _known(self, context: Context) -> dict[int, Audience]:
        found: dict[int, Audience] = context.once("audiences", lambda: {a.pk: a for a in audiences(context.user)})
        return found

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Customers of any of the wanted and of none of the refused. Raises NotUnderstood."""
        wanted = [value for value in values if not value.startswith("!")]
        refused = [value[1:] for value in values if value.startswith("!")]
        self._check([*wanted, *refused], context)
        found = self._any(wanted, context) if wanted else Q()
        return found & ~self._any(refused, context) if refused else found

    def _any(self, values: Sequence[str], context: Context) -> Q:
        found = Q(pk__in=[])
        for value in values:
            found |= self._one(self._known(context)[int(value)], context)
        return found

    def _one(self, audience: Audience, context: Context) -> Q:
        if not audience.is_rule:
            return Q(pk__in=AudienceMember.objects.filter(audience=audience).values("customer_id"))
        opened: list[int] = context.memory.setdefault("audiences_open", [])
        if audience.pk in opened:
            raise NotUnderstood(_("The audience %(name)s contains itself.") % {"name": audience.name})
        opened.append(audience.pk)
        try:
            return conditions.compile(self.spec(), audience.condition or {}, context)
        finally:
            opened.pop()

    def nothing(self) -> Q:
        """Customers in no fixed list."""
        return ~Q(pk__in=AudienceMember.objects.values("customer_id"))


@dataclass(frozen=True, kw_only=True)
class Bought(Filter):
    """Customers who bought in a group of merchants, or at one merchant, within 365 days: a table of ids by key.

    The ids come from the warehouse when an audience with the key is saved, and every night from then on.
    """

    feature: str

    kind = "choice"
    ops: ClassVar[tuple[str, ...]] = ("=", "!=", "in", "not in")

    def options(self, context: Context) -> list[tuple[str, str]]:
        """The groups of merchants; merchants are too many to list."""
        return [(code, str(label)) for code, label in MCC_GROUPS.items()] if self.feature == "mcc_group" else []

    def offered(self, context: Context) -> list[tuple[str, str]]:
        """The same, for the builder."""
        return self.options(context)

    def stored(self, values: Sequence[str], context: Context) -> list[str]:
        """Codes for the words of the page."""
        by_word = {label.casefold(): code for code, label in self.options(context)}
        return [by_word.get(value.casefold(), value) for value in values]

    def words(self, values: Sequence[str], context: Context) -> str:
        """Groups in words."""
        named = dict(self.options(context))
        return formats.listed(named.get(value, value) for value in values)

    def example(self, context: Context) -> str:
        """The first group."""
        return next((code for code, _label in self.options(context)), "")

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Customers in the answers for these keys. Raises NotUnderstood."""
        if self.feature == "mcc_group" and set(values) - set(MCC_GROUPS):
            unknown = min(set(values) - set(MCC_GROUPS))
            raise NotUnderstood(_("%(value)s is not a value of %(filter)s.") % {"value": unknown, "filter": self.label})
        answers = dict(
            WarehouseAnswer.objects.filter(feature=self.feature, value__in=values).values_list("value", "pk")
        )
        if missing := [value for value in values if value not in answers]:
            if context.memory.get("preparing"):
                return Q(pk__in=[])
            raise NotUnderstood(
                _("Who bought at %(value)s is not worked out yet: count or save an audience with it first.")
                % {"value": missing[0]}
            )
        return Q(pk__in=AnsweredCustomer.objects.filter(answer__in=answers.values()).values("customer_id"))


def questions(spec: ListSpec, node: Node, user: Any) -> set[tuple[str, str]]:
    """(feature, value) of every warehouse question in a condition."""
    found = set()
    for leaf in leaves(node):
        field = conditions.field_of(spec, leaf.field, user)
        if isinstance(field, Bought):
            found |= {(field.feature, value) for value in _values(leaf, field)}
    return found


def _values(leaf: Leaf, field: Bought) -> Sequence[str]:
    return leaf.values


@dataclass(frozen=True)
class Preview:
    """How many customers a condition finds, as far as the person sees them, and three of them.

    Counted to MOST_COUNTED: `more` says that there are more. Saving the audience counts them all.
    """

    words: str
    text: str
    count: int
    more: bool
    sample: list[Any]
    as_of: date | None


def preview(user: Any, spec: ListSpec, where: Any, today: date) -> Preview:
    """What a condition would find. Raises ConditionError."""
    context = Context(user, today)
    node = conditions.read(spec, where, context)
    rows = spec.under(conditions.compile(spec, node, context), user)
    found = capped_count(rows.rows(), MOST_COUNTED)
    ids = list(rows.rows().order_by().values_list("pk", flat=True)[:3])  # any three: sorting would read them all
    return Preview(
        words=conditions.words(spec, node, context),
        text=conditions.to_text(node),
        count=min(found, MOST_COUNTED),
        more=found > MOST_COUNTED,
        sample=spec.load(user, ids),
        as_of=figures_of(),
    )


@dataclass(frozen=True)
class Shown:
    """An audience on its page: its condition in words and text, and how many of its customers the person sees."""

    audience: Audience
    words: str
    text: str
    problem: str
    owner: str
    seen: str  # counted to 1,000; empty where the condition cannot be read


def shown(user: Any, spec: ListSpec, audience: Audience, today: date) -> Shown:
    """An audience as this person reads it; a condition that speaks of what they may not see is told as a problem."""
    words = text = problem = seen = ""
    context = Context(user, today)
    try:
        if audience.is_rule:
            node = conditions.read(spec, audience.condition or {}, context)
            words, text = conditions.words(spec, node, context), conditions.to_text(node)
        seen = capped(user, spec, audience, today)
    except NotUnderstood as error:
        problem = str(error)
    owner = Person.objects.filter(person_no=audience.owner_no).values_list("name", flat=True).first()
    return Shown(audience, words, text, problem, owner or audience.owner_no, seen)


def rows_of(user: Any, spec: ListSpec, audience: Audience, today: date) -> QuerySet[Any]:
    """The customers of an audience by key, as far as the person sees them, now. Raises NotUnderstood."""
    return spec.keyed({"audience": [str(audience.pk)]}, Context(user, today)).rows()


def capped(user: Any, spec: ListSpec, audience: Audience, today: date) -> str:
    """How many these are, counted to 1,000. Raises NotUnderstood."""
    found = capped_count(rows_of(user, spec, audience, today))
    return f"{CAP}+" if found > CAP else str(found)
