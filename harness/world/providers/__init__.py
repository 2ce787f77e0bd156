"""The resource types that can be deployed: one provider each, found by AWS's name of the type."""

from __future__ import annotations

from harness.world.providers import (
    event_source_mapping,
    function,
    function_url,
    http_api,
    iam,
    invoke_config,
    logs,
    permission,
    queue,
    rest_access,
    rest_api,
    rest_authorizers,
    rest_resources,
    rest_stages,
    s3,
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
        http_api.HTTP_AUTHORIZER,
        http_api.HTTP_STAGE,
        http_api.INTEGRATION,
        http_api.ROUTE,
        iam.MANAGED_POLICY,
        iam.POLICY,
        iam.ROLE,
        event_source_mapping.EVENT_SOURCE_MAPPING,
        function.FUNCTION,
        function_url.FUNCTION_URL,
        invoke_config.EVENT_INVOKE_CONFIG,
        permission.PERMISSION,
        logs.LOG_GROUP,
        s3.BUCKET,
        s3.BUCKET_POLICY,
        topic.SUBSCRIPTION,
        topic.TOPIC,
        topic.TOPIC_POLICY,
        versions.ALIAS,
        versions.VERSION,
        queue.QUEUE,
        queue.QUEUE_POLICY,
        state_machine.STATE_MACHINE,
        table.TABLE,
    )
}
"""Every resource type that can be deployed, by its name in a template."""
