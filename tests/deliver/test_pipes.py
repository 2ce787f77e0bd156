from __future__ import annotations

import json

import pytest

from harness.vendor import stepfunctions_engine


def pipe(world, source, target, **options):
    made = world.cloud.client("pipes").create_pipe(
        Name="flow", RoleArn=world.role(), Source=source, Target=target, **options
    )
    return made["Arn"]


def send(world, name, *bodies):
    url = world.sqs.get_queue_url(QueueName=name)["QueueUrl"]
    for body in bodies:
        world.sqs.send_message(QueueUrl=url, MessageBody=body if isinstance(body, str) else json.dumps(body))


def bodies(queue):
    return [m.body for m in queue.contents()]


def test_without_a_template_the_target_gets_the_record_as_a_function_would(world):
    source, target = world.queue("in"), world.queue("out", policy=None)
    pipe(world, source.arn, target.arn)
    world.run(lambda: send(world, "in", {"n": 1}))
    (body,) = bodies(target)
    record = json.loads(body)
    assert (record["body"], record["eventSource"], record["eventSourceARN"]) == ('{"n": 1}', "aws:sqs", source.arn)
    assert source.contents() == []


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<$.body.n>", "1"),
        ("order <$.body.n>", "order 1"),
        ('{"n": <$.body.n>, "who": <$.body.who>}', '{"n":1,"who":"me"}'),
        ('{"all": <$.body.items[*].id>}', '{"all":[1,2]}'),
        ('{"from": "<aws.pipes.source-arn>"}', '{"from":"arn:aws:sqs:us-east-1:123456789012:in"}'),
    ],
)
def test_a_template_reshapes_each_event(world, template, expected):
    source, target = world.queue("in"), world.queue("out")
    pipe(world, source.arn, target.arn, TargetParameters={"InputTemplate": template})
    world.run(lambda: send(world, "in", {"n": 1, "who": "me", "items": [{"id": 1}, {"id": 2}]}))
    assert bodies(target) == [expected]


def test_paths_do_not_reach_into_a_body_that_is_no_json(world):
    source, target = world.queue("in"), world.queue("out")
    pipe(world, source.arn, target.arn, TargetParameters={"InputTemplate": '{"body": <$.body>}'})
    world.run(lambda: send(world, "in", "hello"))
    assert bodies(target) == ['{"body":"hello"}']


def test_a_targets_parameter_may_be_a_path_into_the_event_as_it_was_before_the_template(world):
    source, target = world.queue("in"), world.queue("out.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    given = {"InputTemplate": "<$.body.n>", "SqsQueueParameters": {"MessageGroupId": "$.body.who"}}
    pipe(world, source.arn, target.arn, TargetParameters=given)
    world.run(lambda: send(world, "in", {"n": 1, "who": "ann"}, {"n": 2, "who": "bob"}))
    assert sorted((m.body, m.group_id) for m in target.contents()) == [("1", "ann"), ("2", "bob")]


@pytest.mark.parametrize(("body", "keys"), [({"who": "ann"}, ["ann"]), ({"who": 7}, ["7"]), ({"nobody": 1}, [])])
def test_a_record_goes_to_a_stream_under_the_key_that_its_path_finds(world, body, keys):
    source = world.queue("in", VisibilityTimeout="30", MessageRetentionPeriod="60")
    kinesis = world.cloud.client("kinesis")
    kinesis.create_stream(StreamName="out", ShardCount=1)
    target = "arn:aws:kinesis:us-east-1:123456789012:stream/out"
    pipe(
        world,
        source.arn,
        target,
        TargetParameters={"KinesisStreamParameters": {"PartitionKey": "$.body.who"}},
    )
    world.run(lambda: send(world, "in", body))
    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    start = kinesis.get_shard_iterator(StreamName="out", **shard)["ShardIterator"]
    assert [record["PartitionKey"] for record in kinesis.get_records(ShardIterator=start)["Records"]] == keys
    reasons = [e.detail["reason"] for e in world.events("deliver", "dropped")]
    assert set(reasons) == (set() if keys else {"the path of the partition key finds nothing in the event"})


def test_a_function_gets_the_batch_as_a_list_and_is_waited_for(world):
    source, function = world.queue("in", VisibilityTimeout=30), world.function("do", world.FAILS, None, permits=())
    pipe(world, source.arn, function)
    world.run(lambda: send(world, "in", "a", "b"))
    assert [[r["body"] for r in call.event] for call in world.invoker.calls] == [["a", "b"]] * 2
    assert world.invoker.times("do") == [0.0, 30.0]
    assert source.contents() == []


def test_a_function_that_is_not_waited_for_is_lambdas_affair(world):
    source, function = world.queue("in"), world.function("do", world.FAILS)
    invocation = {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    pipe(world, source.arn, function, TargetParameters=invocation)
    world.run(lambda: send(world, "in", "a"))
    assert world.invoker.times("do") == [0.0, 60.0, 180.0]
    assert source.contents() == []


def test_what_the_target_does_not_take_comes_back(world):
    dead = world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2})
    source = world.queue("in", VisibilityTimeout=30, RedrivePolicy=redrive)
    pipe(world, source.arn, "arn:aws:sqs:us-east-1:123456789012:gone")
    world.run(lambda: send(world, "in", "a"))
    assert bodies(dead) == ["a"]
    assert [e.detail["reason"] for e in world.events("deliver", "dropped")] == ["the queue does not exist"] * 2


