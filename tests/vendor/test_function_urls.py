"""The contract between function URLs and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import zipfile

import pytest
from moto.awslambda.models import FunctionUrlConfig
from moto.awslambda.responses import LambdaResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import function_urls
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")
JOINTS = [f"{verb}_function_url_config" for verb in ("create", "get", "update", "delete")]


def function(cloud):
    role = cloud.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "")
    api = cloud.client("lambda")
    api.create_function(
        FunctionName="f", Role=role, Runtime="python3.12", Handler="a.b", Code={"ZipFile": file.getvalue()}
    )
    version = api.publish_version(FunctionName="f")["Version"]
    api.create_alias(FunctionName="f", Name="live", FunctionVersion=version)
    return api


@pytest.fixture
def api():
    with Cloud(Kernel()) as cloud:
        function_urls.apply(cloud.patches)
        yield function(cloud)


def test_the_joints_exist():
    for name in JOINTS:
        assert list(inspect.signature(getattr(LambdaResponse, name)).parameters) == ["self"]
    assert list(inspect.signature(FunctionUrlConfig.__init__).parameters) == ["self", "function", "config"]


def test_upstream_has_one_url_a_function_and_takes_no_notice_of_the_alias():
    with Cloud(Kernel()) as cloud:
        api = function(cloud)
        first = api.create_function_url_config(FunctionName="f", AuthType="NONE")
        second = api.create_function_url_config(FunctionName="f", AuthType="AWS_IAM", Qualifier="live")
        assert first["FunctionUrl"] != second["FunctionUrl"]
        assert not first["FunctionUrl"].endswith("/")
        assert api.get_function_url_config(FunctionName="f")["AuthType"] == "AWS_IAM"


def test_a_function_and_its_alias_have_a_url_each(api):
    own = api.create_function_url_config(FunctionName="f", AuthType="NONE")
    alias = api.create_function_url_config(FunctionName="f", AuthType="AWS_IAM", Qualifier="live")
    assert own["FunctionUrl"].endswith(".lambda-url.us-east-1.on.aws/")
    url_id = alias["FunctionUrl"].removeprefix("https://").partition(".")[0]
    found = function_urls.find(*HERE, url_id)
    assert (found.function_arn.rpartition(":")[2], found.auth_type) == ("live", "AWS_IAM")
    assert api.get_function_url_config(FunctionName="f")["AuthType"] == "NONE"


def test_a_second_url_is_a_conflict(api):
    api.create_function_url_config(FunctionName="f", AuthType="NONE")
    with pytest.raises(api.exceptions.ResourceConflictException, match="FunctionUrlConfig exists"):
        api.create_function_url_config(FunctionName="f", AuthType="NONE")


def test_a_url_can_be_changed_and_goes(api):
    api.create_function_url_config(FunctionName="f", AuthType="NONE")
    assert api.update_function_url_config(FunctionName="f", AuthType="AWS_IAM")["AuthType"] == "AWS_IAM"
    api.delete_function_url_config(FunctionName="f")
    with pytest.raises(api.exceptions.ResourceNotFoundException):
        api.get_function_url_config(FunctionName="f")


def test_leaving_restores_what_was_there():
    before = [vars(LambdaResponse)[name] for name in JOINTS]
    with Cloud(Kernel()) as cloud:
        function_urls.apply(cloud.patches)
    assert [vars(LambdaResponse)[name] for name in JOINTS] == before
