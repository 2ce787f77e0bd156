"""Stacks come, are shown and go through CloudFormation's API, in CloudFormation's words."""

from __future__ import annotations

from typing import Any

from tests.stacks.conftest import QUEUE, body

DLQ = {
    "Dead": QUEUE,
    "Jobs": {
        "Type": "AWS::SQS::Queue",
        "Properties": {
            "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 3},
            "VisibilityTimeout": {"Ref": "Seconds"},
        },
    },
}
SECTIONS = {
    "Description": "Queues.",
    "Parameters": {"Seconds": {"Type": "Number", "Default": 5}},
    "Outputs": {"Url": {"Value": {"Ref": "Jobs"}, "Description": "Where.", "Export": {"Name": "jobs"}}},
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}


def test_a_stack_stands_with_its_parameters_outputs_exports_and_tags(run: Any) -> None:
    def story(client: Any) -> None:
        given = [{"ParameterKey": "Seconds", "ParameterValue": "40"}]
        tags = [{"Key": "team", "Value": "orders"}]
        assert client.create(DLQ, sections=SECTIONS, Parameters=given, Tags=tags) == "CREATE_COMPLETE"
        stack = client.stack()
        assert stack["Outputs"] == [
            {
                "OutputKey": "Url",
                "OutputValue": client.physical("Jobs"),
                "Description": "Where.",
                "ExportName": "jobs",
            }
        ]
        assert (stack["Parameters"], stack["Tags"], stack["Description"]) == (given, tags, "Queues.")
        found = client.aws("sqs").get_queue_attributes(QueueUrl=client.physical("Jobs"), AttributeNames=["All"])
        assert found["Attributes"]["VisibilityTimeout"] == "40"
        assert client.api.list_exports()["Exports"][0]["Name"] == "jobs"

    run(story)


def test_its_events_are_cloudformation_s(run: Any) -> None:
    def story(client: Any) -> None:
        client.create(DLQ, sections=SECTIONS)
        assert client.events() == [
            ("s", "CREATE_IN_PROGRESS"),
            ("Dead", "CREATE_IN_PROGRESS"),
            ("Dead", "CREATE_COMPLETE"),
            ("Jobs", "CREATE_IN_PROGRESS"),
            ("Jobs", "CREATE_COMPLETE"),
            ("s", "CREATE_COMPLETE"),
        ]
        resources = client.api.list_stack_resources(StackName="s")["StackResourceSummaries"]
        assert [r["LogicalResourceId"] for r in resources] == ["Dead", "Jobs"]

    run(story)


def test_what_is_not_honoured_ends_in_a_rollback_that_names_line_resource_and_property(run: Any) -> None:
    def story(client: Any) -> None:
        template = "Resources:\n  Raw:\n    Type: AWS::S3::Bucket\n    Properties:\n      ObjectLockEnabled: true\n"
        client.api.create_stack(StackName="s", TemplateBody=template)
        assert client.ended("s") == "ROLLBACK_COMPLETE"
        events = client.api.describe_stack_events(StackName="s")["StackEvents"]
        reason = next(e["ResourceStatusReason"] for e in events if e["LogicalResourceId"] == "Raw")
        assert reason.startswith("s.template:5  Resources.Raw.Properties.ObjectLockEnabled: ")
        assert client.aws("s3").list_buckets()["Buckets"] == []
        assert client.refused("update_stack", StackName="s", TemplateBody=body({"Q": QUEUE}))[1].endswith(
            "is in ROLLBACK_COMPLETE state and can not be updated."
        )

    run(story)


def test_what_aws_refuses_on_the_way_takes_all_back(run: Any) -> None:
    def story(client: Any) -> None:
        unknown = {**ROLE["Properties"], "ManagedPolicyArns": ["arn:aws:iam::aws:policy/NoSuch"]}
        resources = {"Q": QUEUE, "R": {"Type": "AWS::IAM::Role", "Properties": unknown, "DependsOn": "Q"}}
        assert client.create(resources, Capabilities=["CAPABILITY_IAM"]) == "ROLLBACK_COMPLETE"
        assert ("Q", "DELETE_COMPLETE") in client.events()
        assert "QueueUrls" not in client.aws("sqs").list_queues()
        kept = {"StackName": "kept", "TemplateBody": body(resources), "Capabilities": ["CAPABILITY_IAM"]}
        client.api.create_stack(**kept, OnFailure="DO_NOTHING")
        assert client.ended("kept") == "CREATE_FAILED"
        assert len(client.aws("sqs").list_queues()["QueueUrls"]) == 1

    run(story)


