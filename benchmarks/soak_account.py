"""The account that `soak.py` uses: what stands in it, and what is found in it in the end."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import boto3
from botocore.config import Config

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"
QUEUES = ("plain", "failing", "dead", "ordered.fifo", "fan-a", "fan-b", "news", "events", "flowed", "seen")
# Echoes what it is asked for at once; what comes by an event it writes into a queue.
CODE = """
import base64, json
import boto3
sqs = boto3.client("sqs")
def handler(event, context):
    query = event.get("queryStringParameters") or event
    if "echo" in query:
        return query["echo"] if query is event else {"statusCode": 200, "body": json.dumps(query["echo"])}
    bodies = ["event of a function/" + event["later"]] if "later" in event else []
    for record in event.get("Records", []):
        if "kinesis" in record:
            bodies.append("stream's record/" + base64.b64decode(record["kinesis"]["data"]).decode())
        else:
            bodies.append("item's record/" + record["dynamodb"]["Keys"]["id"]["S"])
    url = sqs.get_queue_url(QueueName="seen")["QueueUrl"]
    for first in range(0, len(bodies), 10):
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[first:first + 10])]
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
"""


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _services(*names: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": [f"{n}.amazonaws.com" for n in names]},
        "Action": "sts:AssumeRole",
    }


def queue_arn(name: str) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


class Account:
    """One server's account, for ``clients`` threads at once; ``order`` is what was read off each FIFO group."""

    def __init__(self, url: str, clients: int) -> None:
        self._url = url
        self._config = Config(
            retries={"total_max_attempts": 1}, max_pool_connections=clients + 10, read_timeout=300, connect_timeout=60
        )
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._drained: dict[str, list[Any]] = defaultdict(list)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.s3, self.sqs, self.sns = self.client("s3"), self.client("sqs"), self.client("sns")

    def client(self, service: str) -> Any:
        """The client of a service, which all threads use."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = boto3.client(
                    service, endpoint_url=self._url, region_name=REGION, aws_access_key_id="test",
                    aws_secret_access_key="test", config=self._config,
                )  # fmt: skip
            return self._clients[service]

    # -- what stands --------------------------------------------------------------------------------

    def build(self) -> None:
        """Make everything, call by call."""
        iam = self.client("iam")
        trust = _policy(_services("lambda", "states", "events"))
        iam.create_role(RoleName="any", AssumeRolePolicyDocument=trust)
        everything = _policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
        iam.put_role_policy(RoleName="any", PolicyName="all", PolicyDocument=everything)
        self._queues()
        self._storage()
        self._function()
        self._routes()
        self.client("logs").create_log_group(logGroupName="/soak")
        self.client("logs").create_log_stream(logGroupName="/soak", logStreamName="all")

    def _queues(self) -> None:
        self.urls: dict[str, str] = {}
        for name in QUEUES:
            allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue_arn(name)}
            attributes = {"Policy": _policy(allow), "VisibilityTimeout": "30"}
            if name.endswith(".fifo"):
                attributes |= {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
            self.urls[name] = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead"), "maxReceiveCount": 2})
        attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "1"}
        self.sqs.set_queue_attributes(QueueUrl=self.urls["failing"], Attributes=attributes)

    def _storage(self) -> None:
        self.s3.create_bucket(Bucket="files")
        wanted = {"QueueConfigurations": [{"QueueArn": queue_arn("news"), "Events": ["s3:ObjectCreated:*"]}]}
        self.s3.put_bucket_notification_configuration(Bucket="files", NotificationConfiguration=wanted)
        self.client("dynamodb").create_table(
            TableName="items", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )  # fmt: skip
        self.client("kinesis").create_stream(StreamName="flow", ShardCount=2)

    def _function(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("app.py", CODE)
        functions = self.client("lambda")
        self.function = functions.create_function(
            FunctionName="worker", Runtime="python3.12", Role=ROLE, Handler="app.handler", Timeout=60, MemorySize=512,
            Code={"ZipFile": archive.getvalue()},
        )["FunctionArn"]  # fmt: skip
        functions.get_waiter("function_active_v2").wait(FunctionName="worker", WaiterConfig={"Delay": 1})
        table = self.client("dynamodb").describe_table(TableName="items")["Table"]["LatestStreamArn"]
        stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/flow"
        for source in (table, stream):
            functions.create_event_source_mapping(
                FunctionName="worker", EventSourceArn=source, StartingPosition="TRIM_HORIZON", BatchSize=100
            )

    def _routes(self) -> None:
        self.topic = self.sns.create_topic(Name="topic")["TopicArn"]
        for name in ("fan-a", "fan-b"):
            self.sns.subscribe(
                TopicArn=self.topic, Protocol="sqs", Endpoint=queue_arn(name), Attributes={"RawMessageDelivery": "true"}
            )
        events = self.client("events")
        events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["soak"]}))
        target = {"Id": "q", "Arn": queue_arn("events"), "InputPath": "$.detail.name"}
        events.put_targets(Rule="rule", Targets=[target])
        send = {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True,
            "Parameters": {"QueueUrl": self.urls["flowed"], "MessageBody.$": "$.name"},
        }  # fmt: skip
        states = {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Send"}, "Send": send}
        self.machine = self.client("stepfunctions").create_state_machine(
            name="machine", roleArn=ROLE, definition=json.dumps({"StartAt": "Wait", "States": states})
        )["stateMachineArn"]
        functions = self.client("lambda")
        url = functions.create_function_url_config(FunctionName="worker", AuthType="NONE")["FunctionUrl"]
        self.function_url = f"{self._url}/_aws/lambda-url/{url.split('/')[2].split('.')[0]}/"
        functions.add_permission(
            FunctionName="worker", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*",
            FunctionUrlAuthType="NONE",
        )  # fmt: skip
        functions.add_permission(
            FunctionName="worker", StatementId="by-url", Action="lambda:InvokeFunction", Principal="*",
            InvokedViaFunctionUrl=True,
        )  # fmt: skip
        functions.add_permission(
            FunctionName="worker", StatementId="api", Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
        )  # fmt: skip
        apis = self.client("apigatewayv2")
        api = apis.create_api(Name="api", ProtocolType="HTTP")["ApiId"]
        integration = apis.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=self.function, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        apis.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
        apis.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        self.api = f"{self._url}/_aws/execute-api/{api}"

    # -- what is found ------------------------------------------------------------------------------

    def found(self, received: Counter[str]) -> dict[str, Counter[str]]:
        """How often each thing is there, by kind; what lies in queues is taken out, and counts the next time too."""
        for name in QUEUES:
            self._drain(name)
        bodies = {name: Counter(message["Body"] for message in got) for name, got in self._drained.items()}
        seen: dict[str, Counter[str]] = defaultdict(Counter)
        for body in bodies.get("seen", ()):
            kind, _, name = body.partition("/")
            seen[kind][name] += 1
        self.order = defaultdict(list)
        for message in self._drained["ordered.fifo"]:
            self.order[message["Attributes"]["MessageGroupId"]].append(message["Body"])
        records = (json.loads(body).get("Records", []) for body in bodies.get("news", ()))
        found = {
            "message": received + bodies.get("plain", Counter()),
            "message in order": bodies.get("ordered.fifo", Counter()),
            "message that fails": bodies.get("dead", Counter()),
            "news in fan-a": bodies.get("fan-a", Counter()),
            "news in fan-b": bodies.get("fan-b", Counter()),
            "message of an execution": bodies.get("flowed", Counter()),
            "event": Counter(json.loads(body) for body in bodies.get("events", ())),
            "object's event": Counter(record["s3"]["object"]["key"] for some in records for record in some),
            **{kind: Counter(names()) for kind, names in self._listed().items()},
        }
        return defaultdict(Counter, {**seen, **found})

    def _drain(self, name: str) -> None:
        while True:
            got = self.sqs.receive_message(
                QueueUrl=self.urls[name], MaxNumberOfMessages=10, AttributeNames=["MessageGroupId"]
            ).get("Messages", [])
            if not got:
                return
            if name != "failing":
                self._drained[name] += got
                entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(got)]
                self.sqs.delete_message_batch(QueueUrl=self.urls[name], Entries=entries)

    def _listed(self) -> dict[str, Callable[[], Iterator[str]]]:
        def pages(service: str, operation: str, entries: str, **given: Any) -> Iterator[Any]:
            for page in self.client(service).get_paginator(operation).paginate(**given):
                yield from page.get(entries, ())

        executions = {"stateMachineArn": self.machine, "statusFilter": "SUCCEEDED"}
        return {
            "object": lambda: (o["Key"] for o in pages("s3", "list_objects_v2", "Contents", Bucket="files")),
            "item": lambda: (i["id"]["S"] for i in pages("dynamodb", "scan", "Items", TableName="items")),
            "execution": lambda: (
                e["name"] for e in pages("stepfunctions", "list_executions", "executions", **executions)
            ),
            "line": lambda: (
                e["message"] for e in pages("logs", "filter_log_events", "events", logGroupName="/soak")
            ),
            "metric": lambda: (
                m["Dimensions"][0]["Value"] for m in pages("cloudwatch", "list_metrics", "Metrics", Namespace="Soak")
            ),
            "parameter": lambda: (
                p["Value"] for p in pages("ssm", "get_parameters_by_path", "Parameters", Path="/soak")
            ),
            "secret": lambda: (s["Name"] for s in pages("secretsmanager", "list_secrets", "SecretList")),
        }  # fmt: skip
