from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.advise.examination import Examination, examination
from harness.errors import ScenarioError

ROOT = Path(__file__).parents[2]

ROLE = """\
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole]
"""
FUNCTION = f"""\
{ROLE}  Worker:
    Type: AWS::Lambda::Function
    Properties: {{Code: src, Handler: app.handler, Runtime: python3.12, Role: !GetAtt Role.Arn, Timeout: 10}}
"""


def dead(retention: str = "MessageRetentionPeriod: 1209600") -> str:
    return f"  Dead:\n    Type: AWS::SQS::Queue\n    Properties: {{{retention}}}\n"


def jobs(more: str = "VisibilityTimeout: 60") -> str:
    redrive = "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}"
    return f"  Jobs:\n    Type: AWS::SQS::Queue\n    Properties:\n      {redrive}\n      {more}\n"


def mapping(more: str = "BatchSize: 1") -> str:
    return f"""\
  Reads:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, {more}}}
"""


def topic(protocol: str, endpoint: str) -> str:
    return f"""\
  News: {{Type: AWS::SNS::Topic}}
  Sub:
    Type: AWS::SNS::Subscription
    Properties: {{TopicArn: !Ref News, Protocol: {protocol}, Endpoint: !GetAtt {endpoint}.Arn}}
"""


PERMISSION = """\
  Let:
    Type: AWS::Lambda::Permission
    Properties:
      {Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: sns.amazonaws.com, SourceArn: !Ref News}
"""


@pytest.fixture
def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "src").mkdir()
    (tmp_path / "src/app.py").write_text("def handler(event, context): raise SystemExit('never loaded')\n")
    monkeypatch.chdir(tmp_path)

    def look(resources: str, **parameters: str) -> Examination:
        Path("template.yaml").write_text(f"Resources:\n{resources}", encoding="utf-8")
        return examination(Path("template.yaml"), parameters)

    return look


def found(examined: Examination) -> list[tuple[str, str, str]]:
    assert list(examined.refusals) == []
    keys = [(f, f.where.key_path) for f in examined.findings]
    return [(f.severity, f.row, ".".join(str(k) for k in path[1:])) for f, path in keys]


RULE = """\
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [shop]}
      Targets: [{Id: dead, Arn: !GetAtt Dead.Arn}]
"""

QUEUE_POLICY = """\
  Open:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: "*", Action: sqs:SendMessage, Resource: "*"}]
"""


def streamed(more: str = "BatchSize: 1") -> str:
    return f"""\
{FUNCTION.replace("SQSQueue", "Kinesis")}  Clicks:
    Type: AWS::Kinesis::Stream
    Properties: {{ShardCount: 1}}
  Reads:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      {{EventSourceArn: !GetAtt Clicks.Arn, FunctionName: !Ref Worker, StartingPosition: TRIM_HORIZON, {more}}}
"""


def rested(timeout_s: int, *, kind: str = "AWS::Serverless::Api", event: str = "Api") -> str:
    return f"""\
  Asked:
    Type: {kind}
{"    Properties: {StageName: prod}" if event == "Api" else ""}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: app.handler
      Runtime: python3.12
      Timeout: {timeout_s}
      Events:
        Call:
          Type: {event}
          Properties: {{{"RestApiId" if event == "Api" else "ApiId"}: !Ref Asked, Path: /, Method: post}}
Transform: AWS::Serverless-2016-10-31
"""


def reserved(count: int) -> str:
    return FUNCTION.replace("Timeout: 10}", f"Timeout: 10, ReservedConcurrentExecutions: {count}}}")


