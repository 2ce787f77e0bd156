"""This file decides how the delivery engines of one world are put together, and which seams wake them.

It holds no behaviour: S3, SNS and Lambda report through their seams in ``harness/vendor``, and the engines deliver
through one ``Targets``. The SQS seam must be in place already.
"""

from __future__ import annotations

from harness.deliver import event_patterns, schedule_expressions, schedules, universal_targets
from harness.deliver.api_destinations import ApiDestinations, Ask, nobody
from harness.deliver.archives import Archives
from harness.deliver.async_events import AsyncEvents, Invokes
from harness.deliver.bucket_notifications import BucketNotifications
from harness.deliver.bus_rules import BusRules
from harness.deliver.event_targets import EventTargets
from harness.deliver.http.addresses import Addresses
from harness.deliver.http.entrance import HttpEntrance
from harness.deliver.inbox import Inbox
from harness.deliver.log_metrics import LogMetrics
from harness.deliver.log_subscriptions import LogSubscriptions
from harness.deliver.pipe_runs import PipeRuns
from harness.deliver.pipes import Pipes
from harness.deliver.queue_poller import QueuePollers
from harness.deliver.repeats import Late, OutOfOrder, Repeats, never, on_time, once
from harness.deliver.rule_schedules import RuleSchedules
from harness.deliver.schedules import Schedules
from harness.deliver.service_events import ServiceEvents
from harness.deliver.stream_poller import StreamPollers
from harness.deliver.targets import Targets
from harness.deliver.timetable import Timetable
from harness.deliver.topic_endpoints import TopicEndpoints
from harness.deliver.topic_fanout import TopicFanout
from harness.deliver.user_pool_triggers import UserPoolTriggers
from harness.guard import role_doors
from harness.vendor import (
    cognito_triggers,
    dynamodb_streams,
    dynamodb_tables,
    events_archives,
    events_bus,
    events_rules,
    kinesis_streams,
    lambda_async_config,
    lambda_mappings,
    lambda_permissions,
    logs_filters,
    pipes_pipes,
    s3_events,
    s3_notification_config,
    scheduler_schedules,
    sns_message_attributes,
    sns_publish,
    sns_subscriptions,
    sns_topics,
    sqs_queue,
)
from harness.vendor.stream_log import Stream
from harness.world.cloud import ACCOUNT_ID, REGION, Cloud
from harness.world.functions import Functions


