"""How Cognito calls the functions of a user pool."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from harness.invoke.result import InvocationResult


class Pool:
    def __init__(self, world, *answers, permits=("cognito-idp",)):
        self.world = world
        self.arn = world.function("gate", *answers, permits=permits)
        self.client = world.cloud.client("cognito-idp")
        pool = self.client.create_user_pool(PoolName="p", LambdaConfig={"PreSignUp": self.arn})["UserPool"]
        self.id = pool["Id"]
        made = self.client.create_user_pool_client(UserPoolId=self.id, ClientName="web")["UserPoolClient"]
        self.client_id = made["ClientId"]
        self.outcome = None

    def sign_up(self):
        """What the caller is told: True if the user is confirmed, or the error's code and text."""

        def act():
            try:
                answer = self.client.sign_up(ClientId=self.client_id, Username="ann", Password="Passw0rd!")
                self.outcome = answer["UserConfirmed"]
            except ClientError as error:
                said = error.response["Error"]
                self.outcome = (said["Code"], said["Message"])

        took_s = self.world.run(act)
        return self.outcome, took_s


def echo(event):
    return {**event, "response": {"autoConfirmUser": True}}


def test_the_function_gets_the_event_and_its_response_counts(world):
    pool = Pool(world, echo)
    assert pool.sign_up() == (True, 0)
    (call,) = world.invoker.calls
    assert {key: call.event[key] for key in ("version", "triggerSource", "region", "userPoolId", "userName")} == {
        "version": "1",
        "triggerSource": "PreSignUp_SignUp",
        "region": "us-east-1",
        "userPoolId": pool.id,
        "userName": "ann",
    }
    assert call.event["callerContext"]["clientId"] == pool.client_id
    (event,) = world.events("deliver", "triggered")
    assert (event.who, event.detail) == (pool.arn, {"pool": pool.id, "trigger": "PreSignUp_SignUp"})


def test_what_the_function_raises_is_told_the_caller(world):
    failed = InvocationResult("failed", b'{"errorMessage": "not you", "errorType": "ValueError"}', "-")
    assert Pool(world, failed).sign_up()[0] == (
        "UserLambdaValidationException",
        "PreSignUp failed with error not you.",
    )


@pytest.mark.parametrize("answer", [None, "text", {"statusCode": 200}])
def test_an_answer_that_is_not_the_event_is_refused(world, answer):
    assert Pool(world, answer).sign_up()[0] == ("InvalidLambdaResponseException", "Unrecognizable lambda output")


def test_the_function_must_let_cognito_in(world):
    assert Pool(world, echo, permits=()).sign_up()[0] == (
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error AccessDeniedException.",
    )
    assert world.invoker.calls == []
    (event,) = world.events("deliver", "dropped")
    assert "cognito-idp.amazonaws.com may not lambda:InvokeFunction" in event.detail["reason"]


def test_a_slow_function_is_called_three_times_and_then_given_up(world):
    def slow(event):
        world.kernel.sleep(6)
        return echo(event)

    pool = Pool(world, slow)
    outcome, took_s = pool.sign_up()
    assert outcome == ("UnexpectedLambdaException", "PreSignUp invocation failed due to error timeout.")
    assert world.invoker.times("gate") == [0, 5, 10]
    assert took_s == 16


def test_a_function_that_is_fast_enough_the_second_time_counts(world):
    waits = [6, 0]

    def sometimes(event):
        world.kernel.sleep(waits.pop(0))
        return echo(event)

    assert Pool(world, sometimes).sign_up() == (True, 6)
