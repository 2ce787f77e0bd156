"""Mapping templates: Velocity with $input, $context and $util."""

from __future__ import annotations

import pytest

from harness.deliver.http.mapping import BadTemplate, render


def rendered(template, body="{}", **more):
    given = {"context": {}, "variables": {}, "parameters": {"path": {}, "querystring": {}, "header": {}}, **more}
    return render(template, body=body, **given)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.json('$')", '{"a":[1,{"b":"c"}],"s":"x"}'),
        ("$input.json('$.a[1]')", '{"b":"c"}'),
        ("$input.json('$.none')", '""'),
        ("$input.path('$.s')", "x"),
        ("$input.path('$.none')", ""),
        ("#foreach($one in $input.path('$.a'))<$foreach.count>#end", "<1><2>"),
        ("#set($all = $input.path('$'))$all.s", "x"),
        ("#if($input.path('$.s') == 'x')yes#{else}no#end", "yes"),
        ("$util.escapeJavaScript('a\"b')", 'a\\"b'),
        ("$util.base64Encode('ab')", "YWI="),
        ("$util.base64Decode('YWI=')", "ab"),
        ("$util.urlEncode('a b&c')", "a%20b%26c"),
        ("$util.urlDecode('a%20b')", "a b"),
        ("#set($o = $util.parseJson('{\"k\": 1}'))$o.k", "1"),
    ],
)
def test_what_a_template_gives(template, text):
    assert rendered(template, '{"a": [1, {"b": "c"}], "s": "x"}') == text


def test_parameters_are_looked_for_in_path_query_and_headers():
    found = {"path": {"id": "1"}, "querystring": {"id": "2", "q": "3"}, "header": {"h": "4"}}
    text = rendered(
        "$input.params('id') $input.params('q') $input.params('h') $input.params().header.h", parameters=found
    )
    assert text == "1 3 4 4"


def test_context_and_stage_variables_are_there():
    text = rendered(
        "$context.identity.sourceIp $stageVariables.t", context={"identity": {"sourceIp": "1"}}, variables={"t": "2"}
    )
    assert text == "1 2"


def test_the_body_is_there_as_it_was_sent():
    assert rendered("$input.body", "not json") == "not json"


@pytest.mark.parametrize("template", ["$input.__class__", "$input. _parameters", "$util.__init__.__globals__"])
def test_a_template_gets_at_nothing_but_data(template):
    with pytest.raises(BadTemplate, match="begins with an underscore"):
        rendered(template)


@pytest.mark.parametrize("template", ['#if("never ended"', "$input.path('$[')", "$util.parseJson('no')"])
def test_a_template_that_cannot_be_rendered_says_so(template):
    with pytest.raises(BadTemplate):
        rendered(template)
