"""The contract between user pools' functions and moto's Cognito."""

from __future__ import annotations

import base64
import inspect
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.cognitoidp import models

from harness.kernel.scheduler import Kernel
from harness.vendor import cognito_triggers
from harness.vendor.cognito_triggers import CALLED, Trigger, TriggerFailed
from harness.world.cloud import Cloud

Backend, UserPool = models.CognitoIdpBackend, models.CognitoIdpUserPool
JOINTS: list[tuple[Any, str]] = [
    *((Backend, name) for name in ("create_user_pool", "update_user_pool", "sign_up", "admin_create_user")),
    *((Backend, name) for name in ("confirm_sign_up", "admin_confirm_sign_up", "forgot_password")),
    *((Backend, name) for name in ("confirm_forgot_password", "initiate_auth", "admin_initiate_auth")),
    *((UserPool, name) for name in ("create_refresh_token", "create_access_token", "create_jwt")),
]
PASSWORD = "Passw0rd!"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"


class Seam:
    """A pool with every function, and what it called them with; ``answers`` by source, or an exception."""

    def __init__(self, cloud: Cloud, **config: Any) -> None:
        self.triggers: list[Trigger] = []
        self.answers: dict[str, Any] = {}
        self.cognito = cloud.client("cognito-idp")
        self.kernel = cloud.kernel
        cognito_triggers.apply(cloud.patches, on_trigger=self._on_trigger, parameters=cloud.parameters.current)
        pool = self.cognito.create_user_pool(
            PoolName="people",
            LambdaConfig={name: ARN + name for name in CALLED},
            AutoVerifiedAttributes=["email"],
            **config,
        )["UserPool"]
        self.pool, self.pool_arn = pool["Id"], pool["Arn"]
        self.client_id = self.cognito.create_user_pool_client(UserPoolId=self.pool, ClientName="web")["UserPoolClient"][
            "ClientId"
        ]

    def _on_trigger(self, trigger: Trigger) -> Mapping[str, Any]:
        self.triggers.append(trigger)
        answer = self.answers.get(trigger.source, {})
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    def run(self, act: Any) -> Any:
        return self.kernel.run(act)

    @property
    def sources(self) -> list[str]:
        """What it was called for, in order; forgets it."""
        found, self.triggers = [one.source for one in self.triggers], []
        return found

    def sign_up(self, name: str = "ann", **options: Any) -> Any:
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
        return self.cognito.sign_up(
            ClientId=self.client_id, Username=name, Password=PASSWORD, UserAttributes=attributes, **options
        )

    def sign_in(self, name: str = "ann", password: str = PASSWORD) -> Any:
        return self.cognito.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )

    def status(self, name: str = "ann") -> str:
        return str(self.cognito.admin_get_user(UserPoolId=self.pool, Username=name)["UserStatus"])


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Cloud(Kernel()) as cloud:
        yield cloud


@pytest.fixture
def seam(cloud: Cloud) -> Seam:
    return Seam(cloud)


def test_the_joints_exist() -> None:
    assert list(inspect.signature(UserPool.create_jwt).parameters) == [
        "self",
        "client_id",
        "username",
        "token_use",
        "expires_in",
        "extra_data",
    ]
    assert list(inspect.signature(Backend.sign_up).parameters)[:2] == ["self", "client_id"]


def test_undo_restores_the_same_objects() -> None:
    before = [vars(owner)[name] for owner, name in JOINTS]
    with Cloud(Kernel()) as cloud:
        Seam(cloud)
        assert all(vars(owner)[name] is not b for (owner, name), b in zip(JOINTS, before, strict=True))
    assert all(vars(owner)[name] is b for (owner, name), b in zip(JOINTS, before, strict=True))


def test_upstream_calls_nobody(cloud: Cloud) -> None:
    cognito = cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p", LambdaConfig={"PreSignUp": ARN + "nobody"})["UserPool"]
    made = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="web")["UserPoolClient"]
    cognito.sign_up(ClientId=made["ClientId"], Username="ann", Password=PASSWORD)


def test_the_way_of_a_user_calls_one_function_after_the_other(seam: Seam) -> None:
    def act() -> None:
        seam.sign_up()
        assert seam.sources == ["PreSignUp_SignUp", "CustomMessage_SignUp"]
        seam.cognito.confirm_sign_up(ClientId=seam.client_id, Username="ann", ConfirmationCode="1")
        assert seam.sources == ["PostConfirmation_ConfirmSignUp"]
        tokens = seam.sign_in()["AuthenticationResult"]
        signed_in = ["PreAuthentication_Authentication", "PostAuthentication_Authentication"]
        assert seam.sources == [*signed_in, "TokenGeneration_Authentication"]
        seam.cognito.initiate_auth(
            ClientId=seam.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
        )
        assert seam.sources == ["TokenGeneration_RefreshTokens"]
        seam.cognito.forgot_password(ClientId=seam.client_id, Username="ann")
        assert seam.sources == ["CustomMessage_ForgotPassword"]
        seam.cognito.confirm_forgot_password(
            ClientId=seam.client_id, Username="ann", ConfirmationCode="1", Password="N3w!word"
        )
        assert seam.sources == ["PostConfirmation_ConfirmForgotPassword"]
        with pytest.raises(ClientError, match="Incorrect username or password"):
            seam.sign_in()
        assert seam.sources == ["PreAuthentication_Authentication"]

    seam.run(act)