FINDINGS = [
    (
        "SNS-09",
        dead()
        + jobs()
        + QUEUE_POLICY
        + topic("sqs", "Jobs").replace("TopicArn", "RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn}, TopicArn"),
        "fails",
        "Sub.Properties.RedrivePolicy",
    ),
    (
        "EVB-02",
        dead()
        + jobs()
        + QUEUE_POLICY
        + RULE.replace("Arn: !GetAtt Dead.Arn", "Arn: !GetAtt Jobs.Arn, DeadLetterConfig: {Arn: !GetAtt Dead.Arn}"),
        "fails",
        "Rule.Properties.Targets.0.DeadLetterConfig",
    ),
    (
        "SQS-32",
        dead() + jobs("KmsMasterKeyId: alias/aws/sqs") + QUEUE_POLICY + topic("sqs", "Jobs"),
        "fails",
        "Jobs.Properties.KmsMasterKeyId",
    ),
    (
        "ESM-12",
        reserved(3) + dead() + jobs() + mapping("BatchSize: 1, ScalingConfig: {MaximumConcurrency: 4}"),
        "surprises",
        "Worker.Properties.ReservedConcurrentExecutions",
    ),
    (
        "ESM-12",
        reserved(1) + dead() + jobs() + mapping(),
        "surprises",
        "Worker.Properties.ReservedConcurrentExecutions",
    ),
    ("ESM-23", streamed(), "surprises", "Reads.Properties.MaximumRetryAttempts"),
    ("ESM-25", streamed("MaximumRetryAttempts: 3"), "advice", "Reads.Properties.DestinationConfig"),
    ("APIG-06", rested(30), "surprises", "Worker.Properties.Timeout"),
    (
        "APIG-06",
        rested(31, kind="AWS::Serverless::HttpApi", event="HttpApi"),
        "surprises",
        "Worker.Properties.Timeout",
    ),
    ("EVB-05", dead() + RULE, "fails", "Rule.Properties.Targets.0"),
    (
        "ESM-03",
        FUNCTION + dead() + jobs("VisibilityTimeout: 59") + mapping(),
        "advice",
        "Jobs.Properties.VisibilityTimeout",
    ),
    (
        "ESM-11",
        FUNCTION + "  Jobs:\n    Type: AWS::SQS::Queue\n    Properties: {VisibilityTimeout: 60}\n" + mapping(),
        "advice",
        "Jobs",
    ),
    (
        "ESM-14",
        FUNCTION + dead() + jobs() + mapping("BatchSize: 10"),
        "advice",
        "Reads.Properties.FunctionResponseTypes",
    ),
    ("SQS-07", dead("MessageRetentionPeriod: 345599") + jobs(), "surprises", "Dead.Properties.MessageRetentionPeriod"),
    ("SQS-07", dead("MessageRetentionPeriod: 345600") + jobs(), "advice", "Dead.Properties.MessageRetentionPeriod"),
    ("SNS-11", dead() + topic("sqs", "Dead"), "fails", "Sub"),
    ("LAM-10", FUNCTION + topic("lambda", "Worker") + PERMISSION, "advice", "Worker"),
]


@pytest.mark.parametrize(("row", "resources", "severity", "path"), FINDINGS, ids=[f"{f[0]} {f[2]}" for f in FINDINGS])
def test_what_aws_accepts_and_nobody_wants_is_found(
    examine: Any, row: str, resources: str, severity: str, path: str
) -> None:
    assert found(examine(resources)) == [(severity, row, path)]


def test_a_function_that_does_not_let_its_topic_in_is_found_too(examine: Any) -> None:
    rows = [row for _, row, _ in found(examine(FUNCTION + topic("lambda", "Worker")))]
    assert rows == ["SNS-12", "LAM-10"]


def test_a_part_that_sam_takes_no_notice_of_is_found(examine: Any) -> None:
    """The stack stands without it, as on AWS; of a plain resource CloudFormation refuses it."""
    table = "  Items:\n    Type: AWS::{}::{}\n    TableName: items\nTransform: AWS::Serverless-2016-10-31\n"
    examined = examine(table.format("Serverless", "SimpleTable"))
    assert [(f.severity, f.where.key_path) for f in examined.findings] == [
        ("surprises", ("Resources", "Items", "TableName"))
    ]
    assert [r.logical_id for r in examined.emulated] == ["Items"]
    with pytest.raises(ScenarioError, match='has a part "TableName" that no resource has'):
        examine(table.format("DynamoDB", "Table"))


IN_ORDER = {
    "a queue with its dead letters": FUNCTION + dead() + jobs() + mapping(),
    "a queue under SQS's own key that only functions write to": FUNCTION
    + dead()
    + jobs("VisibilityTimeout: 60\n      KmsMasterKeyId: alias/aws/sqs")
    + mapping(),
    "an encrypted queue that services may write to": dead()
    + jobs("SqsManagedSseEnabled: true")
    + QUEUE_POLICY
    + topic("sqs", "Jobs"),
    "no more pollers than there is room": reserved(3)
    + dead()
    + jobs()
    + mapping("BatchSize: 1, ScalingConfig: {MaximumConcurrency: 3}"),
    "a function as fast as its API": rested(29),
    "a function as fast as its HTTP API": rested(30, kind="AWS::Serverless::HttpApi", event="HttpApi"),
}


@pytest.mark.parametrize("resources", IN_ORDER.values(), ids=IN_ORDER)
def test_what_is_in_order_has_no_findings(examine: Any, resources: str) -> None:
    assert found(examine(resources)) == []


