"""Each provider, seen through AWS's API: what the template asks for is what the API then reports."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.errors import ScenarioError
from tests.world.conftest import Deployment

ALLOW = "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 's3:GetObject', Resource: '*'}]}"
TRUST = (
    "{Version: 2012-10-17, Statement: [{Effect: Allow, Action: 'sts:AssumeRole', "
    "Principal: {Service: lambda.amazonaws.com}}]}"
)
ROLE = f"  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {TRUST}\n"
FUNCTION = (
    "  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: .\n      Handler: app.handler\n"
    "      Runtime: python3.12\n      Role: !GetAtt R.Arn\n"
)
QUEUE = "  Q: {Type: 'AWS::SQS::Queue'}\n"
TOPIC = "  T: {Type: 'AWS::SNS::Topic'}\n"


def resource(kind: str, properties: str, logical_id: str = "X") -> str:
    return f"  {logical_id}:\n    Type: {kind}\n    Properties: {properties}\n"


def stack_of(*resources: str) -> str:
    return "Resources:\n" + "".join(resources)


@pytest.fixture
def deployed(deployed: Deployment) -> Deployment:
    deployed.folder.add("app.py")
    return deployed


# ---- queues -----------------------------------------------------------------------------------------


def attributes(deployed: Deployment, url: str) -> dict[str, str]:
    answer = deployed.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(answer["Attributes"])


def test_a_queue_has_the_attributes_of_the_template(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            QUEUE,
            resource(
                "AWS::SQS::Queue",
                "{QueueName: jobs, VisibilityTimeout: '190', MessageRetentionPeriod: 345600, DelaySeconds: 5, "
                "ReceiveMessageWaitTimeSeconds: 20, MaximumMessageSize: 2048, SqsManagedSseEnabled: true, "
                "Tags: [{Key: team, Value: data}], "
                "RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn, maxReceiveCount: '3'}}",
            ),
        )
    )
    queue = stack.resource("X")
    found = attributes(deployed, queue.physical_id)
    asked = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds", "MaximumMessageSize")
    assert [found[name] for name in asked] == ["190", "345600", "5", "2048"]
    assert json.loads(found["RedrivePolicy"]) == {
        "deadLetterTargetArn": stack.resource("Q").arn,
        "maxReceiveCount": 3,
    }
    assert queue.attributes == {
        "Arn": found["QueueArn"],
        "QueueName": "jobs",
        "QueueUrl": queue.physical_id,
    }
    assert deployed.client("sqs").list_queue_tags(QueueUrl=queue.physical_id)["Tags"] == {"team": "data"}


def test_a_fifo_queue_without_a_name_gets_one_that_ends_in_fifo(deployed: Deployment) -> None:
    stack = deployed(stack_of(resource("AWS::SQS::Queue", "{FifoQueue: true, ContentBasedDeduplication: true}")))
    assert stack.resource("X").attributes["QueueName"].endswith(".fifo")
    assert attributes(deployed, stack.resource("X").physical_id)["ContentBasedDeduplication"] == "true"


def test_fifo_false_is_a_standard_queue(deployed: Deployment) -> None:
    stack = deployed(stack_of(resource("AWS::SQS::Queue", "{FifoQueue: false}")))
    assert not stack.resource("X").attributes["QueueName"].endswith(".fifo")


def test_a_queue_policy_is_the_policy_of_its_queues(deployed: Deployment) -> None:
    document = (
        "{Version: 2012-10-17, Statement: [{Sid: a, Effect: Allow, Principal: '*', Action: 'sqs:SendMessage', "
        "Resource: !GetAtt Q.Arn}]}"
    )
    stack = deployed(
        stack_of(QUEUE, resource("AWS::SQS::QueuePolicy", f"{{Queues: [!Ref Q], PolicyDocument: {document}}}"))
    )
    policy = json.loads(attributes(deployed, stack.resource("Q").physical_id)["Policy"])
    assert policy["Statement"][0]["Resource"] == stack.resource("Q").arn
    assert policy["Version"] == "2012-10-17"


# ---- topics -----------------------------------------------------------------------------------------


def test_a_topic_has_its_name_and_inline_subscriptions(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            resource(
                "AWS::SNS::Topic",
                "{TopicName: told, DisplayName: Told, Subscription: [{Protocol: email, Endpoint: a@example.com}]}",
            )
        )
    )
    topic = stack.resource("X")
    assert topic.physical_id == topic.arn == "arn:aws:sns:us-east-1:123456789012:told"
    assert topic.attributes["TopicName"] == "told"
    sns = deployed.client("sns")
    assert sns.get_topic_attributes(TopicArn=topic.arn)["Attributes"]["DisplayName"] == "Told"
    (found,) = sns.list_subscriptions_by_topic(TopicArn=topic.arn)["Subscriptions"]
    assert (found["Protocol"], found["Endpoint"]) == ("email", "a@example.com")


def test_a_subscription_keeps_its_filter_raw_delivery_and_redrive(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            TOPIC,
            QUEUE,
            resource(
                "AWS::SNS::Subscription",
                "{TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn, RawMessageDelivery: true, "
                "FilterPolicyScope: MessageBody, FilterPolicy: {kind: [order]}, "
                "RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn}}",
            ),
        )
    )
    arn = stack.resource("X").physical_id
    found = deployed.client("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert found["RawMessageDelivery"] == "true"
    assert json.loads(found["FilterPolicy"]) == {"kind": ["order"]}
    assert found["FilterPolicyScope"] == "MessageBody"
    assert json.loads(found["RedrivePolicy"]) == {"deadLetterTargetArn": stack.resource("Q").arn}


def test_a_protocol_that_leaves_this_process_is_refused(deployed: Deployment) -> None:
    error = deployed.refused(
        stack_of(
            TOPIC,
            resource("AWS::SNS::Subscription", "{TopicArn: !Ref T, Protocol: sms, Endpoint: '+66123456789'}"),
        )
    )
    assert 'Protocol of "X" (AWS::SNS::Subscription) cannot be "sms" here.' in str(error)


def test_a_topic_policy_is_the_policy_of_its_topics(deployed: Deployment) -> None:
    document = (
        "{Version: 2012-10-17, Statement: [{Sid: mine, Effect: Allow, Principal: '*', Action: 'sns:Publish', "
        "Resource: !Ref T}]}"
    )
    stack = deployed(
        stack_of(TOPIC, resource("AWS::SNS::TopicPolicy", f"{{Topics: [!Ref T], PolicyDocument: {document}}}"))
    )
    found = deployed.client("sns").get_topic_attributes(TopicArn=stack.resource("T").arn)["Attributes"]
    assert json.loads(found["Policy"])["Statement"][0]["Sid"] == "mine"


# ---- buckets ----------------------------------------------------------------------------------------


def test_a_bucket_has_the_configuration_of_the_template(deployed: Deployment) -> None:
    deployed(
        stack_of(
            resource(
                "AWS::S3::Bucket",
                "{BucketName: the-bucket, VersioningConfiguration: {Status: Enabled}, "
                "BucketEncryption: {ServerSideEncryptionConfiguration: [{ServerSideEncryptionByDefault: "
                "{SSEAlgorithm: AES256}, BucketKeyEnabled: true}]}, "
                "PublicAccessBlockConfiguration: {BlockPublicAcls: true, RestrictPublicBuckets: 'true'}, "
                "OwnershipControls: {Rules: [{ObjectOwnership: BucketOwnerEnforced}]}, "
                "Tags: [{Key: a, Value: b}]}",
            )
        )
    )
    s3, bucket = deployed.client("s3"), {"Bucket": "the-bucket"}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    blocked = s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"]
    assert blocked["BlockPublicAcls"] and blocked["RestrictPublicBuckets"]
    owner = s3.get_bucket_ownership_controls(**bucket)["OwnershipControls"]["Rules"][0]
    assert owner["ObjectOwnership"] == "BucketOwnerEnforced"
    assert s3.get_bucket_tagging(**bucket)["TagSet"] == [{"Key": "a", "Value": "b"}]


def test_a_bucket_notifies_queues_and_topics(deployed: Deployment) -> None:
    rules = "{S3Key: {Rules: [{Name: Prefix, Value: in/}]}}"
    stack = deployed(
        stack_of(
            resource(
                "AWS::S3::Bucket",
                f"{{NotificationConfiguration: {{QueueConfigurations: [{{Event: 's3:ObjectRemoved:*', Queue: "
                f"!GetAtt Q.Arn, Filter: {rules}}}], TopicConfigurations: [{{Event: 's3:ObjectCreated:Put', "
                "Topic: !Ref T}]}}",
            ),
            QUEUE,
            TOPIC,
        )
    )
    bucket = stack.resource("X")
    found = deployed.client("s3").get_bucket_notification_configuration(Bucket=bucket.physical_id)
    (queue,), (topic,) = found["QueueConfigurations"], found["TopicConfigurations"]
    assert (queue["QueueArn"], queue["Events"]) == (stack.resource("Q").arn, ["s3:ObjectRemoved:*"])
    assert queue["Filter"]["Key"]["FilterRules"] == [{"Name": "prefix", "Value": "in/"}]
    assert topic["TopicArn"] == stack.resource("T").arn


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ("{EventBridgeConfiguration: {}}", "EventBridgeConfiguration.EventBridgeEnabled, which AWS requires"),
        (
            "{QueueConfigurations: [{Event: 's3:ObjectCreate:*', Queue: x}]}",
            'NotificationConfiguration.QueueConfigurations[0].Event of "X" (AWS::S3::Bucket) cannot be '
            '"s3:ObjectCreate:*" here.\n  Did you mean "s3:ObjectCreated:*"?',
        ),
        ("{QueueConfigurations: [{Event: 's3:ObjectCreated:*'}]}", "QueueConfigurations[0].Queue, which AWS requires"),
        ("{QueueConfigurations: {Event: x}}", "QueueConfigurations of"),
    ],
)
def test_a_notification_that_would_never_come_is_refused(
    deployed: Deployment, configuration: str, expected: str
) -> None:
    error = deployed.refused(stack_of(resource("AWS::S3::Bucket", f"{{NotificationConfiguration: {configuration}}}")))
    assert expected in str(error)


def test_a_bucket_policy_is_put(deployed: Deployment) -> None:
    document = (
        "{Version: 2012-10-17, Statement: [{Effect: Deny, Principal: '*', Action: 's3:*', Resource: !GetAtt B.Arn}]}"
    )
    stack = deployed(
        stack_of(
            "  B: {Type: 'AWS::S3::Bucket'}\n",
            resource("AWS::S3::BucketPolicy", f"{{Bucket: !Ref B, PolicyDocument: {document}}}"),
        )
    )
    name = stack.resource("B").physical_id
    policy = json.loads(deployed.client("s3").get_bucket_policy(Bucket=name)["Policy"])
    assert policy["Statement"][0]["Resource"] == f"arn:aws:s3:::{name}"


# ---- roles and logs ---------------------------------------------------------------------------------


def test_a_role_has_its_policies(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            ROLE,
            f"      Policies: [{{PolicyName: inline, PolicyDocument: {ALLOW}}}]\n",
            resource("AWS::IAM::Policy", f"{{PolicyName: own, PolicyDocument: {ALLOW}, Roles: [!Ref R]}}", "P"),
            resource(
                "AWS::IAM::ManagedPolicy",
                '{Roles: [!Ref R], PolicyDocument: \'{"Statement": [{"Effect": "Allow", "Action": '
                '"s3:GetObject", "Resource": "*"}]}\'}',
                "M",
            ),
        )
    )
    iam, name = deployed.client("iam"), stack.resource("R").physical_id
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline", "own"]
    inline = iam.get_role_policy(RoleName=name, PolicyName="inline")["PolicyDocument"]
    assert inline["Statement"][0]["Action"] == "s3:GetObject"
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == stack.resource("M").physical_id
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == stack.resource("R").arn


def test_an_aws_managed_policy_is_known_by_its_published_arn(deployed: Deployment) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    stack = deployed(stack_of(ROLE, f"      ManagedPolicyArns: ['{arn}']\n"))
    assert stack.resource("R").properties["ManagedPolicyArns"] == [arn]


def test_an_aws_managed_policy_that_does_not_exist_is_refused(deployed: Deployment) -> None:
    arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRol"
    with pytest.raises(ScenarioError, match=r'AWSLambdaBasicExecutionRole"\?') as caught:
        deployed(stack_of(ROLE, f"      ManagedPolicyArns: ['{arn}']\n"))
    assert caught.value.where is not None and caught.value.where.line == 6


def test_a_log_group_keeps_for_as_long_as_asked(deployed: Deployment) -> None:
    stack = deployed(stack_of(resource("AWS::Logs::LogGroup", "{LogGroupName: /a/b, RetentionInDays: '14'}")))
    (group,) = deployed.client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/a/b", 14)
    assert stack.resource("X").attributes["Arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:/a/b:*"


def test_a_retention_that_aws_does_not_have_is_refused(deployed: Deployment) -> None:
    error = deployed.refused(stack_of(resource("AWS::Logs::LogGroup", "{RetentionInDays: 15}")))
    assert "is 15, which AWS does not allow.\n  Allowed: 1, 3, 5" in str(error)


# ---- functions --------------------------------------------------------------------------------------


def test_a_function_has_the_configuration_of_the_template(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            ROLE,
            QUEUE,
            FUNCTION,
            "      FunctionName: named\n      Timeout: 60\n      MemorySize: 512\n      Description: d\n"
            "      Architectures: [arm64]\n      TracingConfig: {Mode: Active}\n"
            "      EphemeralStorage: {Size: 1024}\n      ReservedConcurrentExecutions: 2\n"
            "      DeadLetterConfig: {TargetArn: !GetAtt Q.Arn}\n      Tags: [{Key: a, Value: b}]\n"
            "      Environment: {Variables: {AA: 1, BB: true, CC: 1.5, DD: !Ref Q}}\n",
        )
    )
    api = deployed.client("lambda")
    found = api.get_function_configuration(FunctionName="named")
    assert (found["Timeout"], found["MemorySize"], found["Architectures"]) == (60, 512, ["arm64"])
    assert found["EphemeralStorage"] == {"Size": 1024}
    queue = stack.resource("Q").physical_id
    assert found["Environment"]["Variables"] == {"AA": "1", "BB": "true", "CC": "1.5", "DD": queue}
    assert api.get_function_concurrency(FunctionName="named")["ReservedConcurrentExecutions"] == 2
    spec = deployed.functions.find("named")
    assert spec is not None and spec.arn == stack.resource("F").arn == found["FunctionArn"]
    assert stack.resource("F").physical_id == "named"


@pytest.mark.parametrize(
    ("more", "piece", "expected"),
    [
        ("Timeout: 901", "Timeout", 'Timeout of "F" (AWS::Lambda::Function) is 901; AWS allows 1 to 900.'),  # LAM-08
        ("MemorySize: 64", "MemorySize", "is 64; AWS allows 128 to 10240."),
        ("Environment: {Variables: {A: [1]}}", "Variables", "Environment.Variables.A of"),
        ("VpcConfig: {}", "VpcConfig", 'asks for "VpcConfig", which AWS has and nothing here behaves like yet'),
        ("LoggingConfig: {LogGroup: x}", "LogGroup", 'asks for "LoggingConfig.LogGroup", which AWS has'),
        ("Hndler: x", "Hndler", 'Did you mean "Handler"?'),
    ],
)
def test_what_a_function_cannot_have_is_refused(deployed: Deployment, more: str, piece: str, expected: str) -> None:
    error = deployed.refused(stack_of(ROLE, FUNCTION, f"      {more}\n"))
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line(piece)


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("ap.handler", 'has no module "ap".\n  Did you mean "app"?'),
        ("handler", "it must be a module and a function, as in app.handler."),
        ("pkg.nope.handler", 'has no module "pkg.nope"'),
        (".handler", "it must be a module and a function"),
    ],
)
def test_a_handler_whose_module_is_not_there_is_refused(deployed: Deployment, handler: str, expected: str) -> None:
    error = deployed.refused(stack_of(ROLE, FUNCTION.replace("app.handler", handler)))
    assert expected in str(error)
    assert error.where is not None and error.where.line == deployed.folder.line("Handler")


@pytest.mark.parametrize("handler", ["pkg.mod.handler", "pkg/mod.handler", "pkg.handler", "with-dash.handler"])
def test_a_handler_may_lie_in_a_package(deployed: Deployment, handler: str) -> None:
    for name in ("pkg/__init__.py", "pkg/mod.py", "with-dash.py"):
        deployed.folder.add(name)
    deployed(stack_of(ROLE, FUNCTION.replace("app.handler", handler)))
    assert [spec.handler for spec in deployed.functions] == [handler]


def test_a_runtime_that_is_not_python_is_refused(deployed: Deployment) -> None:
    error = deployed.refused(stack_of(ROLE, FUNCTION.replace("python3.12", "nodejs22.x")))
    assert 'is "nodejs22.x"; only Python functions run here.' in str(error)


def test_lam_27_a_folder_of_more_than_250_mb_is_refused(deployed: Deployment) -> None:
    with deployed.folder.add("model.bin").open("wb") as file:
        file.truncate(262_144_001)
    error = deployed.refused(stack_of(ROLE, FUNCTION))
    assert "Unzipped size must be smaller than 262144000 bytes (the folder " in error.problem
    assert '"F" (AWS::Lambda::Function)' in error.problem
    assert error.where is not None
    assert error.where.line == deployed.folder.line("Code: .")


@pytest.mark.parametrize("place", [".venv/lib", "venv", ".git", "__pycache__"])
def test_lam_27_what_sam_build_leaves_out_is_not_counted(deployed: Deployment, place: str) -> None:
    with deployed.folder.add(f"{place}/model.bin").open("wb") as file:
        file.truncate(262_144_001)
    deployed(stack_of(ROLE, FUNCTION))


def test_a_permission_is_a_statement_of_the_functions_policy(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            ROLE,
            FUNCTION,
            resource(
                "AWS::Lambda::Permission",
                "{FunctionName: !Ref F, Action: 'lambda:InvokeFunction', Principal: s3.amazonaws.com, "
                "SourceAccount: !Ref 'AWS::AccountId'}",
            ),
        )
    )
    name = stack.resource("F").physical_id
    policy = json.loads(deployed.client("lambda").get_policy(FunctionName=name)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Sid"] == stack.resource("X").physical_id
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}


def mapping(properties: str) -> str:
    return stack_of(
        ROLE,
        FUNCTION,
        QUEUE,
        resource(
            "AWS::Lambda::EventSourceMapping",
            f"{{FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn, {properties}}}",
        ),
    )


def test_a_mapping_has_the_settings_of_the_template(deployed: Deployment) -> None:
    stack = deployed(
        mapping(
            "BatchSize: 100, MaximumBatchingWindowInSeconds: 10, Enabled: false, "
            "FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: {MaximumConcurrency: 2}, "
            'FilterCriteria: {Filters: [{Pattern: \'{"body": {"a": [1]}}\'}]}'
        )
    )
    found = deployed.client("lambda").get_event_source_mapping(UUID=stack.resource("X").physical_id)
    assert (found["BatchSize"], found["MaximumBatchingWindowInSeconds"]) == (100, 10)
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert found["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert found["State"] == "Disabled"


def test_a_big_batch_without_a_window_is_refused(deployed: Deployment) -> None:  # ESM-01
    error = deployed.refused(mapping("BatchSize: 11"))
    assert "Maximum batch window in seconds must be greater than 0 if maximum batch size" in str(error)


def test_what_nothing_polls_is_refused_as_a_source(deployed: Deployment) -> None:
    text = mapping("BatchSize: 1").replace("!GetAtt Q.Arn", "'arn:aws:kafka:us-east-1:123456789012:cluster/s'")
    with pytest.raises(ScenarioError, match="only queues and streams of DynamoDB and Kinesis"):
        deployed(text)


def test_settings_for_asynchronous_events_are_put(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            ROLE,
            FUNCTION,
            QUEUE,
            resource(
                "AWS::Lambda::EventInvokeConfig",
                "{FunctionName: !Ref F, Qualifier: $LATEST, MaximumRetryAttempts: 0, "
                "MaximumEventAgeInSeconds: 60, DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}}",
            ),
        )
    )
    found = deployed.client("lambda").get_function_event_invoke_config(FunctionName=stack.resource("F").physical_id)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (0, 60)
    assert found["DestinationConfig"]["OnFailure"] == {"Destination": stack.resource("Q").arn}


# ---- state machines ---------------------------------------------------------------------------------

PASS = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "${Word}", "End": true}}}'


def machine(properties: str) -> str:
    return stack_of(
        ROLE, QUEUE, resource("AWS::StepFunctions::StateMachine", f"{{RoleArn: !GetAtt R.Arn, {properties}}}")
    )


def definition(deployed: Deployment, arn: str) -> Any:
    answer = deployed.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    return json.loads(answer["definition"])


@pytest.mark.parametrize(
    "source",
    [
        f"DefinitionString: '{PASS}'",
        f"Definition: {PASS}",
        "DefinitionS3Location: flow.json",
        "DefinitionS3Location: flow.yaml",
    ],
)
def test_a_definition_is_substituted_wherever_it_comes_from(deployed: Deployment, source: str) -> None:
    deployed.folder.add("flow.json", PASS)
    deployed.folder.add("flow.yaml", "StartAt: A\nStates:\n  A:\n    Type: Pass\n    Result: ${Word}\n    End: true\n")
    stack = deployed(machine(f"{source}, DefinitionSubstitutions: {{Word: !GetAtt Q.QueueName}}"))
    found = definition(deployed, stack.resource("X").arn)
    assert found["States"]["A"]["Result"] == stack.resource("Q").attributes["QueueName"]


def test_a_state_machine_has_type_logging_and_tracing(deployed: Deployment) -> None:
    stack = deployed(
        machine(
            "StateMachineName: flow, StateMachineType: EXPRESS, Definition: {StartAt: A, States: {A: {Type: "
            "Succeed}}}, TracingConfiguration: {Enabled: true}, LoggingConfiguration: {Level: ALL, "
            "Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: 'arn:aws:logs:us-east-1:1:log-group:a:*'}}]}"
        )
    )
    flow = stack.resource("X")
    found = deployed.client("stepfunctions").describe_state_machine(stateMachineArn=flow.physical_id)
    assert (found["name"], found["type"]) == ("flow", "EXPRESS")
    assert found["tracingConfiguration"] == {"enabled": True}
    assert found["loggingConfiguration"]["level"] == "ALL"
    assert flow.attributes == {"Arn": flow.physical_id, "Name": "flow"}


@pytest.mark.parametrize(
    ("properties", "file", "line", "expected"),
    [
        ("DefinitionS3Location: flow.json", "flow.json", 1, 'uses "${Word}", which DefinitionSubstitutions'),
        (
            "DefinitionS3Location: flow.json, DefinitionSubstitutions: {Wrd: x}",
            "flow.json",
            1,
            'Did you mean "Wrd"?',
        ),
        ("DefinitionS3Location: bad.json", "bad.json", 3, "This is not YAML"),
        ("DefinitionS3Location: list.json", "list.json", None, "A state machine's definition is a mapping"),
        ("DefinitionString: '{'", "template.yaml", 9, "The definition cannot be read: "),
        (f"DefinitionString: '{PASS}'", "template.yaml", 9, 'uses "${Word}"'),
        ("StateMachineName: x", "template.yaml", 9, "must have one definition and has none"),
        (
            f"Definition: {{A: b}}, DefinitionString: '{PASS}'",
            "template.yaml",
            9,
            "must have one definition and has 2 of them",
        ),
    ],
)
def test_a_definition_that_cannot_be_used_is_refused_with_file_and_line(
    deployed: Deployment, properties: str, file: str, line: int | None, expected: str
) -> None:
    deployed.folder.add("flow.json", PASS)
    deployed.folder.add("bad.json", '{\n"StartAt": "A"\n"States": {}}')
    deployed.folder.add("list.json", "[1]")
    with pytest.raises(ScenarioError) as caught:
        deployed(machine(properties))
    assert expected in str(caught.value)
    assert deployed.created == []
    where = caught.value.where
    assert where is not None and (where.path.rsplit("/", 1)[1], where.line) == (file, line)


# ---- tables -----------------------------------------------------------------------------------------

KEYS = "AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}]"


def table(properties: str = "BillingMode: PAY_PER_REQUEST", keys: str = KEYS) -> str:
    return resource("AWS::DynamoDB::Table", f"{{{keys}, {properties}}}", "Orders")


def described(deployed: Deployment, name: str) -> dict[str, Any]:
    return dict(deployed.client("dynamodb").describe_table(TableName=name)["Table"])


def test_a_table_has_the_settings_of_the_template(deployed: Deployment) -> None:
    index = "KeySchema: [{AttributeName: kind, KeyType: HASH}], Projection: {ProjectionType: ALL}"
    keys = (
        "AttributeDefinitions: [{AttributeName: id, AttributeType: S}, {AttributeName: kind, AttributeType: S}, "
        "{AttributeName: at, AttributeType: N}], "
        "KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: at, KeyType: RANGE}]"
    )
    stack = deployed(
        stack_of(
            table(
                "TableName: orders, ProvisionedThroughput: {ReadCapacityUnits: '5', WriteCapacityUnits: 5}, "
                "StreamSpecification: {StreamViewType: KEYS_ONLY}, TimeToLiveSpecification: {AttributeName: ttl, "
                "Enabled: true}, SSESpecification: {SSEEnabled: true}, Tags: [{Key: team, Value: data}], "
                "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}, GlobalSecondaryIndexes: "
                f"[{{IndexName: by-kind, {index}, ProvisionedThroughput: {{ReadCapacityUnits: 1, "
                "WriteCapacityUnits: 1}}], LocalSecondaryIndexes: [{IndexName: by-id, Projection: {ProjectionType: "
                "KEYS_ONLY}, KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: kind, KeyType: RANGE}]}]",
                keys,
            )
        )
    )
    client, found = deployed.client("dynamodb"), described(deployed, "orders")
    resource_ = stack.resource("Orders")
    assert resource_.physical_id == "orders"
    assert resource_.attributes == {"Arn": found["TableArn"], "StreamArn": found["LatestStreamArn"]}
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    assert [i["IndexName"] for i in found["GlobalSecondaryIndexes"] + found["LocalSecondaryIndexes"]] == [
        "by-kind",
        "by-id",
    ]
    assert found["SSEDescription"]["Status"] == "ENABLED"
    life = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert life == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    backups = client.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert client.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"] == [{"Key": "team", "Value": "data"}]


def test_a_table_without_a_name_gets_one(deployed: Deployment) -> None:
    name = deployed(stack_of(table())).resource("Orders").physical_id
    assert "Orders" in name
    assert "LatestStreamArn" not in described(deployed, name)


def test_the_stream_of_a_table_without_one_is_no_attribute(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError, match=r'"Orders" .* has no attribute "StreamArn"'):
        deployed(stack_of(table()) + "Outputs: {A: {Value: !GetAtt Orders.StreamArn}}\n")


def test_a_key_without_a_type_and_a_type_without_a_key_are_refused(deployed: Deployment) -> None:
    error = deployed.refused(stack_of(table(keys=KEYS.replace("{AttributeName: id, AttributeType: S}", ""))))
    assert "Some index key attributes are not defined in AttributeDefinitions. Keys: [id]" in str(error)
    more = KEYS.replace("AttributeType: S}", "AttributeType: S}, {AttributeName: other, AttributeType: S}")
    assert "Some AttributeDefinitions are not used" in str(deployed.refused(stack_of(table(keys=more))))


def test_provisioned_without_throughput_is_refused_as_aws_does(deployed: Deployment) -> None:
    with pytest.raises(ScenarioError, match="ReadCapacityUnits and WriteCapacityUnits must both be specified"):
        deployed(stack_of(table("TableName: orders")))


def test_a_kinesis_stream_of_a_table_is_refused_by_name(deployed: Deployment) -> None:
    error = deployed.refused(stack_of(table("KinesisStreamSpecification: {StreamArn: x}")))
    assert 'asks for "KinesisStreamSpecification"' in str(error)
    assert error.where is not None
    assert error.where.line == deployed.folder.line("KinesisStreamSpecification")


def test_a_mapping_of_a_stream_has_the_settings_of_the_template(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            ROLE,
            FUNCTION,
            QUEUE,
            table("BillingMode: PAY_PER_REQUEST, StreamSpecification: {StreamViewType: NEW_IMAGE}"),
            resource(
                "AWS::Lambda::EventSourceMapping",
                "{FunctionName: !Ref F, EventSourceArn: !GetAtt Orders.StreamArn, StartingPosition: LATEST, "
                "BatchSize: 100, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2, "
                "MaximumRecordAgeInSeconds: 3600, ParallelizationFactor: 3, "
                "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}}",
            ),
        )
    )
    found = deployed.client("lambda").get_event_source_mapping(UUID=stack.resource("X").physical_id)
    assert (found["StartingPosition"], found["BatchSize"], found["BisectBatchOnFunctionError"]) == ("LATEST", 100, True)
    assert (found["MaximumRetryAttempts"], found["MaximumRecordAgeInSeconds"]) == (2, 3600)
    assert found["ParallelizationFactor"] == 3
    assert found["DestinationConfig"] == {"OnFailure": {"Destination": stack.resource("Q").arn}}


def test_a_kinesis_stream_has_the_settings_of_the_template(deployed: Deployment) -> None:
    stack = deployed(
        stack_of(
            resource(
                "AWS::Kinesis::Stream",
                "{Name: clicks, ShardCount: '2', RetentionPeriodHours: 48, Tags: [{Key: team, Value: data}], "
                "StreamEncryption: {EncryptionType: KMS, KeyId: alias/aws/kinesis}}",
            )
        )
    )
    client = deployed.client("kinesis")
    found = client.describe_stream(StreamName="clicks")["StreamDescription"]
    assert (len(found["Shards"]), found["RetentionPeriodHours"], found["EncryptionType"]) == (2, 48, "KMS")
    assert client.list_tags_for_stream(StreamName="clicks")["Tags"] == [{"Key": "team", "Value": "data"}]
    assert stack.resource("X").physical_id == "clicks"
    assert stack.resource("X").arn == found["StreamARN"]


@pytest.mark.parametrize(("properties", "shards"), [("{}", 1), ("{StreamModeDetails: {StreamMode: ON_DEMAND}}", 4)])
def test_a_kinesis_stream_that_says_nothing_of_shards(deployed: Deployment, properties: str, shards: int) -> None:
    name = deployed(stack_of(resource("AWS::Kinesis::Stream", properties))).resource("X").physical_id
    found = deployed.client("kinesis").describe_stream(StreamName=name)["StreamDescription"]
    assert len(found["Shards"]) == shards


def test_a_simple_table_is_a_table_with_one_key(deployed: Deployment) -> None:
    sam = "Transform: AWS::Serverless-2016-10-31\n"
    stack = deployed(
        sam + stack_of(resource("AWS::Serverless::SimpleTable", "{PrimaryKey: {Name: n, Type: Number}}", "S"))
    )
    found = described(deployed, stack.resource("S").physical_id)
    assert found["KeySchema"] == [{"AttributeName": "n", "KeyType": "HASH"}]
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
