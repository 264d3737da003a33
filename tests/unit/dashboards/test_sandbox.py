"""Templates read data, choose and repeat; nothing in them leads to code, or runs for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from declared import project

from foretell.dashboards.written.templates import TemplateMistakeError, expand, expand_file

SCOPE: dict[str, Any] = project().scope()
ONE = {**SCOPE, "prediction": SCOPE["predictions"][0]}


@pytest.mark.parametrize(
    "way",
    [
        "cycler.__init__.__globals__.os.system('touch FILE')",
        "lipsum.__globals__['os'].system('touch FILE')",
        "joiner.__init__.__globals__.os.system('touch FILE')",
        "namespace.__init__.__globals__.os.system('touch FILE')",
        "spread.__globals__['__builtins__']['open']('FILE', 'w')",
        "(spread | attr('__globals__'))['__builtins__']['open']('FILE', 'w')",
        "([spread] | map(attribute='__globals__') | first)['__builtins__']['open']('FILE', 'w')",
        "prediction.__class__.__init__.__globals__['__builtins__']['open']('FILE', 'w')",
        "prediction['__class__'].__mro__[-1].__subclasses__()",
        "prediction.spec.model_copy.__globals__",
        "prediction.spec.model_construct()",
        "prediction.spec.parse_file('/etc/hostname')",
        "''.__class__.__mro__",
        "'{0.__class__}'.format(prediction)",
        "'{0.__class__}'.format_map({})",
        "'{0.__class__}' | format(prediction) | attr('__class__')",
        "dict.__globals__",
        "dict().fromkeys",
        "self.__init__.__globals__",
        "self._TemplateReference__context",
        "titles.encode('utf-8')",
        "predictions.append(1)",
        "kpis.__init__",
        "_rounds.__class__",
    ],
)
@pytest.mark.parametrize("form", ["{{ WAY }}", "a {{ WAY }}", "{% if WAY %}{% endif %}", "KEY"])
def test_no_name_leads_to_code(way: str, form: str, tmp_path: Path) -> None:
    file = tmp_path / "owned"
    said = way.replace("FILE", str(file))
    value = {"{{ " + said + " }}": 1} if form == "KEY" else form.replace("WAY", said)
    with pytest.raises(TemplateMistakeError):
        expand(value, ONE)
    with pytest.raises(TemplateMistakeError):
        list(expand_file({"when": said}, ONE))
    with pytest.raises(TemplateMistakeError):
        list(expand_file({"for_each": f"x in {said}"}, ONE))
    assert not file.exists()


@pytest.mark.parametrize(
    "endless",
    [
        "{{ range(10 ** 9) | list }}",
        "{{ 'x' * 10 ** 10 }}",
        "{{ 10 ** 10 * 'x' }}",
        "{{ [1] * 10 ** 9 }}",
        "{{ 10 ** 10 ** 10 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%.1000000000f' | format(1) }}",
        "{{ 'x'.ljust(10000000000) }}",
        "{{ 'x' | center(10000000000) }}",
        "{{ '{:1000000000}'.format(1) }}",
        "{{ spread(1000000000) }}",
        "{% set a = [1] * 100 %}" + "{% for x in a %}" * 9 + "{% endfor %}" * 9,
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% include '/etc/hostname' %}",
    ],
)
def test_what_would_run_for_ever_or_fill_the_memory_is_refused(endless: str) -> None:
    with pytest.raises(TemplateMistakeError):
        expand(f"a {endless}", ONE)


def test_data_texts_loops_and_filters_are_there() -> None:
    assert expand("{{ prediction.spec.horizon.days }}", ONE) == 28
    assert expand("{{ prediction.spec.value.is_priced }}", ONE) is True
    assert expand("{{ prediction.nouns.upper() }} {{ 'a_b'.split('_')[1] }}", ONE) == "MEMBERS b"
    assert expand("{{ dict(kpi_colors, x=1).items() | list | length }}", ONE) == 2
    said = "{% for x in prediction.slices %}{{ loop.index }}{{ loop.length }}{{ x }}{% endfor %}."
    assert expand(said, ONE) == "11select."
    assert expand("{{ '%g' | format(2.50) }}{{ 'ab' * 2 }}{{ 7 % 4 }}{{ 2 ** 3 }}", ONE) == (
        "2.5abab38"
    )


@pytest.mark.parametrize(
    "slip", ["a {{ 1 + 'a' }}", "{{ 1 // 0 }}", "{{ [1][4] }}", "{{ none[0] }}"]
)
def test_a_slip_is_a_mistake_of_the_template(slip: str) -> None:
    with pytest.raises(TemplateMistakeError):
        expand(slip, ONE)
