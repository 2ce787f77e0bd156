"""``harness init``: a stranger's first scenario is green."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli import main

ROOT = Path(__file__).parents[2]
# These need to be told something that only a scenario can say: the exit code, and what is said.
NOT_BY_THEMSELVES = {
    "lambdas/behaviours/language/audit": (2, 'Fn::FindInMap finds no "1" in the mappings.'),
}
PIPELINES = sorted(p.parent.relative_to(ROOT).as_posix() for p in ROOT.glob("lambdas/*/**/template.yaml"))


def harness(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").touch()
    shutil.copytree(ROOT / "lambdas", tmp_path / "lambdas")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "pipeline",
    [
        *(p for p in PIPELINES if p not in NOT_BY_THEMSELVES),
        "lambdas/examples/cdk_jobs/cdk.out",
        "lambdas/examples/cdk_uploads/cdk.out",
        "lambdas/examples/terraform_jobs/plan.json",
    ],
)
def test_the_printed_command_runs_what_was_written_and_all_is_green(pipeline: str) -> None:
    written = harness("init", pipeline)
    assert (written.exit_code, written.stderr) == (0, "")
    command = shlex.split(written.stdout.splitlines()[-1])
    assert command[:2] == ["harness", "run"]
    ran = harness(*command[1:])
    assert ran.exit_code == 0, ran.stdout
    count = len(written.stdout.splitlines()) - 3
    assert ran.stdout.splitlines()[-1].startswith(f"{count} passed")


@pytest.mark.parametrize(
    ("pipeline", "entries"),
    [
        (
            "lambdas/examples/items_api",
            [
                "POST / of ServerlessRestApi is answered",
                "GET / of ServerlessRestApi is answered",
                "GET /example-1 of ServerlessRestApi is answered",
            ],
        ),
        ("lambdas/behaviours/streams", ["an item put into Orders reaches its readers"]),
        (
            "lambdas/behaviours/fifo",
            ["a message in Jobs reaches Worker", "a message published to Announcements reaches its subscribers"],
        ),
        ("lambdas/behaviours/kinesis", ["a record put into Clicks reaches its readers"]),
        (
            "lambdas/behaviours/http",
            [
                "POST /work of Rest is answered",
                "POST /work of Http is answered",
                "POST /jobs of Plain is answered",
                "GET /forgotten of Plain is answered",
                "GET / of WorkerUrl is answered",
            ],
        ),
    ],
)
def test_each_way_in_has_its_scenario(pipeline: str, entries: list[str]) -> None:
    written = harness("init", pipeline)
    assert [line.strip() for line in written.stdout.splitlines()[1:-2]] == entries


def test_what_cdk_adds_to_a_bucket_is_a_way_in_and_its_own_functions_are_none() -> None:
    written = harness("init", "lambdas/examples/cdk_uploads/cdk.out", "-o", "a.yaml")
    assert [line.strip() for line in written.stdout.splitlines()[1:-2]] == [
        "an upload of example.csv to Uploads reaches Counter"
    ]
    said = Path("a.yaml").read_text(encoding="utf-8")
    assert "  - function: {name: Counter, invocations: 1, errors: 0}\n" in said
    assert "NotificationsHandler" not in said


CALLED_OVER_A_SOCKET = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Echo:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {"statusCode": 200, "body": event["body"]}
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.do.what}
  Live:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Chat, StageName: live, AutoDeploy: true}
  MayCall:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Echo, Principal: apigateway.amazonaws.com}
  Call:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: AWS_PROXY
      IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Echo.Arn}/invocations"
  OnSay:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Chat
      RouteKey: say
      RouteResponseSelectionExpression: $default
      Target: !Sub "integrations/${Call}"
  SayAnswer:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Chat, RouteId: !Ref OnSay, RouteResponseKey: $default}
  OnLeave:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Chat, RouteKey: $disconnect, Target: !Sub "integrations/${Call}"}
"""


