"""The contract between our permissions and moto's functions."""

from __future__ import annotations

import inspect
import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaBackend

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_permissions, resource_policies
from harness.world.cloud import Cloud

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
S3 = {"Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}


def create(cloud):
    role = cloud.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "")
    code = {"Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": file.getvalue()}}
    functions = cloud.client("lambda")
    functions.create_function(FunctionName="f", Role=role, Publish=True, **code)
    return functions


@pytest.fixture
def functions():
    with Cloud(Kernel()) as cloud:
        lambda_permissions.apply(cloud.patches)
        yield create(cloud)


def add(functions, sid="s", **options):
    return functions.add_permission(**{"FunctionName": "f", "StatementId": sid, **S3, **options})


def refused(functions, *args, **options):
    with pytest.raises(ClientError) as caught:
        add(functions, *args, **options)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_the_joint_exists():
    names = ["self", "function_name", "qualifier", "raw"]
    assert list(inspect.signature(LambdaBackend.add_permission).parameters) == names


def test_upstream_takes_one_statement_id_twice_and_loses_a_condition():
    with Cloud(Kernel()) as cloud:
        functions = create(cloud)
        add(functions, SourceAccount="123456789012", PrincipalOrgID="o-1234567890")
        add(functions)
        one, other = resource_policies.find(ARN)["Statement"]
        assert one["Sid"] == other["Sid"]
        assert len(one["Condition"]["StringEquals"]) == 1


def test_undo_restores_the_same_object():
    before = vars(LambdaBackend)["add_permission"]
    with Cloud(Kernel()) as cloud:
        lambda_permissions.apply(cloud.patches)
        assert vars(LambdaBackend)["add_permission"] is not before
    assert vars(LambdaBackend)["add_permission"] is before


def test_lam_25_a_statement_id_stands_once(functions):
    add(functions)
    assert refused(functions) == (
        409,
        "ResourceConflictException",
        "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    functions.remove_permission(FunctionName="f", StatementId="s")
    add(functions)


def test_lam_25_a_version_and_its_function_may_have_the_same_id(functions):
    add(functions)
    add(functions, Qualifier="1")
    assert refused(functions, Qualifier="1")[1] == "ResourceConflictException"
    assert [s["Resource"] for s in resource_policies.find(ARN)["Statement"]] == [ARN, ARN + ":1"]
    assert resource_policies.find(ARN + ":1") == resource_policies.find(ARN)


@pytest.mark.parametrize(
    "options", [{"Qualifier": "$LATEST"}, {"FunctionName": "f:$LATEST"}, {"FunctionName": ARN + ":$LATEST"}]
)
def test_lam_25_no_policy_for_the_unpublished_version(functions, options):
    text = "We currently do not support adding policies for $LATEST."
    assert refused(functions, **options) == (400, "InvalidParameterValueException", text)


def test_lam_25_the_statement_of_a_bucket(functions):
    answer = add(functions, SourceArn="arn:aws:s3:::raw", SourceAccount="123456789012", PrincipalOrgID="o-1234567890")
    statement = json.loads(answer["Statement"])
    assert statement == {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
        "Condition": {
            "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::raw"},
            "StringEquals": {"AWS:SourceAccount": "123456789012", "aws:PrincipalOrgID": "o-1234567890"},
        },
    }
    assert json.loads(functions.get_policy(FunctionName="f")["Policy"])["Statement"] == [statement]


def test_lam_25_a_permission_for_function_urls_says_so(functions):
    answer = add(functions, Principal="*", InvokedViaFunctionUrl=True)
    statement = json.loads(answer["Statement"])
    assert statement["Principal"] == "*"
    assert statement["Condition"] == {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}


@pytest.mark.parametrize("principal", ["123456789012", "arn:aws:iam::123456789012:root"])
def test_lam_25_an_account_is_its_root(functions, principal):
    statement = json.loads(add(functions, Principal=principal)["Statement"])
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
