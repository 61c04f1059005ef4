"""What can be chosen in a field: fixed options, a list in the context, or what FEEL gives, as in form-js."""

from collections.abc import Mapping
from typing import Any

from tasks.form_feel import FormFeel, Scope
from tasks.form_fields import Choices, Option


def read_options(values: Any) -> tuple[Option, ...]:
    """Return the options that form-js makes of a list of values or of `{label, value}`, without the rest."""
    if not isinstance(values, list):
        return ()
    return tuple(option for option in map(_option, values) if option is not None)


def options_in(
    choices: Choices, context: Mapping[str, Any], scope: Scope, feel: FormFeel
) -> tuple[Option, ...]:
    """Return what can be chosen at one level of the form; `context` holds what `valuesKey` names."""
    if choices.options is not None:
        return choices.options
    if choices.key is not None:
        return read_options(context.get(choices.key))
    return read_options(feel.value(choices.expression, scope)) if choices.expression else ()


def _option(value: Any) -> Option | None:
    if _plain(value):
        return Option(value, _text(value))
    if not isinstance(value, dict):
        return None
    label, chosen = value.get("label"), value.get("value")
    if isinstance(label, str) and label:
        if _plain(chosen) or (isinstance(chosen, dict) and chosen and not _names_type(chosen)):
            return Option(chosen, label)
        return None
    return Option(chosen, _text(chosen)) if _plain(chosen) else None


def _plain(value: Any) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and value != "")


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _names_type(value: Any) -> bool:
    """Whether the key `typename` is anywhere in `value`; such a value could not be saved with an instance."""
    if isinstance(value, dict):
        return "typename" in value or any(map(_names_type, value.values()))
    return isinstance(value, list) and any(map(_names_type, value))
