from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness.disturb.error_answers import error_answer, same_call
from harness.kernel.scheduler import Kernel
from harness.world.cloud import Cloud

CALLS = {
    "s3.PutObject": lambda c: c("s3").put_object(Bucket="b", Key="k"),
    "sqs.SendMessage": lambda c: c("sqs").send_message(QueueUrl="https://x/1/q", MessageBody="m"),
    "sns.Publish": lambda c: c("sns").publish(TopicArn="arn:aws:sns:us-east-1:1:t", Message="m"),
    "dynamodb.GetItem": lambda c: c("dynamodb").get_item(TableName="t", Key={}),
    "sfn.StartExecution": lambda c: c("stepfunctions").start_execution(stateMachineArn="arn:aws:states:us-east-1:1:x"),
    "lambda.Invoke": lambda c: c("lambda").invoke(FunctionName="f"),
    "iam.GetRole": lambda c: c("iam").get_role(RoleName="r"),
}


def fail(call, code):
    """What a boto3 client raises when this call gets this error."""
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        cloud.on_call.append(lambda task, name, request: error_answer(name, code, "id-1") if name == call else None)

        def act():
            with pytest.raises(ClientError) as caught:
                CALLS[call](cloud.client)
            return caught.value

        return kernel.run(act)


@pytest.mark.parametrize(
    ("call", "code", "status"),
    [
        ("s3.PutObject", "SlowDown", 503),
        ("s3.PutObject", "AccessDenied", 403),
        ("sqs.SendMessage", "AWS.SimpleQueueService.NonExistentQueue", 400),
        ("sns.Publish", "InternalError", 500),
        ("sns.Publish", "KMSThrottling", 400),
        ("dynamodb.GetItem", "ProvisionedThroughputExceededException", 400),
        ("dynamodb.GetItem", "InternalServerError", 500),
        ("sfn.StartExecution", "ExecutionLimitExceeded", 400),
        ("lambda.Invoke", "TooManyRequestsException", 429),
        ("iam.GetRole", "NoSuchEntity", 404),
    ],
)
def test_boto3_raises_the_error_with_its_status(call, code, status):
    error = fail(call, code)
    assert error.response["Error"]["Code"] == code
    assert error.response["Error"]["Message"] == "This failure was asked for by the scenario."
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_a_modelled_error_is_raised_as_its_class():
    error = fail("dynamodb.GetItem", "ResourceNotFoundException")
    assert type(error).__name__ == "ResourceNotFoundException"


def test_services_go_by_either_of_their_names():
    assert same_call("stepfunctions.StartExecution", "sfn.StartExecution")
    assert same_call("sfn.StartExecution", "sfn.StartExecution")
    assert same_call("S3.GetObject", "s3.GetObject")
    assert same_call("logs.PutLogEvents", "cloudwatch-logs.PutLogEvents")
    assert not same_call("s3.GetObject", "s3.PutObject")