def test_a_pipe_signs_its_events_unless_it_is_told_how(world):
    source, target = world.queue("in"), world.queue("out")
    bus = world.buses.create_event_bus(Name="shop")["EventBusArn"]
    pattern = json.dumps({"source": ["Pipe flow"], "detail-type": ["Event from aws:sqs"]})
    world.buses.put_rule(Name="r", EventBusName="shop", EventPattern=pattern)
    world.buses.put_targets(Rule="r", EventBusName="shop", Targets=[{"Id": "q", "Arn": target.arn}])
    pipe(world, source.arn, bus)
    world.run(lambda: send(world, "in", "a"))
    assert json.loads(bodies(target)[0])["detail"]["body"] == "a"


def test_a_pipe_can_be_stopped_started_and_deleted(world):
    source, target = world.queue("in"), world.queue("out")
    pipe(world, source.arn, target.arn, TargetParameters={"InputTemplate": "<$.body>"})
    pipes = world.cloud.client("pipes")

    def act():
        for number, change in enumerate((pipes.stop_pipe, pipes.start_pipe, pipes.delete_pipe)):
            change(Name="flow")
            send(world, "in", f"m{number}")
            world.kernel.quiet()

    world.run(act)
    assert sorted(bodies(target)) == ["m0", "m1"]
    assert bodies(source) == ["m2"]


EXPRESS = {"StartAt": "Price", "States": {"Price": {"Type": "Pass", "Result": [{"total": 7}], "End": True}}}
FAILING = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "TooMuch"}}}


def express(world, definition):
    api = world.cloud.client("stepfunctions")
    arn = "arn:aws:iam::123456789012:role/workflow"
    return api.create_state_machine(name="m", definition=json.dumps(definition), roleArn=arn, type="EXPRESS")[
        "stateMachineArn"
    ]


@pytest.fixture
def workflows(world):
    stepfunctions_engine.apply(
        world.cloud.patches, world.kernel, on_invoke_function=lambda function, payload, cause: None
    )


def test_an_express_workflow_enriches(world, workflows):
    source, target = world.queue("in"), world.queue("out")
    pipe(world, source.arn, target.arn, Enrichment=express(world, EXPRESS))
    world.run(lambda: send(world, "in", "a"))
    assert bodies(target) == ['{"total":7}']


@pytest.mark.parametrize(("definition", "left"), [(EXPRESS, []), (FAILING, ["a"])])
def test_an_express_workflow_as_the_target_is_waited_for(world, workflows, definition, left):
    dead = world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    source = world.queue("in", VisibilityTimeout=30, RedrivePolicy=redrive)
    pipe(world, source.arn, express(world, definition))
    world.run(lambda: send(world, "in", "a"))
    assert bodies(dead) == left
    reasons = [e.detail["reason"] for e in world.events("deliver", "dropped")]
    assert reasons == ["the execution ended FAILED: TooMuch" for _ in left]


def test_a_workflow_that_is_not_waited_for_only_has_to_start(world, workflows):
    source = world.queue("in")
    parameters = {"StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"}}
    pipe(world, source.arn, express(world, FAILING), TargetParameters=parameters)
    world.run(lambda: send(world, "in", "a"))
    assert source.contents() == []


@pytest.mark.parametrize("enriched", [False, True])
def test_evb_05_a_pipe_whose_role_may_not_call_leaves_the_batch_in_its_queue(world, enriched):
    iam = world.cloud.client("iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
    iam.attach_role_policy(RoleName="reader", PolicyArn=policy)
    dead = world.queue("dead")
    redrive = json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1})
    source, function = world.queue("in", VisibilityTimeout=30, RedrivePolicy=redrive), world.function("do")
    target = {"Enrichment": function, "Target": dead.arn} if enriched else {"Target": function}
    world.cloud.client("pipes").create_pipe(Name="flow", RoleArn=role, Source=source.arn, **target)
    world.run(lambda: send(world, "in", "a"))
    assert (bodies(dead), world.invoker.calls) == (["a"], [])
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.detail["reason"].startswith('the role "reader" may not lambda:InvokeFunction on')
