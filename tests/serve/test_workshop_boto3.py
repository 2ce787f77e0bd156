"""The workshop's four weeks from an empty account with boto3, call by call: each exercise, and what a teacher looks at.

The functions are those of ``lambdas/csv_report``, uploaded as a zip; nothing of its template is used.
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
PIPELINE = ROOT / "lambdas/csv_report"
GOOD = (ROOT / "fixtures/csv_report/good.csv").read_bytes()
BAD_SCHEMA = (ROOT / "fixtures/csv_report/bad_schema.csv").read_bytes()

ACCOUNT = "123456789012"
RAW, PROCESSED = "csv-raw", "csv-processed"
MACHINE = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:process-csv"
STEPS = ("parse-csv", "validate-schema", "transform-data", "move-to-failed", "send-notification")

FIRST_VALIDATOR = """
def handler(event, context):
    for record in event.get("Records", []):
        print("UPLOADED", record["s3"]["bucket"]["name"], record["s3"]["object"]["key"])
"""
# Week 2: says of each message of a batch whether it failed.
FIRST_PROCESSOR = """
import json

def handler(event, context):
    failed = []
    for message in event["Records"]:
        try:
            print("JOB", json.loads(message["body"])["job_id"])
        except (ValueError, KeyError) as error:
            print("POISON", message["messageId"], error)
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
"""


def package(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return file.getvalue()


def pipeline_package() -> bytes:
    source = PIPELINE / "src"
    return package({str(p.relative_to(source)): p.read_text(encoding="utf-8") for p in sorted(source.rglob("*.py"))})


class Student:
    """Somebody with an endpoint and a key."""

    def __init__(self, server: Any) -> None:
        self.server = server
        for service in ("s3", "iam", "sqs", "sns", "logs", "events", "cloudwatch", "stepfunctions"):
            setattr(self, service, server.client(service))
        self.functions = server.client("lambda")

    s3: Any
    iam: Any
    sqs: Any
    sns: Any
    logs: Any
    events: Any
    cloudwatch: Any
    stepfunctions: Any

    # -- what is done over and over ---------------------------------------------------------------

    def role(self, name: str, service: str, statements: list[dict[str, Any]]) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([trust]))
        if service == "lambda.amazonaws.com":
            self.iam.attach_role_policy(
                RoleName=name, PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
            )
        self.iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=policy(statements))
        return str(made["Role"]["Arn"])

    def function(self, name: str, role: str, code: bytes, handler: str = "app.handler", **options: Any) -> None:
        self.functions.create_function(
            FunctionName=name, Role=role, Code={"ZipFile": code}, Handler=handler, Runtime="python3.12", **options
        )
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name)

    def upload(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket=RAW, Key=key, Body=body)

    # -- what is looked at ------------------------------------------------------------------------

    def lines(self, function: str) -> list[str]:
        found = self.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
        return [event["message"].rstrip("\n") for event in found]

    def depth(self, url: str) -> tuple[int, int]:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]]), int(attributes[names[1]])

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def mail(self) -> list[Any]:
        return list(json.loads(self.server.ask("GET", "/_harness/inbox?to=ops@example.com")[2])["messages"])

    @cached_property
    def dead_url(self) -> str:
        return str(self.sqs.get_queue_url(QueueName="csv-dead")["QueueUrl"])

    @cached_property
    def jobs_url(self) -> str:
        return str(self.sqs.get_queue_url(QueueName="csv-jobs")["QueueUrl"])


def policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(*actions: str, on: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def function_arn(name: str) -> str:
    return f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return str(refusal.value.response["Error"]["Code"])


def test_the_four_weeks_can_be_done_with_boto3_from_an_empty_account(start_server: Any) -> None:
    student = Student(start_server("--quiet"))
    assert what_stands(student) == []
    week_1_an_upload_calls_a_function(student)
    week_2_a_queue_between_them(student)
    week_3_a_workflow(student)
    week_4_news_and_alarms(student)
    a_burst(student)
    clean_up(student)
    assert what_stands(student) == []


def week_1_an_upload_calls_a_function(student: Student) -> None:
    for bucket in (RAW, PROCESSED):
        student.s3.create_bucket(Bucket=bucket)
    role = student.role(
        "csv-validator",
        "lambda.amazonaws.com",
        [
            allow("s3:GetObject", on=f"arn:aws:s3:::{RAW}/*"),
            allow("s3:ListBucket", on=f"arn:aws:s3:::{RAW}"),
        ],
    )
    student.function("csv-validator", role, package({"app.py": FIRST_VALIDATOR}))

    # Exercise: a bucket may not call a function that does not let it.
    notification = {
        "LambdaFunctionConfigurations": [
            {
                "LambdaFunctionArn": function_arn("csv-validator"),
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {"Key": {"FilterRules": [{"Name": "suffix", "Value": ".csv"}]}},
            }
        ]
    }
    notify = student.s3.put_bucket_notification_configuration
    assert refused(notify, Bucket=RAW, NotificationConfiguration=notification) == "InvalidArgument"
    student.functions.add_permission(
        FunctionName="csv-validator",
        StatementId="uploads",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn=f"arn:aws:s3:::{RAW}",
        SourceAccount=ACCOUNT,
    )
    notify(Bucket=RAW, NotificationConfiguration=notification)

    # Exercise: upload, and look at the log.
    student.upload("uploads/first.csv", GOOD)
    student.upload("uploads/readme.txt", b"not a table")
    student.server.advance(1)
    lines = student.lines("csv-validator")
    assert [line for line in lines if line.startswith("UPLOADED")] == [f"UPLOADED {RAW} uploads/first.csv"]
    assert len([line for line in lines if line.startswith("REPORT RequestId:")]) == 1
    streams = student.logs.describe_log_streams(logGroupName="/aws/lambda/csv-validator")["logStreams"]
    assert len(streams) == 1


def week_2_a_queue_between_them(student: Student) -> None:
    # Exercise: a queue whose messages are given up after the third failure.
    student.sqs.create_queue(QueueName="csv-dead", Attributes={"MessageRetentionPeriod": "1209600"})
    redrive = json.dumps({"deadLetterTargetArn": queue_arn("csv-dead"), "maxReceiveCount": 3})
    attributes = {"VisibilityTimeout": "190", "RedrivePolicy": redrive}
    student.sqs.create_queue(QueueName="csv-jobs", Attributes=attributes)
    sources = student.sqs.list_dead_letter_source_queues(QueueUrl=student.dead_url)["queueUrls"]
    assert sources == [student.jobs_url]

    # Exercise: the validator sends jobs. Its topic comes in week 4.
    student.iam.put_role_policy(
        RoleName="csv-validator",
        PolicyName="jobs",
        PolicyDocument=policy(
            [
                allow("sqs:SendMessage", on=queue_arn("csv-jobs")),
                allow("s3:GetObject", "s3:PutObject", on=f"arn:aws:s3:::{PROCESSED}/*"),
                allow("s3:ListBucket", on=f"arn:aws:s3:::{PROCESSED}"),
            ]
        ),
    )
    student.functions.update_function_code(FunctionName="csv-validator", ZipFile=pipeline_package())
    student.functions.get_waiter("function_updated_v2").wait(FunctionName="csv-validator")
    student.functions.update_function_configuration(
        FunctionName="csv-validator",
        Handler="csv_validator.app.handler",
        Timeout=30,
        Environment={
            "Variables": {
                "MAIN_QUEUE_URL": student.jobs_url,
                "PROCESSED_BUCKET": PROCESSED,
                "NOTIFICATION_TOPIC_ARN": f"arn:aws:sns:us-east-1:{ACCOUNT}:csv-news",
            }
        },
    )
    student.functions.get_waiter("function_updated_v2").wait(FunctionName="csv-validator")
    student.upload("uploads/orders.csv", GOOD)
    (message,) = student.sqs.receive_message(
        QueueUrl=student.jobs_url, WaitTimeSeconds=20, VisibilityTimeout=0, MessageAttributeNames=["All"]
    )["Messages"]
    assert message["MessageAttributes"]["job_type"]["StringValue"] == "csv_processing"
    assert json.loads(message["Body"])["source_key"] == "uploads/orders.csv"

    # Exercise: a function that takes jobs from the queue, and may do so.
    role = student.role("csv-processor", "lambda.amazonaws.com", [allow("states:StartExecution", on=MACHINE)])
    student.function("csv-processor", role, package({"app.py": FIRST_PROCESSOR}), Timeout=30)
    mapping = {
        "FunctionName": "csv-processor",
        "EventSourceArn": queue_arn("csv-jobs"),
        "BatchSize": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
    create = student.functions.create_event_source_mapping
    assert refused(create, **mapping) == "InvalidParameterValueException"
    actions = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    document = policy([allow(*actions, on=queue_arn("csv-jobs"))])
    student.iam.put_role_policy(RoleName="csv-processor", PolicyName="queue", PolicyDocument=document)
    create(**mapping)
    student.server.advance(5)
    assert len([line for line in student.lines("csv-processor") if line.startswith("JOB")]) == 1

    # Exercise: poison. The good message of the batch is done; the bad one is tried three times, then put aside.
    student.sqs.send_message(QueueUrl=student.jobs_url, MessageBody="poison")
    student.sqs.send_message(QueueUrl=student.jobs_url, MessageBody='{"job_id": "good"}')
    student.server.advance(3 * 190 + 10)
    lines = student.lines("csv-processor")
    assert len([line for line in lines if line.startswith("POISON")]) == 3
    assert [line for line in lines if line == "JOB good"] == ["JOB good"]
    assert (student.depth(student.jobs_url), student.depth(student.dead_url)) == ((0, 0), (1, 0))
    (dead,) = student.sqs.receive_message(
        QueueUrl=student.dead_url, VisibilityTimeout=0, MessageSystemAttributeNames=["All"]
    )["Messages"]
    assert dead["Body"] == "poison"
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == queue_arn("csv-jobs")

    # Exercise: mend the function, send the dead messages back to where they came from.
    mended = FIRST_PROCESSOR.replace('json.loads(message["body"])["job_id"]', 'message["body"]')
    student.functions.update_function_code(FunctionName="csv-processor", ZipFile=package({"app.py": mended}))
    student.functions.get_waiter("function_updated_v2").wait(FunctionName="csv-processor")
    student.sqs.start_message_move_task(SourceArn=queue_arn("csv-dead"))
    student.server.advance(5)
    (task,) = student.sqs.list_message_move_tasks(SourceArn=queue_arn("csv-dead"))["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)
    assert "JOB poison" in student.lines("csv-processor")
    assert (student.depth(student.jobs_url), student.depth(student.dead_url)) == ((0, 0), (0, 0))


def week_3_a_workflow(student: Student) -> None:
    # Exercise: one function a step, each with the role that it needs.
    both = [
        allow("s3:GetObject", on=f"arn:aws:s3:::{RAW}/*"),
        allow("s3:ListBucket", on=f"arn:aws:s3:::{RAW}"),
        allow("s3:ListBucket", on=f"arn:aws:s3:::{PROCESSED}"),
        allow("s3:GetObject", "s3:PutObject", on=f"arn:aws:s3:::{PROCESSED}/*"),
        allow("sns:Publish", on=f"arn:aws:sns:us-east-1:{ACCOUNT}:csv-news"),
    ]
    role = student.role("csv-steps", "lambda.amazonaws.com", both)
    topic = {"Variables": {"NOTIFICATION_TOPIC_ARN": f"arn:aws:sns:us-east-1:{ACCOUNT}:csv-news"}}
    code = pipeline_package()
    for name in STEPS:
        handler = f"{name.replace('-', '_')}.app.handler"
        student.function(name, role, code, handler, Timeout=30, Environment=topic)

    # Exercise: the machine, with its Retry and Catch.
    definition = (PIPELINE / "statemachine/process_csv.asl.json").read_text(encoding="utf-8")
    names = ("ParseCsv", "ValidateSchema", "TransformData", "MoveToFailed", "SendNotification")
    for name, function in zip(names, STEPS, strict=True):
        definition = definition.replace(f"${{{name}Arn}}", function_arn(function))
    definition = definition.replace("${DeadLetterQueueUrl}", student.dead_url)
    machine_role = student.role(
        "csv-workflow",
        "states.amazonaws.com",
        [
            allow("lambda:InvokeFunction", on=f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:*"),
            allow("sqs:SendMessage", on=queue_arn("csv-dead")),
        ],
    )
    made = student.stepfunctions.create_state_machine(name="process-csv", roleArn=machine_role, definition=definition)
    assert made["stateMachineArn"] == MACHINE

    # Exercise: start it by hand with nonsense; follow the failure path to the dead-letter queue.
    started = student.stepfunctions.start_execution(stateMachineArn=MACHINE, name="by-hand", input='{"nonsense": 1}')
    student.server.advance(60)
    arn = started["executionArn"]
    execution = student.stepfunctions.describe_execution(executionArn=arn)
    assert (execution["status"], execution["error"]) == ("FAILED", "ProcessingError")
    assert entered(student, arn) == ["ParseCSV", "SendToDeadLetterQueue", "ProcessingError"]
    (dead,) = student.sqs.receive_message(QueueUrl=student.dead_url)["Messages"]
    assert json.loads(dead["Body"])["execution_arn"] == arn
    student.sqs.delete_message(QueueUrl=student.dead_url, ReceiptHandle=dead["ReceiptHandle"])

    # Exercise: the processor starts it for each job. The topic comes in week 4, so telling ends in the dead letters.
    student.functions.update_function_code(FunctionName="csv-processor", ZipFile=code)
    student.functions.get_waiter("function_updated_v2").wait(FunctionName="csv-processor")
    student.functions.update_function_configuration(
        FunctionName="csv-processor",
        Handler="csv_processor.app.handler",
        Environment={"Variables": {"STATE_MACHINE_ARN": MACHINE}},
    )
    student.functions.get_waiter("function_updated_v2").wait(FunctionName="csv-processor")
    student.upload("uploads/march.csv", GOOD)
    student.server.advance(60)
    (key,) = student.keys(PROCESSED, "processed/")
    assert key.endswith("/march_result.json")
    report = json.loads(student.s3.get_object(Bucket=PROCESSED, Key=key)["Body"].read())
    assert report["summary"]["total_rows"] == GOOD.count(b"\n") - 1
    newest = student.stepfunctions.list_executions(stateMachineArn=MACHINE)["executions"][0]
    assert entered(student, newest["executionArn"])[-2:] == ["SendToDeadLetterQueue", "ProcessingError"]
    assert student.depth(student.dead_url) == (1, 0)
    student.sqs.purge_queue(QueueUrl=student.dead_url)


def entered(student: Student, execution_arn: str) -> list[str]:
    """The states of the execution's main road, in the order in which it came to them."""
    history = student.stepfunctions.get_execution_history(executionArn=execution_arn, maxResults=1000)["events"]
    return [e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e]


