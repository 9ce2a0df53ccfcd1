"""Trials as pages and the API read them: the two groups, what became of each, and how sure the difference is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kajing.contact.choices import Direction, State
from kajing.contact.models import Interaction
from kajing.lib.intervals import Interval, difference, wilson
from kajing.lib.scope import ALL
from kajing.org.scoping import current_scope
from kajing.workflow.models import Trial, TrialMember

LEADS = "workflow.reassign_task"


def trials(user: Any) -> QuerySet[Trial]:
    """A person's own trials; leaders and risk see those of their units too. With the size of both groups."""
    scope = current_scope(user)
    if scope.sees_nothing:
        return _counted(Trial.objects.none())
    if scope.units is ALL and scope.managers is ALL:
        return _counted(Trial.objects.all())
    of_units = Q(unit__in=scope.units) if scope.managers is ALL else Q()
    return _counted(Trial.objects.filter(Q(made_by=user.person_no) | of_units))


def _counted(rows: QuerySet[Trial]) -> QuerySet[Trial]:
    """Both groups with how many used a card, in the query of the trials."""
    groups = {"treated": Q(members__held=False), "held": Q(members__held=True)}
    sizes = {f"{name}_n": Count("members", filter=group) for name, group in groups.items()}
    used = {
        f"{name}_used": Count("members", filter=group & Q(members__used_on__isnull=False))
        for name, group in groups.items()
    }
    return rows.annotate(**sizes, **used)


@dataclass(frozen=True, slots=True)
class Group:
    """One of the two groups: how many were assigned, how many used a card within the days."""

    size: int
    used: int

    @property
    def share(self) -> float | None:
        """The rate, None without customers."""
        return self.used / self.size if self.size else None

    @property
    def interval(self) -> Interval | None:
        """Its 95 % interval."""
        return wilson(self.used, self.size)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial so far. `uplift` is the difference of the two rates, everybody assigned counted."""

    treated: Group
    held: Group

    @property
    def uplift(self) -> float | None:
        """Rate with the task minus rate without (domain reference 5.5)."""
        if self.treated.share is None or self.held.share is None:
            return None
        return self.treated.share - self.held.share

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of the difference."""
        return difference(self.treated.used, self.treated.size, self.held.used, self.held.size)

    @property
    def proven(self) -> bool:
        """Whether the interval leaves 0 out; otherwise nothing is proven, in either direction."""
        found = self.interval
        return found is not None and not found[0] <= 0 <= found[1]

    @property
    def extra(self) -> int | None:
        """How many customers more used a card than would have without the tasks, as far as the uplift is true."""
        return None if self.uplift is None else round(self.uplift * self.treated.size)


def outcome(trial: Any) -> Outcome:
    """Of a trial that `trials` found."""
    return Outcome(Group(trial.treated_n, trial.treated_used), Group(trial.held_n, trial.held_used))


def held_back(user: Any, trial: Trial) -> QuerySet[TrialMember]:
    """Customers held back whom this person sees, and whether somebody spoke with them all the same."""
    spoken = Interaction.objects.filter(
        customer=OuterRef("customer"), state=State.DONE, direction=Direction.OUT, at__gte=trial.made_at,
        at__date__lte=trial.held_until,
    )  # fmt: skip
    rows = TrialMember.objects.visible_to(user).filter(trial=trial, held=True)
    return rows.annotate(spoken=Exists(spoken)).select_related("customer").order_by("pk")


def may_end(user: Any, trial: Trial) -> bool:
    """Who made it, or a leader of theirs who sees it, may end a running one."""
    mine = trial.made_by == user.person_no or user.has_perm(LEADS)
    return mine and trial.state == Trial.State.RUNNING