def test_a_client_of_a_websocket_api_says_something_for_each_route_and_leaves() -> None:
    Path("template.yaml").write_text(CALLED_OVER_A_SOCKET)
    written = harness("init", "template.yaml", "-o", "a.yaml")
    assert [line.strip() for line in written.stdout.splitlines()[1:-2]] == ["a client comes to Chat"]
    said = Path("a.yaml").read_text(encoding="utf-8")
    assert "  - say: {client: somebody, json: {do: {what: say}, id: example-1}}\n" in said
    assert "  - disconnect: {client: somebody}\n" in said
    assert "  - connection: {client: somebody, status: 200, open: false, count: 1}\n" in said


def test_a_client_that_is_not_let_in_says_nothing() -> None:
    harness("init", "lambdas/behaviours/chat", "-o", "a.yaml")
    said = Path("a.yaml").read_text(encoding="utf-8")
    assert "# Today somebody was not let in (400), and so could say nothing\n" in said
    assert "  - connection: {client: somebody, status: 400, open: false}\n" in said
    assert "say:" not in said


def test_an_upload_is_a_way_in_too_where_only_a_custom_resource_knows_of_it() -> None:
    written = harness("init", "lambdas/behaviours/custom", "-o", "a.yaml")
    assert [line.strip() for line in written.stdout.splitlines()[1:-2]] == [
        "an upload of example.txt to Uploads reaches Jobs"
    ]


def test_what_is_asked_of_the_outside_gets_an_empty_answer_to_be_replaced() -> None:
    harness("init", "lambdas/behaviours/outside", "-o", "a.yaml")
    said = Path("a.yaml").read_text(encoding="utf-8")
    assert "# Today PictureLabeller failed with KeyError: 'Labels'\n" in said
    assert "stub:\n  - {call: rekognition.DetectLabels, returns: {}}\nwhen:\n" in said
    harness("init", "lambdas/behaviours/destinations", "-o", "b.yaml")
    said = Path("b.yaml").read_text(encoding="utf-8")
    assert (
        "  - {url: 'https://login.accounting.example/token', method: POST, returns: {status: 200, json: {}}}\n" in said
    )


def test_somebody_is_signed_in_where_an_authorizer_takes_users_tokens_and_nowhere_else() -> None:
    harness("init", "lambdas/behaviours/gateway", "-o", "a.yaml")
    said = Path("a.yaml").read_text(encoding="utf-8")
    assert "  - request: {api: Shop, method: GET, path: /profile, as: {user: somebody}}\n" in said
    assert "  - response: {method: GET, path: /profile, status: 200}\n" in said
    assert "  - request: {api: Desk, method: POST, path: /orders, json: {id: example-1}}\n" in said


def test_what_a_user_pool_calls_is_called_as_the_pool_does() -> None:
    written = harness("init", "lambdas/behaviours/members", "-o", "a.yaml")
    assert "  Members calls Gate for PreSignUp\n" in written.stdout
    assert "Gate is invoked" not in written.stdout
    assert "# Today Gate failed" not in Path("a.yaml").read_text(encoding="utf-8")


TOLD = """\
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties: {BucketName: uploads, NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}
  Jobs: {Type: AWS::SQS::Queue}
  Open:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sqs:SendMessage, Resource: "*"}]
  Arrived:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.s3]
        detail-type: [Object Created]
        detail: {bucket: {name: [uploads]}, object: {key: [{prefix: in/}]}}
      Targets: [{Id: jobs, Arn: !GetAtt Jobs.Arn}]
"""


def test_an_upload_that_only_the_bus_hears_of_is_a_way_in() -> None:
    Path("template.yaml").write_text(TOLD)
    written = harness("init", "template.yaml", "-o", "a.yaml")
    assert [line.strip() for line in written.stdout.splitlines()[1:-2]] == [
        "an upload of in/example to Uploads reaches the rule Arrived"
    ]
    assert "  - queue: {name: Jobs, messages: 1}\n" in Path("a.yaml").read_text(encoding="utf-8")


