"""What any record may carry: saved views of lists, own fields, tags, files, and how an act is taken back.

Fields, tags and files have no scope of their own: they are reached through their record; `kinds` says who sees it.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.org.models import Role

SHARED_TABLES = (
    "Reversal", "ReversalRow", "BulkAct", "BulkFailure",
    "SavedView", "FieldDefinition", "FieldShape", "FieldPlace", "FieldValue", "Tag", "Tagging",
    "StoredFile", "Attachment",
)  # fmt: skip


class SavedView(models.Model):
    """A named list: filters, columns, order and density. The address (URL query) is the state."""

    class Audience(models.TextChoices):
        MINE = "MINE", _("mine")
        TEAM = "TEAM", _("team")
        SYSTEM = "SYSTEM", _("system")

    list_name = models.CharField(max_length=40)  # customers, tasks, …
    name = models.CharField(max_length=60)
    owner = models.CharField(max_length=64, blank=True)  # person_no
    unit = models.CharField(max_length=64, blank=True)  # unit_code, for team views
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.MINE)
    query: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"bucket": ["M1"], …}
    columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    order = models.CharField(max_length=40, blank=True)
    density = models.CharField(max_length=8, blank=True)  # compact, cozy; empty: the person's own
    is_default = models.BooleanField(default=False)
    place = models.IntegerField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["list_name", "place", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name; the product's own views are named by message ids."""
        return gettext(self.name) if self.audience == self.Audience.SYSTEM else self.name


class Reversal(models.Model):
    """One act that can be taken back until a day: what its rows were before it. `title` is a message id.

    An act in chunks fills it chunk by chunk (`WRITING`) and is undone chunk by chunk from the end, so that every step
    back ends in a state the tables have been in.
    """

    class State(models.TextChoices):
        WRITING = "WRITING", _("still at work")
        OPEN = "OPEN", pgettext_lazy("reversal", "can be undone")
        UNDOING = "UNDOING", _("being undone")
        UNDONE = "UNDONE", _("undone")
        PARTLY = "PARTLY", _("undone but for newer changes")

    kind = models.CharField(max_length=64)  # the act: customers.assign, imports.sheet, …
    title = models.CharField(max_length=200)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    actor = models.CharField(max_length=64)  # person_no
    unit = models.CharField(max_length=64, blank=True)  # the actor's unit then
    at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WRITING)
    chunks = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)  # rows a person left as they had become since
    job_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["actor", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def title_text(self) -> str:
        """What was done, in the reader's language."""
        return gettext(self.title) % self.params if self.params else gettext(self.title)

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {"OPEN": "pri", "UNDONE": "ok", "PARTLY": "warn"}.get(self.state, "")


class ReversalRow(models.Model):
    """One row an act touched in one chunk.

    Added: no `before`. Deleted: the whole row in `before`, no `after` (a digest). Changed: in `before` and `became` the
    columns the act changed, so that what others changed beside them stays when the act is undone.
    """

    reversal = models.ForeignKey(Reversal, on_delete=models.CASCADE, related_name="entries")
    chunk = models.IntegerField()
    model = models.CharField(max_length=80)  # app.model
    key = models.CharField(max_length=64)
    before: models.JSONField[Any, Any] = models.JSONField(null=True)
    became: models.JSONField[Any, Any] = models.JSONField(null=True)
    after = models.CharField(max_length=32, blank=True)
    keep = models.BooleanField(default=False)  # decided: leave it as it is now

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reversal", "chunk", "model", "key"], name="one_image_a_chunk"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"


class BulkAct(models.Model):
    """One act on many records: how far it is, and how many rows were refused. `title` is a message id."""

    class State(models.TextChoices):
        WORKING = "WORKING", pgettext_lazy("bulk act", "at work")
        DONE = "DONE", pgettext_lazy("bulk act", "done")
        STOPPED = "STOPPED", pgettext_lazy("bulk act", "stopped")

    kind = models.CharField(max_length=64)  # workflow.finish_many, records.tag_customers, …
    title = models.CharField(max_length=200)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)  # what the form said, and `count`
    actor = models.CharField(max_length=64)  # person_no
    unit = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)  # kept as long as it can be undone
    asked = models.IntegerField()
    done = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    held = models.IntegerField(default=0)  # kept out because the person asked for it, no failure
    state = models.CharField(max_length=8, choices=State.choices, default=State.WORKING)
    reversal = models.ForeignKey(Reversal, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    job_id = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["actor", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def title_text(self) -> str:
        """What is done, in the reader's language."""
        return gettext(self.title) % self.params

    @property
    def tone(self) -> str:
        """The badge's tone."""
        if self.state == self.State.WORKING:
            return "pri"
        return "warn" if self.failed or self.state == self.State.STOPPED else "ok"


class BulkFailure(models.Model):
    """A record that an act on many left alone, and why, in the words of who did it."""

    act = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="failures")
    object_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.object_id} of {self.act_id}"


