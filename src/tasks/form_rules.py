"""The rules of a field's `validate`, in form-js' order and words (Validator.js of form-js-viewer 2.0.0)."""

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from engine import feel as engine_feel
from engine.errors import FeelError
from tasks import form_texts as texts
from tasks.form_feel import FormFeel, Scope
from tasks.form_fields import Expression, Field
from tasks.form_numbers import big, number_errors, number_text

# What JavaScript's trim() takes away; Python's strip() takes other characters.
_BLANK: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_EMAIL: Final = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\Z",
    re.ASCII,
)
_COUNTRY_CODES: Final = (
    "297|93|244|1264|358|355|376|971|54|374|1684|1268|61|43|994|257|32|229|226|880|359|973|1242|387|590|375|501"
    "|1441|591|55|1246|673|975|267|236|1|61|41|56|86|225|237|243|242|682|57|269|238|506|53|5999|61|1345|357|420|49"
    "|253|1767|45|1809|1829|1849|213|593|20|291|212|34|372|251|358|679|500|33|298|691|241|44|995|44|233|350|224|590"
    "|220|245|240|30|1473|299|502|594|1671|592|852|504|385|509|36|62|44|91|246|353|98|964|354|972|39|1876|44|962|81"
    "|76|77|254|996|855|686|1869|82|383|965|856|961|231|218|1758|423|94|266|370|352|371|853|590|212|377|373|261|960"
    "|52|692|389|223|356|95|382|976|1670|258|222|1664|596|230|265|60|262|264|687|227|672|234|505|683|31|47|977|674"
    "|64|968|92|507|64|51|63|680|675|48|1787|1939|850|351|595|970|689|974|262|40|7|250|966|249|221|65|500|4779|677"
    "|232|503|378|252|508|381|211|239|597|421|386|46|268|1721|248|963|1649|235|228|66|992|690|993|670|676|1868|216"
    "|90|688|886|255|256|380|598|1|998|3906698|379|1784|58|1284|1340|84|678|681|685|967|27|260|263"
)
_PHONE: Final = re.compile(
    rf"(?:\+|00)(?:{_COUNTRY_CODES})"
    r"(?:9[976]\d|8[987530]\d|6[987]\d|5[90]\d|42\d|3[875]\d|2[98654321]\d|9[8543210]|8[6421]|6[6543210]"
    r"|5[87654321]|4[987654310]|3[9643210]|2[70]|7|1)\d{4,20}\Z",
    re.ASCII,
)
_MAX_ADDRESS: Final = 1_000


def rule_errors(field: Field, value: Any, scope: Scope, feel: FormFeel) -> list[str]:
    """Return every message that form-js would show at the field for `value`, in its order."""
    errors = number_errors(field, value) if field.kind == "number" else []
    rules = field.rules
    if not rules.any:
        return errors
    filled = bool(value) or isinstance(value, list | dict)
    if rules.pattern and filled and not _fits(rules.pattern, value):
        errors.append(rules.pattern_message or texts.PATTERN)
    if rules.required and (
        value is None or value == "" or value == [] or (value is False and _is_box(field))
    ):
        errors.append(texts.REQUIRED)
    if filled or (value == 0 and not isinstance(value, bool)):
        _limit(
            errors, value, _limit_value(rules.min, scope, feel), Decimal.__lt__, texts.MIN, texts.BROKEN_MIN
        )
        _limit(
            errors, value, _limit_value(rules.max, scope, feel), Decimal.__gt__, texts.MAX, texts.BROKEN_MAX
        )
    if isinstance(value, str) and value:
        _text_errors(errors, field, value, scope, feel)
    return errors


def _is_box(field: Field) -> bool:
    return field.kind == "checkbox"


def _fits(pattern: str, value: Any) -> bool:
    """Whether JavaScript finds the pattern in the value; a pattern that cannot be run fits nothing."""
    text = value if isinstance(value, str) else ("true" if value is True else number_text(value))
    try:
        return engine_feel.matches(pattern, text)
    except FeelError:
        return False


def _limit_value(limit: Any, scope: Scope, feel: FormFeel) -> Any:
    return feel.value(limit, scope) if isinstance(limit, Expression) else limit


def _limit(
    errors: list[str],
    value: Any,
    limit: Any,
    broken: Callable[[Decimal, Decimal], bool],
    message: str,
    nonsense: str,
) -> None:
    if limit is None:
        return
    number, border = big(value), big(limit)
    if number is None or border is None:
        errors.append(nonsense)
    elif broken(number, border):
        errors.append(texts.fill(message, value=number_text(limit)))


def _text_errors(errors: list[str], field: Field, value: str, scope: Scope, feel: FormFeel) -> None:
    rules = field.rules
    least, most = _limit_value(rules.min_length, scope, feel), _limit_value(rules.max_length, scope, feel)
    if least is not None or most is not None:
        trimmed = value.strip(_BLANK)
        # JavaScript counts an emoji as two.
        length = len(trimmed.encode("utf-16-le", "surrogatepass")) // 2
        if least is not None and length < _as_number(least):
            errors.append(texts.fill(texts.MIN_LENGTH, value=number_text(least)))
        if most is not None and length > _as_number(most):
            errors.append(texts.fill(texts.MAX_LENGTH, value=number_text(most)))
    if rules.validation_type == "phone" and not _is_phone(value):
        errors.append(texts.PHONE)
    if rules.validation_type == "email" and not (len(value) <= _MAX_ADDRESS and _EMAIL.match(value)):
        errors.append(texts.EMAIL)


def _is_phone(value: str) -> bool:
    return len(value) <= _MAX_ADDRESS and _PHONE.search(value) is not None


def _as_number(limit: Any) -> float:
    """What JavaScript compares a length with; nothing is shorter or longer than no number."""
    if isinstance(limit, bool):
        return float(limit)
    number = big(limit)
    return math.nan if number is None else float(number)
