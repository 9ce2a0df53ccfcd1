"""People 员工: staff and their posts. `sign_in` is the optional sign-in name."""

from kajing.analytics.feeds.base import Feed, Personal, choice, day, ident, text

FEED = Feed(
    name="people",
    key=("person_no",),
    columns=(
        ident("person_no", required=True),
        text("name", required=True, length=100),
        ident("unit_code", required=True, refers="units"),
        choice(
            "role",
            "MANAGER | LEADER | BRANCH_HEAD | RISK | SERVICE | COMPLIANCE | ADMIN | AUDITOR",
            required=True,
        ),
        day("hired_on"),
        day("left_on"),
        text("mobile", length=30, personal=Personal("person.mobile")),
        text("email", length=200, personal=Personal("person.email")),
        ident("sign_in"),
    ),
)
