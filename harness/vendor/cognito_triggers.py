"""This file decides when a user pool of moto's calls a function (``LambdaConfig``), and what its answer changes.

Upstream: moto 5.2.5 keeps ``LambdaConfig`` and calls nobody; the groups in a token come in the order of a set. Why that
can't stay: what such functions do is behaviour of a pipeline: who may sign up, who is written into which table, which
claims a token has. What we do: at the places where Cognito calls, tell, and do what the answer says. Called are
PreSignUp, PostConfirmation, PreAuthentication, PostAuthentication, PreTokenGeneration (its first version) and
CustomMessage; a pool that wants others is refused. In AWS's words: "Customizing user pool workflows with Lambda
triggers" of the Cognito Developer Guide. How a function is called is decided above.
Since: moto 4.0. Not needed any more when: the tests ``test_upstream_...`` of test_cognito_triggers.py fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp import models
from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.utils import flatten_attrs
from moto.core.exceptions import JsonRESTError

from harness.vendor.patches import Patches

CALLED = (
    "CustomMessage",
    "PostAuthentication",
    "PostConfirmation",
    "PreAuthentication",
    "PreSignUp",
    "PreTokenGeneration",
)
_CODE, _LINK, _NAME = "{####}", "{##Click Here##}", "{username}"
_NEW_PASSWORD = "NEW_PASSWORD_REQUIRED"


@dataclass(frozen=True, slots=True)
class Trigger:
    """One call: ``name`` is LambdaConfig's, ``source`` says on what occasion; the last two are the event's."""

    pool_arn: str
    pool_id: str
    function_arn: str
    name: str
    source: str
    client_id: str
    username: str
    request: Mapping[str, Any]
    response: Mapping[str, Any]


class TriggerFailed(Exception):
    """The function did not do what Cognito needs of it: the error's code and text for whoever called Cognito."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


OnTrigger = Callable[[Trigger], Mapping[str, Any]]


