"""The resource types that can be deployed: one provider each, found by AWS's name of the type."""

from __future__ import annotations

from dataclasses import replace

from harness.world.providers import (
    cloudwatch,
    code_deploy,
    cognito,
    custom_resource,
    event_source_mapping,
    events,
    function,
    function_url,
    http_api,
    http_parts,
    iam,
    invoke_config,
    kinesis,
    kms,
    layer,
    logs,
    nested_stack,
    parameter_store,
    permission,
    pipe,
    queue,
    rest_access,
    rest_api,
    rest_authorizers,
    rest_resources,
    rest_stages,
    s3,
    schedule,
    secret,
    state_machine,
    table,
    topic,
    versions,
)
from harness.world.providers.provider import Provider

PROVIDERS: dict[str, Provider] = {
    provider.type: provider
    for provider in (
        rest_access.API_KEY,
        rest_access.GATEWAY_RESPONSE,
        rest_access.MODEL,
        rest_access.REQUEST_VALIDATOR,
        rest_access.USAGE_PLAN,
        rest_access.USAGE_PLAN_KEY,
        rest_api.REST_API,
        rest_authorizers.AUTHORIZER,
        rest_resources.METHOD,
        rest_resources.RESOURCE,
        rest_stages.ACCOUNT,
        rest_stages.DEPLOYMENT,
        rest_stages.STAGE,
        http_api.HTTP_API,
        http_parts.HTTP_AUTHORIZER,
        http_parts.HTTP_STAGE,
        http_parts.INTEGRATION,
        http_parts.ROUTE,
        cloudwatch.ALARM,
        cloudwatch.COMPOSITE_ALARM,
        cloudwatch.DASHBOARD,
        cognito.USER_POOL,
        cognito.USER_POOL_CLIENT,
        cognito.USER_POOL_DOMAIN,
        iam.MANAGED_POLICY,
        iam.POLICY,
        iam.ROLE,
        event_source_mapping.EVENT_SOURCE_MAPPING,
        events.EVENT_BUS,
        events.EVENT_BUS_POLICY,
        events.RULE,
        function.FUNCTION,
        function_url.FUNCTION_URL,
        invoke_config.EVENT_INVOKE_CONFIG,
        layer.LAYER_VERSION,
        layer.LAYER_PERMISSION,
        kinesis.STREAM,
        kms.ALIAS,
        kms.KEY,
        permission.PERMISSION,
        pipe.PIPE,
        logs.LOG_GROUP,
        logs.RESOURCE_POLICY,
        s3.BUCKET,
        s3.BUCKET_POLICY,
        schedule.SCHEDULE,
        schedule.SCHEDULE_GROUP,
        topic.SUBSCRIPTION,
        topic.TOPIC,
        topic.TOPIC_POLICY,
        code_deploy.APPLICATION,
        custom_resource.CUSTOM_RESOURCE,
        code_deploy.DEPLOYMENT_GROUP,
        nested_stack.NESTED_STACK,
        nested_stack.WAIT_CONDITION_HANDLE,
        parameter_store.PARAMETER,
        secret.SECRET,
        versions.ALIAS,
        versions.VERSION,
        queue.QUEUE,
        queue.QUEUE_POLICY,
        state_machine.STATE_MACHINE,
        table.TABLE,
    )
}
"""Every resource type that can be deployed, by its name in a template."""


def provider_of(resource_type: str) -> Provider | None:
    """The provider of a type; a type that begins with ``Custom::`` is a custom resource's own name for itself."""
    if resource_type.startswith(custom_resource.PREFIX):
        return replace(custom_resource.CUSTOM_RESOURCE, type=resource_type)
    return PROVIDERS.get(resource_type)
