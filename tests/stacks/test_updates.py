"""Updates: what can be changed is changed in place, what AWS replaces is replaced, and the rest is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stacks.conftest import QUEUE, body


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def attributes(client: Any, logical_id: str) -> Any:
    url = client.physical(logical_id)
    return client.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_resources_come_change_and_go(run: Any) -> None:
    def story(client: Any) -> None:
        client.create({"A": queue(DelaySeconds=5), "B": QUEUE})
        before = client.physical("A")
        assert client.update({"A": queue(VisibilityTimeout=70), "C": QUEUE}) == "UPDATE_COMPLETE"
        found = attributes(client, "A")
        assert (found["VisibilityTimeout"], found["DelaySeconds"]) == ("70", "0")
        assert client.physical("A") == before
        assert len(client.aws("sqs").list_queues()["QueueUrls"]) == 2
        assert [one for one in client.events() if one[0] == "s"][2:] == [
            ("s", "UPDATE_IN_PROGRESS"),
            ("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
            ("s", "UPDATE_COMPLETE"),
        ]

    run(story)


def test_what_aws_replaces_gets_another_name_and_those_that_refer_to_it_follow(run: Any) -> None:
    def story(client: Any) -> None:
        resources: dict[str, Any] = {
            "T": {"Type": "AWS::SNS::Topic"},
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "T"}}},
        }
        client.create(resources)
        before, parameter = client.physical("T"), client.physical("P")
        resources["T"]["Properties"] = {"FifoTopic": True}
        assert client.update(resources) == "UPDATE_COMPLETE"
        now = client.physical("T")
        assert now != before and now.endswith(".fifo")
        assert [t["TopicArn"] for t in client.aws("sns").list_topics()["Topics"]] == [now]
        assert client.aws("ssm").get_parameter(Name=parameter)["Parameter"]["Value"] == now

    run(story)


def test_what_has_a_name_of_its_own_cannot_be_replaced(run: Any) -> None:
    def story(client: Any) -> None:
        client.create({"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}}})
        fifo = {"T": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news", "FifoTopic": True}}}
        assert client.update(fifo) == "UPDATE_ROLLBACK_COMPLETE"
        words = "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename news"
        assert words in client.stack()["StackStatusReason"]

    run(story)


def test_what_is_not_changed_here_is_refused_by_name_before_anything_changes(run: Any) -> None:
    def story(client: Any) -> None:
        table: dict[str, Any] = {
            "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        resources: dict[str, Any] = {"Q": QUEUE, "T": {"Type": "AWS::DynamoDB::Table", "Properties": table}}
        client.create(resources)
        index = {"IndexName": "idx", "KeySchema": table["KeySchema"], "Projection": {"ProjectionType": "ALL"}}
        resources["T"]["Properties"] = {**table, "GlobalSecondaryIndexes": [index]}
        resources["Q"] = queue(DelaySeconds=7)
        assert client.update(resources) == "UPDATE_ROLLBACK_COMPLETE"
        assert (
            'GlobalSecondaryIndexes of "T" (AWS::DynamoDB::Table) cannot be changed'
            in (client.stack()["StackStatusReason"])
        )
        assert attributes(client, "Q")["DelaySeconds"] == "0"

    run(story)


def test_what_aws_refuses_on_the_way_puts_all_back(run: Any) -> None:
    def story(client: Any) -> None:
        trust = {"Version": "2012-10-17", "Statement": []}
        role = {"Type": "AWS::IAM::Role", "DependsOn": ["Q", "N"], "Properties": {"AssumeRolePolicyDocument": trust}}
        client.create({"Q": queue(DelaySeconds=5), "N": QUEUE, "R": role}, Capabilities=["CAPABILITY_IAM"])
        missing = {**role["Properties"], "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuch"]}
        changed = {
            "Q": queue(DelaySeconds=9),
            "N": queue(FifoQueue=True),
            "New": QUEUE,
            "R": {**role, "DependsOn": ["Q", "N", "New"], "Properties": missing},
        }
        before = client.physical("N")
        assert client.update(changed, Capabilities=["CAPABILITY_IAM"]) == "UPDATE_ROLLBACK_COMPLETE"
        assert "AWS has no managed policy" in client.stack()["StackStatusReason"]
        assert attributes(client, "Q")["DelaySeconds"] == "5"
        assert client.physical("N") == before
        assert len(client.aws("sqs").list_queues()["QueueUrls"]) == 2
        assert client.update({"Q": queue(DelaySeconds=9), "N": QUEUE}) == "UPDATE_COMPLETE"

    run(story)


def test_no_change_is_said_in_aws_s_words(run: Any) -> None:
    def story(client: Any) -> None:
        client.create({"Q": QUEUE})
        same = {"StackName": "s", "TemplateBody": body({"Q": QUEUE})}
        assert client.refused("update_stack", **same) == ("ValidationError", "No updates are to be performed.")
        client.api.create_change_set(**same, ChangeSetName="none")
        found = client.api.describe_change_set(StackName="s", ChangeSetName="none")
        assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
        assert found["StatusReason"] == (
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )

    run(story)


def test_a_change_set_shows_what_it_would_do_and_does_it(run: Any) -> None:
    def story(client: Any) -> None:
        first = body({"Q": QUEUE, "T": {"Type": "AWS::SNS::Topic"}})
        created = client.api.create_change_set(
            StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=first
        )
        assert client.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"
        client.api.execute_change_set(ChangeSetName=created["Id"])
        assert client.ended("s") == "CREATE_COMPLETE"
        fifo = {"Type": "AWS::SNS::Topic", "Properties": {"FifoTopic": True}}
        client.api.create_change_set(
            StackName="s", ChangeSetName="u", TemplateBody=body({"T": fifo, "Q": queue(DelaySeconds=1), "N": QUEUE})
        )
        changes = client.api.describe_change_set(StackName="s", ChangeSetName="u")["Changes"]
        shown = {
            c["ResourceChange"]["LogicalResourceId"]: (
                c["ResourceChange"]["Action"],
                c["ResourceChange"].get("Replacement"),
            )
            for c in changes
        }
        assert shown == {"T": ("Modify", "True"), "Q": ("Modify", "False"), "N": ("Add", None)}
        assert attributes(client, "Q")["DelaySeconds"] == "0"
        client.api.execute_change_set(StackName="s", ChangeSetName="u")
        assert client.ended("s") == "UPDATE_COMPLETE"
        assert attributes(client, "Q")["DelaySeconds"] == "1"

    run(story)


def test_a_change_set_that_cannot_be_carried_out_says_all_that_is_in_its_way(run: Any) -> None:
    def story(client: Any) -> None:
        bad = {"A": {"Type": "AWS::EC2::Instance"}, "B": {"Type": "AWS::EC2::VPC"}}
        made = client.api.create_change_set(
            StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body(bad)
        )
        found = client.api.describe_change_set(ChangeSetName=made["Id"])
        assert found["Status"] == "FAILED"
        assert "AWS::EC2::Instance" in found["StatusReason"] and "AWS::EC2::VPC" in found["StatusReason"]
        code = client.refused("execute_change_set", ChangeSetName=made["Id"])[0]
        assert code == "InvalidChangeSetStatus"
        client.api.delete_change_set(ChangeSetName=made["Id"])
        assert client.refused("describe_change_set", ChangeSetName=made["Id"])[0] == "ChangeSetNotFound"

    run(story)


DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
MACHINE_ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


def machine(result: str) -> dict[str, Any]:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}}
    properties = {"Definition": definition, "RoleArn": {"Fn::GetAtt": ["R", "Arn"]}}
    return {"R": MACHINE_ROLE, "M": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}


def policy(action: str) -> dict[str, Any]:
    statement = {**DOCUMENT["Statement"][0], "Action": action, "Principal": "*"}  # type: ignore[index]
    document = {**DOCUMENT, "Statement": [statement]}
    properties = {"PolicyDocument": document, "Queues": [{"Ref": "Q"}]}
    return {"Q": QUEUE, "P": {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}}


def rule(pattern: str) -> dict[str, Any]:
    properties = {
        "EventPattern": {"source": [pattern]},
        "Targets": [{"Id": pattern, "Arn": {"Fn::GetAtt": ["Q", "Arn"]}}],
    }
    return {"Q": QUEUE, "Rule": {"Type": "AWS::Events::Rule", "Properties": properties}}


def bucket(**properties: Any) -> dict[str, Any]:
    return {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}


@pytest.mark.parametrize(
    ("before", "after", "look"),
    [
        (
            machine("old"),
            machine("new"),
            lambda c: (
                "new" in c.aws("stepfunctions").describe_state_machine(stateMachineArn=c.physical("M"))["definition"]
            ),
        ),
        (policy("sqs:SendMessage"), policy("sqs:*"), lambda c: "sqs:*" in attributes(c, "Q")["Policy"]),
        (
            rule("old"),
            rule("new"),
            lambda c: (
                [t["Id"] for t in c.aws("events").list_targets_by_rule(Rule=c.physical("Rule"))["Targets"]] == ["new"]
            ),
        ),
        (
            bucket(VersioningConfiguration={"Status": "Enabled"}),
            bucket(Tags=[{"Key": "a", "Value": "b"}]),
            lambda c: c.aws("s3").get_bucket_versioning(Bucket=c.physical("B"))["Status"] == "Suspended",
        ),
    ],
    ids=["a definition", "a policy", "a rule's pattern and targets", "a bucket's settings"],
)
def test_what_is_changed_counts(run: Any, before: Any, after: Any, look: Any) -> None:
    def story(client: Any) -> None:
        client.create(before, Capabilities=["CAPABILITY_IAM"])
        assert not look(client)
        assert client.update(after, Capabilities=["CAPABILITY_IAM"]) == "UPDATE_COMPLETE", client.stack()
        assert look(client)

    run(story)
