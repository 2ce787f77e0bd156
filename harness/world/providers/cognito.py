"""This file decides how a user pool, its clients, groups, users, resource servers and domain come to stand.

Users can be made and can sign in through the API; there is no sign-in page here, and no e-mail or SMS leaves. Which of
the functions of ``LambdaConfig`` Cognito calls is decided in ``vendor/cognito_triggers.py``; the others are refused.
"""

from __future__ import annotations

from harness.vendor.cognito_triggers import CALLED
from harness.world.providers.provider import Created, Provider, Request
from harness.world.providers.shapes import Flag, Items, Record, Table, Text, Whole, honoured, inert

_NO_PAGE = "kept and shown by the API; there is no sign-in page here"
_NO_MAIL = "kept and shown by the API; nothing is sent to a user here"


def _create_pool(request: Request) -> Created:
    asked = {name: value for name, value in request.properties.items() if name != "UserPoolName"}
    name = request.name("UserPoolName", 128)
    pool = request.client("cognito-idp").create_user_pool(PoolName=name, **asked)["UserPool"]
    provider = f"cognito-idp.{request.region}.amazonaws.com/{pool['Id']}"
    return Created(
        pool["Id"],
        {
            "Arn": pool["Arn"],
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
            "UserPoolId": pool["Id"],
        },
    )


def _create_client(request: Request) -> Created:
    asked = {name: value for name, value in request.properties.items() if name != "ClientName"}
    name = request.name("ClientName", 128)
    made = request.client("cognito-idp").create_user_pool_client(ClientName=name, **asked)["UserPoolClient"]
    attributes = {"ClientId": made["ClientId"], "ClientSecret": made.get("ClientSecret", ""), "Name": name}
    return Created(made["ClientId"], attributes)


def _create_domain(request: Request) -> Created:
    domain = request.properties["Domain"]
    request.client("cognito-idp").create_user_pool_domain(Domain=domain, UserPoolId=request.properties["UserPoolId"])
    return Created(domain)


def _create_group(request: Request) -> Created:
    name = request.name("GroupName", 128)
    asked = {**request.properties, "GroupName": name}
    request.client("cognito-idp").create_group(**asked)
    return Created(name)


def _create_user(request: Request) -> Created:
    asked = dict(request.properties)
    username = request.name("Username", 128)
    made = request.client("cognito-idp").admin_create_user(**{**asked, "Username": username})["User"]
    return Created(made["Username"])


def _put_into_group(request: Request) -> Created:
    request.client("cognito-idp").admin_add_user_to_group(**request.properties)
    return Created(request.name("", 128))


def _create_resource_server(request: Request) -> Created:
    request.client("cognito-idp").create_resource_server(**request.properties)
    return Created(request.properties["Identifier"])


_PASSWORDS = Record(
    {
        "MinimumLength": honoured(Whole(6, 99)),
        "RequireLowercase": honoured(Flag()),
        "RequireNumbers": honoured(Flag()),
        "RequireSymbols": honoured(Flag()),
        "RequireUppercase": honoured(Flag()),
        "TemporaryPasswordValidityDays": inert(Whole(0, 365), "kept and shown by the API; no password grows old here"),
    },
    not_yet=("PasswordHistorySize",),
)
_ATTRIBUTE = Record(
    {
        "AttributeDataType": honoured(Text(choices=("Boolean", "DateTime", "Number", "String"))),
        "DeveloperOnlyAttribute": honoured(Flag()),
        "Mutable": honoured(Flag()),
        "Name": honoured(Text(longest=20)),
        "NumberAttributeConstraints": honoured(Record({"MaxValue": honoured(Text()), "MinValue": honoured(Text())})),
        "Required": honoured(Flag()),
        "StringAttributeConstraints": honoured(Record({"MaxLength": honoured(Text()), "MinLength": honoured(Text())})),
    }
)

USER_POOL = Provider(
    type="AWS::Cognito::UserPool",
    properties=Record(
        {
            "AdminCreateUserConfig": inert(
                Record(
                    {
                        "AllowAdminCreateUserOnly": honoured(Flag()),
                        "UnusedAccountValidityDays": honoured(Whole(0, 365)),
                    },
                    not_yet=("InviteMessageTemplate",),
                ),
                "kept and shown by the API; who may make a user is not asked here",
            ),
            "AliasAttributes": honoured(Items(Text(choices=("email", "phone_number", "preferred_username")))),
            "AutoVerifiedAttributes": inert(Items(Text(choices=("email", "phone_number"))), _NO_MAIL),
            "LambdaConfig": honoured(
                Record(
                    {name: honoured(Text()) for name in CALLED},
                    not_yet=(
                        "CreateAuthChallenge",
                        "CustomEmailSender",
                        "CustomSMSSender",
                        "DefineAuthChallenge",
                        "InboundFederation",
                        "KMSKeyID",
                        "PreTokenGenerationConfig",
                        "UserMigration",
                        "VerifyAuthChallengeResponse",
                    ),
                )
            ),
            "MfaConfiguration": inert(
                Text(choices=("OFF",)), "OFF is what a pool is anyway; ON and OPTIONAL are refused"
            ),
            "Policies": honoured(Record({"PasswordPolicy": honoured(_PASSWORDS)}, not_yet=("SignInPolicy",))),
            "Schema": honoured(Items(_ATTRIBUTE)),
            "UserPoolName": honoured(Text(longest=128)),
            "UserPoolTags": inert(Table(Text()), "kept and shown by the API"),
            "UsernameAttributes": honoured(Items(Text(choices=("email", "phone_number")))),
        },
        not_yet=(
            "AccountRecoverySetting",
            "DeletionProtection",
            "DeviceConfiguration",
            "EmailAuthenticationMessage",
            "EmailAuthenticationSubject",
            "EmailConfiguration",
            "EmailVerificationMessage",
            "EmailVerificationSubject",
            "EnabledMfas",
            "SmsAuthenticationMessage",
            "SmsConfiguration",
            "SmsVerificationMessage",
            "UserAttributeUpdateSettings",
            "UserPoolAddOns",
            "UserPoolTier",
            "UsernameConfiguration",
            "VerificationMessageTemplate",
        ),
    ),
    attributes=("Arn", "ProviderName", "ProviderURL", "UserPoolId"),
    create=_create_pool,
)