class FieldDefinition(models.Model):
    """A field that the bank added to a kind of record; archived ones keep their values and are shown to nobody."""

    class Type(models.TextChoices):
        TEXT = "TEXT", pgettext_lazy("field type", "text")
        NUMBER = "NUMBER", pgettext_lazy("field type", "number")
        MONEY = "MONEY", pgettext_lazy("field type", "money")
        DAY = "DAY", pgettext_lazy("field type", "day")
        CHOICE = "CHOICE", pgettext_lazy("field type", "choice")
        MULTI = "MULTI", pgettext_lazy("field type", "several choices")
        PERSON = "PERSON", pgettext_lazy("field type", "person")
        FILE = "FILE", pgettext_lazy("field type", "file")
        MASKED = "MASKED", pgettext_lazy("field type", "masked text")

    class Mask(models.TextChoices):
        ALL = "ALL", _("nothing")
        LAST4 = "LAST4", _("last four characters")
        FIRST1 = "FIRST1", _("first character")
        ENDS = "ENDS", _("first three and last four")

    kind = models.CharField(max_length=20)  # of record: customer, task, …
    name = models.CharField(max_length=40)  # in addresses, conditions, files and the API
    label = models.CharField(max_length=60)
    hint = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=8, choices=Type.choices)
    options: models.JSONField[Any, Any] = models.JSONField(default=list)  # [[code, label], …] of choices
    required = models.BooleanField(default=False)
    least = models.CharField(max_length=30, blank=True)  # number, yuan or day; empty: no bound
    most = models.CharField(max_length=30, blank=True)
    longest = models.IntegerField(default=200)  # characters of a text
    mask = models.CharField(max_length=8, choices=Mask.choices, default=Mask.LAST4)  # what a mask leaves
    in_list = models.BooleanField(default=False)  # a column from the start, not only on demand
    is_type = models.BooleanField(default=False)  # its choices are the record types, each with a layout of its own
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_field_of_a_name"),
            models.UniqueConstraint(fields=["kind"], condition=models.Q(is_type=True), name="one_type_field_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"

    @property
    def column(self) -> str:
        """The name its masked values are encrypted and indexed under."""
        return f"field.{self.pk}"

    @property
    def list_name(self) -> str:
        """Its name as a filter, column and order: it never meets one of the product's own."""
        return f"cf_{self.name}"


class FieldShape(models.Model):
    """A token that changes with every change of a kind's fields; no row, no field.

    It comes along with a query that is made anyway, and says whether what a process remembers still holds.
    """

    kind = models.CharField(max_length=20, primary_key=True)
    token = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.kind} {self.token}"


