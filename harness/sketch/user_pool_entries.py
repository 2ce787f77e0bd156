"""This file decides what a function is given that a user pool calls: an event as Cognito sends it for that trigger.

The shapes are those of "Customizing user pool workflows with Lambda triggers" in the Cognito Developer Guide. Nobody
signs up here; ``entry_points.py`` turns each into a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.advise.findings import FUNCTION, Scene
from harness.world.stack import Resource

USER_POOL = "AWS::Cognito::UserPool"
_CODE = {"codeParameter": "{####}", "linkParameter": "{##Click Here##}", "usernameParameter": "{username}"}
_GROUPS: Mapping[str, Any] = {
    "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
}
_SIGN_UP = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
# By LambdaConfig's name: the occasion, what else is in the request, and the response to fill in.
_OCCASIONS: Mapping[str, tuple[str, Mapping[str, Any], Mapping[str, Any]]] = {
    "PreSignUp": ("PreSignUp_SignUp", {"validationData": None}, _SIGN_UP),
    "PostConfirmation": ("PostConfirmation_ConfirmSignUp", {}, {}),
    "PreAuthentication": ("PreAuthentication_Authentication", {"validationData": None}, {}),
    "PostAuthentication": ("PostAuthentication_Authentication", {"newDeviceUsed": False}, {}),
    "PreTokenGeneration": ("TokenGeneration_Authentication", _GROUPS, {"claimsOverrideDetails": None}),
    "CustomMessage": ("CustomMessage_SignUp", _CODE, {"smsMessage": None, "emailMessage": None, "emailSubject": None}),
}


def triggered(scene: Scene) -> Iterator[tuple[Resource, Resource, str, Mapping[str, Any]]]:
    """For each trigger of a user pool: the function, the pool, the trigger's name, and the event."""
    for pool in scene.of_type(USER_POOL):
        for name, arn in (pool.properties.get("LambdaConfig") or {}).items():
            function = scene.find(arn, FUNCTION)
            if function is not None and name in _OCCASIONS:
                yield function, pool, name, _event(pool, name)


def _event(pool: Resource, name: str) -> Mapping[str, Any]:
    source, request, response = _OCCASIONS[name]
    attributes = {"sub": "example-1", "email": "somebody@example.com"}
    return {
        "version": "1",
        "region": pool.arn.split(":")[3],
        "userPoolId": pool.physical_id,
        "userName": "somebody",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "example"},
        "triggerSource": source,
        "request": {"userAttributes": attributes, **request},
        "response": response,
    }
