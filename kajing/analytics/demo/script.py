"""Who plays what: behaviours of the demo bank's customers."""

# Two managers' books (manager1, manager2) hold exactly this cast of 200, so that their morning is rich:
# behaviour, number, and the aims dealt to them in turn (days late, days silent, pattern number …).
CAST: tuple[tuple[str, int, tuple[int, ...]], ...] = (
    ("STEADY", 69, ()),
    ("AUTO", 27, ()),
    ("GROWING", 12, ()),
    ("DECLINING", 10, ()),
    ("CHURNING", 4, ()),
    ("REVOLVER", 20, ()),
    ("MIN_PAYER", 3, (3, 5, 7)),
    ("CURED", 8, ()),
    ("ROLL", 5, (5, 16, 33, 64, 95)),
    ("NEW_DEFAULT", 1, ()),
    ("LATE", 8, ()),
    ("SLEEPER", 9, ()),
    ("SLEEPING_SOON", 3, (6, 24, 52)),
    ("NEVER_USED", 8, ()),
    ("SILENT", 3, (14, 21, 33)),
    ("UTIL_JUMP", 2, ()),
    ("OUTLIER", 3, (0, 1, 2)),
    ("CASHOUT", 3, (5, 3, 6)),
    ("FRAUD", 2, (3, 2)),
)

# Everybody else, in thousandths.
MIX: tuple[tuple[str, int], ...] = (
    ("STEADY", 242),
    ("AUTO", 118),
    ("GROWING", 52),
    ("DECLINING", 46),
    ("CHURNING", 58),
    ("REVOLVER", 92),
    ("MIN_PAYER", 15),
    ("CURED", 34),
    ("ROLL", 18),
    ("WRITTEN_OFF", 16),
    ("NEW_DEFAULT", 3),
    ("LATE", 46),
    ("SLEEPER", 160),
    ("SLEEPING_SOON", 10),
    ("NEVER_USED", 52),
    ("SILENT", 10),
    ("UTIL_JUMP", 5),
    ("OUTLIER", 7),
    ("CASHOUT", 9),
    ("FRAUD", 7),
)


def cast() -> list[str]:
    """The 200 parts of a scripted book, mixed so that a smaller book gets a fair sample."""
    parts = [f"{name}:{aims[n % len(aims)]}" if aims else name for name, number, aims in CAST for n in range(number)]
    return [parts[n * 63 % len(parts)] for n in range(len(parts))]


def mix() -> list[str]:
    return [name for name, thousandths in MIX for _ in range(thousandths)]