def test_roles_and_transforms_ask_for_their_capabilities(run: Any) -> None:
    def story(client: Any) -> None:
        named = {"R": {"Type": "AWS::IAM::Role", "Properties": {**ROLE["Properties"], "RoleName": "r"}}}
        sam = body({"Q": QUEUE}, {"sections": {"Transform": "AWS::Serverless-2016-10-31"}})
        code = "InsufficientCapabilitiesException"
        assert client.refused("create_stack", StackName="s", TemplateBody=body({"R": ROLE})) == (
            code,
            "Requires capabilities : [CAPABILITY_IAM]",
        )
        assert client.refused(
            "create_stack", StackName="s", TemplateBody=body(named), Capabilities=["CAPABILITY_IAM"]
        ) == (code, "Requires capabilities : [CAPABILITY_NAMED_IAM]")
        assert client.refused("create_stack", StackName="s", TemplateBody=sam) == (
            code,
            "Requires capabilities : [CAPABILITY_AUTO_EXPAND]",
        )

    run(story)


def test_what_cannot_be_asked_is_refused_in_aws_s_words(run: Any) -> None:
    def story(client: Any) -> None:
        one = body({"Q": QUEUE})
        client.create({"Q": QUEUE})
        assert client.refused("create_stack", StackName="s", TemplateBody=one) == (
            "AlreadyExistsException",
            "Stack [s] already exists",
        )
        assert client.refused("describe_stacks", StackName="no")[1] == "Stack with id no does not exist"
        assert client.refused("describe_stack_events", StackName="no")[1] == "Stack [no] does not exist"
        unknown = [{"ParameterKey": "X", "ParameterValue": "1"}]
        words = client.refused("create_stack", StackName="t", TemplateBody=one, Parameters=unknown)[1]
        assert words == "Parameters: [X] do not exist in the template"
        assert "Template format error" in client.refused("validate_template", TemplateBody="no: template")[1]
        assert client.refused("create_stack", StackName="1", TemplateBody=one)[0] == "ValidationError"

    run(story)


def test_paths_in_a_sent_template_are_not_looked_for_on_this_disk(run: Any) -> None:
    def story(client: Any) -> None:
        code = {"Code": "/etc", "Handler": "a.b", "Runtime": "python3.12", "Role": "arn:aws:iam::123456789012:role/r"}
        assert client.create({"F": {"Type": "AWS::Lambda::Function", "Properties": code}}) == "ROLLBACK_COMPLETE"
        assert "aws cloudformation package" in client.stack()["StackStatusReason"]
        include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "/etc/passwd"}}}
        bad = {"Q": {"Type": "AWS::SQS::Queue", "Properties": include}}
        assert client.create(bad, "t") == "ROLLBACK_COMPLETE"
        assert "was sent here without the file" in client.stack("t")["StackStatusReason"]

    run(story)


def test_a_template_in_s3_is_taken_from_there(run: Any) -> None:
    def story(client: Any) -> None:
        client.aws("s3").create_bucket(Bucket="templates")
        client.aws("s3").put_object(Bucket="templates", Key="a/b.json", Body=body({"Q": QUEUE}).encode())
        places = (
            "https://s3.amazonaws.com/templates/a/b.json",
            "https://templates.s3.us-east-1.amazonaws.com/a/b.json",
            "http://localhost:4566/templates/a/b.json",
        )
        for number, place in enumerate(places):
            client.api.create_stack(StackName=f"s{number}", TemplateURL=place)
            assert client.ended(f"s{number}") == "CREATE_COMPLETE"
        missing = client.refused("create_stack", StackName="t", TemplateURL="https://s3.amazonaws.com/templates/no")
        assert missing == ("ValidationError", "S3 error: The specified key does not exist.")

    run(story)


