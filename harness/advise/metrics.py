"""This file decides which metrics there are: those that the emulated services have in AWS, and those counted here.

They are AWS's by its documentation of each service. No rule is here (``alarms.py``).
"""

from __future__ import annotations

from harness.advise.findings import FUNCTION, QUEUE, RULE, TOPIC

# Per namespace: the dimension that names the resource, the resource's type, and the metrics.
SERVICES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "AWS/Lambda": (
        "FunctionName",
        FUNCTION,
        (
            "AsyncEventAge",
            "AsyncEventsDropped",
            "AsyncEventsReceived",
            "ConcurrentExecutions",
            "DeadLetterErrors",
            "DestinationDeliveryFailures",
            "Duration",
            "Errors",
            "Invocations",
            "IteratorAge",
            "PostRuntimeExtensionsDuration",
            "ProvisionedConcurrencyInvocations",
            "ProvisionedConcurrencySpilloverInvocations",
            "ProvisionedConcurrencyUtilization",
            "RecursiveInvocationsDropped",
            "Throttles",
        ),
    ),
    "AWS/Events": (
        "RuleName",
        RULE,
        (
            "DeadLetterInvocations",
            "FailedInvocations",
            "IngestionToInvocationCompleteLatency",
            "IngestionToInvocationStartLatency",
            "InvocationAttempts",
            "Invocations",
            "InvocationsFailedToBeSentToDlq",
            "InvocationsSentToDlq",
            "MatchedEvents",
            "RetryInvocationAttempts",
            "SuccessfulInvocationAttempts",
            "ThrottledRules",
            "TriggeredRules",
        ),
    ),
    "AWS/SNS": (
        "TopicName",
        TOPIC,
        (
            "NumberOfMessagesPublished",
            "NumberOfNotificationsDelivered",
            "NumberOfNotificationsFailed",
            "NumberOfNotificationsFailedToRedriveToDlq",
            "NumberOfNotificationsFilteredOut",
            "NumberOfNotificationsRedrivenToDlq",
            "PublishSize",
        ),
    ),
    "AWS/SQS": (
        "QueueName",
        QUEUE,
        (
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfGroupsWithInflightMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
            "NumberOfDeduplicatedSentMessages",
            "NumberOfEmptyReceives",
            "NumberOfMessagesDeleted",
            "NumberOfMessagesReceived",
            "NumberOfMessagesSent",
            "SentMessageSize",
        ),
    ),
    "AWS/States": (
        "StateMachineArn",
        "AWS::StepFunctions::StateMachine",
        (
            "ExecutionThrottled",
            "ExecutionTime",
            "ExecutionsAborted",
            "ExecutionsFailed",
            "ExecutionsStarted",
            "ExecutionsSucceeded",
            "ExecutionsTimedOut",
        ),
    ),
}

# What is counted here of each namespace: an alarm on anything else stays as it is in a scenario.
COUNTED_HERE: dict[str, tuple[str, ...]] = {
    "AWS/ApiGateway": ("4XXError", "4xx", "5XXError", "5xx", "Count", "Latency"),
    "AWS/Events": ("FailedInvocations", "Invocations", "MatchedEvents", "TriggeredRules"),
    "AWS/Kinesis": ("IncomingBytes", "IncomingRecords"),
    "AWS/Lambda": (
        "AsyncEventAge",
        "AsyncEventsDropped",
        "AsyncEventsReceived",
        "ConcurrentExecutions",
        "DeadLetterErrors",
        "DestinationDeliveryFailures",
        "Duration",
        "Errors",
        "Invocations",
        "IteratorAge",
        "Throttles",
    ),
    "AWS/SNS": ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"),
    "AWS/SQS": (
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
        "NumberOfDeduplicatedSentMessages",
        "NumberOfMessagesDeleted",
        "NumberOfMessagesReceived",
        "NumberOfMessagesSent",
    ),
    "AWS/States": (
        "ExecutionTime",
        "ExecutionsAborted",
        "ExecutionsFailed",
        "ExecutionsStarted",
        "ExecutionsSucceeded",
        "ExecutionsTimedOut",
    ),
}
