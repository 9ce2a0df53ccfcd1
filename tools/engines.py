"""The requirements of extras, as pyproject.toml has them; by default of the engines beside DuckDB.

`make lock` pins those of the engines in requirements-engines.lock and those of `bench` in requirements-bench.lock.
"""

import sys
import tomllib
from pathlib import Path

ENGINES = ("clickhouse", "chdb", "spark")

if __name__ == "__main__":
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = sys.argv[1:] or ENGINES
    print("\n".join(sorted({line for extra in extras for line in project["optional-dependencies"][extra]})))
