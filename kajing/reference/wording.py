"""How parameters are told to people: names, topics, units, words for values, and sources, in the reader's language.

Rows of the database are the same in every language: keys and units are English, topics, notes and the titles of laws
are Chinese. Titles of laws stay as they were published; what is ours is told in both languages.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import get_language, pgettext_lazy

NAMES = Path(__file__).parent / "data" / "parameter_names.csv"
OWN = "本行政策默认值"

UNITS: Mapping[str, Promise] = {
    "CNY": pgettext_lazy("unit", "CNY"),
    "MB": pgettext_lazy("unit", "MB"),
    "account": pgettext_lazy("unit", "accounts"),
    "attempt": pgettext_lazy("unit", "attempts"),
    "bank": pgettext_lazy("unit", "banks"),
    "call": pgettext_lazy("unit", "calls"),
    "check": pgettext_lazy("unit", "checks"),
    "contact": pgettext_lazy("unit", "contacts"),
    "customer": pgettext_lazy("unit", "customers"),
    "cycle": pgettext_lazy("unit", "cycles"),
    "date": pgettext_lazy("unit", "(date)"),
    "day": pgettext_lazy("unit", "days"),
    "group": pgettext_lazy("unit", "groups"),
    "hour": pgettext_lazy("unit", "hours"),
    "km": pgettext_lazy("unit", "km"),
    "km/h": pgettext_lazy("unit", "km/h"),
    "lead": pgettext_lazy("unit", "leads"),
    "level": pgettext_lazy("unit", "levels"),
    "local time": pgettext_lazy("unit", "local time"),
    "mcc": pgettext_lazy("unit", "(MCC)"),
    "minute": pgettext_lazy("unit", "minutes"),
    "month": pgettext_lazy("unit", "months"),
    "percent": pgettext_lazy("unit", "%"),
    "person": pgettext_lazy("unit", "people"),
    "point": pgettext_lazy("unit", "points"),
    "quarter": pgettext_lazy("unit", "quarters"),
    "ratio": pgettext_lazy("unit", "(share)"),
    "record": pgettext_lazy("unit", "records"),
    "reveal": pgettext_lazy("unit", "reveals"),
    "row": pgettext_lazy("unit", "rows"),
    "schedule": pgettext_lazy("unit", "schedules"),
    "score": pgettext_lazy("unit", "of score"),
    "task": pgettext_lazy("unit", "tasks"),
    "transaction": pgettext_lazy("unit", "transactions"),
    "workday": pgettext_lazy("unit", "workdays"),
    "year": pgettext_lazy("unit", "years"),
}
VALUES: Mapping[str, Promise] = {
    "forbidden": pgettext_lazy("value of a rule", "forbidden"),
    "required": pgettext_lazy("value of a rule", "required"),
    "repealed": pgettext_lazy("value of a rule", "repealed"),
    "block_issue": pgettext_lazy("value of a rule", "no card is issued"),
    "same_day": pgettext_lazy("value of a rule", "on the same day"),
    "issuer_agreed": pgettext_lazy("value of a rule", "as agreed by the issuer"),
    "fee_interest_then_principal": pgettext_lazy("value of a rule", "fees and interest, then principal"),
    "principal_then_fee_interest": pgettext_lazy("value of a rule", "principal, then fees and interest"),
}
TOPICS: Mapping[str, str] = {
    "预警": "Alerts",
    "免打扰": "Do not disturb",
    "口径": "Definitions",
    "投诉": "Complaints",
    "客户查重": "Duplicates",
    "分类": "Classification",
    "账务": "Accounting",
    "行动建议": "Next best actions",
    "营销用语": "Marketing language",
    "营销": "Marketing",
    "催收": "Collection",
    "公海": "Public pool",
    "线索": "Leads",
    "授信": "Credit limits",
    "分期": "Instalments",
    "征信": "Credit bureau",
    "申请": "Applications",
    "报表": "Reports",
    "睡眠卡": "Sleeping cards",
    "反洗钱": "Anti-money laundering",
    "敏感词": "Words to look at",
    "数据导出": "Exports",
    "运维": "Operations",
    "流程规则": "Rules",
    "对照试验": "Trials",
    "营销考核": "Sales targets",
    "激活": "Activation",
    "还款": "Repayment",
    "合作": "Partners",
    "薪酬": "Pay",
    "个人信息": "Personal information",
    "审计": "Audit",
    "交接": "Handover",
    "引擎": "Engine",
    "数据质量": "Data quality",
    "催收考核": "Collection targets",
    "对账": "Statements",
    "变更": "Changes of terms",
    "外包": "Outsourcing",
    "资金流向": "Use of funds",
    "息费": "Fees and interest",
    "现金": "Cash",
    "利率": "Interest rates",
    "规章": "Regulations",
    "信用修复": "Credit repair",
    "资本": "Capital",
    "催收用语": "Collection language",
    "业务术语": "Terms of the trade",
    "退订": "Opting out",
    "工作台": "Workbench",
    "导入": "Imports",
    "客户管理": "Customer management",
    "审批": "Approvals",
    "待办": "Tasks",
    "客户计划": "Plans",
    "节假日": "Holidays",
}
SOURCES: Mapping[str, str] = {OWN: "bank policy, as delivered", "农历正月初一": "first day of the lunar year"}
ARTICLES: Mapping[str, str] = {
    "七章五十四条": "54 articles in 7 chapters",
    "共11条": "11 articles",
    "分期条款": "clause on instalments",
    "合作机构条款": "clause on partners",
    "息费条款": "clause on fees and interest",
    "授信条款": "clause on credit limits",
    "核查条款": "clause on reviews",
    "档案条款": "clause on records",
    "睡眠卡条款": "clause on sleeping cards",
    "绩效条款": "clause on performance",
    "资金流向条款(新闻为征求意见稿)": "clause on the flow of funds (a draft in the news)",
    "资金用途条款": "clause on the use of funds",
    "容差": "tolerance of amounts",
    "容时": "tolerance of days",
    "客户计划": "plans",
    "审批流程": "approval chains",
    "引擎设计": "engine",
    "待办管理": "tasks",
    "数据约定": "data contract",
    "流程规则": "rules",
    "第20条(条号待核)": "Article 20 (number to be verified)",
    "领域参考6(第10天预警)": "domain reference 6 (warning on day 10)",
    "领域参考6(第13天红色)": "domain reference 6 (red on day 13)",
    "能力清单12批量操作撤销": "capability 12, undo of acts on many",
    "领域参考4 C4为0.50": "domain reference 4 C4, where it is 0.50",
}
# What a section is called, by the beginning of its Chinese name; the number behind it stays.
SECTIONS = (
    (re.compile(r"^第(\d+)至(\d+)条"), r"Articles \1 to \2 "),
    (re.compile(r"^第(\d+)条"), r"Article \1 "),
    (re.compile(r"^领域参考"), "domain reference "),
    (re.compile(r"^能力(?:表|清单)?(?=[G\d])"), "capability "),
    (re.compile(r"^风险设计"), "risk design "),
)


@cache
def names() -> Mapping[str, tuple[str, str]]:
    """The Chinese and the English name of every parameter that is delivered, by key."""
    with NAMES.open(encoding="utf-8", newline="") as file:
        return {row["parameter"]: (row["name_zh"], row["name_en"]) for row in csv.DictReader(file)}


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def name_of(key: str) -> str:
    """What a parameter is called; the key where nobody named it, such as one a bank's own file brought."""
    found = names().get(key)
    return found[0 if is_chinese() else 1] if found else key


def keys_named(part: str) -> list[str]:
    """The parameters with a name that has these words in it, in either language."""
    wanted = part.casefold()
    return [key for key, told in names().items() if any(wanted in name.casefold() for name in told)]


def topic_of(topic: str) -> str:
    """A topic; the one a bank made itself as it wrote it."""
    return topic if is_chinese() else TOPICS.get(topic, topic)


def unit_of(unit: str) -> str:
    """What a value is counted in."""
    return str(UNITS.get(unit, unit))


def value_of(value: str) -> str:
    """A value that is a word; others as they are."""
    return str(VALUES.get(value, value))


def source_of(source: str) -> str:
    """Where a value comes from: a law by its title as published, or the bank's own policy."""
    return source if is_chinese() else SOURCES.get(source.split(":", maxsplit=1)[0], source)


def article_of(article: str) -> str:
    """Where in the source it stands."""
    if is_chinese():
        return article
    if article in ARTICLES:
        return ARTICLES[article]
    for pattern, words in SECTIONS:
        if pattern.search(article):
            return pattern.sub(words, article).strip()
    return article