def test_a_fifo_queues_dead_letters_start_anew(examine: Any) -> None:
    """SQS-07: the clock of a FIFO queue's message starts anew when it moves."""
    fifo = "FifoQueue: true"
    resources = dead(f"MessageRetentionPeriod: 3600, {fifo}") + jobs(fifo)
    assert found(examine(resources)) == []


def test_what_the_deployment_would_refuse_is_refused_here_in_the_same_words(examine: Any) -> None:
    examined = examine(FUNCTION + dead() + jobs("VisibilityTimeout: 5") + mapping())
    assert [
        "Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds" in str(r)
        for r in examined.refusals
    ] == [True]


def test_all_refusals_are_told_in_the_order_of_the_file_and_what_hides_behind_them(examine: Any) -> None:
    examined = examine(
        "  A:\n    Type: AWS::EC2::Instance\n"
        "  B:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref A}\n"
        "  C:\n    Type: AWS::SQS::Queue\n    Properties: {DelaySeconds: 901, Nam: x}\n"
        "  D:\n    Type: AWS::SQS::QueuePolicy\n    Properties: {Queues: [!Ref C], PolicyDocument: {Statement: []}}\n"
    )
    assert [(e.where.line, e.problem.split(" (")[0]) for e in examined.refusals if e.where] == [
        (3, '"A" is of type AWS::EC2::Instance, which nothing here behaves like yet.'),
        (9, '"C"'),
        (9, 'DelaySeconds of "C"'),
    ]
    assert list(examined.unseen) == ["B"]
    assert [r.logical_id for r in examined.emulated] == ["D"]


def test_a_property_without_effect_is_named_with_the_reason(examine: Any) -> None:
    (inert,) = examine(dead("KmsMasterKeyId: alias/aws/sqs")).inert
    assert (inert.name, inert.logical_ids) == ("AWS::SQS::Queue.KmsMasterKeyId", ("Dead",))
    assert "nothing is encrypted here" in inert.why


def test_parameters_decide_what_is_looked_at(examine: Any) -> None:
    text = dead("MessageRetentionPeriod: !Ref Kept") + jobs() + "Parameters: {Kept: {Type: Number}}\n"
    assert examine(text).assumed.parameters == {"Kept": "1"}
    assert "AWS allows 60 to" in str(examine(text).refusals[0])
    assert found(examine(text, Kept="1209600")) == []
    assert [row for _, row, _ in found(examine(text, Kept="60"))] == ["SQS-07"]


def test_a_file_that_is_no_template_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="There is no template"):
        examination(tmp_path / "none.yaml")


def test_the_csv_pipeline_has_nothing_to_be_said_of() -> None:
    examined = examination(ROOT / "lambdas/csv_report")
    assert found(examined) == []
    assert list(examined.unseen) == []


def alarm(more: str) -> str:
    return f"""\
  Bell: {{Type: AWS::SNS::Topic}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      {{AlarmActions: [!Ref Bell], Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 0,
        ComparisonOperator: GreaterThanThreshold, {more}}}
"""


VISIBLE = "Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible"
ALARMS = [
    ("Namespace: AWS/SQS, MetricName: MessagesVisible", "fails", "MetricName"),
    (VISIBLE, "fails", "Dimensions"),
    (VISIBLE + ", Dimensions: [{Name: QueueName, Value: !GetAtt Dead.Arn}]", "fails", "Dimensions"),
    (VISIBLE + ", Dimensions: [{Name: QueueName, Value: elsewhere}]", "surprises", "Dimensions"),
]


@pytest.mark.parametrize(("metric", "severity", "path"), ALARMS)
def test_an_alarm_on_a_metric_that_nobody_emits_is_found(examine: Any, metric: str, severity: str, path: str) -> None:
    assert found(examine(dead() + alarm(metric))) == [(severity, "", f"Alarm.Properties.{path}")]


@pytest.mark.parametrize(
    "metric",
    [
        VISIBLE + ", Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]",
        "Namespace: AWS/Lambda, MetricName: Errors",
        "Namespace: Orders, MetricName: Failed",
    ],
)
def test_an_alarm_that_can_fire_is_left_alone(examine: Any, metric: str) -> None:
    assert found(examine(dead() + alarm(metric))) == []


BY_NAME = ", Dimensions: [{Name: QueueName, Value: !GetAtt Dead.QueueName}]"
AGE = f"Namespace: AWS/SQS, MetricName: ApproximateAgeOfOldestMessage{BY_NAME}"


