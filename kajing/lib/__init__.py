"""Plain Python that every room may use: money, periods, scope, masks, crypto, errors. Knows nothing of Django."""
