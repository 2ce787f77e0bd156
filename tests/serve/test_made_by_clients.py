"""What a client makes call by call wakes the same engines as what a template brings.

Resources of each test have names of their own: the server is one for all.
"""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def open_queue(server: Any, name: str) -> tuple[str, str]:
    """A queue that every service may send to: its URL and its ARN."""
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    return server.client("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"], arn


def received(server: Any, url: str) -> list[Any]:
    """What the next long poll brings, as JSON where it is."""
    sqs = server.client("sqs")
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    bodies = [m["Body"] for m in messages]
    return [json.loads(body) if body.startswith(("{", '"')) else body for body in bodies]


def role(server: Any, name: str, service: str) -> str:
    """A role that the service may take and that may do everything."""
    iam = server.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    return str(arn)


def test_a_bucket_s_notification_reaches_a_queue(server: Any) -> None:
    url, arn = open_queue(server, "from-bucket")
    s3 = server.client("s3")
    s3.create_bucket(Bucket="notifying")
    s3.put_bucket_notification_configuration(
        Bucket="notifying",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]},
    )
    assert received(server, url)[0]["Event"] == "s3:TestEvent"
    s3.put_object(Bucket="notifying", Key="a.csv", Body=b"1")
    assert received(server, url)[0]["Records"][0]["s3"]["object"]["key"] == "a.csv"


def test_a_topic_s_subscription_reaches_a_queue(server: Any) -> None:
    url, arn = open_queue(server, "from-topic")
    sns = server.client("sns")
    topic = sns.create_topic(Name="telling")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello")
    assert received(server, url)[0]["Message"] == "hello"


def test_a_rule_s_pattern_and_a_rule_s_schedule_reach_a_queue(server: Any) -> None:
    url, arn = open_queue(server, "from-rules")
    events = server.client("events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["orders"]}))
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "orders", "DetailType": "made", "Detail": "{}"}])
    assert received(server, url)[0]["detail-type"] == "made"
    events.put_rule(Name="hourly", ScheduleExpression="rate(1 hour)")
    events.put_targets(Rule="hourly", Targets=[{"Id": "1", "Arn": arn, "Input": '"tick"'}])
    server.advance(3601)
    assert received(server, url) == ["tick"]


def test_a_schedule_reaches_a_queue(server: Any) -> None:
    url, arn = open_queue(server, "from-schedule")
    server.client("scheduler").create_schedule(
        Name="nightly",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role(server, "schedules", "scheduler.amazonaws.com"), "Input": '"night"'},
    )
    server.advance(86_401)
    assert received(server, url)[:1] == ["night"]


def test_a_pipe_carries_messages_from_queue_to_queue(server: Any) -> None:
    source_url, source = open_queue(server, "pipe-in")
    target_url, target = open_queue(server, "pipe-out")
    server.client("pipes").create_pipe(
        Name="carrier", RoleArn=role(server, "pipes", "pipes.amazonaws.com"), Source=source, Target=target
    )
    server.client("sqs").send_message(QueueUrl=source_url, MessageBody="through")
    assert received(server, target_url)[0]["body"] == "through"


def test_a_message_that_failed_too_often_moves_to_the_dead_letter_queue(app: Any) -> None:
    sqs, lambda_ = app.client("sqs"), app.client("lambda")
    dead_url, dead = open_queue(app, "dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "30"}
    url = sqs.create_queue(QueueName="poisoned", Attributes=attributes)["QueueUrl"]
    lambda_.create_event_source_mapping(
        FunctionName="echo", EventSourceArn=f"arn:aws:sqs:us-east-1:{ACCOUNT}:poisoned", BatchSize=1
    )
    sqs.send_message(QueueUrl=url, MessageBody="fail")
    app.advance(120)
    assert received(app, dead_url) == ["fail"]


def test_a_mapping_feeds_a_function(app: Any) -> None:
    work, seen = app.outputs()["Work"], app.outputs()["Seen"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{work.rpartition('/')[2]}"
    app.client("lambda").create_event_source_mapping(FunctionName="echo", EventSourceArn=arn)
    app.client("sqs").send_message(QueueUrl=work, MessageBody="work")
    # What the function was asked over HTTP by others is there too, and may come first.
    events: list[Any] = []
    while not any("Records" in event for event in events):
        events = received(app, seen)
        assert events, "the long poll has ended with nothing"
    assert [event["Records"][0]["body"] for event in events if "Records" in event] == ["work"]


def test_a_state_machine_waits_in_virtual_time(server: Any) -> None:
    sfn = server.client("stepfunctions")
    states = {"W": {"Type": "Wait", "Seconds": 3600, "Next": "P"}, "P": {"Type": "Pass", "Result": 1, "End": True}}
    machine = sfn.create_state_machine(
        name="waiting", roleArn=ROLE, definition=json.dumps({"StartAt": "W", "States": states})
    )["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
    server.advance(3601)
    assert sfn.describe_execution(executionArn=execution)["output"] == "1"


def test_a_table_s_stream_can_be_read(server: Any) -> None:
    dynamodb, streams = server.client("dynamodb"), server.client("dynamodbstreams")
    dynamodb.create_table(
        TableName="streaming",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.put_item(TableName="streaming", Item={"id": {"S": "1"}})
    arn = dynamodb.describe_table(TableName="streaming")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = streams.get_records(ShardIterator=start["ShardIterator"])["Records"]
    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in records] == ["1"]