@pytest.mark.parametrize(
    ("metric", "old", "new", "said"),
    [
        ("Namespace: AWS/Lambda, MetricName: Errors", "Statistic: Sum", "Statistic: Average", None),
        ("Namespace: AWS/Lambda, MetricName: Errors", "Sum, Period: 60, EvaluationPeriods: 1, Threshold: 0",
         "Maximum, Period: 60, EvaluationPeriods: 1, Threshold: 1", "the Maximum of Errors is 1 at most"),
        (AGE, "Statistic: Sum, Period: 60, EvaluationPeriods: 1, Threshold: 0",
         "Statistic: Maximum, Period: 60, EvaluationPeriods: 1, Threshold: 1209600", "deletes messages that are"),
        (VISIBLE + BY_NAME, "Operator: GreaterThanThreshold", "Operator: LessThanThreshold", "is never less than 0"),
    ],
)  # fmt: skip
def test_a_threshold_that_is_out_of_reach_is_found(
    examine: Any, metric: str, old: str, new: str, said: str | None
) -> None:
    findings = examine(dead() + alarm(metric).replace(old, new)).findings
    assert [f.severity for f in findings] == ["fails"] * (said is not None)
    assert said is None or said in findings[0].problem


def test_a_duration_beyond_the_functions_timeout_is_found(examine: Any) -> None:
    metric = "Namespace: AWS/Lambda, MetricName: Duration, Dimensions: [{Name: FunctionName, Value: !Ref Worker}]"
    text = alarm(metric).replace("Sum", "Maximum").replace("Threshold: 0", "Threshold: 60000")
    (finding,) = examine(FUNCTION + text).findings
    assert "is stopped after 10000 ms, and Duration is in milliseconds" in finding.problem


def test_cw_07_seconds_over_a_metric_of_minutes_are_found(examine: Any) -> None:
    text = alarm(VISIBLE + BY_NAME).replace("Period: 60", "Period: 10")
    assert found(examine(dead() + text)) == [("surprises", "CW-07", "Alarm.Properties.Period")]


def test_cw_03_an_alarm_on_what_is_sent_to_a_dead_letter_queue_is_found(examine: Any) -> None:
    text = alarm(f"Namespace: AWS/SQS, MetricName: NumberOfMessagesSent{BY_NAME}")
    examined = examine(dead() + jobs("VisibilityTimeout: 60") + text)
    assert ("fails", "CW-03", "Alarm.Properties.MetricName") in found(examined)


def test_cw_14_an_alarm_whose_topic_does_not_let_it_in_is_found(examine: Any) -> None:
    closed = """\
  Closed:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Bell]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sns:Publish, Resource: "*"}]
"""
    text = alarm("Namespace: Orders, MetricName: Failed") + closed
    assert found(examine(text)) == [("fails", "CW-14", "Alarm.Properties.AlarmActions.0")]


def test_cw_15_an_alarm_whose_function_does_not_let_it_in_is_found(examine: Any) -> None:
    text = alarm("Namespace: Orders, MetricName: Failed").replace("[!Ref Bell]", "[!GetAtt Worker.Arn]")
    assert found(examine(FUNCTION + text)) == [("fails", "CW-15", "Alarm.Properties.AlarmActions.0")]


def test_a_metric_that_nothing_here_publishes_is_said(examine: Any) -> None:
    examined = examine(alarm("Namespace: AWS/DynamoDB, MetricName: ThrottledRequests"))
    assert found(examined) == [("advice", "", "Alarm.Properties.MetricName")]
    assert "nothing here publishes" in examined.findings[0].problem


def test_an_action_of_another_service_is_said(examine: Any) -> None:
    text = alarm("Namespace: Orders, MetricName: Failed").replace(
        "[!Ref Bell]", "['arn:aws:automate:us-east-1:ec2:stop']"
    )
    assert found(examine(text)) == [("advice", "", "Alarm.Properties.AlarmActions.0")]


def test_an_alarm_inside_a_metric_query_is_found_too(examine: Any) -> None:
    query = "{Id: m, MetricStat: {Stat: Sum, Period: 60, Metric: {Namespace: AWS/SNS, MetricName: Published}}}"
    text = alarm(f"Metrics: [{query}]").replace("Statistic: Sum, Period: 60, ", "")
    assert found(examine(text)) == [("fails", "", "Alarm.Properties.Metrics.0.MetricName")]


def test_an_alarm_that_tells_nobody_is_found(examine: Any) -> None:
    text = alarm("Namespace: Orders, MetricName: Failed").replace("AlarmActions: [!Ref Bell], ", "")
    assert found(examine(text)) == [("advice", "", "Alarm")]


def test_all_that_an_alarm_says_counts(examine: Any) -> None:
    assert examine(alarm("Namespace: Orders, MetricName: Failed")).inert == []