def test_what_was_seen_of_answers_and_tables_is_written_down() -> None:
    harness("init", "lambdas/examples/items_api")
    written = Path("scenarios/items_api/first.yaml").read_text(encoding="utf-8")
    assert "  - response: {method: GET, path: /example-1, status: 404}\n" in written
    harness("init", "lambdas/behaviours/streams")
    written = Path("scenarios/streams/first.yaml").read_text(encoding="utf-8")
    assert "  - items: {table: Orders, count: 1}\n" in written


@pytest.mark.parametrize("pipeline", NOT_BY_THEMSELVES)
def test_a_pipeline_that_needs_more_than_itself_is_told_what(pipeline: str) -> None:
    code, said = NOT_BY_THEMSELVES[pipeline]
    refused = harness("init", pipeline)
    assert refused.exit_code == code
    assert said in refused.stderr
    assert not list(Path().glob("scenarios/**/*.yaml"))


def test_what_the_template_expects_of_the_account_is_written_down_to_be_replaced() -> None:
    assert harness("init", "lambdas/behaviours/language").exit_code == 0
    written = Path("scenarios/language/first.yaml").read_text(encoding="utf-8")
    assert "account: {ssm: {/shop/tax-rate: '1'}, secrets: {shop/audit: {key: example}}, exports: " in written
    assert "# The template expects values from outside; those that nobody gave are made up" in written


def test_a_parameter_without_a_value_gets_one_and_a_given_one_stays() -> None:
    Path("template.yaml").write_text(
        "Parameters: {Wait: {Type: Number, MinValue: 5}, AlertEmail: {Type: String}}\n"
        "Resources:\n"
        "  News:\n"
        "    Type: AWS::SNS::Topic\n"
        "    Properties: {Subscription: [{Protocol: email, Endpoint: !Ref AlertEmail}]}\n"
        "  Jobs: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Wait}}\n"
    )
    assert harness("init", "template.yaml", "-o", "a.yaml").exit_code == 0
    assert "parameters: {Wait: '5', AlertEmail: you@example.com}\n" in Path("a.yaml").read_text()
    assert harness("init", "template.yaml", "-o", "b.yaml", "--parameter-overrides", "Wait=7").exit_code == 0
    assert "parameters: {AlertEmail: you@example.com, Wait: '7'}\n" in Path("b.yaml").read_text()


def test_a_refusal_over_something_made_up_says_so() -> None:
    refused = harness("init", "lambdas/behaviours/language/audit")
    assert 'Nobody gave these, so they were made up: KeepDays = "1". --parameter-overrides gives' in refused.stderr


def test_the_file_may_go_into_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert harness("init", "lambdas/behaviours/queue", "-o", f"{tmp_path.parent}/else/where/a.yaml").exit_code == 0


def test_the_scenario_of_the_csv_pipeline_says_what_was_seen() -> None:
    assert harness("init", "lambdas/csv_report").exit_code == 0
    assert Path("scenarios/csv_report/first.yaml").read_text(encoding="utf-8") == (
        r"""# Written by harness init for lambdas/csv_report/template.yaml:
# one scenario for each way in, with checks that hold today.
# Put real payloads in place of the examples, and check what must be true of your results.
pipeline: lambdas/csv_report
name: an upload of uploads/example.csv to RawBucket reaches CsvValidator
when:
  - upload: {bucket: RawBucket, key: uploads/example.csv, text: "id,name,amount\n1,example,9.50\n"}
then:
  - function: {name: CsvValidator, invocations: 1, errors: 0}
  - function: {name: ParseCsv, invocations: 1, errors: 0}
  - function: {name: ValidateSchema, invocations: 1, errors: 0}
  - function: {name: MoveToFailed, invocations: 1, errors: 0}
  - function: {name: SendNotification, invocations: 1, errors: 0}
  - function: {name: CsvProcessor, invocations: 1, errors: 0}
  - execution: {state_machine: ProcessCsvWorkflow, count: 1, status: FAILED}
  - objects: {bucket: ProcessedBucket, count: 3}
  - objects: {bucket: RawBucket, count: 1}
  - queue: {name: DeadLetterQueue, messages: 0}
  - queue: {name: MainQueue, messages: 0}
  - inbox: {topic: NotificationTopic, count: 1}
"""
    )