class FieldPlace(models.Model):
    """Where a role finds a field and what it may do there; the row without a role counts where a role has none.

    A row of a record type (a choice of the kind's type field) is that type's layout: it orders, asks and narrows what
    the row without a type lets the role do, and never widens it. HIDDEN there means not on the layout.
    """

    class Access(models.TextChoices):
        HIDDEN = "HIDDEN", pgettext_lazy("field access", "hidden")
        MASK = "MASK", pgettext_lazy("field access", "sees it masked")
        READ = "READ", pgettext_lazy("field access", "reads")
        EDIT = "EDIT", pgettext_lazy("field access", "reads and writes")

    field = models.ForeignKey(FieldDefinition, on_delete=models.CASCADE, related_name="places")
    role = models.CharField(max_length=20, blank=True)
    access = models.CharField(max_length=6, choices=Access.choices, default=Access.EDIT)
    section = models.CharField(max_length=60, blank=True)
    place = models.IntegerField(default=100)
    type = models.CharField(max_length=40, blank=True)  # the record type, a code; empty: of every type
    required = models.BooleanField(default=False)  # must be filled here, beside what the field itself asks

    class Meta:
        ordering = ["place", "field_id"]
        constraints = [models.UniqueConstraint(fields=["field", "role", "type"], name="one_place_per_role_and_type")]

    def __str__(self) -> str:
        return f"{self.field_id} {self.role or 'all'} {self.type} {self.access}"

    @property
    def role_label(self) -> str:
        """The role in the reader's words; empty for everybody."""
        return str(Role(self.role).label) if self.role in Role.values else self.role


class FieldValue(models.Model):
    """One value of one record in the column of its type; several choices are several rows. Empty means no row.

    Records are named by kind and id, not by a foreign key: the rooms above hold them (decision 0015).
    """

    field = models.ForeignKey(FieldDefinition, on_delete=models.CASCADE, related_name="values")
    object_id = models.CharField(max_length=64)
    place = models.SmallIntegerField(default=0)  # of several choices
    text = models.CharField(max_length=400, null=True)  # text, choice code, person_no, attachment id
    number = models.DecimalField(max_digits=24, decimal_places=6, null=True)
    amount = models.BigIntegerField(null=True)  # fen
    day = models.DateField(null=True)
    sealed = models.BinaryField(null=True)  # masked text, encrypted
    blind = models.CharField(max_length=32, null=True)  # finds an exact masked text

    class Meta:
        ordering = ["field_id", "object_id", "place"]
        constraints = [models.UniqueConstraint(fields=["field", "object_id", "place"], name="one_value_per_place")]
        # Only rows that have a value of the type: a comparison implies one, so both databases use them.
        indexes = [
            models.Index(
                fields=["field", column, "object_id"],
                name=f"value_by_{column}",
                condition=models.Q(**{f"{column}__isnull": False}),
            )
            for column in ("text", "number", "amount", "day", "blind")
        ]

    def __str__(self) -> str:
        return f"{self.field_id} of {self.object_id}"


class Tag(models.Model):
    """A word that people put on records. A merged one stays behind and leads to the tag it went into."""

    class Colour(models.TextChoices):
        PLAIN = "", pgettext_lazy("colour", "grey")
        PRIMARY = "pri", pgettext_lazy("colour", "blue")
        OK = "ok", pgettext_lazy("colour", "green")
        WARN = "warn", pgettext_lazy("colour", "amber")
        BAD = "bad", pgettext_lazy("colour", "red")

    name = models.CharField(max_length=30)
    key = models.CharField(max_length=30, unique=True)  # the name without regard to case and width
    colour = models.CharField(max_length=4, choices=Colour.choices, default=Colour.PLAIN, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="merged")
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a record."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="uses")
    kind = models.CharField(max_length=20)
    object_id = models.CharField(max_length=64)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["tag__name"]
        constraints = [models.UniqueConstraint(fields=["tag", "kind", "object_id"], name="a_tag_once_on_a_record")]
        indexes = [models.Index(fields=["kind", "object_id"])]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.kind} {self.object_id}"


class StoredFile(models.Model):
    """The bytes of attachments, encrypted on disk and kept once, whoever attaches them how often."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.IntegerField()  # bytes
    media_type = models.CharField(max_length=80)  # by content, never by name
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


class Attachment(models.Model):
    """A file on a record. Taken away it leaves the page and keeps its row."""

    kind = models.CharField(max_length=20)
    object_id = models.CharField(max_length=64)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)
    roles: models.JSONField[Any, Any] = models.JSONField(default=list)  # who may see it; empty: who sees the record
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["kind", "object_id", "-at"])]

    def __str__(self) -> str:
        return f"attachment {self.pk}"