def test_a_user_whom_an_administrator_makes(seam: Seam) -> None:
    def act() -> None:
        seam.cognito.admin_create_user(UserPoolId=seam.pool, Username="bob", TemporaryPassword=PASSWORD)
        assert seam.sources == ["PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"]
        seam.cognito.admin_create_user(UserPoolId=seam.pool, Username="eve", MessageAction="SUPPRESS")
        assert seam.sources == ["PreSignUp_AdminCreateUser"]
        challenge = seam.cognito.admin_initiate_auth(
            UserPoolId=seam.pool,
            ClientId=seam.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "bob", "PASSWORD": PASSWORD},
        )
        assert seam.sources == ["PreAuthentication_Authentication"]
        seam.cognito.admin_respond_to_auth_challenge(
            UserPoolId=seam.pool,
            ClientId=seam.client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            ChallengeResponses={"USERNAME": "bob", "NEW_PASSWORD": "N3w!word"},
            Session=challenge["Session"],
        )
        assert seam.sources == ["PostAuthentication_Authentication", "TokenGeneration_NewPasswordChallenge"]

    seam.run(act)


def test_what_the_functions_are_told(seam: Seam) -> None:
    def act() -> None:
        data = [{"Name": "captcha", "Value": "42"}]
        sub = seam.sign_up(ValidationData=data, ClientMetadata={"from": "page"})["UserSub"]
        before, message = seam.triggers
        assert before == Trigger(
            pool_arn=seam.pool_arn,
            pool_id=seam.pool,
            function_arn=ARN + "PreSignUp",
            name="PreSignUp",
            source="PreSignUp_SignUp",
            client_id=seam.client_id,
            username="ann",
            request={
                "userAttributes": {"email": "ann@example.com"},
                "validationData": {"captcha": "42"},
                "clientMetadata": {"from": "page"},
            },
            response={"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
        )
        assert message.request["codeParameter"] == "{####}"
        seam.cognito.admin_confirm_sign_up(UserPoolId=seam.pool, Username="ann")
        assert seam.triggers[-1].client_id == "CLIENT_ID_NOT_APPLICABLE"
        assert seam.triggers[-1].request == {
            "userAttributes": {"email": "ann@example.com", "sub": sub, "cognito:user_status": "CONFIRMED"}
        }

    seam.run(act)


def test_pre_sign_up_can_confirm_and_verify(seam: Seam) -> None:
    seam.answers["PreSignUp_SignUp"] = {"autoConfirmUser": True, "autoVerifyEmail": True}

    def act() -> None:
        assert seam.sign_up()["UserConfirmed"] is True
        assert seam.sources == ["PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp"]
        found = seam.cognito.admin_get_user(UserPoolId=seam.pool, Username="ann")["UserAttributes"]
        assert {"Name": "email_verified", "Value": "true"} in found

    seam.run(act)


def test_pre_sign_up_can_refuse_and_then_there_is_no_user(seam: Seam) -> None:
    seam.answers["PreSignUp_SignUp"] = TriggerFailed("UserLambdaValidationException", "PreSignUp failed with error no.")

    def act() -> None:
        with pytest.raises(ClientError) as refused:
            seam.sign_up()
        error = refused.value.response["Error"]
        assert (error["Code"], error["Message"]) == (
            "UserLambdaValidationException",
            "PreSignUp failed with error no.",
        )
        assert seam.cognito.list_users(UserPoolId=seam.pool)["Users"] == []

    seam.run(act)


def test_a_user_stays_confirmed_although_post_confirmation_fails(seam: Seam) -> None:
    seam.answers["PostConfirmation_ConfirmSignUp"] = TriggerFailed("UserLambdaValidationException", "x")

    def act() -> None:
        seam.sign_up()
        with pytest.raises(ClientError):
            seam.cognito.confirm_sign_up(ClientId=seam.client_id, Username="ann", ConfirmationCode="1")
        assert seam.status() == "CONFIRMED"

    seam.run(act)


def test_pre_token_generation_changes_the_claims(seam: Seam) -> None:
    seam.answers["PreSignUp_SignUp"] = {"autoConfirmUser": True}
    details = {
        "claimsToAddOrOverride": {"plan": "gold", "email": "hidden"},
        "claimsToSuppress": ["custom:secret"],
        "groupOverrideDetails": {"groupsToOverride": ["guests"]},
    }

    def act() -> None:
        seam.sign_up()
        for group in ("b", "a"):
            seam.cognito.create_group(GroupName=group, UserPoolId=seam.pool)
            seam.cognito.admin_add_user_to_group(UserPoolId=seam.pool, Username="ann", GroupName=group)
        plain = seam.sign_in()["AuthenticationResult"]
        assert claims(plain["IdToken"])["cognito:groups"] == ["a", "b"]
        asked = seam.triggers[-1].request["groupConfiguration"]
        assert asked == {"groupsToOverride": ["a", "b"], "iamRolesToOverride": [], "preferredRole": None}
        seam.answers["TokenGeneration_Authentication"] = {"claimsOverrideDetails": details}
        tokens = seam.sign_in()["AuthenticationResult"]
        identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
        assert (identity["plan"], identity["email"], identity["cognito:groups"]) == ("gold", "hidden", ["guests"])
        assert "plan" not in access
        assert access["cognito:groups"] == ["guests"]

    seam.run(act)


def test_a_pool_that_wants_other_functions_is_refused_by_name(seam: Seam) -> None:
    with pytest.raises(ClientError, match=r"\[HARNESS\] Nothing here calls a user pool's function for UserMigration"):
        seam.cognito.create_user_pool(PoolName="p", LambdaConfig={"UserMigration": ARN + "f"})