def test_a_nested_stack_in_s3_stands_and_goes_with_the_one_around(run: Any) -> None:
    def story(client: Any) -> None:
        client.aws("s3").create_bucket(Bucket="templates")
        inner = body({"Q": QUEUE}, {"sections": {"Outputs": {"Url": {"Value": {"Ref": "Q"}}}}})
        client.aws("s3").put_object(Bucket="templates", Key="inner.json", Body=inner.encode())
        url = "https://s3.amazonaws.com/templates/inner.json"
        nested = {"In": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}
        outputs = {"Outputs": {"Url": {"Value": {"Fn::GetAtt": ["In", "Outputs.Url"]}}}}
        assert client.create(nested, sections=outputs) == "CREATE_COMPLETE"
        assert client.aws("sqs").list_queues()["QueueUrls"] == [client.outputs()["Url"]]
        bigger = body({"Q": QUEUE, "P": QUEUE}, {"sections": {"Outputs": {"Url": {"Value": {"Ref": "P"}}}}})
        client.aws("s3").put_object(Bucket="templates", Key="bigger.json", Body=bigger.encode())
        nested["In"]["Properties"]["TemplateURL"] = "https://s3.amazonaws.com/templates/bigger.json"
        assert client.update(nested, sections=outputs) == "UPDATE_COMPLETE"
        assert client.outputs()["Url"] in client.aws("sqs").list_queues()["QueueUrls"]
        assert len(client.aws("sqs").list_queues()["QueueUrls"]) == 2
        assert client.delete() == "DELETE_COMPLETE"
        assert "QueueUrls" not in client.aws("sqs").list_queues()

    run(story)


def test_deletion_goes_backwards_keeps_what_is_retained_and_stops_at_a_bucket_that_is_not_empty(run: Any) -> None:
    def story(client: Any) -> None:
        resources = {"Kept": {**QUEUE, "DeletionPolicy": "Retain"}, "Raw": {"Type": "AWS::S3::Bucket"}, **DLQ}
        client.create(resources, sections=SECTIONS)
        client.aws("s3").put_object(Bucket=client.physical("Raw"), Key="k", Body=b"")
        assert client.delete() == "DELETE_FAILED"
        assert client.stack()["StackStatusReason"] == "The following resource(s) failed to delete: [Raw]. "
        went = [i for i, status in client.events() if status in ("DELETE_COMPLETE", "DELETE_SKIPPED")]
        assert went == ["Jobs", "Dead", "Kept"]
        client.aws("s3").delete_object(Bucket=client.physical("Raw"), Key="k")
        assert client.delete() == "DELETE_COMPLETE"
        assert client.refused("describe_stacks", StackName="s")[1] == "Stack with id s does not exist"
        assert len(client.aws("sqs").list_queues()["QueueUrls"]) == 1
        assert client.create({"Q": QUEUE}) == "CREATE_COMPLETE"

    run(story)


def test_an_export_in_use_keeps_its_stack(run: Any) -> None:
    def story(client: Any) -> None:
        client.create(DLQ, sections=SECTIONS)
        uses = {
            "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::ImportValue": "jobs"}}}
        }
        assert client.create(uses, "user") == "CREATE_COMPLETE"
        assert client.api.list_imports(ExportName="jobs")["Imports"] == ["user"]
        assert client.delete() == "DELETE_FAILED"
        assert client.stack()["StackStatusReason"] == "Export jobs cannot be deleted as it is in use by user"
        assert client.delete("user") == "DELETE_COMPLETE"
        assert client.delete() == "DELETE_COMPLETE"

    run(story)


def test_a_template_says_what_it_needs(run: Any) -> None:
    def story(client: Any) -> None:
        template = body({"R": ROLE}, {"sections": {**SECTIONS, "Outputs": {}}})
        found = client.api.get_template_summary(TemplateBody=template)
        assert (found["Capabilities"], found["ResourceTypes"]) == (["CAPABILITY_IAM"], ["AWS::IAM::Role"])
        assert found["Parameters"][0]["DefaultValue"] == "5"
        assert client.api.validate_template(TemplateBody=template)["Description"] == "Queues."

    run(story)


def test_termination_protection_keeps_a_stack(run: Any) -> None:
    def story(client: Any) -> None:
        client.create({"Q": QUEUE}, EnableTerminationProtection=True)
        words = client.refused("delete_stack", StackName="s")[1]
        assert words == "Stack [s] cannot be deleted while TerminationProtection is enabled"
        client.api.update_termination_protection(StackName="s", EnableTerminationProtection=False)
        assert client.delete() == "DELETE_COMPLETE"

    run(story)