USER_POOL_CLIENT = Provider(
    type="AWS::Cognito::UserPoolClient",
    properties=Record(
        {
            "AllowedOAuthFlows": inert(Items(Text()), _NO_PAGE),
            "AllowedOAuthFlowsUserPoolClient": inert(Flag(), _NO_PAGE),
            "AllowedOAuthScopes": inert(Items(Text()), _NO_PAGE),
            "CallbackURLs": inert(Items(Text()), _NO_PAGE),
            "ClientName": honoured(Text(longest=128)),
            "ExplicitAuthFlows": inert(
                Items(Text()), "kept and shown by the API; which flows are let in is not asked here"
            ),
            "GenerateSecret": honoured(Flag()),
            "LogoutURLs": inert(Items(Text()), _NO_PAGE),
            "RefreshTokenValidity": inert(Whole(0), "kept and shown by the API; no token ends here"),
            "SupportedIdentityProviders": inert(Items(Text()), _NO_PAGE),
            "UserPoolId": honoured(Text(), required=True),
        },
        not_yet=(
            "AccessTokenValidity",
            "AnalyticsConfiguration",
            "AuthSessionValidity",
            "DefaultRedirectURI",
            "EnablePropagateAdditionalUserContextData",
            "EnableTokenRevocation",
            "IdTokenValidity",
            "PreventUserExistenceErrors",
            "ReadAttributes",
            "RefreshTokenRotation",
            "TokenValidityUnits",
            "WriteAttributes",
        ),
    ),
    attributes=("ClientId", "ClientSecret", "Name"),
    create=_create_client,
)

USER_POOL_DOMAIN = Provider(
    type="AWS::Cognito::UserPoolDomain",
    properties=Record(
        {"Domain": inert(Text(longest=63), _NO_PAGE), "UserPoolId": honoured(Text(), required=True)},
        not_yet=("CustomDomainConfig", "ManagedLoginVersion", "Routing"),
    ),
    attributes=(),
    create=_create_domain,
)

USER_POOL_GROUP = Provider(
    type="AWS::Cognito::UserPoolGroup",
    properties=Record(
        {
            "Description": inert(Text(longest=2048), "a comment"),
            "GroupName": honoured(Text(longest=128)),
            "Precedence": inert(Whole(0), "kept and shown by the API; no role follows from it here"),
            "RoleArn": inert(Text(), "kept and shown by the API; there are no identity pools here"),
            "UserPoolId": honoured(Text(), required=True),
        }
    ),
    attributes=(),
    create=_create_group,
)

_NAMED = Record({"Name": honoured(Text(), required=True), "Value": honoured(Text())})

USER_POOL_USER = Provider(
    type="AWS::Cognito::UserPoolUser",
    properties=Record(
        {
            "ClientMetadata": honoured(Table(Text())),
            "DesiredDeliveryMediums": inert(Items(Text(choices=("EMAIL", "SMS"))), _NO_MAIL),
            "MessageAction": honoured(Text(choices=("RESEND", "SUPPRESS"))),
            "UserAttributes": honoured(Items(_NAMED)),
            "UserPoolId": honoured(Text(), required=True),
            "Username": honoured(Text(longest=128)),
            "ValidationData": honoured(Items(_NAMED)),
        },
        not_yet=("ForceAliasCreation",),
    ),
    attributes=(),
    create=_create_user,
)

USER_TO_GROUP = Provider(
    type="AWS::Cognito::UserPoolUserToGroupAttachment",
    properties=Record(
        {
            "GroupName": honoured(Text(longest=128), required=True),
            "UserPoolId": honoured(Text(), required=True),
            "Username": honoured(Text(longest=128), required=True),
        }
    ),
    attributes=(),
    create=_put_into_group,
)

_SCOPE = Record(
    {
        "ScopeDescription": honoured(Text(longest=256), required=True),
        "ScopeName": honoured(Text(longest=256), required=True),
    }
)

RESOURCE_SERVER = Provider(
    type="AWS::Cognito::UserPoolResourceServer",
    properties=Record(
        {
            "Identifier": honoured(Text(longest=256), required=True),
            "Name": honoured(Text(longest=256), required=True),
            "Scopes": honoured(Items(_SCOPE)),
            "UserPoolId": honoured(Text(), required=True),
        }
    ),
    attributes=(),
    create=_create_resource_server,
)
