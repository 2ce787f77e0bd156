"""The contract between a function's asynchronous settings and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import zipfile

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_async_config
from harness.vendor.lambda_async_config import AsyncConfig
from harness.world.cloud import Cloud

DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"
OTHER = "arn:aws:sqs:us-east-1:123456789012:other"
CALLS = ("create_function", "update_function_configuration")
ANSWERS = (
    *(f"{verb}_function_event_invoke_config" for verb in ("put", "update", "get", "delete")),
    "list_function_event_invoke_configs",
)
F = "arn:aws:lambda:us-east-1:123456789012:function:f"


def create(cloud, **options):
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "")
    code = {"Runtime": "python3.12", "Handler": "a.b", "Code": {"ZipFile": file.getvalue()}}
    return cloud.client("lambda").create_function(FunctionName="f", Role=role, **code, **options)["FunctionArn"]


@pytest.fixture
def cloud():
    with Cloud(Kernel()) as cloud:
        lambda_async_config.apply(cloud.patches)
        yield cloud


def test_the_joints_exist():
    assert list(inspect.signature(LambdaBackend.create_function).parameters) == ["self", "spec"]
    assert list(inspect.signature(LambdaFunction.get_configuration).parameters) == ["self", "on_create"]
    names = ["self", "function_name", "qualifier", "body"]
    assert list(inspect.signature(LambdaBackend.update_function_configuration).parameters) == names
    for name in ANSWERS:
        assert list(inspect.signature(getattr(LambdaResponse, name)).parameters) == ["self"]
    assert list(inspect.signature(EventInvokeConfig.__init__).parameters) == ["self", "arn", "last_modified", "config"]


def test_upstream_keeps_the_first_configuration():
    with Cloud(Kernel()) as cloud:
        create(cloud)
        client = cloud.client("lambda")
        for attempts in (0, 1):
            client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=attempts)
        assert client.get_function_event_invoke_config(FunctionName="f")["MaximumRetryAttempts"] == 0


def test_undo_restores_the_same_objects():
    shown = vars(LambdaFunction)["get_configuration"]
    before = [vars(LambdaBackend)[n] for n in CALLS] + [vars(LambdaResponse)[n] for n in ANSWERS]
    with Cloud(Kernel()) as cloud:
        lambda_async_config.apply(cloud.patches)
        assert vars(LambdaBackend)["create_function"] is not before[0]
    after = [vars(LambdaBackend)[n] for n in CALLS] + [vars(LambdaResponse)[n] for n in ANSWERS]
    assert all(a is b for a, b in zip(before, after, strict=True))
    assert vars(LambdaFunction)["get_configuration"] is shown


def test_lam_10_defaults(cloud):
    assert lambda_async_config.find(create(cloud)) == AsyncConfig(2, 21_600, None, None, None)
    assert lambda_async_config.find("arn:aws:lambda:us-east-1:123456789012:function:nobody") == AsyncConfig()


def test_upstream_does_not_show_the_dead_letter_target():
    with Cloud(Kernel()) as cloud:
        create(cloud, DeadLetterConfig={"TargetArn": DEAD})
        assert "DeadLetterConfig" not in cloud.client("lambda").get_function_configuration(FunctionName="f")


def test_lam_14_the_dead_letter_target_is_shown(cloud):
    create(cloud, DeadLetterConfig={"TargetArn": DEAD})
    shown = cloud.client("lambda").get_function_configuration(FunctionName="f")
    assert shown["DeadLetterConfig"] == {"TargetArn": DEAD}


def test_lam_14_the_dead_letter_target_is_kept_changed_and_dropped(cloud):
    arn = create(cloud, DeadLetterConfig={"TargetArn": DEAD})
    found = [lambda_async_config.find(arn).dead_letter_arn]
    update = cloud.client("lambda").update_function_configuration
    update(FunctionName="f", DeadLetterConfig={"TargetArn": OTHER})
    found.append(lambda_async_config.find(arn).dead_letter_arn)
    update(FunctionName="f", Timeout=5)
    found.append(lambda_async_config.find(arn).dead_letter_arn)
    update(FunctionName="f", DeadLetterConfig={"TargetArn": ""})
    found.append(lambda_async_config.find(arn).dead_letter_arn)
    assert found == [DEAD, OTHER, OTHER, None]


def test_lam_15_the_newest_configuration_is_the_only_one(cloud):
    arn = create(cloud)
    client = cloud.client("lambda")
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    destinations = {"OnSuccess": {"Destination": DEAD}, "OnFailure": {"Destination": OTHER}}
    client.put_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=60, DestinationConfig=destinations
    )
    assert lambda_async_config.find(arn) == AsyncConfig(2, 60, None, DEAD, OTHER)
    assert client.get_function_event_invoke_config(FunctionName="f")["MaximumEventAgeInSeconds"] == 60


def refused(call, **options):
    with pytest.raises(ClientError) as refusal:
        call(FunctionName="f", **options)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_lam_15_each_qualifier_has_a_configuration_of_its_own_and_a_version_its_dead_letter_queue(cloud):
    arn = create(cloud, DeadLetterConfig={"TargetArn": DEAD}, Publish=True)
    client = cloud.client("lambda")
    client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    client.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": OTHER})
    for qualifier, attempts in (("live", 0), ("1", 1)):
        made = client.put_function_event_invoke_config(
            FunctionName="f", Qualifier=qualifier, MaximumRetryAttempts=attempts
        )
        assert made["FunctionArn"] == f"{arn}:{qualifier}"
    found = [lambda_async_config.find(arn + q) for q in ("", ":live", ":1", ":none")]
    assert [(c.maximum_retry_attempts, c.dead_letter_arn) for c in found] == [
        (2, OTHER),
        (0, DEAD),
        (1, DEAD),
        (2, None),
    ]
    listed = client.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"]
    assert [c["MaximumRetryAttempts"] for c in listed] == [0, 1]


def test_lam_15_an_update_changes_what_it_names_and_a_deletion_ends_it(cloud):
    arn = create(cloud)
    client = cloud.client("lambda")
    missing = ("ResourceNotFoundException", f"The function {arn}:$LATEST doesn't have an EventInvokeConfig")
    assert refused(client.update_function_event_invoke_config, MaximumRetryAttempts=1) == missing
    client.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    client.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=90)
    assert lambda_async_config.find(arn) == AsyncConfig(1, 90)
    client.delete_function_event_invoke_config(FunctionName="f")
    assert lambda_async_config.find(arn) == AsyncConfig()
    assert refused(client.get_function_event_invoke_config) == missing


@pytest.mark.parametrize("side", ["OnSuccess", "OnFailure"])
@pytest.mark.parametrize(
    ("target", "text"),
    [
        (F, "You can't specify the function as a destination for itself."),
        (F[:-1] + "nobody", f"The destination ARN {F[:-1]}nobody is invalid."),
        (DEAD + ".fifo", f"The destination ARN {DEAD}.fifo is invalid."),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/s", "is invalid."),
    ],
)
def test_lam_15_what_cannot_be_a_destination(cloud, side, target, text):
    create(cloud)
    code, said = refused(
        cloud.client("lambda").put_function_event_invoke_config,
        DestinationConfig={side: {"Destination": target}},
    )
    assert code == "InvalidParameterValueException"
    assert text in said


def test_lam_15_a_configuration_that_says_nothing(cloud):
    create(cloud)
    assert refused(cloud.client("lambda").put_function_event_invoke_config) == (
        "InvalidParameterValueException",
        "You must specify at least one of error handling or destination setting.",
    )
