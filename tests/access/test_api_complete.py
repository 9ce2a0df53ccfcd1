"""Every act of a screen has an operation of the API, or a written reason why it has none (platform §12).

The pages that take a POST are read from the URL table, so that a new one fails here until it says its operation.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.urls import get_resolver

from tests.access.addresses import ALLAUTH, API, _walk, addresses

# Page → operations that do what its POST does.
BY_API: dict[str, tuple[str, ...]] = {
    "reports:new": ("POST reports", "POST reports/run"),
    "reports:edit": ("PATCH reports/<report_id>",),
    "reports:copy": ("GET reports/<report_id>", "POST reports"),
    "reports:remove": ("DELETE reports/<report_id>",),
    "reports:restore": ("GET reports/<report_id>/versions", "PATCH reports/<report_id>"),
    "reports:export": ("GET reports/<report_id>/run",),
    "reports:export_new": ("POST reports/run",),
    "reports:schedule": ("POST reports/<report_id>/schedules",),
    "reports:stop": ("DELETE report-schedules/<schedule_id>",),
    "reports:change": ("PUT dashboard", "DELETE dashboard"),
    "workbench:close_day": ("POST day-end",),
    "workbench:order": ("PUT day-order", "DELETE day-order"),
    "risk:close": ("POST alerts/<alert_id>/close",),
    "workflow:new": ("POST tasks",),
    "workflow:move_card": ("POST tasks/<task_id>/done", "POST tasks/<task_id>/reopen", "POST tasks/<task_id>/cancel"),
    "workflow:many_done": ("POST tasks/many",),
    "workflow:many_snooze": ("POST tasks/many",),
    "workflow:many_reassign": ("POST tasks/many",),
    "workflow:many_priority": ("POST tasks/many",),
    "workflow:many_tag": ("POST tasks/many",),
    "workflow:export": ("POST exports/file", "POST exports"),
    "workflow:reopen": ("POST tasks/<task_id>/reopen",),
    "workflow:wake": ("POST tasks/many",),
    "workflow:due": ("POST tasks/<task_id>/due",),
    "workflow:cancel": ("POST tasks/<task_id>/cancel",),
    "workflow:reassign_seat": ("POST approvals/<approval_id>/seats/<seat_id>/reassign",),
    "workflow:bulk": ("POST tasks/for-customers/try", "POST tasks/for-customers"),
    "workflow:end_trial": ("POST trials/<trial_id>/end",),
    "workflow:start_plans": ("POST plans/for-customers/try", "POST plans/for-customers"),
    "workflow:done": ("POST tasks/<task_id>/done",),
    "workflow:snooze": ("POST tasks/many",),
    "workflow:reassign": ("POST tasks/many",),
    "workflow:priority": ("POST tasks/many",),
    "workflow:start_plan": ("POST customers/<customer_id>/plans",),
    "workflow:stop_plan": ("POST plans/<plan_id>/stop",),
    "workflow:skip_step": ("POST plan-steps/<step_id>/skip",),
    "workflow:playbooks": ("POST playbooks",),
    "workflow:playbook": ("POST playbooks/<code>/versions",),
    "workflow:switch_playbook": ("POST playbooks/<code>/switch",),
    "workflow:publish_playbook": ("POST playbooks/<code>/versions/<number>/publish",),
    "workflow:rules": ("POST rules",),
    "workflow:webhooks": ("POST webhooks",),
    "workflow:switch_webhook": ("POST webhooks/<endpoint_id>/switch",),
    "workflow:rotate_webhook": ("POST webhooks/<endpoint_id>/secret",),
    "workflow:redeliver_webhook": ("POST webhooks/<endpoint_id>/deliveries/<number>/redeliver",),
    "workflow:rule": ("POST rules/<code>/versions",),
    "workflow:try_rule": ("POST rules/<code>/versions/<number>/test",),
    "workflow:shadow_rule": ("POST rules/<code>/versions/<number>/shadow",),
    "workflow:publish_rule": ("POST rules/<code>/versions/<number>/publish",),
    "workflow:retire_rule": ("POST rules/<code>/versions/<number>/retire",),
    "workflow:gate": ("POST gates/<kind>/versions",),
    "workflow:try_gate": ("POST gates/<kind>/versions/<number>/test",),
    "workflow:publish_gate": ("POST gates/<kind>/versions/<number>/publish",),
    "workflow:retire_gate": ("POST gates/<kind>/versions/<number>/close",),
    "workflow:restore_gate": ("GET gates/<kind>/versions", "POST gates/<kind>/versions"),
    "workflow:move": ("POST moves/<kind>/<object_id>",),
    "workflow:chain": ("POST approval-chains/<act>/versions",),
    "workflow:publish_chain": ("POST approval-chains/<act>/versions/<number>/publish",),
    "workflow:end_feed": ("DELETE calendar/feed",),
    "workflow:approve": ("POST approvals/<approval_id>/approve",),
    "workflow:return": ("POST approvals/<approval_id>/return",),
    "workflow:hand_on": ("POST approvals/<approval_id>/hand-on",),
    "workflow:take_back": ("POST approvals/<approval_id>/take-back",),
    "workflow:again": ("POST approvals/<approval_id>/send-again",),
    "contact:start": ("POST contacts/start",),
    "contact:ask": ("GET customers/<customer_id>/contact-gate",),
    "contact:log": ("POST contacts/log",),
    "contact:plan": ("POST contacts/plan",),
    "contact:override": ("POST contacts/override",),
    "contact:new_visit": ("POST contacts/plan",),
    "contact:outcome": ("POST contacts/<contact_id>/end",),
    "contact:next": ("POST contacts/<contact_id>/next",),
    "contact:check-in": ("POST contacts/<contact_id>/check-in",),
    "contact:move": ("POST contacts/<contact_id>/move",),
    "contact:shift": ("POST contacts/<contact_id>/move",),
    "contact:cancel": ("POST contacts/<contact_id>/cancel",),
    "contact:new_message": ("POST messages",),
    "contact:preview_message": ("POST messages/preview",),
    "contact:bulk_message": ("POST sendings",),
    "contact:reopen": ("POST contacts/<contact_id>/reopen",),
    "contact:begin": ("POST contacts/<contact_id>/begin",),
    "contact:note": ("POST contacts/<contact_id>/note",),
    "contact:photo": ("POST contacts/<contact_id>/photo",),
    "contact:legal-hold": ("POST contacts/<contact_id>/legal-hold",),
    "contact:thread": ("GET message-threads/<thread_id>", "POST message-threads/<thread_id>/answer"),
    "contact:place_stray": (
        "GET stray-messages",
        "POST stray-messages/<stray_id>/place",
        "POST stray-messages/<stray_id>/dismiss",
    ),
    "contact:new_template": ("POST message-templates",),
    "contact:edit_template": ("POST message-templates/<template_id>/versions",),
    "contact:ask_template": ("POST message-templates/<template_id>/versions/<number>/ask",),
    "contact:retire_template": ("POST message-templates/<template_id>/versions/<number>/retire",),
    "contact:cancel_sending": ("POST sendings/<many_id>/cancel",),
    "contact:cancel_message": ("POST messages/<sent_id>/cancel",),
    "complaints:new": ("POST complaints",),
    "complaints:act": (
        "POST complaints/<complaint_id>/accept",
        "POST complaints/<complaint_id>/begin",
        "POST complaints/<complaint_id>/assign",
        "POST complaints/<complaint_id>/change",
        "POST complaints/<complaint_id>/answer",
        "POST complaints/<complaint_id>/close",
        "POST complaints/<complaint_id>/withdraw",
        "POST complaints/<complaint_id>/refuse",
        "POST complaints/<complaint_id>/reopen",
        "POST complaints/<complaint_id>/facts",
        "POST complaints/<complaint_id>/merge",
        "POST complaints/<complaint_id>/extensions",
    ),
    "complaints:phone": ("POST complaints/<complaint_id>/phone",),
    "complaints:told": ("POST complaints/<complaint_id>/extensions/<extension_id>/told",),
    "complaints:many_assign": ("POST complaints/many/try", "POST complaints/many"),
    "complaints:many_tag": ("POST complaints/many/try", "POST complaints/many"),
    "complaints:many_task": ("POST complaints/many/try", "POST complaints/many"),
    "complaints:export": ("POST exports/file", "POST exports"),
    "customers:assign": ("POST assignments",),
    "customers:export": ("POST exports/file", "POST exports"),
    "customers:ask_trail": ("POST exports",),
    "customers:fetch": ("POST exports/<export_id>/fetch",),
    "customers:pool_take_many": ("POST pool/many/try", "POST pool/many"),
    "customers:pool_raise": ("POST pool/raises",),
    "customers:pool_assign": ("POST assignments",),
    "customers:pool_take": ("POST pool/<customer_id>/take",),
    "customers:handover_acknowledge": ("POST handovers/<handover_id>/acknowledge",),
    "customers:handover_export": ("GET handovers/<handover_id>",),
    "customers:give_back": ("POST pool/many/try", "POST pool/many"),
    "customers:tag": ("POST records/<kind>/<object_id>/tags", "POST records/<kind>/<object_id>/untag"),
    "customers:new_audience": ("POST audiences",),
    "customers:audience": ("PATCH audiences/<audience_id>",),
    "customers:audience_preview": ("POST audiences/try",),
    "customers:freeze": ("POST audiences/freeze",),
    "customers:leave": ("POST audiences/<audience_id>/leave",),
    "customers:count_audience": ("POST audiences/<audience_id>/count",),
    "customers:delete_audience": ("DELETE audiences/<audience_id>",),
    "customers:duplicates": ("POST duplicates/check",),
    "customers:search_duplicates": ("POST duplicates/search",),
    "customers:different": ("POST duplicates/<pair_id>/different",),
    "customers:doubt_again": ("POST duplicates/<pair_id>/again",),
    "customers:merge": ("POST merges",),
    "customers:reveal": ("POST customers/<customer_id>/reveal",),
    "customers:consent": ("POST customers/<customer_id>/consents",),
    "customers:relate": ("POST customers/<customer_id>/relations",),
    "customers:unrelate": ("POST customers/<customer_id>/relations/<relation_id>/remove",),
    "leads:new": ("POST leads", "POST leads/check"),
    "leads:edit": ("PATCH leads/<lead_id>",),
    "leads:reveal": ("POST leads/<lead_id>/reveal",),
    "leads:move": ("POST leads/<lead_id>/move",),
    "leads:move_card": ("POST leads/<lead_id>/move",),
    "leads:lose": ("POST leads/<lead_id>/lose",),
    "leads:reopen": ("POST leads/<lead_id>/reopen",),
    "leads:assign": ("POST leads/<lead_id>/assign",),
    "leads:claim": ("POST leads/<lead_id>/claim",),
    "leads:release": ("POST leads/<lead_id>/release",),
    "leads:link": ("POST leads/<lead_id>/link",),
    "leads:activity": ("POST leads/<lead_id>/activities",),
    "leads:many_assign": ("POST leads/many",),
    "leads:many_lose": ("POST leads/many",),
    "leads:many_tag": ("POST leads/many",),
    "leads:export": ("POST exports/file", "POST exports"),
    "sales:accept": ("POST suggestions/<suggestion_id>/accept",),
    "sales:later": ("POST suggestions/<suggestion_id>/later",),
    "sales:reject": ("POST suggestions/<suggestion_id>/reject",),
    "sales:undo": ("POST suggestions/<suggestion_id>/take-back",),
    "sales:shape": ("PUT actions/<code>",),
    "sheets:list": ("GET sheet-kinds", "POST sheets"),
    "sheets:check": ("GET sheets/<sheet_id>/columns", "POST sheets/<sheet_id>/check"),
    "sheets:run": ("POST sheets/<sheet_id>/run",),
    "sheets:stop": ("POST sheets/<sheet_id>/stop",),
    "imports:upload": ("POST uploads",),
    "imports:make_mapping": ("POST mappings/suggest", "POST mappings"),
    "imports:mend": ("POST imports/<batch_id>/mend",),
    "imports:release": ("POST imports/<batch_id>/release",),
    "imports:refuse": ("POST imports/<batch_id>/refuse",),
    "reference:change": ("POST parameters/<key>",),
    "notifications:preferences": ("GET inbox/channels", "PUT inbox/channels"),
    "notifications:done_all": ("POST inbox/done",),
    "notifications:open": ("POST inbox/<item_id>/read",),
    "notifications:done": ("POST inbox/<item_id>/done",),
    "notifications:back": ("POST inbox/<item_id>/back",),
    "notifications:snooze": ("POST inbox/<item_id>/snooze",),
    "records:manage": ("GET lists/<list_name>/views", "POST lists/<list_name>/views"),
    "records:overwrite": ("PUT views/<view_id>",),
    "records:rename": ("POST views/<view_id>/rename",),
    "records:delete": ("POST views/<view_id>/delete",),
    "records:star": ("POST views/<view_id>/star",),
    "record:new_field": ("POST fields",),
    "record:field": ("PATCH fields/<field_id>",),
    "record:archive_field": ("POST fields/<field_id>/switch",),
    "record:layouts": ("GET layouts/<kind>", "PUT layouts/<kind>"),
    "objects:define": ("POST objects",),
    "objects:definition": ("PATCH objects/<code>",),
    "objects:switch": ("POST objects/<code>/switch",),
    "objects:new": ("POST objects/<code>/records",),
    "objects:edit": ("PATCH objects/<code>/records/<record_id>",),
    "objects:remove": ("POST objects/<code>/records/<record_id>/remove",),
    "objects:restore": ("POST objects/<code>/records/<record_id>/restore",),
    **dict.fromkeys(
        (f"objects:many_{act}" for act in ("field", "owner", "tag", "remove")), ("POST objects/<code>/records/many",)
    ),
    "objects:export": ("POST exports/file", "POST exports"),
    "undo:act": ("POST undo/<reversal_id>",),
    "bulk:stop": ("POST bulk/<act_id>/stop",),
    "record:shape_tag": ("POST tags/<tag_id>",),
    "record:merge_tag": ("POST tags/<tag_id>/merge",),
    "record:delete_tag": ("POST tags/<tag_id>/delete",),
    "record:show": ("POST records/<kind>/<object_id>/fields/<field_name>/show",),
    "record:attach": ("POST records/<kind>/<object_id>/files",),
    "record:remove_file": ("POST records/<kind>/<object_id>/files/<file_id>/remove",),
    "record:edit": ("PUT records/<kind>/<object_id>/fields",),
    "record:tag": ("POST records/<kind>/<object_id>/tags",),
    "record:untag": ("POST records/<kind>/<object_id>/untag",),
    "org:be_away": ("POST me/leave",),
    "org:be_back": ("POST substitutions/<substitution_id>/end",),
    "org:join": ("POST people",),
    "org:found_unit": ("POST units",),
    "org:merge_unit": ("POST units/<unit_code>/merge",),
    "org:move": ("POST people/<person_no>/move",),
    "org:come_back": ("POST people/<person_no>/back",),
    "org:set_substitute": ("POST people/<person_no>/leave",),
    "org:grant_licence": ("POST people/<person_no>/licences",),
    "org:change_role": ("POST people/<person_no>/role",),
    "org:leave": ("POST people/<person_no>/last-day",),
    "org:end_substitution": ("POST substitutions/<substitution_id>/end",),
    "org:revoke_access": ("GET people/<person_no>/grants", "POST grants/<grant_id>/revoke"),
    "audit:export": ("POST audit/file",),
    "queue:retry": ("POST jobs/<job_id>/retry",),
    "queue:cancel": ("POST jobs/<job_id>/cancel",),
    "queue:send_again": ("GET unsent-messages", "POST unsent-messages/<message_no>/send-again"),
}
KEYS = "who signs in proves it in person; a program neither gets a key here nor makes itself another one"
SCREEN = "it builds the list's address and stores nothing; a program writes the address itself"
NO_STAFF = "the other side calls it under its own signature: no member of staff does"
# Page → why no operation does what its POST does.
WHY_NOT: dict[str, str] = {
    **dict.fromkeys(ALLAUTH, KEYS),
    **dict.fromkeys(("org:set_password", "org:make_token", "org:revoke_token"), KEYS),
    **dict.fromkeys(("records:filters", "records:where", "records:columns"), SCREEN),
    **dict.fromkeys(("contact:callback", "contact:optout"), NO_STAFF),
    "workflow:new_feed": "the address is a key that outlives the token it would be made with; programs read GET calendar",
    "ui:preferences": "theme, language and density of one's own screen",
    "healthz": "it asks nothing and changes nothing",
}


def methods_of(view: Callable[..., Any] | None) -> list[str] | None:
    """What `require_http_methods` lets through, through all that is wrapped around; None: everything."""
    while view is not None:
        try:
            found = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        except TypeError:  # a class
            found = None
        if found:
            return list(found)
        view = getattr(view, "__wrapped__", None)
    return None


def posts() -> Iterator[str]:
    """Names of the pages that take a POST."""
    for route, name, view in _walk(get_resolver(), "", ""):
        taken = methods_of(view)
        if not route.startswith(API) and (taken is None or "POST" in taken):
            yield name


PAGES = sorted(posts())
OPERATIONS = {f"{one.method} {one.route.removeprefix(API)}" for one in addresses() if one.is_api}


def test_the_table_is_read():
    assert len(PAGES) > 150
    assert "customers:list" not in PAGES  # only read
    assert {"customers:assign", "audit:export", "account_login"} <= set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_every_act_of_a_page_has_an_operation_or_a_reason(page: str):
    told = [page in BY_API, page in WHY_NOT]
    assert sum(told) == 1, f"{page}: name its operation of the API in BY_API, or the reason in WHY_NOT, and only one"


@pytest.mark.parametrize("page", sorted(BY_API))
def test_the_named_operations_are_there(page: str):
    missing = [one for one in BY_API[page] if one not in OPERATIONS]
    assert not missing, f"{page}: {missing}"


def test_nothing_is_named_that_is_gone():
    gone = (set(BY_API) | set(WHY_NOT)) - set(PAGES)
    assert not gone
