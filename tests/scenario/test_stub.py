"""What a scenario may say about the outside, and how its slips are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import ScenarioError
from harness.scenario.stub import Asked, Stub
from tests.scenario.conftest import Project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    monkeypatch.chdir(tmp_path)
    yield Project()


def stubs(*lines: str) -> str:
    return "stub:\n" + "".join(f"  - {line}\n" for line in lines)


SLIPS = [
    ("{call: rekogniton.DetectLabels, returns: {}}", 'no AWS service "rekogniton".', '"rekognition.DetectLabels"'),
    ("{call: rekognition.DetectLabel, returns: {}}", 'rekognition has no operation "DetectLabel".', '.DetectLabels"?'),
    ("{call: s3, returns: {}}", '"s3" is no call.', 'Write it like "s3.GetObject".'),
    (
        "{call: rekognition.DetectLabels, returns: {Labels: [{Nam: Cat}]}}",
        'stub[0].returns.Labels[0].Nam: AWS answers no "Nam" here.', 'Did you mean "Name"?',
    ),
    (
        '{call: rekognition.DetectLabels, returns: {Labels: [{Confidence: "99"}]}}',
        '"99" stands where AWS answers a number.', "",
    ),
    (
        "{call: rekognition.DetectLabels, answers: [{returns: {}}, {returns: {Labels: {}}}]}",
        "stub[0].answers[1].returns.Labels: {} stands where AWS answers a list.", "",
    ),
    ("{call: s3.GetObject, returns: {LastModified: soon}}", '"soon" stands where AWS answers a time.', "2030-01-15T09"),
    ("{call: s3.GetObject, returns: {ResponseMetadata: {}}}", "ResponseMetadata is added by boto3", "Leave it out."),
    ("{call: sqs.DeleteMessage, returns: {Id: 1}}", "This operation answers nothing.", "Write {}."),
    (
        "{call: bedrock-runtime.ConverseStream, returns: {stream: [{messageStrt: {}}]}}",
        'AWS answers no "messageStrt" here.', 'Did you mean "messageStart"?',
    ),
    ("{url: https://a.example.com/, returns: {body: x}}", 'An HTTP answer has no "body".', "Valid names"),
    ("{url: https://a.example.com/, returns: {status: 99}}", "99 is no HTTP status.", "from 200 to 599"),
    ("{url: https://a.example.com/, returns: {text: 1}}", "text must be a text.", "For a JSON value write json."),
    ("{url: https://a.example.com/, returns: {text: a, json: 1}}", "Only one of json, text may be given.", ""),
    ('{url: https://a.example.com/, returns: {headers: {a: "b\\nc"}}}', "Headers are a mapping of names to texts", ""),
    ("{url: https://a.example.com/, returns: hello}", "An HTTP answer is a mapping.", "Write {status: 200"),
    (
        "{url: https://a.example.com/, error: {code: Timeot}}",
        '"Timeot" is no way in which an HTTP request fails.', 'Did you mean "Timeout"?',
    ),
    ("{url: a.example.com, returns: {}}", '"a.example.com" has not the form that is wanted here.', ""),
    ("{url: https://a.example.com/}", "one of returns, error, python, answers must be given; there is none.", ""),
    ("{url: https://a.example.com/, returns: {}, error: {code: Timeout}}", "Exactly one of returns, error, python", ""),
    ("{call: s3.GetObject, url: https://a.example.com/, returns: {}}", "Exactly one of call, url may be given", ""),
    ("{call: s3.GetObject, method: GET, returns: {}}", "An AWS call has no method.", "Leave method out"),
    ("{call: s3.GetObject, delay: 1s, answers: [{returns: {}}]}", "With answers each answer has its own delay.", ""),
    ("{call: s3.GetObject, parameters: {'a[': 1}, returns: {}}", "is no JMESPath", ""),
    ("{call: s3.GetObject, python: 'check.py:total'}", 'There is no Python file "check.py".', "checks.py"),
    ("{call: s3.GetObject, retuns: {}}", 'There is no key "retuns" here.', 'Did you mean "returns"?'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "problem", "hint"), SLIPS)
def test_a_slip_is_told_with_its_line_and_the_nearest_name(
    line: str, problem: str, hint: str, project: Project
) -> None:
    with pytest.raises(ScenarioError) as refused:
        project.one(more=stubs(line))
    text = str(refused.value)
    assert problem in text
    assert hint in text
    assert "scenarios/shop/s.yaml:6" in text


def test_an_answer_says_what_the_code_reads_and_no_more(project: Project) -> None:
    more = stubs(
        "{call: s3.GetObject, returns: {Body: {n: 1}, LastModified: 2030-01-15T09:00:00Z, Metadata: {a: b}}}",
        "{call: events.PutEvents, returns: {}}",
        "{call: stepfunctions.StartExecution, returns: {executionArn: arn}}",
        "{call: bedrock-runtime.Converse, returns: {additionalModelResponseFields: {anything: [1, two]}}}",
        "{call: s3.GetObject, python: 'checks.py:total', delay: 2s}",
    )
    assert [stub.call for stub in project.one(more=more).stub][2:3] == ["stepfunctions.StartExecution"]


def test_a_check_of_a_call_that_aws_has_not_is_told_with_its_line(project: Project) -> None:
    with pytest.raises(ScenarioError, match=r's\.yaml:4  then\[0\]\.calls\.call: s3 has no operation "PutObjct"'):
        project.one(then="- calls: {call: s3.PutObjct}")


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("https://a.example.com/v1/*", "https://a.example.com/v1/x", True),
        ("https://a.example.com/v1/*", "https://a.example.com/v1/x?q=1", True),
        ("https://a.example.com/v1/*", "https://a.example.com/v1/x/y", False),
        ("https://a.example.com/v1/**", "https://a.example.com/v1/x/y", True),
        ("https://a.example.com", "https://a.example.com/", True),
        ("https://A.Example.com/V", "https://a.example.com/V", True),
        ("https://A.Example.com/V", "https://a.example.com/v", False),
        ("https://a.example.com/x?q=*", "https://a.example.com/x?q=7", True),
        ("https://a.example.com/x?q=*", "https://a.example.com/x", False),
        ("https://*.example.com/x", "https://b.example.com/x", True),
        ("https://a.example.com/x", "http://a.example.com/x", False),
        ("http://localhost:2773/**", "http://localhost:2773/secretsmanager/get", True),
        ("https://a.example.com/a.b", "https://a.example.com/aXb", False),
    ],
)
def test_an_address_fits_by_stars(pattern: str, url: str, fits: bool) -> None:
    assert Asked(url=pattern).is_for_url("GET", url) is fits


def test_a_method_narrows_an_address() -> None:
    stub = Stub.model_validate({"url": "https://a.example.com/", "method": "POST", "returns": {}})
    assert stub.is_for_url("POST", "https://a.example.com/")
    assert not stub.is_for_url("GET", "https://a.example.com/")