def test_each_way_in_has_a_scenario_of_its_own() -> None:
    told = harness("init", "lambdas/behaviours/queue").stdout
    assert told == (
        "scenarios/queue/first.yaml: 2 scenarios, all of them green today\n"
        "  a message in Jobs reaches Worker\n"
        "  a message in Orders reaches OrderWorker\n"
        "\nharness run scenarios/queue/first.yaml\n"
    )
    # Its filter lets orders in only.
    assert "{queue: Orders, body: {id: example-1, kind: order}}" in Path("scenarios/queue/first.yaml").read_text()


def test_what_fails_today_is_said_above_the_scenario() -> None:
    handler = Path("lambdas/behaviours/queue/src/worker.py")
    handler.write_text("def handler(event, context):\n    raise KeyError('total\\nprice')\n", encoding="utf-8")
    assert harness("init", "lambdas/behaviours/queue", "-o", "first.yaml").exit_code == 0
    text = Path("first.yaml").read_text(encoding="utf-8")
    assert "# Today Worker failed with KeyError: 'total\\nprice'\n" in text
    assert "  - function: {name: Worker, invocations: 3, errors: 3}\n" in text
    assert "  - queue: {name: DeadJobs, messages: 1}\n" in text


def test_a_file_that_is_there_stays_as_it_is() -> None:
    Path("mine.yaml").write_text("mine", encoding="utf-8")
    refused = harness("init", "lambdas/behaviours/queue", "-o", "mine.yaml")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == '"mine.yaml" is there already; it stays as it is.\n  Name another file with -o.\n'
    assert Path("mine.yaml").read_text(encoding="utf-8") == "mine"


def test_parameters_go_into_the_scenario() -> None:
    given = ("--parameter-overrides", "BatchSize=5", "-o", "first.yaml")
    assert harness("init", "lambdas/behaviours/queue", *given).exit_code == 0
    assert "parameters: {BatchSize: '5'}\n" in Path("first.yaml").read_text(encoding="utf-8")


def test_a_template_without_anything_to_run_is_told_so() -> None:
    Path("template.yaml").write_text("Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n", encoding="utf-8")
    refused = harness("init", "template.yaml")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith("template.yaml: No way into this template was found")
    assert not Path("scenarios").exists()


def test_a_refused_template_says_where_to_see_all_of_it() -> None:
    queue = "{Type: AWS::SQS::Queue, Properties: {Nam: x}}"
    Path("template.yaml").write_text(f"Resources:\n  A: {queue}\n  B: {queue}\n", encoding="utf-8")
    refused = harness("init", "template.yaml")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[0].startswith("template.yaml:2  Resources.A.Properties.Nam: ")
    assert refused.stderr.splitlines()[-1] == '  1 more thing is refused; "harness check template.yaml" lists all.'


S3_TO_THE_BUS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {EventBridgeConfiguration: {EventBridgeEnabled: true}}}
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition: {StartAt: Done, States: {Done: {Type: Succeed}}}
      Events:
        Uploaded:
          Type: EventBridgeRule
          Properties:
            Pattern:
              source: [aws.s3]
              detail-type: [Object Created]
              detail: {bucket: {name: [!Ref Uploads]}, object: {key: [{prefix: in/}]}}
"""


def test_an_upload_that_only_a_rule_hears_of_is_a_way_in(tmp_path: Path) -> None:
    (tmp_path / "flow").mkdir()
    (tmp_path / "flow" / "template.yaml").write_text(S3_TO_THE_BUS)
    written = harness("init", "flow")
    assert written.exit_code == 0, written.stderr
    assert "  an upload of in/example to Uploads reaches the rule FlowUploaded" in written.stdout.splitlines()
    ran = harness("run", "scenarios/flow/first.yaml")
    assert ran.exit_code == 0, ran.stdout
    assert "execution: {state_machine: Flow, count: 1" in Path("scenarios/flow/first.yaml").read_text()
