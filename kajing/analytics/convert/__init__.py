"""Public data sets as feed directories, so that anyone can see the workbench over data that is not ours.

Every converter takes the data set's folder (or its file) and an empty folder, writes directories by the feed
contract and returns the counts. What is made up is said in the converter's own module.
"""

from collections.abc import Callable
from pathlib import Path

from kajing.analytics.convert.berka import berka
from kajing.analytics.convert.conversion import SourceProblem
from kajing.analytics.convert.handbook import handbook
from kajing.analytics.convert.tabformer import tabformer
from kajing.analytics.convert.taiwan import taiwan
from kajing.analytics.demo.writer import FolderNotEmpty, Made

CONVERTERS: dict[str, Callable[[Path, Path], Made]] = {
    "taiwan": taiwan,
    "handbook": handbook,
    "tabformer": tabformer,
    "berka": berka,
}

__all__ = ["CONVERTERS", "FolderNotEmpty", "Made", "SourceProblem", "berka", "handbook", "tabformer", "taiwan"]
