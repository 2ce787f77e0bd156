"""Pipes of a template."""

from __future__ import annotations

import pytest

from harness.errors import ScenarioError
from tests.world.conftest import Deployment

TEMPLATE = """
Resources:
  In: {Type: AWS::SQS::Queue}
  Out: {Type: AWS::SQS::Queue}
  X:
    Type: AWS::Pipes::Pipe
    Properties: {RoleArn: 'arn:aws:iam::123456789012:role/r', Source: %s, Target: !GetAtt Out.Arn %s}
"""


def test_a_pipe_stands_with_its_parameters(deployed: Deployment) -> None:
    more = ", DesiredState: STOPPED, SourceParameters: {SqsQueueParameters: {BatchSize: 5}}, Name: flow"
    stack = deployed(TEMPLATE % ("!GetAtt In.Arn", more))
    found = deployed.client("pipes").describe_pipe(Name=stack.resource("X").physical_id)
    assert (found["Name"], found["DesiredState"]) == ("flow", "STOPPED")
    assert found["SourceParameters"]["SqsQueueParameters"]["BatchSize"] == 5


@pytest.mark.parametrize(
    ("pattern", "says"), [("'{'", "is not JSON"), ('\'{"eventSource": ["x"]}\'', "asks for eventSource")]
)
def test_a_filter_that_is_not_understood_is_refused(deployed: Deployment, pattern: str, says: str) -> None:
    more = f", SourceParameters: {{FilterCriteria: {{Filters: [{{Pattern: {pattern}}}]}}}}"
    assert says in str(deployed.refused(TEMPLATE % ("!GetAtt In.Arn", more)))


@pytest.mark.parametrize(
    ("source", "more", "says"),
    [
        ("'arn:aws:kafka:us-east-1:123456789012:cluster/c'", "", "only queues and streams are read by pipes here"),
        ("!GetAtt In.Arn", ", Enrichment: !GetAtt In.Arn", "only functions and Express workflows enrich here"),
    ],
)
def test_what_no_pipe_does_here_is_refused_with_its_line(
    deployed: Deployment, source: str, more: str, says: str
) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        deployed(TEMPLATE % (source, more))
    assert caught.value.where is not None and caught.value.where.line == deployed.folder.line("Properties:")
