from tests.analytics_demo.bank import bank, feeds  # noqa: F401  fixtures come into being by being imported here
