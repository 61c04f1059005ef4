"""Numbers as form-js keeps, compares and prints them: JavaScript's numbers and big.js 7."""

import math
import re
from decimal import Context, Decimal
from typing import Any, Final

from tasks import form_texts as texts
from tasks.form_fields import Field

_BIG: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
_MAX_DIGITS: Final = 400
_SAFE_INTEGER: Final = 2**53
# Room for the whole range of a JavaScript number beside its smallest step, so that a remainder is exact.
_EXACT: Final = Context(prec=800)


def big(value: Any) -> Decimal | None:
    """Return what `Big(value)` is in form-js, or None where it throws."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < 10**_MAX_DIGITS else None
    if isinstance(value, float):
        return Decimal(repr(value)) if math.isfinite(value) else None
    if isinstance(value, str) and len(value) <= _MAX_DIGITS and _BIG.match(value):
        return Decimal(value)
    return None


def number_text(value: Any) -> str:
    """Return a number as JavaScript prints it (`5`, `0.1`, `1e+21`); text stays as it is."""
    number = big(value) if not isinstance(value, Decimal) else value
    if number is None or isinstance(value, str):
        return str(value)
    if number == 0:
        return "0"
    number = _EXACT.normalize(number)
    exponent = number.adjusted()
    if -7 < exponent < 21:
        return format(number, "f")
    sign, digits, _ = number.as_tuple()
    mantissa = str(digits[0]) + ("." + "".join(map(str, digits[1:])) if len(digits) > 1 else "")
    return f"{'-' if sign else ''}{mantissa}e{'+' if exponent > 0 else '-'}{abs(exponent)}"


def clean_number(field: Field, value: Any) -> tuple[int | float | str | None, str | None]:
    """Return the number that is kept and what is wrong with what was posted.

    A number, or with `serializeToString` the text of one; the decimal mark in text is a dot.
    """
    if isinstance(value, str):
        value = value.strip().removeprefix("+")
    if value is None or value == "":
        return None, None
    number = big(value)
    if number is None:
        return None, texts.NOT_A_NUMBER
    as_float = float(number)
    if math.isinf(as_float):
        return None, texts.NOT_A_NUMBER
    if field.as_string:
        return (value if isinstance(value, str) else number_text(value)), None
    if as_float.is_integer() and abs(as_float) <= _SAFE_INTEGER:
        return int(as_float), None
    return as_float, None


def number_errors(field: Field, value: Any) -> list[str]:
    """Return what form-js says of a number's decimals and step. Zero and no value always pass, as there."""
    number = big(value)
    if number is None or value == 0:
        return []
    errors = []
    digits = field.decimal_digits
    if digits is not None and _decimals(number) > digits:
        if digits == 0:
            errors.append(texts.NOT_AN_INTEGER)
        elif digits == 1:
            errors.append(texts.ONE_DECIMAL)
        else:
            errors.append(texts.fill(texts.DECIMALS, value=digits))
    if field.increment is not None:
        offset = _EXACT.remainder(number, field.increment)
        if offset != 0:
            before = _EXACT.subtract(number, offset)
            after = _EXACT.add(before, field.increment)
            errors.append(
                texts.fill(texts.STEP, previousValue=number_text(before), nextValue=number_text(after))
            )
    return errors


def _decimals(number: Decimal) -> int:
    exponent = _EXACT.normalize(number).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
