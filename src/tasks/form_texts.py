"""What the server says about an answer; the first part is word for word what form-js says in the browser.

`{…}` is filled with `str.replace`, never with `str.format`: the values come from forms and from people.
"""

from typing import Final

REQUIRED: Final = "Feltet skal udfyldes."
PATTERN: Final = "Feltet har ikke det rigtige format."
MIN: Final = "Værdien skal være mindst {value}."
MAX: Final = "Værdien må højst være {value}."
MIN_LENGTH: Final = "Skriv mindst {value} tegn."
MAX_LENGTH: Final = "Skriv højst {value} tegn."
EMAIL: Final = "Skriv en gyldig e-mailadresse."
PHONE: Final = "Skriv et gyldigt telefonnummer med landekode, fx +4512345678."
NOT_A_NUMBER: Final = "Skriv et tal."
NOT_AN_INTEGER: Final = "Skriv et helt tal."
ONE_DECIMAL: Final = "Højst 1 decimal."
DECIMALS: Final = "Højst {value} decimaler."
STEP: Final = "Vælg en gyldig værdi; de nærmeste er {previousValue} og {nextValue}."
BROKEN_MIN: Final = "Mindsteværdien er ikke et tal."
BROKEN_MAX: Final = "Maksimumværdien er ikke et tal."

SAID_BY_FORM_JS: Final = {
    "Field is required.": REQUIRED,
    "Field must match pattern {value}.": PATTERN,
    "Field must have minimum value of {value}.": MIN,
    "Field must have maximum value of {value}.": MAX,
    "Field must have minimum length of {value}.": MIN_LENGTH,
    "Field must have maximum length of {value}.": MAX_LENGTH,
    "Field must be a valid email.": EMAIL,
    "Field must be a valid international phone number. (e.g. +4930664040900)": PHONE,
    "Value is not a number.": NOT_A_NUMBER,
    "Value is expected to be an integer.": NOT_AN_INTEGER,
    "Value is expected to have at most 1 decimal digit.": ONE_DECIMAL,
    "Value is expected to have at most {value} decimal digits.": DECIMALS,
    "Please select a valid value, the two nearest valid values are {previousValue} and {nextValue}.": STEP,
    "Min validation value is not a valid number.": BROKEN_MIN,
    "Max validation value is not a valid number.": BROKEN_MAX,
}
"""The message of form-js in English and ours for it; the browser's own table must hold the same pairs."""

# What the browser cannot send, so that form-js has no words for it.
NOT_ANSWERS: Final = "Svarene kunne ikke læses. Hent siden igen, og prøv en gang til."
TOO_MUCH: Final = "Svarene fylder for meget. Skriv mindre, eller del det op."
WRONG_SHAPE: Final = "Svaret har ikke den rigtige form."
NOT_YES_OR_NO: Final = "Svar ja eller nej."
NOT_AN_OPTION: Final = "Vælg en af mulighederne på listen."
NOT_A_DATE: Final = "Skriv en gyldig dato."
NOT_A_TIME: Final = "Skriv et gyldigt tidspunkt."
NOT_AN_INSTANT: Final = "Skriv en gyldig dato og et gyldigt tidspunkt."
TOO_OLD: Final = "Datoen skal ligge efter år 1899."
PAST: Final = "Datoen må ikke ligge før i dag."
TIME_STEP: Final = "Vælg et tidspunkt i trin på {value} minutter."
TOO_MANY_ROWS: Final = "Der kan højst være {value} rækker."
TOO_MANY_FILES = "Vælg højst {value} filer."
TOO_MANY_CHOICES: Final = "Vælg højst {value}."
ROWS_FIXED: Final = "Antallet af rækker kan ikke ændres her."


def fill(text: str, **values: object) -> str:
    """Return `text` with each `{name}` replaced by its value."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text
