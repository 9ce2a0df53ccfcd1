"""Every reason a row is quarantined or a file refused for, in zh and en; stored as code and figures only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# code: (zh, en). Fields in braces come from the stored figures.
REASONS: dict[str, tuple[str, str]] = {
    # rows: the line as a whole
    "bad_encoding": (
        "这一行不是合法的 {encoding} 编码（第 {byte} 字节起）。",
        "This line is not valid {encoding} (from byte {byte} on).",
    ),
    "column_count": (
        "应有 {expected} 列，实有 {found} 列。",
        "The line has {found} fields where the header has {expected}.",
    ),
    "unterminated_quote": ("引号没有配对。", "A quotation mark is opened and never closed."),
    "bad_quote": (
        "引号用法不合规：引号内的引号须写两次。",
        "Quotation marks are misplaced; one inside quotes must be doubled.",
    ),
    "nul_byte": ("这一行含有空字节（NUL）。", "The line holds a NUL byte."),
    "control_character": ("这一行含有不成对的回车符。", "The line holds a carriage return without a line feed."),
    "line_too_long": (
        "这一行有 {bytes} 字节，超过上限 {limit}。",
        "The line has {bytes} bytes; at most {limit} are read.",
    ),
    "key_conflict": (
        "主键与第 {first_line} 行相同，但内容不同。",
        "The key is the same as in line {first_line}, with other values.",
    ),
    # rows: one field
    "missing": ("必填字段为空。", "A required field is empty."),
    "bad_id": (
        "编号“{value}”含有不允许的字符（只可用字母、数字、. _ -）。",
        "The id “{value}” has characters other than letters, digits, . _ and -.",
    ),
    "too_long": ("长度 {length}，超过上限 {limit}。", "It has {length} characters; at most {limit} are allowed."),
    "unknown_value": ("“{value}”不在允许的取值中：{allowed}。", "“{value}” is none of {allowed}."),
    "bad_code": ("代码“{value}”的格式应为 {form}。", "The code “{value}” should be {form}."),
    "bad_date": ("“{value}”不是日期（YYYY-MM-DD）。", "“{value}” is not a date (YYYY-MM-DD)."),
    "bad_time": (
        "“{value}”不是时间（YYYY-MM-DDTHH:MM:SS）。",
        "“{value}” is not a time (YYYY-MM-DDTHH:MM:SS).",
    ),
    "in_future": (
        "“{value}”晚于业务日期 {business_date}。",
        "“{value}” is after the business date {business_date}.",
    ),
    "bad_amount": (
        "“{value}”不是金额（单位元，最多两位小数）。",
        "“{value}” is not an amount in yuan with at most 2 decimal places.",
    ),
    "not_positive": ("金额“{value}”须大于 0。", "The amount “{value}” must be above 0."),
    "negative": ("金额“{value}”不能为负。", "The amount “{value}” must not be negative."),
    "bad_number": ("“{value}”不是整数。", "“{value}” is not a whole number."),
    "out_of_range": ("“{value}”不在 {low} 到 {high} 之间。", "“{value}” is not between {low} and {high}."),
    # rows that wait
    "unknown_customers": (
        "客户“{value}”尚未到达；到达后本行自动生效。",
        "Customer “{value}” has not come yet; the row counts by itself once it does.",
    ),
    "unknown_accounts": (
        "账户“{value}”尚未到达；到达后本行自动生效。",
        "Account “{value}” has not come yet; the row counts by itself once it does.",
    ),
    "unknown_cards": (
        "卡“{value}”尚未到达；到达后本行自动生效。",
        "Card “{value}” has not come yet; the row counts by itself once it does.",
    ),
    "unknown_transactions": (
        "交易“{value}”尚未到达；到达后本行自动生效。",
        "Transaction “{value}” has not come yet; the row counts by itself once it does.",
    ),
    "unknown_units": (
        "机构“{value}”尚未到达；到达后本行自动生效。",
        "Unit “{value}” has not come yet; the row counts by itself once it does.",
    ),
    # files
    "wrong_hash": (
        "文件 {file} 的 SHA-256 为 {found}，清单上为 {declared}。",
        "The SHA-256 of {file} is {found}; the manifest says {declared}.",
    ),
    "wrong_rows": (
        "文件 {file} 有 {found} 行，清单上为 {declared} 行，相差 {difference} 行。",
        "{file} has {found} rows; the manifest says {declared}, a difference of {difference}.",
    ),
    "wrong_sum": (
        "文件 {file} 的 {column} 合计为 {found} 元，清单上为 {declared} 元，相差 {difference} 元。",
        "The {column} of {file} adds up to {found} yuan; the manifest says {declared}, a difference of {difference}.",
    ),
    "missing_columns": (
        "文件 {file} 缺少必需的列：{columns}。",
        "{file} lacks the required columns {columns}.",
    ),
    "repeated_columns": ("文件 {file} 的列名重复：{columns}。", "{file} names the columns {columns} twice."),
    "empty_file": ("文件 {file} 是空的，连表头也没有。", "{file} is empty; it has not even a header."),
    "no_file": ("没有找到文件 {file}。", "The file {file} is not there."),
    "unreadable": ("文件 {file} 无法读取：{why}。", "{file} cannot be read: {why}."),
    "truncated_gzip": (
        "压缩文件 {file} 不完整：在解出 {bytes} 字节后中断。",
        "The gzip file {file} is cut off after {bytes} unpacked bytes.",
    ),
    "corrupt_gzip": ("压缩文件 {file} 已损坏。", "The gzip file {file} is damaged."),
    "packed_too_well": (
        "压缩文件 {file} 的展开倍数过大，疑似压缩炸弹。",
        "The gzip file {file} unpacks to an implausible size.",
    ),
    "no_line_ends": ("文件 {file} 在 {bytes} 字节内没有换行。", "{file} has no line end within {bytes} bytes."),
    "unknown_encoding": (
        "文件 {file} 的编码 {encoding} 不支持；请用 UTF-8 或 GB18030。",
        "The encoding {encoding} of {file} is not read; use UTF-8 or GB18030.",
    ),
    "bad_header": ("文件 {file} 的表头无法读取。", "The header of {file} cannot be read."),
    "unknown_feed": ("“{feed}”不是数据约定中的文件。", "“{feed}” is no feed of the contract."),
    # feed directories
    "no_directory": ("没有找到目录 {directory}。", "The directory {directory} is not there."),
    "no_manifest": (
        "目录 {directory} 没有 manifest.json；如确要导入，请用 --no-manifest。",
        "{directory} has no manifest.json; to load it all the same, use --no-manifest.",
    ),
    "bad_manifest": (
        "目录 {directory} 的 manifest.json 有误：{why}。",
        "manifest.json of {directory} is wrong: {why}.",
    ),
    "no_business_date": (
        "目录 {directory} 没有业务日期：请把目录命名为 YYYY-MM-DD 或指明日期。",
        "{directory} has no business date: name the folder YYYY-MM-DD or give the date.",
    ),
    "nothing_to_load": (
        "目录 {directory} 中没有数据约定中的文件。",
        "{directory} holds no file of the contract.",
    ),
    "two_files": (
        "目录 {directory} 中 {feed} 有多个文件：{files}。",
        "{directory} has several files for {feed}: {files}.",
    ),
    # notes on a file that was read
    "unknown_columns": (
        "以下列不在约定中，未读取：{columns}。",
        "These columns are not in the contract and were left out: {columns}.",
    ),
    "sum_not_comparable": (
        "有金额无法读取的行，因此未与清单合计 {declared} 元核对；可读金额合计 {found} 元。",
        "Some amounts cannot be read: the declared sum {declared} is not compared; the others make {found} yuan.",
    ),
    "encoding_differs": (
        "清单注明编码 {declared}，实际按 {found} 读取。",
        "The manifest says {declared}; the file was read as {found}.",
    ),
}


def words(code: str, params: Mapping[str, Any], language: str) -> str:
    """The sentence of a reason; an unknown code (of an older version) is shown as it is."""
    pair = REASONS.get(code)
    if pair is None:
        return code
    template = pair[0] if language.lower().startswith("zh") else pair[1]
    return template.format_map(_Shown(params))


class _Shown(dict[str, Any]):
    """Figures for a template; lists joined, a missing one shown as a dash rather than an error."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__({name: _show(value) for name, value in params.items()})

    def __missing__(self, key: str) -> str:
        return "—"


def _show(value: Any) -> Any:
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else value
