"""Marshmallow fields of the field's values, and loading that refuses in both languages, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate
from stdnum.cn import uscc as stdnum_uscc

from contracts.errors import FieldError, InvalidInput
from contracts.words import PROVINCES

USCC_SHAPE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}")
ID_SHAPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,79}")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Strict(Schema):
    """A schema that refuses fields it does not know."""

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """A line or paragraph: trimmed, 1..``most`` characters unless ``empty``, no control characters."""

    def __init__(self, most: int = 200, *, empty: bool = False, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(0 if empty else 1, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if CONTROL.search(text):
            raise ValidationError("Contains control characters.")
        return text.strip()


class Id(fields.String):
    """An identifier of ours: 1..80 letters, digits and ``._:-``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if not ID_SHAPE.fullmatch(text):
            raise ValidationError("Not a valid identifier.")
        return text


class Uscc(fields.String):
    """统一社会信用代码: 18 characters with check digit (GB 32100-2015); letters allowed in the first two."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip().upper()
        if not USCC_SHAPE.fullmatch(text):
            raise ValidationError("Not a credit code.")
        if stdnum_uscc.calc_check_digit(text[:-1]) != text[-1]:
            raise ValidationError("Wrong check digit.")
        return text


class Province(fields.String):
    """A two-digit GB/T 2260 province code."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if text not in PROVINCES:
            raise ValidationError("Not a province.")
        return text


class Score(fields.Decimal):
    """A decimal number carried as a string, with at most 8 places; floats are refused."""

    def __init__(self, *, low: str = "-1000000", high: str = "1000000", **kwargs: Any) -> None:
        super().__init__(as_string=True, validate=validate.Range(Decimal(low), Decimal(high)), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, float | bool) or (isinstance(value, str) and len(value) > 24):
            raise ValidationError("Not a valid number.")
        try:
            number: Decimal = super()._deserialize(value, attr, data, **kwargs)
        except (InvalidOperation, ValueError) as error:
            raise ValidationError("Not a valid number.") from error
        exponent = number.as_tuple().exponent
        if not number.is_finite() or not isinstance(exponent, int) or exponent < -8:
            raise ValidationError("Not a valid number.")
        return number


class Moment(fields.Field[datetime]):
    """An instant, ISO 8601 with zone in JSON, aware UTC datetime with milliseconds in Python."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else format_moment(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if isinstance(value, datetime):
            moment = value
        else:
            try:
                moment = datetime.fromisoformat(value)
            except (TypeError, ValueError) as error:
                raise ValidationError("Not a valid datetime.") from error
        if moment.tzinfo is None:
            raise ValidationError("Not a valid aware datetime.")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError as error:
            raise ValidationError("Not a valid datetime.") from error
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_moment(moment: datetime) -> str:
    """Write an aware datetime as ISO 8601 in UTC with milliseconds and Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class BothSchema(Strict):
    zh = Text(2000, required=True)
    en = Text(2000, required=True)


def Both(**kwargs: Any) -> fields.Nested:
    """Return a field of one text in both languages: {"zh": …, "en": …}."""
    return fields.Nested(BothSchema, **kwargs)


def Choice(values: Any, **kwargs: Any) -> fields.String:
    """Return a field that takes one of the values of a StrEnum or an iterable of strings."""
    return fields.String(validate=validate.OneOf([str(value) for value in values]), **kwargs)


def Many(inner: Any, most: int = 200, least: int = 0, **kwargs: Any) -> fields.List:
    """Return a list field of ``least``..``most`` items of a field or schema."""
    item = fields.Nested(inner) if isinstance(inner, type) and issubclass(inner, Schema) else inner
    return fields.List(item, validate=validate.Length(least, most), **kwargs)


# How marshmallow's English sentences are said in Chinese; the code is the stable name of the rule.
_SENTENCES: list[tuple[re.Pattern[str], str, str]] = [
    (re.compile(pattern), rule, zh)
    for pattern, rule, zh in [
        (r"Missing data for required field\.", "required", "必填"),
        (r"Field may not be null\.", "not_null", "不能为空"),
        (r"Unknown field\.", "unknown", "不认识的字段"),
        (r"Not a credit code\.", "uscc_shape", "不是18位统一社会信用代码"),
        (r"Wrong check digit\.", "uscc_check_digit", "统一社会信用代码校验位不符"),
        (r"Not a province\.", "province", "不是省级行政区划代码"),
        (r"Not a valid identifier\.", "identifier", "不是有效的标识"),
        (r"Contains control characters\.", "control_characters", "含有控制字符"),
        (r"Not a valid email address\.", "email", "不是有效的电子邮箱"),
        (r"Not a valid phone number\.", "phone", "不是有效的电话号码"),
        (r"Not a valid (aware )?datetime\.", "datetime", "不是带时区的时间"),
        (r"Not a valid (number|integer)\.", "number", "不是有效的数字"),
        (r"Special numeric values \(nan or infinity\) are not permitted\.", "number", "不是有效的数字"),
        (r"Not a valid string\.", "string", "应为文字"),
        (r"Not a valid boolean\.", "boolean", "应为是或否"),
        (r"Not a valid list\.", "list", "应为列表"),
        (r"(Invalid input type|Not a valid mapping type)\.", "object", "应为对象"),
        (r"Must be one of: (?P<what>.+)\.", "choice", "应为以下之一：{what}"),
        (r"Longer than maximum length (?P<what>\d+)\.", "too_long", "长度不能超过{what}"),
        (r"Shorter than minimum length (?P<what>\d+)\.", "too_short", "长度不能少于{what}"),
        (r"Length must be between (?P<low>\d+) and (?P<high>\d+)\.", "length", "长度应在{low}到{high}之间"),
        (r"Length must be (?P<what>\d+)\.", "length", "长度应为{what}"),
        (r"Must be (greater than or equal to|greater than) (?P<what>.+?)"
         r" and (less than or equal to|less than) (?P<high>.+)\.", "range", "应在{what}到{high}之间"),
        (r"Must be greater than or equal to (?P<what>.+)\.", "range", "不能小于{what}"),
        (r"Must be less than or equal to (?P<what>.+)\.", "range", "不能大于{what}"),
    ]
]  # fmt: skip


def _explain(path: str, sentence: str) -> FieldError:
    for pattern, rule, zh in _SENTENCES:
        if match := pattern.fullmatch(sentence):
            return FieldError(path, rule, zh.format(**match.groupdict()), sentence)
    return FieldError(path, "invalid", "内容无效", sentence)


def _flatten(errors: Any, path: str = "") -> list[FieldError]:
    if isinstance(errors, Mapping):
        found: list[FieldError] = []
        for key, inner in errors.items():
            name = "" if key == "_schema" else str(key)[:80]
            found += _flatten(inner, f"{path}.{name}".strip("."))
        return found
    return [_explain(path or "_", str(sentence)) for sentence in errors]


def load(schema: Schema, data: Any) -> dict[str, Any]:
    """Load ``data`` by the schema.

    Raises InvalidInput naming every field at fault.
    """
    try:
        loaded: dict[str, Any] = schema.load(data)
    except ValidationError as error:
        raise InvalidInput(_flatten(error.normalized_messages())) from error
    except (RecursionError, OverflowError, ValueError, TypeError) as error:
        raise InvalidInput.of("_", "invalid", "内容无效", "The content is not valid.") from error
    return loaded