def week_4_news_and_alarms(student: Student) -> None:
    # Exercise: a topic with a subscriber by e-mail.
    topic = student.sns.create_topic(Name="csv-news")["TopicArn"]
    student.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    (subscription,) = student.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscription["SubscriptionArn"].startswith(f"{topic}:")  # confirmed

    student.upload("uploads/april.csv", GOOD)
    student.upload("uploads/may.csv", BAD_SCHEMA)
    student.server.advance(60)
    assert sorted(mail["subject"] for mail in student.mail()) == ["CSV failed: may.csv", "CSV processed: april.csv"]
    (failed,) = student.keys(PROCESSED, "failed/")
    head = student.s3.head_object(Bucket=PROCESSED, Key=failed)
    assert head["Metadata"]["error"] == "BadSchema"
    latest = student.stepfunctions.list_executions(stateMachineArn=MACHINE, statusFilter="SUCCEEDED")["executions"]
    assert entered(student, latest[0]["executionArn"])[-1] == "Succeeded"

    # Exercise: a rule that tells of executions that fail.
    student.events.put_rule(
        Name="csv-failed",
        EventPattern=json.dumps(
            {"source": ["aws.states"], "detail": {"status": ["FAILED"], "stateMachineArn": [MACHINE]}}
        ),
    )
    student.events.put_targets(Rule="csv-failed", Targets=[{"Id": "news", "Arn": topic}])
    may_publish = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    student.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy([may_publish]))
    before = len(student.mail())
    student.upload("uploads/june.csv", BAD_SCHEMA)
    student.server.advance(60)
    news = [json.loads(mail["body"]) for mail in student.mail()[before:] if mail["body"].startswith("{")]
    assert [event["detail"]["status"] for event in news if event.get("source") == "aws.states"] == ["FAILED"]

    # Exercise: an alarm on the depth of the dead-letter queue.
    student.cloudwatch.put_metric_alarm(
        AlarmName="csv-dead-letters",
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Dimensions=[{"Name": "QueueName", "Value": "csv-dead"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
        OKActions=[topic],
    )
    assert state_of(student) in ("INSUFFICIENT_DATA", "OK")
    student.sqs.send_message(QueueUrl=student.jobs_url, MessageBody="poison")
    student.server.advance(3 * 190 + 300)
    assert state_of(student) == "ALARM"
    assert any(mail["subject"].startswith('ALARM: "csv-dead-letters"') for mail in student.mail())
    student.sqs.purge_queue(QueueUrl=student.dead_url)
    student.server.advance(900)
    assert state_of(student) == "OK"
    assert any(mail["subject"].startswith('OK: "csv-dead-letters"') for mail in student.mail())

    # Exercise: a dashboard, and tags.
    widget = {"type": "metric", "x": 0, "y": 0, "width": 12, "height": 6, "properties": {
        "metrics": [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "csv-dead"]],
        "region": "us-east-1", "title": "Dead letters",
    }}  # fmt: skip
    student.cloudwatch.put_dashboard(DashboardName="csv", DashboardBody=json.dumps({"widgets": [widget]}))
    body = json.loads(student.cloudwatch.get_dashboard(DashboardName="csv")["DashboardBody"])
    assert body["widgets"][0]["properties"]["title"] == "Dead letters"
    student.s3.put_bucket_tagging(Bucket=RAW, Tagging={"TagSet": [{"Key": "course", "Value": "events"}]})
    student.sqs.tag_queue(QueueUrl=student.jobs_url, Tags={"course": "events"})
    student.functions.tag_resource(Resource=function_arn("csv-validator"), Tags={"course": "events"})
    student.sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "course", "Value": "events"}])
    student.stepfunctions.tag_resource(resourceArn=MACHINE, tags=[{"key": "course", "value": "events"}])
    assert student.s3.get_bucket_tagging(Bucket=RAW)["TagSet"] == [{"Key": "course", "Value": "events"}]
    assert student.sqs.list_queue_tags(QueueUrl=student.jobs_url)["Tags"] == {"course": "events"}
    assert student.functions.list_tags(Resource=function_arn("csv-validator"))["Tags"] == {"course": "events"}
    found = student.server.client("resourcegroupstaggingapi").get_resources(
        TagFilters=[{"Key": "course", "Values": ["events"]}]
    )["ResourceTagMappingList"]
    arns = {one["ResourceARN"] for one in found}
    assert {f"arn:aws:s3:::{RAW}", queue_arn("csv-jobs"), function_arn("csv-validator"), topic} <= arns


