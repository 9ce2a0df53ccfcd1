"""The audit trail: what is written stays, and every way of tampering is named."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, connection, transaction

from kajing.audit import guards, services
from kajing.audit.models import AuditRow, AuditSeal, NeverChanged
from kajing.audit.services.sealing import anchors_folder
from kajing.audit.services.verifying import CUT, DELETED, EDITED, INSERTED, MOVED, SEAL

ACTIONS = ("customers.reveal", "customers.assign", "sign_in", "imports.load", "customers.export", "org.move_person")


@pytest.fixture(autouse=True)
def fresh_anchors():
    shutil.rmtree(anchors_folder(), ignore_errors=True)
    yield
    shutil.rmtree(anchors_folder(), ignore_errors=True)


@pytest.fixture
def trail(db, at):
    """Six rows in two seals; guards off, as a database administrator would have them."""
    rows = []
    for place, action in enumerate(ACTIONS):
        rows.append(
            services.record(
                actor=f"P{place}",
                action=action,
                object_kind="customer",
                object_id=f"C{place}",
                at=at,
                reason="customer asked",
                changes={"n": place},
            )
        )
        if place in (2, 5):
            assert services.seal(at + timedelta(seconds=place)) == 3
    guards.remove(connection)
    yield rows
    guards.install(connection, ("update",))


def execute(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def kinds():
    return [(finding.kind, finding.row_id) for finding in services.verify().findings]


def test_an_untouched_trail_is_whole(trail):
    verdict = services.verify()
    assert verdict.whole
    assert (verdict.rows, verdict.seals, verdict.unsealed) == (6, 2, 0)


def test_rows_not_sealed_yet_are_checked_by_their_own_mac(trail, at):
    row = services.record(actor="P9", action="org.leave", object_kind="person", object_id="P9", at=at)
    assert services.verify().unsealed == 1
    execute("UPDATE audit_auditrow SET actor = 'P1' WHERE id = %s", row.pk)
    assert kinds() == [(EDITED, row.pk)]


@pytest.mark.parametrize(
    "column, value",
    [("actor", "P5"), ("reason", "none"), ("customer_id", "C9"), ("address", "10.9.9.9"), ("changes", '{"n": 99}')],
)
def test_an_edit_is_named(trail, column, value):
    execute(f"UPDATE audit_auditrow SET {column} = %s WHERE id = %s", value, trail[1].pk)
    assert kinds() == [(EDITED, trail[1].pk)]


def test_a_deletion_is_named(trail):
    execute("DELETE FROM audit_auditrow WHERE id = %s", trail[1].pk)
    assert kinds() == [(DELETED, trail[1].pk)]


def test_an_insertion_is_named(trail):
    """Even a row with a valid mac, copied from elsewhere, put into a gap of the past."""
    execute("DELETE FROM audit_auditrow WHERE id = %s", trail[1].pk)
    columns = "at, actor, action, object_kind, object_id, customer_id, reason, address, request_id, changes, mac"
    execute(
        f"INSERT INTO audit_auditrow (id, {columns}) SELECT %s, {columns} FROM audit_auditrow WHERE id = %s",
        trail[1].pk,
        trail[4].pk,
    )
    assert kinds() == [(MOVED, trail[1].pk)]
    execute(
        f"INSERT INTO audit_auditrow (id, {columns}) SELECT 0, {columns} FROM audit_auditrow WHERE id = %s", trail[4].pk
    )
    execute("UPDATE audit_auditseal SET first_id = 0 WHERE first_id = %s", trail[0].pk)
    assert (INSERTED, 0) in kinds()


def test_a_row_before_the_first_seal_is_named(trail):
    execute("UPDATE audit_auditrow SET id = -5 WHERE id = %s", trail[0].pk)
    found = kinds()
    assert (DELETED, trail[0].pk) in found
    assert (INSERTED, -5) in found


def test_a_swap_is_named(trail):
    first, second = trail[0].pk, trail[4].pk
    execute("UPDATE audit_auditrow SET id = -1 WHERE id = %s", first)
    execute("UPDATE audit_auditrow SET id = %s WHERE id = %s", first, second)
    execute("UPDATE audit_auditrow SET id = %s WHERE id = -1", second)
    assert kinds() == [(MOVED, first), (MOVED, second)]


def test_a_cut_end_is_named(trail):
    """Rows and their seal gone together: only the anchor outside the database tells."""
    last = AuditSeal.objects.order_by("-id").first()
    execute("DELETE FROM audit_auditrow WHERE id >= %s", last.first_id)
    execute("DELETE FROM audit_auditseal WHERE id = %s", last.pk)
    assert kinds() == [(CUT, last.last_id)]


def test_a_seal_taken_out_of_the_middle_breaks_the_chain(trail):
    first, second = AuditSeal.objects.order_by("id")
    execute("DELETE FROM audit_auditseal WHERE id = %s", first.pk)
    assert (SEAL, second.pk) in kinds()


def test_a_row_that_commits_late_is_sealed_with_the_next(trail, at):
    """PostgreSQL gives ids before the commit, so a lower id may appear after a higher one was sealed."""
    services.record(actor="P7", action="sign_out", object_kind="person", object_id="P7", at=at)
    late = AuditRow.objects.order_by("-id").first()
    execute("UPDATE audit_auditrow SET id = %s WHERE id = %s", late.pk + 2, late.pk)
    services.seal(at + timedelta(seconds=20))
    execute("UPDATE audit_auditrow SET id = id WHERE id = 0")
    row = AuditRow(
        id=late.pk, at=at, actor="P8", action="sign_in", object_kind="person", object_id="P8", changes={}, mac=""
    )
    row.mac = services.row_mac(row)
    AuditRow.objects.bulk_create([row])
    assert services.seal(at + timedelta(seconds=30)) == 1
    assert services.verify().whole


def test_nothing_new_makes_no_seal(trail, at):
    assert services.seal(at) == 0
    assert AuditSeal.objects.count() == 2


def test_the_model_refuses_changes(trail):
    row = AuditRow.objects.first()
    row.reason = "none"
    for act in (row.save, row.delete, AuditRow.objects.all().delete, lambda: AuditRow.objects.update(reason="")):
        with pytest.raises(NeverChanged):
            act()


@pytest.mark.parametrize(
    "sql", ["UPDATE audit_auditrow SET reason = ''", "DELETE FROM audit_auditrow", "DELETE FROM audit_auditseal"]
)
def test_the_database_refuses_changes(trail, sql):
    guards.install(connection)
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        execute(sql)
    guards.remove(connection)
    assert services.verify().whole


def test_the_command_names_the_row_and_fails(trail, capsys):
    call_command("verify_audit")
    assert "6" in capsys.readouterr().out
    execute("UPDATE audit_auditrow SET actor = 'P0' WHERE id = %s", trail[2].pk)
    with pytest.raises(SystemExit) as stop:
        call_command("verify_audit")
    assert stop.value.code == 1
    assert f"EDITED {trail[2].pk}" in capsys.readouterr().err


def test_the_anchor_file_is_for_its_owner_only(trail):
    (path,) = anchors_folder().iterdir()
    assert path.name == "2026-11-23"
    assert path.stat().st_mode & 0o077 == 0
    assert len(path.read_text().splitlines()) == 2


def test_two_sealers_at_once_cannot_fork_the_chain(trail, at):
    """The second one builds on a head that already has a successor and is refused by the database."""
    first = AuditSeal.objects.order_by("id").first()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditSeal.objects.create(
            first_id=90, last_id=91, rows=2, content="90:a,91:b", previous=first.head, head="x", sealed_at=at
        )


def test_the_head_is_mailed_once_a_day_if_an_address_is_set(trail, settings):
    from kajing.org import jobs
    from kajing.queue.models import OutboxMessage

    settings.KAJING_ANCHOR_MAIL = ""
    assert jobs.mail_anchor(None) is False
    settings.KAJING_ANCHOR_MAIL = "audit@bank.example"
    assert jobs.mail_anchor(None) is True
    message = OutboxMessage.objects.get()
    assert message.recipient == "audit@bank.example"
    assert AuditSeal.objects.order_by("-id").first().head in message.body
