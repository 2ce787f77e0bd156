"""This file decides how a resource goes: the call of AWS's API that takes each type away.

Types whose going is a call with one or two names are in ``_CALLS``; the others have a function in ``going``. It does
not decide what goes, nor when (``world/removal.py``). Rule: each type that can be created is here, and what is gone
already is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from harness.world.providers import going
from harness.world.providers.provider import Request
from harness.world.stack import Resource

# In a parameter's place: the physical id, or the name of a property.
_ID = ""
_GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "ResourceNotFound", "NotExist")

_CALLS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "AWS::ApiGateway::ApiKey": ("apigateway", "delete_api_key", {"apiKey": _ID}),
    "AWS::ApiGateway::Authorizer": (
        "apigateway",
        "delete_authorizer",
        {"restApiId": "RestApiId", "authorizerId": _ID},
    ),
    "AWS::ApiGateway::Deployment": (
        "apigateway",
        "delete_deployment",
        {"restApiId": "RestApiId", "deploymentId": _ID},
    ),
    "AWS::ApiGateway::DomainName": ("apigateway", "delete_domain_name", {"domainName": _ID}),
    "AWS::ApiGateway::GatewayResponse": (
        "apigateway",
        "delete_gateway_response",
        {"restApiId": "RestApiId", "responseType": "ResponseType"},
    ),
    "AWS::ApiGateway::Method": (
        "apigateway",
        "delete_method",
        {"restApiId": "RestApiId", "resourceId": "ResourceId", "httpMethod": "HttpMethod"},
    ),
    "AWS::ApiGateway::Model": ("apigateway", "delete_model", {"restApiId": "RestApiId", "modelName": _ID}),
    "AWS::ApiGateway::RequestValidator": (
        "apigateway",
        "delete_request_validator",
        {"restApiId": "RestApiId", "requestValidatorId": _ID},
    ),
    "AWS::ApiGateway::Resource": ("apigateway", "delete_resource", {"restApiId": "RestApiId", "resourceId": _ID}),
    "AWS::ApiGateway::RestApi": ("apigateway", "delete_rest_api", {"restApiId": _ID}),
    "AWS::ApiGateway::Stage": ("apigateway", "delete_stage", {"restApiId": "RestApiId", "stageName": "StageName"}),
    "AWS::ApiGateway::UsagePlan": ("apigateway", "delete_usage_plan", {"usagePlanId": _ID}),
    "AWS::ApiGateway::UsagePlanKey": (
        "apigateway",
        "delete_usage_plan_key",
        {"usagePlanId": "UsagePlanId", "keyId": "KeyId"},
    ),
    "AWS::ApiGatewayV2::Api": ("apigatewayv2", "delete_api", {"ApiId": _ID}),
    "AWS::ApiGatewayV2::ApiMapping": (
        "apigatewayv2",
        "delete_api_mapping",
        {"ApiMappingId": _ID, "DomainName": "DomainName"},
    ),
    "AWS::ApiGatewayV2::Authorizer": ("apigatewayv2", "delete_authorizer", {"ApiId": "ApiId", "AuthorizerId": _ID}),
    "AWS::ApiGatewayV2::DomainName": ("apigatewayv2", "delete_domain_name", {"DomainName": _ID}),
    "AWS::ApiGatewayV2::Integration": (
        "apigatewayv2",
        "delete_integration",
        {"ApiId": "ApiId", "IntegrationId": _ID},
    ),
    "AWS::ApiGatewayV2::Route": ("apigatewayv2", "delete_route", {"ApiId": "ApiId", "RouteId": _ID}),
    "AWS::ApiGatewayV2::RouteResponse": (
        "apigatewayv2",
        "delete_route_response",
        {"ApiId": "ApiId", "RouteId": "RouteId", "RouteResponseId": _ID},
    ),
    "AWS::ApiGatewayV2::Stage": ("apigatewayv2", "delete_stage", {"ApiId": "ApiId", "StageName": "StageName"}),
    "AWS::CodeDeploy::Application": ("codedeploy", "delete_application", {"applicationName": _ID}),
    "AWS::CodeDeploy::DeploymentGroup": (
        "codedeploy",
        "delete_deployment_group",
        {"applicationName": "ApplicationName", "deploymentGroupName": _ID},
    ),
    "AWS::Cognito::UserPool": ("cognito-idp", "delete_user_pool", {"UserPoolId": _ID}),
    "AWS::Cognito::UserPoolClient": (
        "cognito-idp",
        "delete_user_pool_client",
        {"UserPoolId": "UserPoolId", "ClientId": _ID},
    ),
    "AWS::Cognito::UserPoolDomain": (
        "cognito-idp",
        "delete_user_pool_domain",
        {"UserPoolId": "UserPoolId", "Domain": "Domain"},
    ),
    "AWS::Cognito::UserPoolGroup": (
        "cognito-idp",
        "delete_group",
        {"UserPoolId": "UserPoolId", "GroupName": _ID},
    ),
    "AWS::Cognito::UserPoolResourceServer": (
        "cognito-idp",
        "delete_resource_server",
        {"UserPoolId": "UserPoolId", "Identifier": "Identifier"},
    ),
    "AWS::Cognito::UserPoolUser": (
        "cognito-idp",
        "admin_delete_user",
        {"UserPoolId": "UserPoolId", "Username": _ID},
    ),
    "AWS::Cognito::UserPoolUserToGroupAttachment": (
        "cognito-idp",
        "admin_remove_user_from_group",
        {"UserPoolId": "UserPoolId", "Username": "Username", "GroupName": "GroupName"},
    ),
    "AWS::DynamoDB::Table": ("dynamodb", "delete_table", {"TableName": _ID}),
    "AWS::ECR::Repository": ("ecr", "delete_repository", {"repositoryName": _ID}),
    "AWS::Events::ApiDestination": ("events", "delete_api_destination", {"Name": _ID}),
    "AWS::Events::Archive": ("events", "delete_archive", {"ArchiveName": _ID}),
    "AWS::Events::Connection": ("events", "delete_connection", {"Name": _ID}),
    "AWS::Events::EventBus": ("events", "delete_event_bus", {"Name": _ID}),
    "AWS::KMS::Alias": ("kms", "delete_alias", {"AliasName": _ID}),
    "AWS::KMS::Key": ("kms", "schedule_key_deletion", {"KeyId": _ID}),
    "AWS::Kinesis::Stream": ("kinesis", "delete_stream", {"StreamName": _ID}),
    "AWS::Lambda::Alias": ("lambda", "delete_alias", {"FunctionName": "FunctionName", "Name": "Name"}),
    "AWS::Lambda::EventSourceMapping": ("lambda", "delete_event_source_mapping", {"UUID": _ID}),
    "AWS::Lambda::Function": ("lambda", "delete_function", {"FunctionName": _ID}),
    "AWS::Lambda::Permission": (
        "lambda",
        "remove_permission",
        {"FunctionName": "FunctionName", "StatementId": _ID},
    ),
    "AWS::Logs::LogGroup": ("logs", "delete_log_group", {"logGroupName": _ID}),
    "AWS::Logs::MetricFilter": (
        "logs",
        "delete_metric_filter",
        {"logGroupName": "LogGroupName", "filterName": _ID},
    ),
    "AWS::Logs::ResourcePolicy": ("logs", "delete_resource_policy", {"policyName": "PolicyName"}),
    "AWS::Logs::SubscriptionFilter": (
        "logs",
        "delete_subscription_filter",
        {"logGroupName": "LogGroupName", "filterName": _ID},
    ),
    "AWS::Pipes::Pipe": ("pipes", "delete_pipe", {"Name": _ID}),
    "AWS::S3::Bucket": ("s3", "delete_bucket", {"Bucket": _ID}),
    "AWS::S3::BucketPolicy": ("s3", "delete_bucket_policy", {"Bucket": "Bucket"}),
    "AWS::SNS::Subscription": ("sns", "unsubscribe", {"SubscriptionArn": _ID}),
    "AWS::SNS::Topic": ("sns", "delete_topic", {"TopicArn": _ID}),
    "AWS::SQS::Queue": ("sqs", "delete_queue", {"QueueUrl": _ID}),
    "AWS::SSM::Parameter": ("ssm", "delete_parameter", {"Name": _ID}),
    "AWS::Scheduler::ScheduleGroup": ("scheduler", "delete_schedule_group", {"Name": _ID}),
    "AWS::StepFunctions::StateMachine": ("stepfunctions", "delete_state_machine", {"stateMachineArn": _ID}),
}

_FUNCTIONS: Mapping[str, Callable[[Request, Resource], None]] = {
    "AWS::ApiGateway::Account": going.nothing,
    "AWS::ApiGateway::BasePathMapping": going.base_path_mapping,
    "AWS::ApiGatewayV2::Deployment": going.nothing,
    "AWS::CDK::Metadata": going.nothing,
    "AWS::CloudFormation::WaitConditionHandle": going.nothing,
    "AWS::CloudWatch::Alarm": going.alarm,
    "AWS::CloudWatch::CompositeAlarm": going.alarm,
    "AWS::CloudWatch::Dashboard": going.dashboard,
    "AWS::Events::EventBusPolicy": going.bus_policy,
    "AWS::Events::Rule": going.rule,
    "AWS::IAM::ManagedPolicy": going.managed_policy,
    "AWS::IAM::Policy": going.policy,
    "AWS::IAM::Role": going.role,
    "AWS::Lambda::EventInvokeConfig": going.invoke_config,
    "AWS::Lambda::LayerVersion": going.layer_version,
    "AWS::Lambda::LayerVersionPermission": going.nothing,
    "AWS::Lambda::Url": going.function_url,
    "AWS::Lambda::Version": going.version,
    "AWS::SNS::TopicPolicy": going.topic_policy,
    "AWS::SQS::QueuePolicy": going.queue_policy,
    "AWS::Scheduler::Schedule": going.schedule,
    "AWS::SecretsManager::Secret": going.secret,
}

REMOVED = (*_CALLS, *_FUNCTIONS)
"""The types that this file takes away; stacks and custom resources go otherwise."""


def remove(request: Request, resource: Resource) -> None:
    """Take the resource away; ``request`` is what made it, or changed it last.

    Raises:
        ClientError: AWS's API does not let it go.
    """
    try:
        if resource.type in _FUNCTIONS:
            _FUNCTIONS[resource.type](request, resource)
        else:
            service, operation, names = _CALLS[resource.type]
            values: dict[str, Any] = {
                name: resource.physical_id if of == _ID else request.properties[of] for name, of in names.items()
            }
            getattr(request.client(service), operation)(**values)
    except ClientError as error:
        if not any(word in str(error.response["Error"].get("Code")) for word in _GONE):
            raise
