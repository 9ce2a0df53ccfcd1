"""Customers, their accounts and cards, who manages them, what they consented to, and what the last night found.

Primary keys are the bank's own ids, so that feeds are absorbed without look-ups and the warehouse, the API and the
pages speak of the same thing. Phone, ID number, e-mail, address and employer are encrypted; name and pinyin initials
are clear, indexed text (platform R20).
"""

from kajing.customers.models.audiences import AnsweredCustomer, Audience, AudienceMember, WarehouseAnswer
from kajing.customers.models.duplicates import DuplicatePair, MergedCustomer
from kajing.customers.models.exports import SHARED_TABLES as EXPORTS
from kajing.customers.models.exports import ExportPart, ExportRequest
from kajing.customers.models.figures import CustomerFigures
from kajing.customers.models.people import SHARED_TABLES as PEOPLE
from kajing.customers.models.people import (
    Assignment,
    Card,
    CardAccount,
    Consent,
    ContactHold,
    ContactPoint,
    Customer,
    CustomerOwned,
    Handover,
    HandoverItem,
    PoolMove,
    RecycleNotice,
    Relation,
    TimelineMark,
)
from kajing.customers.models.raises import PoolRaise

SHARED_TABLES = (*PEOPLE, *EXPORTS)

__all__ = [
    "SHARED_TABLES",
    "AnsweredCustomer",
    "Assignment",
    "Audience",
    "AudienceMember",
    "Card",
    "CardAccount",
    "Consent",
    "ContactHold",
    "ContactPoint",
    "Customer",
    "CustomerFigures",
    "CustomerOwned",
    "DuplicatePair",
    "ExportPart",
    "ExportRequest",
    "Handover",
    "HandoverItem",
    "MergedCustomer",
    "PoolMove",
    "PoolRaise",
    "RecycleNotice",
    "Relation",
    "TimelineMark",
    "WarehouseAnswer",
]
