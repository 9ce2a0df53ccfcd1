"""Writing the audit trail, sealing and verifying it, and keeping the record of nights."""

from kajing.audit.services.exporting import TooLong, TrailFile, export_trail
from kajing.audit.services.nights import end_night, end_step, fail_night, note_progress, start_night, start_step
from kajing.audit.services.recording import record, row_mac
from kajing.audit.services.sealing import seal
from kajing.audit.services.verifying import Finding, verify

__all__ = [
    "Finding",
    "TooLong",
    "TrailFile",
    "end_night",
    "end_step",
    "export_trail",
    "fail_night",
    "note_progress",
    "record",
    "row_mac",
    "seal",
    "start_night",
    "start_step",
    "verify",
]
