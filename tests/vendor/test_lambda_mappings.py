"""The contract between our event source mappings and moto's Lambda."""

from __future__ import annotations

import inspect
import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto.awslambda.models import LambdaBackend
from moto.awslambda.responses import LambdaResponse

from harness.kernel.scheduler import Kernel
from harness.vendor import lambda_mappings, sqs_queue
from harness.vendor.lambda_mappings import QueueMapping
from harness.vendor.lambda_stream_mappings import StreamMapping
from harness.world.cloud import Cloud

ARN = "arn:aws:sqs:us-east-1:123456789012:jobs"
CALLS = ("create_event_source_mapping", "update_event_source_mapping", "delete_event_source_mapping")


class World:
    def __init__(self, cloud):
        self.heard: list[tuple[str, QueueMapping]] = []
        self.asked: list[tuple[str, str]] = []
        self.lacks: str | None = None
        self.client = cloud.client("lambda")
        self.sqs = cloud.client("sqs")
        self.tables = cloud.client("dynamodb")
        iam = cloud.client("iam")
        role = iam.create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("app.py", "")
        self.sqs.create_queue(QueueName="jobs")
        self.client.create_function(
            FunctionName="f",
            Role=role,
            Runtime="python3.12",
            Handler="a.b",
            Code={"ZipFile": file.getvalue()},
            Timeout=30,
        )

    def stream(self):
        made = self.tables.create_table(
            TableName="orders",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        )
        return made["TableDescription"]["LatestStreamArn"]

    def create(self, arn=ARN, **options):
        return self.client.create_event_source_mapping(EventSourceArn=arn, FunctionName="f", **options)

    def refused(self, *args, **options):
        with pytest.raises(ClientError) as caught:
            self.create(*args, **options)
        return caught.value.response["Error"]


@pytest.fixture
def world():
    kernel = Kernel()
    with Cloud(kernel) as cloud:
        sqs_queue.apply(cloud.patches, kernel)
        heard = []
        asked = []
        lambda_mappings.apply(
            cloud.patches,
            missing_permission=lambda role, queue: asked.append((role, queue)) or world.lacks,
            on_mapping_created=lambda m: heard.append(("created", m)),
            on_mapping_updated=lambda m: heard.append(("updated", m)),
            on_mapping_deleted=lambda m: heard.append(("deleted", m)),
            on_stream_created=lambda m: heard.append(("created", m)),
            on_stream_updated=lambda m: heard.append(("updated", m)),
            on_stream_deleted=lambda m: heard.append(("deleted", m)),
        )
        world = World(cloud)
        world.heard, world.asked = heard, asked
        yield world


def test_the_joints_exist():
    assert list(inspect.signature(LambdaBackend.create_event_source_mapping).parameters) == ["self", "spec"]
    assert list(inspect.signature(LambdaBackend.update_event_source_mapping).parameters) == ["self", "uuid", "spec"]
    assert list(inspect.signature(LambdaBackend.delete_event_source_mapping).parameters) == ["self", "uuid"]


def test_upstream_accepts_what_aws_refuses():
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        world.create(BatchSize=100)
        world.create()
        assert len(world.client.list_event_source_mappings()["EventSourceMappings"]) == 2


def test_undo_restores_the_same_objects():
    before = [vars(c)[n] for c in (LambdaBackend, LambdaResponse) for n in CALLS]
    with Cloud(Kernel()) as cloud:
        lambda_mappings.apply(
            cloud.patches,
            missing_permission=lambda role, queue: None,
            on_mapping_created=lambda m: None,
            on_mapping_updated=lambda m: None,
            on_mapping_deleted=lambda m: None,
            on_stream_created=lambda m: None,
            on_stream_updated=lambda m: None,
            on_stream_deleted=lambda m: None,
        )
    after = [vars(c)[n] for c in (LambdaBackend, LambdaResponse) for n in CALLS]
    assert all(a is b for a, b in zip(before, after, strict=True))


def test_a_mapping_is_heard_of_with_all_that_a_poller_needs(world):
    uuid = world.create(
        BatchSize=50,
        MaximumBatchingWindowInSeconds=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 7},
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"a": [1]}})}]},
    )["UUID"]
    function_arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    wanted = QueueMapping(uuid, ARN, function_arn, True, 50, 10, True, 7, ({"body": {"a": [1]}},))
    assert world.heard == [("created", wanted)]


