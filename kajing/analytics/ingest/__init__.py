"""From a bank's file to a checked raw part of the warehouse. The public interface of the ingest.

    manifest = read_manifest(directory)                    # or read_manifest(directory, need_manifest=False)
    for feed in in_order(manifest.files):
        checked = check(manifest.path(feed), feed=feed, business_date=manifest.business_date,
                        declared=manifest.files[feed], mapping=None, keys=keys, warehouse=warehouse)
        admit(checked, warehouse=warehouse)                # unless checked.held
        for number, rows in winning_rows(warehouse, checked.feed, part=checked): absorb(number, rows)

`check` writes only under the warehouse's `incoming/` folder. `admit` renames into `raw/` and `quarantine/`; calling it
again for the same file changes nothing. kill -9 at any moment leaves either nothing or the whole part.

Raw is a pure function of the files: `raw/<feed>/bd=YYYY-MM-DD/<first 16 of sha256>.parquet`. Which version of a key
counts (`winning_rows`, staging): the newest business date; inside one date a mended part before the file it mends, then
the greater part name. So the order of import never matters.
"""

from kajing.analytics.ingest.admission import admit, discard, sweep
from kajing.analytics.ingest.checking import check, recheck
from kajing.analytics.ingest.manifests import in_order, read_manifest
from kajing.analytics.ingest.mapping import Mapping, MappingProblem, read_mapping, suggest
from kajing.analytics.ingest.outcomes import Checked, Declared, Manifest, ManifestProblem, Refused, Reject
from kajing.analytics.ingest.parts import count_pending, history, winning_rows
from kajing.analytics.ingest.quarantine import columns_of, reject_lines, rejects, reveal
from kajing.analytics.ingest.reasons import words

__all__ = [
    "Checked",
    "Declared",
    "Manifest",
    "ManifestProblem",
    "Mapping",
    "MappingProblem",
    "Refused",
    "Reject",
    "admit",
    "check",
    "columns_of",
    "count_pending",
    "discard",
    "history",
    "in_order",
    "read_manifest",
    "read_mapping",
    "recheck",
    "reject_lines",
    "rejects",
    "reveal",
    "suggest",
    "sweep",
    "winning_rows",
    "words",
]
