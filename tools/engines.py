"""The requirements of the engines beside DuckDB, as pyproject.toml has them: what requirements-engines.lock pins."""

import tomllib
from pathlib import Path

EXTRAS = ("clickhouse", "chdb", "spark")

if __name__ == "__main__":
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    print("\n".join(sorted({line for extra in EXTRAS for line in project["optional-dependencies"][extra]})))
