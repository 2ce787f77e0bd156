from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from harness.deliver.engines import Engines
from harness.invoke.result import InvocationResult
from harness.kernel.scheduler import Kernel
from harness.vendor import sqs_queue
from harness.world.cloud import Cloud
from harness.world.functions import Functions, FunctionSpec


class Call:
    def __init__(self, function, at_s, event, request_id):
        self.function = function
        self.at_s = at_s
        self.event = event
        self.request_id = request_id


class RecordingInvoker:
    """Functions' stand-in: it records each call and answers by a script.

    ``answers`` maps a function's name to what its calls return, in order; the last one is repeated. An answer is a
    value (the function succeeds with it), an ``InvocationResult``, or a callable that is given the event.
    """

    def __init__(self, kernel):
        self.kernel = kernel
        self.answers = {}
        self.calls = []

    def invoke(self, function_arn, payload, *, request_id=None, cause=None):
        name = function_arn.split(":")[6]
        script = self.answers.get(name, [None])
        answer = script.pop(0) if len(script) > 1 else script[0]
        request_id = request_id or self.kernel.decisions.uuid("request id")
        event = json.loads(payload)
        self.calls.append(Call(name, self.kernel.clock.elapsed_us / 1e6, event, request_id))
        if callable(answer):
            answer = answer(event)
        if isinstance(answer, InvocationResult):
            return answer
        return InvocationResult("succeeded", json.dumps(answer).encode(), request_id)

    def times(self, name):
        return [c.at_s for c in self.calls if c.function == name]


def let_in(*services):
    """A policy that lets services do anything to its resource."""
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MAY_READ = [
    f"arn:aws:iam::aws:policy/service-role/AWSLambda{source}ExecutionRole"
    for source in ("SQSQueue", "DynamoDB", "Kinesis")
]
MAY_DELIVER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Resource": "*",
            "Action": [
                "events:InvokeApiDestination",
                "events:PutEvents",
                "kinesis:PutRecord",
                "lambda:InvokeFunction",
                "logs:PutLogEvents",
                "sns:Publish",
                "sqs:SendMessage",
                "states:StartExecution",
                "states:StartSyncExecution",
            ],
        },
    }
)
OPEN = let_in("s3.amazonaws.com", "sns.amazonaws.com", "events.amazonaws.com")


class World:
    """A cloud with every delivery engine, and functions that only record.

    Queues, topics and functions are made with a policy that lets S3, SNS and EventBridge in, unless ``policy``
    says otherwise.
    """

    FAILS = InvocationResult("failed", b'{"errorMessage": "boom", "errorType": "ValueError"}', "-")
    THROTTLED = InvocationResult("throttled", b'{"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}', "-")

    def __init__(self, kernel=None, **options):
        self.kernel = kernel or Kernel()
        self.cloud = Cloud(self.kernel)
        self.functions = Functions()
        self.invoker = RecordingInvoker(self.kernel)
        self.options = options

    def __enter__(self):
        self.cloud.__enter__()
        sqs_queue.apply(self.cloud.patches, self.kernel)
        self.engines = Engines(self.cloud, self.invoker, self.functions, **self.options)
        services = ("s3", "sqs", "sns", "lambda", "events", "dynamodb")
        clients = (self.cloud.client(s) for s in services)
        self.s3, self.sqs, self.sns, self.functions_api, self.buses, self.dynamodb = clients
        return self

    def __exit__(self, *exc):
        self.cloud.__exit__(*exc)

    def queue(self, name, policy=OPEN, **attributes):
        """Create a queue and return its engine."""
        attributes |= {"Policy": policy} if policy else {}
        self.sqs.create_queue(QueueName=name, Attributes={k: str(v) for k, v in attributes.items()})
        return sqs_queue.find(f"arn:aws:sqs:us-east-1:123456789012:{name}")

    def topic(self, name, policy=OPEN, **attributes):
        attributes |= {"Policy": policy} if policy else {}
        return self.sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]

    def permit(self, function, service, **options):
        """Let a service invoke a function; the statement's id is the service's name."""
        self.functions_api.add_permission(
            FunctionName=function,
            StatementId=service,
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            **options,
        )

    def role(self):
        """The ARN of a role that may read every queue and stream and deliver to every target."""
        iam = self.cloud.client("iam")
        try:
            role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
            for policy in MAY_READ:
                iam.attach_role_policy(RoleName="role", PolicyArn=policy)
            iam.put_role_policy(RoleName="role", PolicyName="deliver", PolicyDocument=MAY_DELIVER)
        except iam.exceptions.EntityAlreadyExistsException:
            role = iam.get_role(RoleName="role")["Role"]["Arn"]
        return role

    def function(
        self, name, *answers, timeout_s=3, reserved_concurrency=None, permits=("s3", "sns", "events"), **options
    ):
        """Create a function that answers by this script; returns its ARN."""
        role = self.role()
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("app.py", "")
        code = {"Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": file.getvalue()}}
        arn = self.functions_api.create_function(FunctionName=name, Role=role, Timeout=timeout_s, **code, **options)[
            "FunctionArn"
        ]
        spec = FunctionSpec(name, name, arn, "app.handler", Path(), "python3.12", role)
        self.functions.register(
            spec
            if reserved_concurrency is None
            else FunctionSpec(
                name, name, arn, "app.handler", Path(), "python3.12", role, reserved_concurrency=reserved_concurrency
            )
        )
        for service in permits:
            self.permit(name, service)
        if answers:
            self.invoker.answers[name] = list(answers)
        return arn

    def mapping(self, queue, function, **options):
        return self.functions_api.create_event_source_mapping(
            EventSourceArn=queue.arn, FunctionName=function, **options
        )

    def run(self, act=lambda: None):
        """Run ``act`` as the scenario and everything that follows; returns the seconds that took."""

        def main():
            act()
            self.kernel.quiet()

        self.kernel.run(main)
        return self.kernel.clock.elapsed_us / 1e6

    def events(self, station, what=None):
        return self.kernel.trace.select(station, what)


@pytest.fixture
def new_world():
    """Makes a world with options of the test's own; a context manager."""
    return World


@pytest.fixture
def world():
    with World() as world:
        yield world