def state_of(student: Student) -> str:
    (alarm,) = student.cloudwatch.describe_alarms(AlarmNames=["csv-dead-letters"])["MetricAlarms"]
    return str(alarm["StateValue"])


def a_burst(student: Student) -> None:
    """Twelve files at once, a third of them bad: each ends in one place."""
    before = set(student.keys(PROCESSED))
    for number in range(12):
        body = BAD_SCHEMA if number % 3 == 0 else GOOD
        student.upload(f"uploads/burst-{number:02}.csv", body)
    student.server.advance(600)
    made = [key for key in student.keys(PROCESSED) if key not in before]
    assert len([key for key in made if key.startswith("processed/")]) == 8
    assert len([key for key in made if key.startswith("failed/")]) == 4
    assert (student.depth(student.jobs_url), student.depth(student.dead_url)) == ((0, 0), (0, 0))


def clean_up(student: Student) -> None:
    """Everything that was made is deleted, as the last exercise asks."""
    student.cloudwatch.delete_alarms(AlarmNames=["csv-dead-letters"])
    student.cloudwatch.delete_dashboards(DashboardNames=["csv"])
    assert refused(student.events.delete_rule, Name="csv-failed") == "ValidationException"  # it has targets
    student.events.remove_targets(Rule="csv-failed", Ids=["news"])
    student.events.delete_rule(Name="csv-failed")
    student.sns.delete_topic(TopicArn=f"arn:aws:sns:us-east-1:{ACCOUNT}:csv-news")
    student.stepfunctions.delete_state_machine(stateMachineArn=MACHINE)
    for mapping in student.functions.list_event_source_mappings()["EventSourceMappings"]:
        student.functions.delete_event_source_mapping(UUID=mapping["UUID"])
    for function in student.functions.list_functions()["Functions"]:
        student.functions.delete_function(FunctionName=function["FunctionName"])
    for url in (student.jobs_url, student.dead_url):
        student.sqs.delete_queue(QueueUrl=url)
    assert refused(student.s3.delete_bucket, Bucket=RAW) == "BucketNotEmpty"
    for bucket in (RAW, PROCESSED):
        student.s3.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key} for key in student.keys(bucket)], "Quiet": True}
        )
        student.s3.delete_bucket(Bucket=bucket)
    for group in student.logs.describe_log_groups()["logGroups"]:
        student.logs.delete_log_group(logGroupName=group["logGroupName"])
    roles = [role["RoleName"] for role in student.iam.list_roles()["Roles"]]
    assert refused(student.iam.delete_role, RoleName=roles[0]) == "DeleteConflict"
    for role in roles:
        for name in student.iam.list_role_policies(RoleName=role)["PolicyNames"]:
            student.iam.delete_role_policy(RoleName=role, PolicyName=name)
        for attached in student.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            student.iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
        student.iam.delete_role(RoleName=role)
    student.server.advance(120)


def what_stands(student: Student) -> list[Any]:
    return [
        *student.s3.list_buckets()["Buckets"],
        *student.sqs.list_queues().get("QueueUrls", []),
        *student.sns.list_topics()["Topics"],
        *student.sns.list_subscriptions()["Subscriptions"],
        *student.functions.list_functions()["Functions"],
        *student.functions.list_event_source_mappings()["EventSourceMappings"],
        *student.stepfunctions.list_state_machines()["stateMachines"],
        *student.events.list_rules()["Rules"],
        *student.cloudwatch.describe_alarms()["MetricAlarms"],
        *student.cloudwatch.list_dashboards()["DashboardEntries"],
        *student.logs.describe_log_groups()["logGroups"],
        *student.iam.list_roles()["Roles"],
    ]
