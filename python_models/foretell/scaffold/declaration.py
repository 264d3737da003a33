"""The YAML of a new feature view: declaration, descriptions, data tests and one unit test."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import Any

import yaml

from foretell.literal_text import literal
from foretell.scaffold.feature import NewFeature
from foretell.scaffold.project import Column, Model
from foretell.scaffold.sql import WINDOW_DAYS, features_of

# A day without a time of day reads as a date and as a timestamp.
_BEFORE_WINDOW, _BEFORE, _AS_OF, _AFTER = "2025-01-03", "2025-01-31", "2025-02-01", "2025-02-02"
_UUID = "00000000-0000-0000-0000-000000000001"


def yaml_of(feature: NewFeature) -> str:
    """The file beside the SQL."""
    lines = [
        "models:",
        f"  - name: {feature.name}",
        "    description: >-",
        *(f"      {line}" for line in _description(feature)),
        "    config:",
        "      meta:",
        *([f"        owner: {plain(literal(feature.owner))}"] if feature.owner else []),
        "        feature_view:",
        *(f"          {line}" for line in _declared(feature)),
        *_data_tests(feature),
        "    columns:",
        *(line for column in _columns(feature) for line in column),
        "",
        "unit_tests:",
        *(_boundary_test(feature, feature.spine) if feature.spine else _rows_test(feature)),
    ]
    return "\n".join(lines) + "\n"


def plain(value: Any) -> str:
    """A scalar as YAML: without quotes where it reads the same."""
    if not isinstance(value, str):
        return str(value)
    try:
        same = yaml.safe_load(f"- {value}") == [value] and "{{" not in value and "#" not in value
    except yaml.YAMLError:
        same = False
    return value if same else json.dumps(value, ensure_ascii=False)


def _description(feature: NewFeature) -> list[str]:
    grain = {
        "events": f"One row per row of {feature.source.name}.",
        "states": f"One row per {feature.noun} and {feature.time}.",
        "spine": f"One row per {feature.noun} and as-of time, from rows strictly before it.",
        "static": f"One row per {feature.noun}. The source keeps no history: what is here may "
        "have been learnt after the times that it is used for.",
    }[feature.kind]
    text = f"{_words(feature.topic)} of a {feature.noun}, from {feature.source.name}. {grain}"
    return wrap(text, width=92)


def _declared(feature: NewFeature) -> list[str]:
    lines = [f"kind: {feature.kind}", f"entity: {plain(feature.entity)}"]
    if feature.kind == "spine":
        lines.append(f"as_of: {plain(feature.as_of)}")
    elif feature.time:
        lines.append(f"time: {plain(feature.time)}")
    if feature.kind != "events":
        return [*lines, f"features: [{', '.join(map(plain, features_of(feature)))}]"]
    topic = _words(feature.topic)
    days_since = plain(f"Days since the last of {topic.lower()}")
    return [
        *lines,
        f"windows: [{WINDOW_DAYS} days, {2 * WINDOW_DAYS} days]",
        "aggregations:    # a reason quotes the description and the window",
        f"  - {{agg: count, description: {plain(topic)}}}",
        f"  - {{agg: days_since_last, description: {days_since}}}",
        *(
            f"  - {{agg: sum, column: {plain(column)}, name: total_{column}, "
            f"description: {plain(f'Total {_words(column).lower()}')}}}"
            for column in feature.columns
        ),
    ]


def _data_tests(feature: NewFeature) -> list[str]:
    if feature.kind == "static":
        return []
    grain = {"states": feature.time, "spine": feature.as_of}.get(feature.kind)
    unique = [
        "      - foretell.unique_combination:",
        "          arguments:",
        f"            columns: [{plain(feature.entity)}, {plain(grain)}]",
    ]
    return [
        "    data_tests:",
        "      - foretell.no_future_rows",
        *(unique if grain else []),
    ]


def _columns(feature: NewFeature) -> list[list[str]]:
    """Each column with what its source says of it, or else with what can be guessed."""
    entity = _column(
        feature.source.column(feature.entity),
        f"The {feature.noun}.",
        ["not_null", *(["unique"] if feature.kind == "static" else [])],
    )
    if feature.spine:
        as_of = feature.spine.column(feature.as_of)
        count, *sums = features_of(feature)
        topic = _words(feature.topic)
        return [
            entity,
            _column(as_of, "What was known before it counts.", ["not_null"]),
            _column(Column(count), f"{topic} in the last {WINDOW_DAYS} days.", []),
            *(
                _column(
                    Column(name),
                    f"Total {_words(column).lower()} in the last {WINDOW_DAYS} days.",
                    [],
                )
                for name, column in zip(sums, feature.columns, strict=True)
            ),
        ]
    time = feature.source.column(feature.time)
    return [
        entity,
        *([_column(time, "When it happened.", ["not_null"])] if feature.time else []),
        *(
            _column(feature.source.column(column), f"{_words(column)}.", [])
            for column in feature.columns
        ),
    ]


def _column(column: Column, fallback: str, tests: list[str]) -> list[str]:
    return [
        f"      - name: {plain(column.name)}",
        f"        description: {plain(column.description or fallback)}",
        *(["        data_tests:"] if tests else []),
        *(f"          - {test}" for test in tests),
    ]


def _rows_test(feature: NewFeature) -> list[str]:
    """What the SQL does with two rows: at first, nothing."""
    days = ({feature.time: _BEFORE}, {feature.time: _AS_OF}) if feature.time else ({}, {})
    keys = (1, 1) if feature.time else (1, 2)
    # 1 and 0 can be numbers, truth values and texts.
    rows = [
        {feature.entity: _key(feature.source, feature.entity, key)}
        | day
        | dict.fromkeys(feature.columns, 2 - number)
        for number, (day, key) in enumerate(zip(days, keys, strict=True), start=1)
    ]
    name = "rows_keep_their_time" if feature.time else "rows_are_taken_as_they_are"
    return [
        f"  - name: {feature.topic}_{name}",
        f"    model: {feature.name}",
        "    given:",
        *_given(feature.source, [_flow(row) for row in rows]),
        "    expect:",
        "      rows:",
        *(f"        - {_flow(row)}" for row in rows),
    ]


def _boundary_test(feature: NewFeature, spine: Model) -> list[str]:
    """Rows at the as-of time and after it change nothing, nor do rows before the window."""
    described = {feature.entity: _key(spine, feature.entity, 1), feature.as_of: _AS_OF}
    key = {feature.entity: _key(feature.source, feature.entity, 1)}
    cases = {
        _BEFORE_WINDOW: (7, "before the window: not counted"),
        _BEFORE: (2, "before the as-of time: counted"),
        _AS_OF: (3, "at the as-of time: not counted"),
        _AFTER: (5, "after it: not counted"),
    }
    rows = [
        f"{_flow(key | {feature.time: day} | dict.fromkeys(feature.columns, value))}    # {why}"
        for day, (value, why) in cases.items()
    ]
    count, *sums = features_of(feature)
    return [
        f"  - name: {feature.topic}_from_the_as_of_time_on_are_invisible",
        f"    model: {feature.name}",
        "    given:",
        *_given(spine, [_flow(described)]),
        *_given(feature.source, rows),
        "    expect:",
        "      rows:",
        f"        - {_flow(described | {count: 1} | dict.fromkeys(sums, 2))}",
    ]


def _given(model: Model, rows: list[str]) -> list[str]:
    return [
        f"      - input: ref('{model.name}')",
        "        rows:",
        *(f"          - {row}" for row in rows),
    ]


def _key(model: Model, column: str, number: int) -> int | str:
    """A key that fits numbers and texts, or the documented type uuid."""
    is_uuid = model.column(column).data_type.lower() == "uuid"
    return _UUID[:-1] + str(number) if is_uuid else number


def _flow(row: dict[str, Any]) -> str:
    # Days stay without quotes, as in the rest of the project.
    values = (
        f"{plain(name)}: {value if str(value).startswith('2025-') else plain(value)}"
        for name, value in row.items()
    )
    return "{" + ", ".join(values) + "}"


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()