def test_esm_04_a_role_that_may_not_read_the_queue_is_refused_with_the_action_that_it_lacks(world):
    world.lacks = "sqs:DeleteMessage"
    assert world.refused() == {
        "Code": "InvalidParameterValueException",
        "Message": "The function execution role does not have permissions to call DeleteMessage on SQS",
    }
    assert world.asked == [("arn:aws:iam::123456789012:role/role", ARN)]
    assert world.heard == []


def test_esm_07_states(world):
    created = world.create()
    assert (created["State"], created["ResponseMetadata"]["HTTPStatusCode"]) == ("Creating", 202)
    assert world.client.get_event_source_mapping(UUID=created["UUID"])["State"] == "Enabled"
    assert world.client.update_event_source_mapping(UUID=created["UUID"], Enabled=False)["State"] == "Updating"
    assert world.client.delete_event_source_mapping(UUID=created["UUID"])["State"] == "Deleting"
    assert [what for what, _ in world.heard] == ["created", "updated", "deleted"]
    assert [m.enabled for _, m in world.heard] == [True, False, False]


def test_esm_01_a_large_batch_needs_a_window(world):
    text = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    assert world.refused(BatchSize=11)["Message"] == text
    world.create(BatchSize=11, MaximumBatchingWindowInSeconds=1)


def test_esm_01_fifo_batches_are_of_ten_at_most_and_have_no_window(world):
    world.sqs.create_queue(QueueName="jobs.fifo", Attributes={"FifoQueue": "true"})
    assert "between 1 and 10 " in world.refused(ARN + ".fifo", BatchSize=11)["Message"]
    assert "window" in world.refused(ARN + ".fifo", MaximumBatchingWindowInSeconds=1)["Message"]


@pytest.mark.parametrize(
    ("pollers", "more", "text"),
    [
        ({"MinimumPollers": 1}, {}, "MinimumPollers must be between 2 and 200."),
        ({"MinimumPollers": 5, "MaximumPollers": 4}, {}, "not below MinimumPollers"),
        ({"MaximumPollers": 5}, {"ScalingConfig": {"MaximumConcurrency": 2}}, "cannot both be set"),
    ],
)
def test_esm_10_what_provisioned_pollers_cannot_be(world, pollers, more, text):
    assert text in world.refused(ProvisionedPollerConfig=pollers, **more)["Message"]


def test_esm_10_provisioned_pollers_are_heard_of_and_shown(world):
    made = world.create(ProvisionedPollerConfig={"MaximumPollers": 5})
    assert made["ProvisionedPollerConfig"] == {"MaximumPollers": 5}
    assert world.heard[0][1].pollers == (2, 5)
    world.client.update_event_source_mapping(UUID=made["UUID"], ProvisionedPollerConfig={"MinimumPollers": 200})
    assert world.heard[1][1].pollers == (200, 200)


def test_lam_28_a_mapping_keeps_the_alias_it_names(world):
    world.client.publish_version(FunctionName="f")
    world.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    arn = world.create()["FunctionArn"]
    aliased = world.client.create_event_source_mapping(EventSourceArn=ARN, FunctionName="f:live")
    assert aliased["FunctionArn"] == f"{arn}:live"
    assert [m.function_arn for _, m in world.heard] == [arn, f"{arn}:live"]
    world.client.update_event_source_mapping(UUID=aliased["UUID"], FunctionName=f"{arn}:1")
    assert world.heard[-1][1].function_arn == f"{arn}:1"


def test_esm_03_a_visibility_timeout_below_the_functions(world):
    world.client.update_function_configuration(FunctionName="f", Timeout=60)
    error = world.refused()
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"] == "Queue visibility timeout: 30 seconds is less than Function timeout: 60 seconds"


def test_esm_05_a_missing_queue(world):
    assert "AWS.SimpleQueueService.NonExistentQueue" in world.refused(ARN + "-nope")["Message"]


def test_esm_05_a_starting_position(world):
    assert world.refused(StartingPosition="LATEST")["Message"] == (
        "StartingPosition is not valid for SQS event sources."
    )


def test_esm_06_duplicates(world):
    uuid = world.create()["UUID"]
    error = world.refused()
    assert error["Code"] == "ResourceConflictException"
    assert error["Message"] == (
        f'An event source mapping with SQS arn (" {ARN} ") and function (" f ") already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}"
    )


