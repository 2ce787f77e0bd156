"""When alarms change their state, who is told, and what a run waits for."""

from __future__ import annotations

import json

import pytest

MINUTE = 60
NAME = "in US East (N. Virginia)"


def test_cw_05_a_new_alarm_knows_nothing_yet(world):
    world.alarm()
    described = world.described()
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert described["StateReason"] == "Unchecked: Initial alarm creation"


def test_cw_07_an_alarm_is_looked_at_when_the_minute_ends_and_a_run_waits_for_that(world):
    world.alarm()
    world.run(lambda: world.put(3))
    assert world.changes() == [(60, "ALARM")]
    assert world.described()["StateReason"] == (
        "Threshold Crossed: 1 datapoint [3.0 (15/01/30 09:00:00)] was greater than the threshold (0.0)."
    )
    assert world.subjects() == [f'ALARM: "alarm" {NAME}']


def test_cw_12_the_topic_gets_cloudwatchs_notification(world):
    world.alarm(AlarmDescription="look", Dimensions=[{"Name": "Shop", "Value": "a"}], DatapointsToAlarm=1, Unit="Count")
    world.run(lambda: world.put(1, Dimensions=[{"Name": "Shop", "Value": "a"}], Unit="Count"))
    (mail,) = world.engines.inbox.messages
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm"
    assert json.loads(mail.body) == {
        "AlarmName": "alarm",
        "AlarmDescription": "look",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2030-01-15T09:00:00.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [1.0 (15/01/30 09:00:00)] was greater "
        "than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).",
        "StateChangeTime": "2030-01-15T09:01:00.000+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": arn,
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": [world.bell],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Failed",
            "Namespace": "Orders",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": "Count",
            "Dimensions": [{"value": "a", "name": "Shop"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_a_run_does_not_wait_for_an_alarm_to_calm_down_but_time_that_passes_calms_it(world):
    world.alarm(TreatMissingData="notBreaching", OKActions=[world.bell])

    def act():
        world.put(1)
        world.kernel.quiet()
        assert world.state() == "ALARM"
        assert world.kernel.clock.elapsed_us / 1e6 == pytest.approx(60.02)
        world.kernel.sleep(10 * MINUTE)

    world.run(act)
    # One of one, in a range of three minutes: the point is gone after the third.
    assert world.changes() == [(60, "ALARM"), (240, "OK")]
    assert world.subjects() == [f'ALARM: "alarm" {NAME}', f'OK: "alarm" {NAME}']


def test_a_run_does_not_wait_for_what_changes_nothing(world):
    world.alarm(TreatMissingData="notBreaching")

    def act():
        world.kernel.sleep(MINUTE + 1)
        assert world.state() == "OK"
        world.put(0)

    assert world.run(act) == MINUTE + 1


def test_a_good_datapoint_ends_an_alarm_and_a_run_waits_for_that(world):
    world.alarm()

    def act():
        world.put(1)
        world.kernel.quiet()
        world.put(0)

    world.run(act)
    assert world.changes() == [(60, "ALARM"), (120, "OK")]


def test_cw_08_two_of_three_need_two(world):
    world.alarm(EvaluationPeriods=3, DatapointsToAlarm=2, TreatMissingData="notBreaching")

    def act():
        world.put(1)
        world.kernel.sleep(2 * MINUTE)
        assert world.state() == "OK"
        world.put(1)

    world.run(act)
    assert world.changes() == [(60, "OK"), (180, "ALARM")]


def test_cw_10_a_breaching_point_that_stays_alone_grows_old_enough_and_a_run_waits_for_that(world):
    world.alarm(EvaluationPeriods=3)
    assert world.run(lambda: world.put(1)) == pytest.approx(3 * MINUTE + 0.02)
    assert world.changes() == [(180, "ALARM")]


def test_periods_of_five_minutes_are_looked_at_every_minute(world):
    world.alarm(Period=300, Threshold=2, TreatMissingData="notBreaching")

    def act():
        world.kernel.sleep(90)
        world.put(1)
        world.kernel.sleep(2 * MINUTE)
        world.put(2)

    world.run(act)
    assert world.changes() == [(60, "OK"), (240, "ALARM")]


def test_high_resolution_is_looked_at_every_ten_seconds(world):
    world.alarm(Period=10)
    world.run(lambda: world.put(1, StorageResolution=1))
    assert world.changes() == [(10, "ALARM")]


def test_dimensions_tell_metrics_apart(world):
    world.alarm(Dimensions=[{"Name": "Shop", "Value": "a"}])
    world.run(lambda: (world.put(1), world.put(1, Dimensions=[{"Name": "Shop", "Value": "b"}])))
    assert world.changes() == []


def test_cw_11_what_dynamodb_does_not_say_changes_nothing(world):
    world.alarm(Namespace="AWS/DynamoDB", MetricName="ThrottledRequests", TreatMissingData="breaching")
    world.run(lambda: world.kernel.sleep(600))
    assert world.changes() == []


def test_silence_is_an_alarm_where_missing_data_is_breaching(world):
    world.alarm(TreatMissingData="breaching", Threshold=1, ComparisonOperator="LessThanThreshold")

    def act():
        world.put(1)
        world.kernel.quiet()
        assert world.state() == "OK"
        world.kernel.sleep(10 * MINUTE)

    world.run(act)
    assert world.changes() == [(60, "OK"), (240, "ALARM")]


def test_percentiles_and_metric_math_are_computed(world):
    world.alarm("slow", MetricName="Took", ExtendedStatistic="p90", Threshold=5)
    metric = {"Namespace": "Orders", "Dimensions": []}
    queries = [
        {"Id": "rate", "Expression": "100 * failed / calls", "ReturnData": True},
        *(
            {
                "Id": id,
                "ReturnData": False,
                "MetricStat": {"Metric": metric | {"MetricName": n}, "Period": 60, "Stat": "Sum"},
            }
            for id, n in (("failed", "Failed"), ("calls", "Calls"))
        ),
    ]
    world.alarm("rate", Metrics=queries, Threshold=10)

    def act():
        data = {"MetricName": "Took", "Values": [1.0, 9.0], "Counts": [80.0, 20.0]}
        world.cloudwatch.put_metric_data(Namespace="Orders", MetricData=[data])
        world.put(2)
        world.put(10, "Calls")

    world.run(act)
    assert world.changes("slow") == world.changes("rate") == [(60, "ALARM")]
    assert "[20.0 (15/01/30 09:00:00)]" in world.described("rate")["StateReason"]


# -- actions --------------------------------------------------------------------------------------


def test_cw_05_actions_follow_a_change_only(world):
    world.alarm()

    def act():
        for _ in range(3):
            world.put(1)
            world.kernel.sleep(MINUTE)

    world.run(act)
    assert len(world.subjects()) == 1


def test_actions_that_are_switched_off_do_not_run_and_the_state_changes_all_the_same(world):
    world.alarm(ActionsEnabled=False)
    world.run(lambda: world.put(1))
    assert (world.state(), world.subjects()) == ("ALARM", [])


def test_cw_14_a_topic_that_does_not_let_cloudwatch_in_is_not_told(world):
    closed = world.topic("closed", json.dumps({"Version": "2012-10-17", "Statement": []}))
    world.alarm(AlarmActions=[closed])
    world.run(lambda: world.put(1))
    (dropped,) = world.events("deliver", "dropped")
    assert dropped.who == closed
    assert "cloudwatch.amazonaws.com may not sns:Publish" in dropped.detail["reason"]


def test_cw_14_the_policy_that_a_topic_has_from_the_start_lets_cloudwatch_in(world):
    topic = world.topic("plain", None)
    world.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="team@example.com")
    world.alarm(AlarmActions=[topic])
    world.run(lambda: world.put(1))
    assert world.subjects() == [f'ALARM: "alarm" {NAME}']


def test_cw_15_a_function_is_invoked_with_the_alarm_if_it_lets_alarms_in(world):
    let_in = world.function("healer", permits=["lambda.alarms.cloudwatch"])
    kept_out = world.function("closed", permits=["cloudwatch"])
    world.alarm(AlarmActions=[let_in, kept_out])
    world.run(lambda: world.put(1))
    (call,) = world.invoker.calls
    assert call.function == "healer"
    data = call.event.pop("alarmData")
    assert call.event == {
        "source": "aws.cloudwatch",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm",
        "accountId": "123456789012",
        "time": "2030-01-15T09:01:00.000+0000",
        "region": "us-east-1",
    }
    assert (data["alarmName"], data["state"]["value"]) == ("alarm", "ALARM")
    assert data["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = data["configuration"]["metrics"]
    assert metric["metricStat"] == {
        "metric": {"dimensions": {}, "name": "Failed", "namespace": "Orders"},
        "period": 60,
        "stat": "Sum",
    }
    assert [e.who for e in world.events("deliver", "dropped")] == [kept_out]


def test_the_default_bus_hears_of_every_change(world):
    queue = world.queue("heard")
    pattern = {"source": ["aws.cloudwatch"], "detail": {"state": {"value": ["ALARM"]}}}
    world.buses.put_rule(Name="rule", EventPattern=json.dumps(pattern))
    world.buses.put_targets(Rule="rule", Targets=[{"Id": "q", "Arn": queue.arn}])
    world.alarm(AlarmActions=[])
    world.run(lambda: world.put(1))
    (message,) = queue.contents()
    event = json.loads(message.body)
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["resources"] == ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:alarm"]
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert json.loads(event["detail"]["state"]["reasonData"])["recentDatapoints"] == [1.0]


def test_cw_06_a_state_that_somebody_set_acts_and_lasts_until_the_next_look(world):
    world.alarm(TreatMissingData="notBreaching", OKActions=[world.bell])

    def act():
        world.kernel.sleep(90)
        world.cloudwatch.set_alarm_state(AlarmName="alarm", StateValue="ALARM", StateReason="drill")
        world.kernel.quiet()
        assert world.described()["StateReason"] == "drill"
        world.kernel.sleep(MINUTE)

    world.run(act)
    assert world.changes() == [(60, "OK"), (90, "ALARM"), (120, "OK")]
    assert [s.partition(":")[0] for s in world.subjects()] == ["OK", "ALARM", "OK"]


def test_cw_06_an_alarm_that_is_put_again_keeps_its_state(world):
    world.alarm()

    def act():
        world.put(1)
        world.kernel.quiet()
        world.alarm(Threshold=5)
        assert world.state() == "ALARM"
        world.kernel.sleep(MINUTE)

    world.run(act)
    assert world.state() == "OK"


def test_an_alarm_that_is_deleted_tells_nobody(world):
    world.alarm()

    def act():
        world.put(1)
        world.cloudwatch.delete_alarms(AlarmNames=["alarm"])

    world.run(act)
    assert world.subjects() == []


def test_an_idle_day_with_ten_alarms_costs_a_few_looks(world):
    queues = [world.queue(f"q{n}") for n in range(5)]
    for n, queue in enumerate(queues):
        dimensions = [{"Name": "QueueName", "Value": queue.arn.rpartition(":")[2]}]
        name = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage")[n % 2]
        world.alarm(f"depth{n}", Namespace="AWS/SQS", MetricName=name, Dimensions=dimensions, Statistic="Maximum")
        world.alarm(f"errors{n}", Namespace="AWS/Lambda", MetricName="Errors", EvaluationPeriods=5)
    steps = world.kernel.step
    world.run(lambda: world.kernel.sleep(86_400))
    assert world.kernel.step - steps < 200
