"""The five queries of `benchmarks/queries.py`: their data, each way of writing them, and how one run is measured."""