def test_esm_17_a_pattern_that_is_none(world):
    for pattern in ("nope", '{"body": "x"}', "[]"):
        filters = {"Filters": [{"Pattern": pattern}]}
        assert world.refused(FilterCriteria=filters)["Message"] == "Invalid filter pattern definition."


def test_an_update_is_checked_with_what_was_there(world):
    uuid = world.create(BatchSize=11, MaximumBatchingWindowInSeconds=1)["UUID"]
    with pytest.raises(ClientError, match="Maximum batch window"):
        world.client.update_event_source_mapping(UUID=uuid, MaximumBatchingWindowInSeconds=0)


# -- streams --------------------------------------------------------------------------------------


def test_upstream_takes_a_stream_without_a_starting_position():
    with Cloud(Kernel()) as cloud:
        world = World(cloud)
        assert world.create(world.stream())["StartingPosition"] == "TRIM_HORIZON"


def test_a_mapping_of_a_stream_is_heard_of_with_all_that_a_poller_needs(world):
    arn = world.stream()
    uuid = world.create(
        arn,
        StartingPosition="LATEST",
        BatchSize=50,
        MaximumBatchingWindowInSeconds=10,
        MaximumRetryAttempts=3,
        MaximumRecordAgeInSeconds=60,
        BisectBatchOnFunctionError=True,
        ParallelizationFactor=2,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": ARN}},
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
    )["UUID"]
    assert world.heard == [
        (
            "created",
            StreamMapping(
                uuid,
                arn,
                "arn:aws:lambda:us-east-1:123456789012:function:f",
                starts_at="LATEST",
                batch_size=50,
                window_s=10,
                retries=3,
                maximum_age_s=60,
                bisects=True,
                lanes=2,
                reports_item_failures=True,
                on_failure_arn=ARN,
                filters=({"eventName": ["INSERT"]},),
            ),
        )
    ]
    world.client.update_event_source_mapping(UUID=uuid, MaximumRetryAttempts=-1)
    world.client.delete_event_source_mapping(UUID=uuid)
    assert [what for what, _ in world.heard] == ["created", "updated", "deleted"]
    assert world.heard[1][1].retries is None


def test_esm_23_a_stream_has_batches_of_a_hundred_unless_it_says_otherwise(world):
    world.create(world.stream(), StartingPosition="LATEST")
    ((_, mapping),) = world.heard
    assert (mapping.batch_size, mapping.retries, mapping.maximum_age_s, mapping.lanes) == (100, None, None, 1)


def test_esm_22_a_stream_needs_a_starting_position(world):
    error = world.refused(world.stream())
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith("1 validation error detected: Value null at 'startingPosition' failed")


def test_esm_22_only_kinesis_starts_at_a_time(world):
    arn = world.stream()
    error = world.refused(arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=0)
    assert error["Message"] == f"Unsupported starting position for arn type: {arn}"
    assert "MISTAKE" in world.refused(arn, StartingPosition="MISTAKE")["Message"]
    error = world.refused(arn, StartingPosition="LATEST", StartingPositionTimestamp=0)
    assert "StartingPositionTimestamp" in error["Message"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MaximumBatchingWindowInSeconds", 301),
        ("MaximumRetryAttempts", 10_001),
        ("MaximumRetryAttempts", -2),
        ("MaximumRecordAgeInSeconds", 604_801),
        ("MaximumRecordAgeInSeconds", 59),
        ("ParallelizationFactor", 11),
        ("ParallelizationFactor", 0),
        ("TumblingWindowInSeconds", 901),
    ],
)
def test_esm_23_numbers_out_of_their_range_are_refused(world, name, value):
    with pytest.raises((ClientError, ParamValidationError)) as caught:
        world.create(world.stream(), StartingPosition="LATEST", **{name: value})
    assert name in str(caught.value)


@pytest.mark.parametrize("target", ["arn:aws:lambda:us-east-1:123456789012:function:f", ARN + ".fifo"])
def test_esm_25_what_fails_goes_to_a_queue_or_a_topic(world, target):
    config = {"OnFailure": {"Destination": target}}
    assert target in world.refused(world.stream(), StartingPosition="LATEST", DestinationConfig=config)["Message"]


def test_esm_06_a_second_mapping_of_a_stream_to_one_function(world):
    arn = world.stream()
    uuid = world.create(arn, StartingPosition="LATEST")["UUID"]
    assert world.refused(arn, StartingPosition="LATEST")["Message"] == (
        f'The event source arn (" {arn} ") and function (" f ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}"
    )
