"""Files as bad as banks send them, drawn at random from a seed: what two ways of reading must agree on."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass

from kajing.analytics.feeds import FEEDS, Column, Kind
from kajing.analytics.ingest import Mapping

FEW = ["A1", "A2", "K1", "C1", "C2", "T1", "R1", "X_9.-a"]
TEXTS = [
    "张三丰",
    "a, b",
    'a "quoted" one',
    "two\nlines",
    "",
    " ",
    "=1+1",
    "ＡＢ１２",
    "😀",
    "x" * 201,
    "é" * 150,
    "O'Hara",
]
STRANGE = {
    Kind.ID: ["T/1", "T" * 65, "T" * 64, "é", "１２３", " A1", "A1 ", "A 1", "", "🙂"],
    Kind.TEXT: TEXTS,
    Kind.CHOICE: ["PURCHASE ", "purchase", "?", "", "消费"],
    Kind.DIGITS: ["742", "07420", "０７４２", "", "07 2", "-742"],
    Kind.LETTERS: ["cn", "CHN", "", "ＣＮ", "C1"],
    Kind.DATE: [
        *("2026-02-30", "2026-2-3", "2026/11/20", " 2026-11-2", "2026-11-20 ", "20261120", "2026-11-24", "2026-11-23"),
        *("1899-12-31", "1900-01-01", "9999-12-31", "２０２６-１１-２０", "", "2024-02-29", "2026-13-01", "-026-01-01"),
        *("0001-01-01", "2026-11-2x", "2026-00-10", "infinity", "20260-1-01", "+2026-1-01", "2026-11-0١"),
    ],
    Kind.TIME: [
        *("2026-11-20 10:00:00", "2026-11-20T10:00", "2026-11-20T24:00:00", "2026-11-20T23:59:60", "2026-11-20"),
        *("2026-11-20T10:00:00Z", "2026-11-20T10+08:00", "2026-11-24T00:00:00", "2026-11-23T23:59:59", "", "x"),
        *(
            "2026-11-20T10:00:0 ",
            "2026-11-20t10:00:00",
            "1899-12-31T23:59:59",
            "2026-11-20T1:00:00.0",
            "2026-02-29T00:00:00",
        ),
        *("2026-11-20T10:00:00.5", "2026-11-20  10:00:00", "２０２６-11-20T10:00:00"),
    ],
    Kind.MONEY: [
        *(
            "-5.00",
            "0",
            "0.00",
            "12x.50",
            "5.001",
            "1e3",
            "+5",
            " 5.00",
            "5.00 ",
            "1,000.00",
            "５.00",
            "",
            "12.",
            ".5",
            "-0.00",
        ),
        *(
            "9999999999999.99",
            "99999999999999.99",
            "0.1",
            "12.5",
            "-12.50",
            "00012.50",
            "1_000",
            "NaN",
            "inf",
            "-",
            "0x1F",
        ),
    ],
    Kind.INTEGER: ["0", "31", "32", "-1", "1.0", " 5", "５", "", "999999999", "9999999999", "+5", "007", "1e1"],
    Kind.FLAG: ["2", "true", "", "Y", " 1", "１"],
}


@dataclass(frozen=True)
class Nasty:
    """A file and how it is to be read."""

    seed: int
    feed: str
    content: bytes
    mapping: Mapping | None
    encoding: str | None
    block: int  # bytes: small blocks put every peculiarity across a border sooner or later


def nasty(seed: int, *, rows: int = 60) -> Nasty:
    """The file of a seed."""
    draw = random.Random(seed)
    feed = draw.choice(
        ["transactions", "repayments", "statements", "customers", "accounts", "cards", "bureau", "people"]
    )
    names = _header(draw, feed)
    mapping = _mapping(draw, feed, names) if draw.random() < 0.25 else None
    delimiter = mapping.delimiter if mapping else ","
    source_of = {target: source for source, target in mapping.columns.items()} if mapping else {}
    badness = draw.choice([0, 0.01, 0.1, 0.5])
    lines = [delimiter.join(source_of.get(name, name) for name in names)]
    count = draw.choice([0, 1, rows // 4, rows])
    lines += [_line(draw, feed, names, n, badness, delimiter) for n in range(count)]
    encoding = draw.choice(["utf-8"] * 4 + ["gb18030"])
    content = _joined(draw, lines, encoding, badness)
    declared = draw.choice([None, None, encoding, "utf-8"])
    if draw.random() < 0.1:
        content = gzip.compress(content)
    return Nasty(seed, feed, content, mapping, declared, draw.choice([97, 400, 3000, 1 << 24]))


def _header(draw: random.Random, feed: str) -> list[str]:
    names = [column.name for column in FEEDS[feed].columns if column.required or draw.random() < 0.7]
    if draw.random() < 0.5:
        draw.shuffle(names)
    if draw.random() < 0.3:
        names.insert(draw.randrange(len(names) + 1), "fancy")
    return names


def _mapping(draw: random.Random, feed: str, names: list[str]) -> Mapping:
    columns = {f"列{n}": name for n, name in enumerate(names) if name != "fancy" and draw.random() < 0.5}
    values, dates, constants = {}, {}, {}
    for column in FEEDS[feed].columns:
        if column.name in names and draw.random() < 0.3:
            if column.kind in (Kind.CHOICE, Kind.FLAG, Kind.ID, Kind.TEXT):
                values[column.name] = {"消费": (column.values or ("A1",))[0], "Y": "1", "A2": "A 2"}
            elif column.kind in (Kind.DATE, Kind.TIME):
                dates[column.name] = draw.choice(["%Y%m%d", "%Y/%m/%d", "%Y-%m-%d"])
        elif column.name not in names and draw.random() < 0.3 and not column.required:
            constants[column.name] = _good(draw, column, 1) if draw.random() < 0.9 else "é?"
    return Mapping(columns, values, dates, constants, draw.choice([",", "|", "\t", ";"]))


def _good(draw: random.Random, column: Column, n: int) -> str:
    match column.kind:
        case Kind.ID:
            return (
                draw.choice(FEW) if column.refers else draw.choice([f"T{n}", f"T{n}", f"T{n}", f"T{draw.randrange(9)}"])
            )
        case Kind.TEXT:
            return draw.choice(["张三", "Wang", "北京市", "", "10086"])
        case Kind.CHOICE:
            return draw.choice(column.values)
        case Kind.DIGITS | Kind.LETTERS:
            unit = "0123456789" if column.kind is Kind.DIGITS else "CNYUS"
            return "".join(draw.choice(unit) for _ in range(draw.choice(column.lengths)))
        case Kind.DATE:
            return f"20{draw.randrange(10, 26)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 29):02d}"
        case Kind.TIME:
            return f"2026-11-{draw.randrange(1, 23):02d}T{draw.randrange(24):02d}:{draw.randrange(60):02d}:00"
        case Kind.MONEY:
            return draw.choice([f"{draw.randrange(1, 99999) / 100:.2f}", str(draw.randrange(1, 500))])
        case Kind.INTEGER:
            return str(draw.randint(column.between[0], min(column.between[1], 30)))
        case Kind.FLAG:
            return draw.choice("01")


def _line(draw: random.Random, feed: str, names: list[str], n: int, badness: float, delimiter: str) -> str:
    row = []
    for name in names:
        column = None if name == "fancy" else FEEDS[feed].column(name)
        if column is None:
            value = draw.choice(["", "9", "中文"])
        elif draw.random() < badness / 3:
            value = draw.choice(STRANGE[column.kind])
        else:
            value = _good(draw, column, n)
        row.append(_quoted(draw, value, delimiter, badness))
    if draw.random() < badness / 4:
        row = draw.choice([row[:-1], [*row, "extra"], [*row, ""], row[:1], [""] * len(row)])
    return delimiter.join(row)


def _quoted(draw: random.Random, value: str, delimiter: str, badness: float) -> str:
    if draw.random() < badness / 30:
        return draw.choice(
            [
                '"' + value,
                value + '"',
                f'"{value}"x',
                f'x"{value}"',
                f'"{value}""',
                f'""{value}',
                '"',
                '""',
                f'{value}"{delimiter}"',
            ]
        )
    if any(one in value for one in (delimiter, '"', "\n", "\r")) or draw.random() < badness / 10:
        return '"' + value.replace('"', '""') + '"'
    return value


def _joined(draw: random.Random, lines: list[str], encoding: str, badness: float) -> bytes:
    end = draw.choice(["\n", "\n", "\r\n"])
    out = []
    for n, line in enumerate(lines):
        data = line.encode(encoding)
        if n and draw.random() < badness / 4:
            data = _broken(draw, data, line)
        out.append(data + (draw.choice([b"\n", b"\r\n"]) if draw.random() < badness / 10 else end.encode()))
        if n and draw.random() < badness / 4:
            out.append(draw.choice([b"\n", b"\r\n", b"\n\n", b",\n"]))
    content = b"".join(out)
    if draw.random() < 0.3:
        content = content.removesuffix(b"\n").removesuffix(b"\r")
    return (b"\xef\xbb\xbf" if encoding == "utf-8" and draw.random() < 0.2 else b"") + content


def _broken(draw: random.Random, data: bytes, line: str) -> bytes:
    at = draw.randrange(len(data) + 1)
    piece = draw.choice([b"\0", b"\r", b"\xff", b"\x81", b"\xd6\xd0", "中".encode(), b'"', b",", b"\xe4\xb8", b"\xa0"])
    if draw.random() < 0.2:
        return line.encode(draw.choice(["utf-8", "gb18030"]))
    return data[:at] + piece + data[at:]