class Engines:
    """Everything that delivers, in one world.

    ``repeats`` is asked how many times each thing is delivered, ``late`` how much later than usual, ``out_of_order``
    whether a topic's subscriber fails for a while, ``ask_outside`` what an API destination answers.
    """

    def __init__(
        self,
        cloud: Cloud,
        invoker: Invokes,
        functions: Functions,
        *,
        repeats: Repeats = once,
        late: Late = on_time,
        out_of_order: OutOfOrder = never,
        mail_confirms_at_once: bool = True,
        ask_outside: Ask = nobody,
    ) -> None:
        kernel, patches = cloud.kernel, cloud.patches
        self.targets = Targets(
            sqs_queue.find,
            functions,
            lambda bucket, key, body: cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=body),
        )
        self.async_events = AsyncEvents(kernel, invoker, self.targets, functions, lambda_async_config.find)
        self.targets.async_events = self.async_events
        self.inbox = Inbox(kernel, sns_subscriptions.confirm, confirms_at_once=mail_confirms_at_once)
        self.bucket_notifications = BucketNotifications(kernel, self.targets, repeats, late)
        self.http = HttpEntrance(cloud, invoker, functions)
        self.addresses = Addresses(kernel, self.http, cloud.client)
        endpoints = TopicEndpoints(kernel, self.addresses.find)
        self.inbox.on_asked = endpoints.ask
        self.topic_fanout = TopicFanout(kernel, self.targets, self.inbox, endpoints, repeats, late, out_of_order)
        self.queue_pollers = QueuePollers(kernel, invoker, sqs_queue.find, repeats)
        streams = dynamodb_streams.apply(patches, kernel)

        def find_stream(arn: str) -> Stream | None:
            return streams.find(arn) or kinesis_streams.find(arn)

        self.stream_pollers = StreamPollers(kernel, invoker, self.targets, functions, find_stream, repeats)
        event_targets, timetable = (
            EventTargets(kernel, self.targets, cloud.client, ApiDestinations(kernel, ask_outside)),
            Timetable(kernel),
        )
        self.bus_rules = BusRules(kernel, self.targets, event_targets, repeats)
        self.archives = Archives(kernel, self.bus_rules)
        self.bucket_notifications.on_bus = self.bus_rules.on_event
        self.service_events = ServiceEvents(kernel, self.bus_rules, REGION, ACCOUNT_ID)
        self.rule_schedules = RuleSchedules(kernel, self.bus_rules, timetable)
        self.schedules = Schedules(kernel, self.targets, event_targets, timetable)
        pipe_runs = PipeRuns(kernel, invoker, event_targets)
        self.pipe_pollers = QueuePollers(kernel, pipe_runs, sqs_queue.find, repeats)
        self.pipes = Pipes(
            self.pipe_pollers,
            StreamPollers(kernel, pipe_runs, self.targets, functions, find_stream, repeats),
        )

        def pipe_source_problem(role_arn: str, source: str) -> str | None:
            if (sqs_queue.find(source) if ":sqs:" in source else find_stream(source)) is None:
                return f"The source {source} of the pipe does not exist."
            refused = role_doors.refused_to_read(role_arn, source)
            return None if refused is None else f"{refused.reason}."

        log_subscriptions = LogSubscriptions(kernel, self.targets, functions, cloud.client)
        log_metrics = LogMetrics(kernel)

        dynamodb_tables.apply(patches, kernel, streams)
        kinesis_streams.apply(patches, kernel)
        lambda_async_config.apply(patches)
        lambda_permissions.apply(patches)
        s3_events.apply(patches, kernel, on_object_event=self.bucket_notifications.on_object_event)
        s3_notification_config.apply(
            patches,
            kernel,
            on_test_event=self.bucket_notifications.on_test_event,
            may_notify=self.bucket_notifications.may_notify,
        )
        sns_topics.apply(patches)
        sns_subscriptions.apply(patches, kernel, on_subscribe=self.inbox.on_subscribe)
        sns_message_attributes.apply(patches)
        sns_publish.apply(patches, kernel, on_publish=self.topic_fanout.on_publish)
        lambda_mappings.apply(
            patches,
            missing_permission=_missing_permission,
            on_mapping_created=self.queue_pollers.on_mapping_created,
            on_mapping_updated=self.queue_pollers.on_mapping_updated,
            on_mapping_deleted=self.queue_pollers.on_mapping_deleted,
            on_stream_created=self.stream_pollers.on_mapping_created,
            on_stream_updated=self.stream_pollers.on_mapping_updated,
            on_stream_deleted=self.stream_pollers.on_mapping_deleted,
        )
        events_bus.apply(patches, kernel, on_event=self.bus_rules.on_event)
        events_archives.apply(
            patches, kernel, pattern_problem=event_patterns.problem, on_replay=self.archives.on_replay
        )
        events_rules.apply(
            patches,
            pattern_problem=event_patterns.problem,
            expression_problem=schedule_expressions.problem,
            on_rule_changed=self.rule_schedules.on_rule_changed,
        )
        scheduler_schedules.apply(
            patches,
            expression_problem=schedules.problem,
            operation_problem=universal_targets.problem,
            on_schedule_changed=self.schedules.on_schedule_changed,
        )
        logs_filters.apply(
            patches,
            destination_problem=log_subscriptions.destination_problem,
            on_logged=(log_metrics.on_logged, log_subscriptions.on_logged),
            on_subscribed=log_subscriptions.on_subscribed,
        )
        cognito_triggers.apply(
            patches,
            on_trigger=UserPoolTriggers(kernel, invoker, functions).on_trigger,
            parameters=cloud.parameters.current,
        )
        pipes_pipes.apply(patches, source_problem=pipe_source_problem, on_pipe_changed=self.pipes.on_pipe_changed)

    def polls(self, queue_arn: str) -> bool:
        """Whether a mapping or a pipe reads from this queue."""
        return self.queue_pollers.polls(queue_arn) or self.pipe_pollers.polls(queue_arn)


def _missing_permission(role_arn: str, source_arn: str) -> str | None:
    refused = role_doors.refused_to_read(role_arn, source_arn)
    return None if refused is None else refused.action
