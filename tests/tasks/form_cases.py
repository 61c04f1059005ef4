"""Forms and data for the comparison with form-js: a table of every type and rule, and more by chance."""

import random
from collections.abc import Iterator
from typing import Any

Case = tuple[dict[str, Any], dict[str, Any]]

OPTIONS = [
    {"value": "ja", "label": "Ja"},
    {"value": "nej", "label": "Nej"},
    {"value": 1, "label": "En"},
    "andet",
]
PEOPLE = {"leder": [{"value": "7", "label": "Åse"}, {"value": "8", "label": "Bo"}]}


def form(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": "default", "schemaVersion": 19, "id": "skema", "components": list(components)}


def _one(kind: str, given: list[Any], /, **properties: Any) -> list[Case]:
    schema = form({"type": kind, "key": "felt", "label": "Felt", **properties})
    return [(schema, {"felt": value}) for value in given]


def _texts() -> Iterator[list[Case]]:
    values = [
        "",
        "x",
        "  x  ",
        "   ",
        "linje et\nlinje to",
        "æøå",
        "👍👍",
        "\u00a0to\u00a0",
        5,
        0.1,
        True,
        None,
        1e21,
    ]
    for kind in ("textfield", "textarea"):
        yield _one(kind, values)
        yield _one(kind, values, validate={"required": True})
        yield _one(kind, values, validate={"minLength": 2, "maxLength": 3})
        yield _one(kind, values, validate={"minLength": "=1 + 1", "maxLength": "=ukendt"})
        yield _one(kind, values, validate={"minLength": "3"})
    yield _one("textfield", ["12", "0", "-1", "abc", "5.5"], validate={"min": 0, "max": "10"})
    yield _one("textfield", ["1"], validate={"min": "mange", "max": '="x"'})
    yield _one(
        "textfield", ["010101-1234", "0101011234", "x010101-1234\n"], validate={"pattern": r"^\d{6}\-?\d{4}$"}
    )
    yield _one(
        "textfield",
        ["ab", "AB", "æ", " ", "١"],
        validate={"pattern": r"^[\wæ]|\s$", "patternErrorMessage": "Nej!"},
    )
    yield _one("textfield", ["3", "٣"], validate={"pattern": r"\d"})
    yield _one(
        "textfield",
        [
            "a@b.dk",
            "a@b",
            "a@",
            "a b@c.dk",
            "ø@b.dk",
            "a@b.dk ",
            "a@-b.dk",
            "a.b+c@d-e.f",
            "x" * 70 + "@" + "y" * 64,
        ],
        validate={"validationType": "email"},
    )
    yield _one(
        "textfield",
        [
            "+4512345678",
            "004512345678",
            "12345678",
            "+45 12345678",
            "tlf. +4512345678",
            "+45123",
            "+999123456789",
        ],
        validate={"validationType": "phone", "required": True},
    )


def _numbers() -> Iterator[list[Case]]:
    values = [
        None,
        0,
        1,
        -1,
        2.5,
        2.55,
        "3",
        "3.50",
        1e21,
        1e-7,
        123456789012345,
        "",
        "1e2",
        -0.5,
        0.30000000000000004,
    ]
    yield _one("number", values)
    yield _one("number", values, serializeToString=True)
    yield _one("number", values, validate={"required": True})
    yield _one("number", values, validate={"min": 1, "max": 3})
    yield _one("number", values, validate={"min": 0, "max": 0})
    yield _one("number", values, validate={"min": "=2 - 1", "max": "=null"})
    values.remove(1e21)  # form-js falls over when it counts the decimals of a number with 22 digits
    yield _one("number", values, decimalDigits=0)
    yield _one("number", values, decimalDigits=1)
    yield _one("number", values, decimalDigits=2, serializeToString=True)
    yield _one("number", values, increment=0.5)
    yield _one("number", values, increment="2", validate={"min": 1})
    yield _one("number", values, increment=3, decimalDigits=0, serializeToString=True)


def _choices() -> Iterator[list[Case]]:
    yield _one("checkbox", [True, False, None])
    yield _one("checkbox", [True, False, None], validate={"required": True})
    single = ["ja", "nej", 1, "andet", "", None]
    several = [["ja"], ["ja", 1], [], None, ["andet", "nej"]]
    for kind, values in (("radio", single), ("select", single), ("checklist", several), ("taglist", several)):
        yield _one(kind, values, values=OPTIONS)
        yield _one(kind, values, values=OPTIONS, validate={"required": True})
        people = ["7", "8", None] if values is single else [["7"], ["7", "8"], []]
        for source in ({"valuesExpression": "=personer.leder"}, {"valuesKey": "folk"}):
            schema = form({"type": kind, "key": "felt", "validate": {"required": True}, **source})
            yield [(schema, {"felt": one, "personer": PEOPLE, "folk": PEOPLE["leder"]}) for one in people]
        schema = form({"type": kind, "key": "felt", "valuesExpression": '=personer.leder[label = "Bo"]'})
        yield [
            (schema, {"felt": one, "personer": PEOPLE})
            for one in (["8", None] if values is single else [["8"]])
        ]
    yield _one(
        "select", [False, True, 0, 1, "0"], values=[False, True, 0, 1, "0", {"value": 0, "label": "Nul"}]
    )


def _moments() -> Iterator[list[Case]]:
    dates = [None, "", "2026-02-03", "2026-12-31", "1900-01-01", "2024-02-29"]
    yield _one("datetime", dates)
    yield _one("datetime", dates, subtype="date", validate={"required": True})
    coming = ["2026-02-03", "2026-02-04", "2031-01-01", None]
    yield _one("datetime", coming, subtype="date", disallowPassedDates=True, validate={"required": True})
    for layout, suffix in (("no_timezone", ""), ("utc_offset", "+01:00"), ("utc_normalized", "Z")):
        times = [None, f"08:00{suffix}", f"23:45{suffix}", f"00:00{suffix}"]
        yield _one("datetime", times, subtype="time", timeSerializingFormat=layout)
        both = [None, f"2026-02-03T08:00{suffix}", f"2026-12-31T11:30{suffix}"]
        yield _one(
            "datetime", both, subtype="datetime", timeSerializingFormat=layout, validate={"required": True}
        )
    summer = ["2026-07-01T08:00+02:00", "2026-07-01T08:00Z", "2026-07-01T08:00"]
    yield _one("datetime", summer, subtype="datetime", timeSerializingFormat="utc_offset")
    yield _one("datetime", summer, subtype="datetime", timeSerializingFormat="utc_normalized")
    yield _one("datetime", ["08:10", "09:59"], subtype="time", timeInterval=1)


def _conditions() -> Iterator[list[Case]]:
    text = {"type": "textfield", "key": "b", "validate": {"required": True}}
    values = ["ja", "nej", "", None, 1]
    for hide in (
        '= a = "ja"',
        '= a != "ja"',
        "= a > 3",
        "= ukendt",
        "= not(a)",
        "= true",
        "= false",
        "= a >",
        "= a",
        "=null",
    ):
        schema = form(
            {"type": "select", "key": "a", "values": OPTIONS}, {**text, "conditional": {"hide": hide}}
        )
        yield [(schema, {"a": value}) for value in values]
    group = {"type": "group", "path": "g", "conditional": {"hide": '=a = "ja"'}, "components": [text]}
    plain = {"type": "group", "conditional": {"hide": '=a = "ja"'}, "components": [text]}
    for some in (group, plain):
        schema = form(
            {"type": "textfield", "key": "a"}, some, {**text, "key": "c", "conditional": {"hide": '=b = "x"'}}
        )
        yield [(schema, {"a": value}) for value in ("ja", "nej")]
    # A hidden field falls back to what it started with, one inside a group to nothing at all.
    chain = form(
        {"type": "textfield", "key": "a"},
        {"type": "textfield", "key": "b", "conditional": {"hide": '=a = "ja"'}},
        {"type": "textfield", "key": "c", "conditional": {"hide": '=b = "x"'}},
        {"type": "textfield", "key": "d", "conditional": {"hide": "=c = null"}},
        {
            "type": "group",
            "path": "g",
            "components": [
                {"type": "textfield", "key": "e", "conditional": {"hide": '=a = "ja"'}},
                {"type": "textfield", "key": "f", "conditional": {"hide": '=a = "nej"'}},
            ],
        },
        {**text, "key": "h", "conditional": {"hide": "=g.e = null"}},
        {**text, "key": "j", "conditional": {"hide": '=g.f = "y"'}},
    )
    yield [
        (chain, {"a": a, "b": b, "c": c, "g": {"e": "y", "f": "y", "ekstra": 1}})
        for a in ("ja", "nej", "")
        for b in ("x", "y")
        for c in ("z", "")
    ]


def _containers() -> Iterator[list[Case]]:
    rows = form(
        {"type": "textfield", "key": "hvem", "validate": {"required": True}},
        {
            "type": "dynamiclist",
            "path": "folk",
            "components": [
                {"type": "textfield", "key": "navn", "validate": {"required": True}},
                {"type": "checkbox", "key": "fast"},
                {
                    "type": "number",
                    "key": "timer",
                    "validate": {"min": 1},
                    "conditional": {"hide": "=not(this.fast)"},
                },
                {
                    "type": "textfield",
                    "key": "note",
                    "conditional": {"hide": '=parent.hvem = "x" and i[1] > 1'},
                },
                {
                    "type": "dynamiclist",
                    "path": "dage",
                    "defaultRepetitions": 0,
                    "components": [
                        {
                            "type": "textfield",
                            "key": "dag",
                            "conditional": {"hide": "=parent.fast"},
                            "validate": {"required": True},
                        },
                        {
                            "type": "number",
                            "key": "nr",
                            "conditional": {"hide": '=i[2] = 2 and parent.parent.hvem = "x"'},
                        },
                    ],
                },
            ],
        },
    )
    full = {
        "navn": "Bo",
        "fast": True,
        "timer": 0,
        "note": "n",
        "dage": [{"dag": "m", "nr": 1}, {"dag": "", "nr": None}],
    }
    yield [
        (rows, {}),
        (rows, {"hvem": "x", "folk": []}),
        (rows, {"hvem": "x", "folk": [full, {**full, "fast": False}, {}]}),
        (rows, {"hvem": "y", "folk": [{"navn": ""}, {"fast": True}, {"ekstra": 1, **full}]}),
    ]
    # A row without visible fields arrives as null, or after the last visible one not at all.
    for row in (1, 2, 3):
        hidden = {"conditional": {"hide": f"=i[1] = {row}"}, "validate": {"required": True}}
        some = [{"type": kind, "key": kind, **hidden} for kind in ("checkbox", "textfield")]
        schema = form({"type": "dynamiclist", "path": "l", "components": some})
        yield [(schema, {"l": [{"checkbox": True, "textfield": "x"}] * 3}), (schema, {"l": [{}, {}, {}]})]
    many = form(
        {
            "type": "dynamiclist",
            "path": "l",
            "components": [{"type": "textfield", "key": "t", "validate": {"required": True}}],
        }
    )
    yield [(many, {"l": [{"t": "x"}] * 8})]  # more than five rows are folded away, but they count
    nested = form(
        {
            "type": "group",
            "path": "barn",
            "components": [
                {"type": "textfield", "key": "navn", "validate": {"required": True}},
                {"type": "group", "components": [{"type": "datetime", "key": "foedt", "subtype": "date"}]},
                {
                    "type": "group",
                    "path": "skole.klasse",
                    "components": [{"type": "textfield", "key": "navn"}],
                },
            ],
        },
        {"type": "group", "path": "barn", "components": [{"type": "textfield", "key": "adresse.vej"}]},
        {"type": "text", "text": "# Hej"},
        {"type": "separator"},
    )
    yield [
        (nested, {}),
        (nested, {"barn": {"navn": "Ea", "skole": {"klasse": {"navn": "3.b"}}, "adresse": {"vej": "V"}}}),
    ]


def _closed_fields() -> Iterator[list[Case]]:
    required = {"validate": {"required": True}}
    closed = form(
        {"type": "textfield", "key": "a", "disabled": True, **required},
        {"type": "textfield", "key": "b", "readonly": True, **required},
        {"type": "textfield", "key": "c", "readonly": '=d = "x"', **required},
        {"type": "textfield", "key": "d", "defaultValue": "x"},
        {"type": "checklist", "key": "e", "values": OPTIONS, "defaultValue": ["ja"]},
        {"type": "number", "key": "f", "defaultValue": 3, "validate": {"max": "=len(d)"}},
        {"type": "textfield", "key": "g", "conditional": {"hide": '=a = "kendt"'}},
    )
    yield [(closed, {}), (closed, {"a": "kendt", "b": "kendt", "c": "z", "d": "y", "e": [], "f": None})]


def table() -> list[Case]:
    """Every type and rule that the server promises to keep."""
    parts = (_texts, _numbers, _choices, _moments, _conditions, _containers, _closed_fields)
    return [case for part in parts for cases in part() for case in cases]


_KEYS = "abcdef"


def by_chance(count: int, seed: int) -> list[Case]:
    """`count` forms of up to six fields, groups and lists, with rules and conditions, and data for them."""
    dice = random.Random(seed)
    return [_chance(dice) for _ in range(count)]


def _chance(dice: random.Random) -> Case:
    data: dict[str, Any] = {"personer": PEOPLE, "v": dice.choice([None, 0, 3, "ja"])}
    keys = list(_KEYS[: dice.randint(1, 6)])
    return form(*[_component(dice, key, data, 0) for key in keys]), data


def _component(dice: random.Random, key: str, data: dict[str, Any], depth: int) -> dict[str, Any]:
    roll = dice.random()
    made: dict[str, Any]
    if depth < 2 and roll < 0.12:
        inner: dict[str, Any] = {}
        made = {
            "type": "group",
            "path": key,
            "components": [_component(dice, k, inner, depth + 1) for k in "xy"],
        }
        data[key] = inner
    elif depth < 2 and roll < 0.26:
        row: dict[str, Any] = {}
        made = {
            "type": "dynamiclist",
            "path": key,
            "components": [_component(dice, k, row, depth + 1) for k in "xy"],
        }
        data[key] = [{**row}, {}][: dice.randint(0, 2)]
    else:
        made = _chance_field(dice, key, data)
        if depth == 0 and dice.random() < 0.1:
            made["disabled"] = True
    # What a hidden or disabled field of a row holds is not sent, so that no condition in the row may read it.
    if dice.random() < 0.35 and (depth == 0 or key == "y"):
        made["conditional"] = {"hide": "=" + _chance_condition(dice, depth)}
    return made


def _chance_field(dice: random.Random, key: str, data: dict[str, Any]) -> dict[str, Any]:
    kind = dice.choice(
        ["textfield", "textarea", "number", "checkbox", "radio", "select", "checklist", "taglist", "datetime"]
    )
    validate: dict[str, Any] = {"required": True} if dice.random() < 0.4 else {}
    made: dict[str, Any] = {"type": kind, "key": key, "label": key, "validate": validate}
    if kind in ("textfield", "textarea"):
        data[key] = dice.choice(["", "ja", "nej", "x y", " x ", None, 12])
        if dice.random() < 0.4:
            validate |= dice.choice(
                [{"minLength": 2}, {"maxLength": 2}, {"pattern": "^[a-j]+$"}, {"maxLength": "=v"}]
            )
    elif kind == "number":
        data[key] = dice.choice([None, 0, 1, 3, -2.5, "4", 0.25])
        if dice.random() < 0.5:
            validate |= dice.choice([{"min": 1}, {"max": 2}, {"min": "=v"}, {"max": "=count([1,2,3])"}])
        made |= dice.choice([{}, {"decimalDigits": 1}, {"increment": 2}, {"serializeToString": True}])
    elif kind == "checkbox":
        data[key] = dice.choice([True, False, None])
    elif kind == "datetime":
        made["subtype"] = "date"
        data[key] = dice.choice([None, "2026-02-03", "2031-05-06"])
    else:
        made |= dice.choice([{"values": OPTIONS}, {"valuesExpression": '=["ja", "nej", 1, "andet"]'}])
        value = dice.choice(["ja", "nej", 1, None])
        data[key] = value if kind in ("radio", "select") else [value] if value else []
    if dice.random() < 0.15:
        del data[key]
        number = "3" if made.get("serializeToString") else 3  # form-js sends a default as the schema has it
        made["defaultValue"] = {
            "checkbox": True,
            "number": number,
            "checklist": ["ja"],
            "taglist": ["nej"],
        }.get(kind, "ja")
        if kind == "datetime":
            made["defaultValue"] = "2026-02-03"
    return made


def _chance_condition(dice: random.Random, depth: int) -> str:
    name = dice.choice([*_KEYS, "v", "ukendt"])
    if depth and dice.random() < 0.5:
        name = dice.choice(["this.x", "parent.a", "i[1]", "x", "_this_.x"])
    return dice.choice(
        [
            f'{name} = "ja"',
            f'{name} != "nej"',
            f"{name} > 1",
            f"not({name})",
            name,
            f"{name} = null",
            f'list contains({name}, "ja")',
            f"count({name}) = 0",
            f'{name} = "ja" or v = 3',
            f"if {name} = 1 then true else false",
            f'some r in {name} satisfies r.x = "ja"',
            "true",
            "false",
        ]
    )