class _Triggers:
    """The functions of all pools, called through ``on_trigger``; ``parameters`` are those of the call under way."""

    def __init__(self, on_trigger: OnTrigger, parameters: Callable[[], Mapping[str, Any]]) -> None:
        self._on_trigger = on_trigger
        self._parameters = parameters
        # What PreTokenGeneration said, until the tokens are made.
        self.overrides: dict[tuple[str, str], Mapping[str, Any]] = {}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Of the call of Cognito's API that is under way."""
        return self._parameters()

    def call(
        self,
        pool: models.CognitoIdpUserPool,
        source: str,
        user: models.CognitoIdpUser,
        *,
        client_id: str = "",
        request: Mapping[str, Any] | None = None,
        response: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """The function's answer; nothing if the pool has no such function."""
        name = {"TokenGeneration": "PreTokenGeneration"}.get(source.partition("_")[0], source.partition("_")[0])
        function_arn = (pool.extended_config.get("LambdaConfig") or {}).get(name)
        if not function_arn:
            return {}
        attributes = dict(flatten_attrs(user.attributes))
        if name == "PreSignUp":
            attributes.pop("sub", None)
        else:
            attributes["cognito:user_status"] = str(getattr(user.status, "value", user.status))
        asked = {"userAttributes": attributes, **(request or {})}
        if self.parameters.get("ClientMetadata"):
            asked["clientMetadata"] = self.parameters["ClientMetadata"]
        try:
            return self._on_trigger(
                Trigger(
                    pool.arn, pool.id, function_arn, name, source, client_id or "CLIENT_ID_NOT_APPLICABLE",
                    user.username, asked, response or {},
                )
            )  # fmt: skip
        except TriggerFailed as failed:
            raise JsonRESTError(failed.code, str(failed)) from None

    def before_sign_up(self, pool: models.CognitoIdpUserPool, source: str, user: Any, client_id: str) -> None:
        """Ask whether the user may be; who may not is gone again."""
        given = self.parameters.get("ValidationData")
        validation = {one["Name"]: one.get("Value", "") for one in given} if given else None
        no = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
        try:
            said = self.call(
                pool, source, user, client_id=client_id, request={"validationData": validation}, response=no
            )
        except JsonRESTError:
            del pool.users[user.username]
            raise
        for name, attribute in (("autoVerifyEmail", "email_verified"), ("autoVerifyPhone", "phone_number_verified")):
            if said.get(name):
                user.update_attributes([{"Name": attribute, "Value": "true"}])
        if said.get("autoConfirmUser") and user.status == models.UserStatus.UNCONFIRMED:
            user.status = models.UserStatus.CONFIRMED
            self.call(pool, "PostConfirmation_ConfirmSignUp", user, client_id=client_id)

    def write_message(self, pool: models.CognitoIdpUserPool, occasion: str, user: Any, client_id: str = "") -> None:
        """Have the text of a message made, which nobody sends here."""
        by_name = _NAME if occasion == "AdminCreateUser" else None
        request = {"codeParameter": _CODE, "linkParameter": _LINK, "usernameParameter": by_name}
        nothing = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
        source = f"CustomMessage_{occasion}"
        self.call(pool, source, user, client_id=client_id, request=request, response=nothing)


def apply(patches: Patches, *, on_trigger: OnTrigger, parameters: Callable[[], Mapping[str, Any]]) -> None:
    """Have user pools call their functions. ``on_trigger`` gives the answer's response or raises ``TriggerFailed``."""
    triggers = _Triggers(on_trigger, parameters)
    _accounts(patches, triggers)
    _sign_ins(patches, triggers)
    _tokens(patches, triggers)


def _accounts(patches: Patches, triggers: _Triggers) -> None:
    Backend = models.CognitoIdpBackend  # noqa: N806

    def checked(config: Mapping[str, Any]) -> None:
        for name in sorted(config.get("LambdaConfig") or {}):
            if name not in CALLED:
                raise InvalidParameterException(
                    f"[HARNESS] Nothing here calls a user pool's function for {name}; called are {', '.join(CALLED)}."
                )

    def create_user_pool(self: Any, name: str, extended_config: dict[str, Any]) -> Any:
        checked(extended_config)
        return original["create_user_pool"](self, name, extended_config)

    def update_user_pool(self: Any, user_pool_id: str, extended_config: dict[str, Any]) -> None:
        checked(extended_config)
        original["update_user_pool"](self, user_pool_id, extended_config)

    def sign_up(self: Any, client_id: str, *args: Any, **named: Any) -> Any:
        user, details = original["sign_up"](self, client_id, *args, **named)
        pool = _pool_of_client(self, client_id)
        triggers.before_sign_up(pool, "PreSignUp_SignUp", user, client_id)
        if user.status == models.UserStatus.UNCONFIRMED and pool.extended_config.get("AutoVerifiedAttributes"):
            triggers.write_message(pool, "SignUp", user, client_id)
        return user, details

    def admin_create_user(self: Any, user_pool_id: str, username: str, message_action: str, *args: Any) -> Any:
        user = original["admin_create_user"](self, user_pool_id, username, message_action, *args)
        pool = self.describe_user_pool(user_pool_id)
        if message_action != "RESEND":
            triggers.before_sign_up(pool, "PreSignUp_AdminCreateUser", user, "")
        if message_action != "SUPPRESS":
            triggers.write_message(pool, "AdminCreateUser", user)
        return user

    def confirm_sign_up(self: Any, client_id: str, username: str) -> Any:
        answer = original["confirm_sign_up"](self, client_id, username)
        pool = _pool_of_client(self, client_id)
        user = pool._get_user(username)
        triggers.call(pool, "PostConfirmation_ConfirmSignUp", user, client_id=client_id)
        return answer

    def admin_confirm_sign_up(self: Any, user_pool_id: str, username: str) -> Any:
        answer = original["admin_confirm_sign_up"](self, user_pool_id, username)
        pool = self.describe_user_pool(user_pool_id)
        triggers.call(pool, "PostConfirmation_ConfirmSignUp", pool._get_user(username))
        return answer

    def forgot_password(self: Any, client_id: str, username: str) -> Any:
        answer = original["forgot_password"](self, client_id, username)
        pool = _pool_of_client(self, client_id)
        user = pool._get_user(username)
        if user:
            triggers.write_message(pool, "ForgotPassword", user, client_id)
        return answer

    def confirm_forgot_password(self: Any, client_id: str, username: str, *args: Any) -> None:
        original["confirm_forgot_password"](self, client_id, username, *args)
        pool = _pool_of_client(self, client_id)
        user = pool._get_user(username)
        triggers.call(pool, "PostConfirmation_ConfirmForgotPassword", user, client_id=client_id)

    ours = (
        create_user_pool,
        update_user_pool,
        sign_up,
        admin_create_user,
        confirm_sign_up,
        admin_confirm_sign_up,
        forgot_password,
        confirm_forgot_password,
    )
    original = {one.__name__: patches.put(Backend, one.__name__, one) for one in ours}


def _sign_ins(patches: Patches, triggers: _Triggers) -> None:
    Backend = models.CognitoIdpBackend  # noqa: N806

    def before(pool: models.CognitoIdpUserPool, client_id: str, given: Mapping[str, str] | None) -> None:
        user = pool._get_user((given or {}).get("USERNAME", ""))
        if user:
            request = {"validationData": triggers.parameters.get("ClientMetadata")}
            triggers.call(pool, "PreAuthentication_Authentication", user, client_id=client_id, request=request)

    def initiate_auth(self: Any, client_id: str, auth_flow: str, auth_parameters: Any) -> Any:
        pool = _pool_of_client(self, client_id)
        if pool is not None:
            before(pool, client_id, auth_parameters)
        return original_initiate(self, client_id, auth_flow, auth_parameters)

    def admin_initiate_auth(self: Any, user_pool_id: str, client_id: str, auth_flow: str, auth_parameters: Any) -> Any:
        pool = self.user_pools.get(user_pool_id)
        if pool is not None:
            before(pool, client_id, auth_parameters)
        return original_admin(self, user_pool_id, client_id, auth_flow, auth_parameters)

    def create_refresh_token(self: models.CognitoIdpUserPool, client_id: str, username: str) -> Any:
        # Every way to sign in comes here once it has succeeded, and no other.
        user, request = self._get_user(username), {"newDeviceUsed": False}
        triggers.call(self, "PostAuthentication_Authentication", user, client_id=client_id, request=request)
        return original_refresh(self, client_id, username)

    original_initiate = patches.put(Backend, "initiate_auth", initiate_auth)
    original_admin = patches.put(Backend, "admin_initiate_auth", admin_initiate_auth)
    original_refresh = patches.put(models.CognitoIdpUserPool, "create_refresh_token", create_refresh_token)


def _tokens(patches: Patches, triggers: _Triggers) -> None:
    Pool = models.CognitoIdpUserPool  # noqa: N806

    def create_access_token(self: models.CognitoIdpUserPool, client_id: str, username: str, origin_jti: str) -> Any:
        # The first token of those that are made together.
        user = self._get_user(username)
        groups = sorted(group.group_name for group in user.groups)
        request = {"groupConfiguration": {"groupsToOverride": groups, "iamRolesToOverride": [], "preferredRole": None}}
        source = _occasion(triggers.parameters)
        nothing = {"claimsOverrideDetails": None}
        said = triggers.call(self, source, user, client_id=client_id, request=request, response=nothing)
        triggers.overrides[client_id, username] = said.get("claimsOverrideDetails") or {}
        return original_access(self, client_id, username, origin_jti)

    def create_jwt(
        self: Any,
        client_id: str,
        username: str,
        token_use: str,
        expires_in: int = 3600,
        extra_data: dict[str, Any] | None = None,
    ) -> Any:
        claims = dict(extra_data or {})
        if "cognito:groups" in claims:
            claims["cognito:groups"] = sorted(claims["cognito:groups"])
        details = triggers.overrides.get((client_id, username), {})
        if token_use == "id":
            triggers.overrides.pop((client_id, username), None)
            claims.update(details.get("claimsToAddOrOverride") or {})
            for name in details.get("claimsToSuppress") or []:
                claims.pop(name, None)
        groups = (details.get("groupOverrideDetails") or {}).get("groupsToOverride")
        if groups is not None:
            claims["cognito:groups"] = groups
        return original_jwt(self, client_id, username, token_use, expires_in, claims)

    original_access = patches.put(Pool, "create_access_token", create_access_token)
    original_jwt = patches.put(Pool, "create_jwt", create_jwt)


def _occasion(parameters: Mapping[str, Any]) -> str:
    if str(parameters.get("AuthFlow", "")).startswith("REFRESH_TOKEN"):
        return "TokenGeneration_RefreshTokens"
    if parameters.get("ChallengeName") == _NEW_PASSWORD:
        return "TokenGeneration_NewPasswordChallenge"
    return "TokenGeneration_Authentication"


def _pool_of_client(backend: Any, client_id: str) -> Any:
    return next((pool for pool in backend.user_pools.values() if client_id in pool.clients), None)
