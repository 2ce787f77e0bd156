"""Bad input gets a clear error and a non-zero exit, never a traceback of ours.

What is wrong is put into a small project that works. Most of it is typed at the command line in process; signals, exit
codes and what else only a process of its own has are tried with one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import harness
from harness.cli import main
from tests.acceptance.stub import load_plugin

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead:
    Type: AWS::SQS::Queue
  Main:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1}
  Box:
    Type: AWS::S3::Bucket
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: worker/
      Handler: app.handler
      Runtime: python3.11
      Timeout: 5
      Environment: {Variables: {QUEUE: !Ref Main}}
      Events:
        Main: {Type: SQS, Properties: {Queue: !GetAtt Main.Arn, BatchSize: 2}}
"""

HANDLER = """\
def handler(event, context):
    return None
"""

SCENARIO = """\
pipeline: lambdas/jobs
name: a job
when:
  - send: {queue: Main, body: {id: 1}}
then:
  - queue: {name: Dead, messages: 0}
"""

TEMPLATE_FILE = Path("lambdas/jobs/template.yaml")
HANDLER_FILE = Path("lambdas/jobs/worker/app.py")
SCENARIO_FILE = Path("scenarios/job.yaml")
REPLAY = 'seed 0   replay: harness run "scenarios/job.yaml::a job" --seed 0'


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that works; the current folder."""
    monkeypatch.chdir(tmp_path)
    for path, text in ((TEMPLATE_FILE, TEMPLATE), (HANDLER_FILE, HANDLER), (SCENARIO_FILE, SCENARIO)):
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["run", *arguments])
    assert "/harness/" not in result.output, "a traceback of ours"
    return result


def told(result: Result) -> str:
    """What is said of the one scenario that did not pass."""
    return "\n\n".join(result.stdout.rstrip("\n").split("\n\n")[1:-1])


def process(*arguments: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    root = str(Path(harness.__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={**os.environ, "PYTHONPATH": root, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_project_itself_passes() -> None:
    assert run().exit_code == 0


# -- the scenario file ------------------------------------------------------------------------------------------

BAD_SCENARIOS = [
    ("messages: 0", "mesages: 0",
     'scenarios/job.yaml:6  then[0].queue.mesages: There is no key "mesages" here.\n  Did you mean "messages"?'),
    ("then:", "than:", 'scenarios/job.yaml:5  than: There is no key "than" here.\n  Did you mean "then"?'),
    ("send:", "sned:", 'scenarios/job.yaml:4  when[0].sned: There is no step "sned".\n  Did you mean "send"?'),
    ("then:", "    advance: 5m\nthen:",
     'scenarios/job.yaml:4  when[0]: One item has 2 verbs, "send" and "advance"; it may have one.\n'
     '  Put "- " in front of each to make them items of their own.'),
    ("then:", "  - advance: 5 parsecs\nthen:",
     'scenarios/job.yaml:5  when[1].advance: "5 parsecs" is no duration.\n'
     "  Durations are written like 250ms, 30s, 5m, 2h, 1d or 1m30s."),
    ("then:", "  - advance: -5m\nthen:",
     'scenarios/job.yaml:5  when[1].advance: "-5m" is no duration: time does not go backwards.\n'
     "  Durations are written like 250ms, 30s, 5m, 2h, 1d or 1m30s."),
    ("then:", "  - advance: 99999999d\nthen:",
     'scenarios/job.yaml:5  when[1].advance: "99999999d" is too long; 36500d is the limit, a hundred years.'),
    ("send: {queue: Main, body: {id: 1}}", "upload: {bucket: Box, key: k, file: ordres.csv}",
     'scenarios/job.yaml:4  when[0].upload.file: There is no fixture "ordres.csv".\n'
     '  Did you mean "orders.csv"? Looked for fixtures/jobs/ordres.csv and scenarios/ordres.csv.'),
    ("lambdas/jobs", "lambdas/jbos",
     'scenarios/job.yaml:1  pipeline: There is no pipeline "lambdas/jbos".\n'
     '  Did you mean "lambdas/jobs"? Looked for scenarios/lambdas/jbos and lambdas/jbos.'),
    ("then:\n  - queue: {name: Dead, messages: 0}", "",
     'scenarios/job.yaml:1: The key "then" is missing.\n  then: What must be true once nothing is left to happen.'),
    ("then:\n  - queue: {name: Dead, messages: 0}", "then: []",
     "scenarios/job.yaml:5  then: This list is empty; it needs at least one item."),
    ("  - send", "\t- send",
     "scenarios/job.yaml:4: This is not YAML: while scanning for the next token found character '\\t' that cannot "
     "start any token.\n  YAML does not allow tabs for indenting; use spaces."),
    ("name: a job", "name: a: job",
     'scenarios/job.yaml:2: This is not YAML: mapping values are not allowed here.\n  A text with ": " in it needs '
     "quotes."),
    ("pipeline: lambdas/jobs", "pipeline: lambdas/jobs\npipeline: lambdas/jobs",
     'scenarios/job.yaml:2  pipeline: The key "pipeline" stands here twice; the first is on line 1.'),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD_SCENARIOS)
def test_a_bad_scenario_is_told_with_its_line_and_key_path(old: str, new: str, said: str) -> None:
    Path("fixtures/jobs").mkdir(parents=True)
    Path("fixtures/jobs/orders.csv").write_text("a\n")
    change(SCENARIO_FILE, old, new)
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said + "\n")


BEGINS = 'It begins with "pipeline: lambdas/<name>"; "harness schema" prints all that it may say.'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"scenarios/job.yaml: The file is empty.\n  {BEGINS}"),
        (b"# later\n", f"scenarios/job.yaml: The file is empty.\n  {BEGINS}"),
        (b"hi there\n", f'scenarios/job.yaml:1: This is the text "hi there"; a scenario is a mapping.\n  {BEGINS}'),
        (b"- a\n", f"scenarios/job.yaml:1: This is a list; a scenario is a mapping.\n  {BEGINS}"),
        (b"\x89PNG\r\n\x1a\n\x00\xff",
         "scenarios/job.yaml:1: The file is not UTF-8: byte 0x89 does not fit.\n"
         "  Save it as UTF-8. Content that is not UTF-8 on purpose belongs into a fixture or base64."),
        (b"name: a\x00b\n", "scenarios/job.yaml:1: The character U+0000 is not allowed in YAML."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_scenario_says_what_it_is(content: bytes, said: str) -> None:
    SCENARIO_FILE.write_bytes(content)
    result = run()
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", said + "\n")


def test_all_names_that_the_template_has_not_are_told_before_anything_happens() -> None:
    change(SCENARIO_FILE, "queue: Main", "queue: Mian")
    change(SCENARIO_FILE, "name: Dead", "name: Worker")
    result = run()
    assert result.exit_code == 2
    assert told(result) == (
        "scenarios/job.yaml: 2 things in this file cannot be used:\n"
        '  scenarios/job.yaml:4  when[0].send.queue: The template has no resource "Mian" of type AWS::SQS::Queue. '
        'Did you mean "Main"?\n'
        '  scenarios/job.yaml:6  then[0].queue.name: "Worker" is of type AWS::Lambda::Function; what is needed here is '
        "AWS::SQS::Queue. Valid names: Dead, Main."
    )


# -- the command line -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch.yaml"], 'There is no file or folder "nosuch.yaml".\n'),
        (["scenarios/jobs.yaml"],
         'There is no file or folder "scenarios/jobs.yaml".\n  Did you mean "scenarios/job.yaml"?\n'),
        (["scenarios/job.yaml::a jbo"],
         'scenarios/job.yaml: There is no scenario "a jbo".\n  Did you mean "a job"?\n'),
        (["lambdas/jobs/worker/app.py"],
         '"lambdas/jobs/worker/app.py" is no scenario file.\n  Those end in .yaml or .yml.\n'),
        (["lambdas/jobs/template.yaml"],
         "lambdas/jobs/template.yaml:10  Resources.Main.Properties.RedrivePolicy.deadLetterTargetArn: "
         "The tag !GetAtt is not allowed here.\n"
         "  That is a template's tag. A scenario names its template: pipeline: lambdas/<name>.\n"),
        (["-k", "job and (b"],
         '-k "job and (b" cannot be read: a ")" is missing.\n'
         '  Write words joined by and, or, not and brackets: -k "poison and not (burst or large)".\n'),
        (["--junit", "scenarios/job.yaml/out.xml"],
         '--junit "scenarios/job.yaml/out.xml" cannot be written: File exists.\n  Nothing was run.\n'),
    ],
)  # fmt: skip
def test_what_cannot_be_typed_is_told_in_one_or_two_lines(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--sed", "3"], "No such option '--sed'. Did you mean '--seed'?"),
        (["--seed", "-1"], "-1 is not in the range x>=0."),
        (["--json", "scenarios"], "File 'scenarios' is a directory."),
        (["--trace", "scenarios/job.yaml"], "Directory 'scenarios/job.yaml' is a file."),
    ],
)
def test_options_that_cannot_be_used_are_told_with_the_usage(arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")
    assert said in result.stderr


# -- the template -----------------------------------------------------------------------------------------------

BAD_TEMPLATES = [
    ("Queue\n  Main", "Queu\n  Main",
     'template.yaml:5  Resources.Dead.Type: "Dead" is of type AWS::SQS::Queu, which AWS does not have.\n'
     '  Did you mean "AWS::SQS::Queue"?'),
    ("VisibilityTimeout", "VisibiltyTimeout",
     'template.yaml:9  Resources.Main.Properties.VisibiltyTimeout: "Main" (AWS::SQS::Queue) has no property '
     '"VisibiltyTimeout".\n  Did you mean "VisibilityTimeout"?'),
    ("Handler:", "Handlr:",
     'template.yaml:17  Resources.Worker.Properties.Handlr: "Worker" (AWS::Serverless::Function) has no property '
     '"Handlr".\n  Did you mean "Handler"?'),
    ("Type: SQS,", "Type: SQSS,",
     'template.yaml:22  Resources.Worker.Properties.Events.Main.Type: The event "Main" of "Worker" is of type SQSS, '
     'which SAM does not have.\n  Did you mean "SQS"?'),
    ("VisibilityTimeout: 30", "VisibilityTimeout: soon",
     'template.yaml:9  Resources.Main.Properties.VisibilityTimeout: VisibilityTimeout of "Main" (AWS::SQS::Queue) must '
     'be a whole number; it is "soon".\n  Write a whole number in its place.'),
    ("Dead.Arn", "Daed.Arn",
     "template.yaml:10  Resources.Main.Properties.RedrivePolicy.deadLetterTargetArn.Fn::GetAtt: Template format error: "
     'Unresolved resource dependencies [Daed] in the template\n  Did you mean "Dead"?'),
    ("!GetAtt Dead", "!GetAt Dead",
     'template.yaml:10: The tag "!GetAt" is not one of CloudFormation\'s.\n  Did you mean "!GetAtt"?'),
    ("  Main:\n    Type: AWS::SQS::Queue\n", "    DependsOn: Main\n  Main:\n    Type: AWS::SQS::Queue\n",
     "template.yaml:4  Resources.Dead: Circular dependency between resources: [Dead, Main]\n"
     '  "Dead", which needs "Main", which needs "Dead". Break it with a fixed name in place of one reference, or with '
     "a resource of its own (a policy, a permission, a subscription) that refers to both."),
    ("Resources:", "Parameters:\n  Stage: {Type: String}\nResources:",
     "template.yaml:4  Parameters.Stage: Parameters: [Stage] must have values\n"
     '  Give it a Default here, or a value in the scenario: "parameters: {Stage: ...}".'),
    ("worker/", "wroker/",
     'template.yaml:16  Resources.Worker.Properties.CodeUri: The CodeUri of "Worker" is "wroker/", and there is no '
     'folder "lambdas/jobs/wroker".\n  Did you mean "worker"?'),
    ("app.handler", "ap.handler",
     'template.yaml:17  Resources.Worker.Properties.Handler: Handler of "Worker" (AWS::Lambda::Function) is '
     '"ap.handler", and the folder "lambdas/jobs/worker" has no module "ap".\n  Did you mean "app"?'),
    ("python3.11", "nodejs22.x",
     'template.yaml:18  Resources.Worker.Properties.Runtime: Runtime of "Worker" (AWS::Lambda::Function) is '
     '"nodejs22.x"; only Python functions run here.\n  Name a runtime such as python3.12.'),
    ("    Type: AWS::SQS::Queue\n  Main", "\tType: AWS::SQS::Queue\n  Main",
     "template.yaml:5: This is not YAML: found character that cannot start any token.\n"
     "  YAML does not allow tabs for indenting; use spaces."),
    ("  Dead:", "  Dead: ]",
     "template.yaml:4: This is not YAML: did not find expected node content.\n"
     "  Most often the indentation or a missing quote on this line or the one above."),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD_TEMPLATES)
def test_a_bad_template_is_told_with_its_line_and_key_path(old: str, new: str, said: str) -> None:
    change(TEMPLATE_FILE, old, new)
    result = run()
    assert result.exit_code == 2
    assert told(result) == f"lambdas/jobs/{said}"
    assert result.stdout.splitlines()[-1].startswith("1 error in ")


def test_a_folder_without_a_template_says_what_it_should_hold() -> None:
    TEMPLATE_FILE.unlink()
    result = run()
    assert result.exit_code == 2
    assert told(result) == (
        'The folder "lambdas/jobs" holds no template.\n'
        "  It should hold one of: template.yaml, template.yml, template.json, plan.json."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ": A template is a mapping with a Resources section; this file is empty."),
        (b"Dear diary\n", ":1: A template is a mapping with a Resources section; this file is a text."),
        (b"\x89PNG\r\n\x1a\n\x00\xff", ": The template is not UTF-8 text: "),
    ],
)
def test_a_file_that_is_no_template_says_so(content: bytes, said: str) -> None:
    TEMPLATE_FILE.write_bytes(content)
    result = run()
    assert result.exit_code == 2
    assert told(result).startswith(f"lambdas/jobs/template.yaml{said}")


# -- code that cannot start -------------------------------------------------------------------------------------

CANNOT_START = [
    ("def handler(event, context)\n    pass\n",
     '  File "lambdas/jobs/worker/app.py", line 1\n    def handler(event, context)\n',
     "Function Worker (app.handler in lambdas/jobs/worker) could not start: Syntax error in module 'app': "
     "expected ':' (app.py, line 1)"),
    ("import no_such_package\n" + HANDLER,
     '  File "lambdas/jobs/worker/app.py", line 1, in <module>\n    import no_such_package\n',
     "Function Worker (app.handler in lambdas/jobs/worker) could not start: Unable to import module 'app': No module "
     "named 'no_such_package'\n"
     'There is no module "no_such_package" in lambdas/jobs/worker, and no package of that name is installed here. '
     "If it is a package, bring it: python -m pip install no-such-package"),
    ("def hanlder(event, context):\n    pass\n", "",
     "Function Worker (app.handler in lambdas/jobs/worker) could not start: Handler 'handler' missing on module 'app'\n"
     'Did you mean "app.hanlder"? The handler is named in '
     "lambdas/jobs/template.yaml:17  Resources.Worker.Properties.Handler."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "traceback", "said"), CANNOT_START)
def test_code_that_cannot_be_loaded_is_told_before_its_consequences(source: str, traceback: str, said: str) -> None:
    HANDLER_FILE.write_text(source)
    result = run()
    assert result.exit_code == 1
    text = told(result)
    assert text.startswith("Traceback (most recent call last):\n" + traceback if traceback else said)
    assert f"{said}\nscenarios/job.yaml:1  a job\nscenarios/job.yaml:6  then: Dead holds 0 messages\n" in text
    assert text.splitlines()[-1] == REPLAY


@pytest.mark.parametrize(("source", "traceback", "said"), CANNOT_START)
def test_checks_that_hold_because_the_code_cannot_be_loaded_prove_nothing(
    source: str, traceback: str, said: str
) -> None:
    HANDLER_FILE.write_text(source)
    change(SCENARIO_FILE, "messages: 0", "messages: 1")
    result = run()
    assert result.exit_code == 1
    assert said in told(result)


def test_code_that_raises_while_it_is_loaded_is_told_with_its_traceback() -> None:
    HANDLER_FILE.write_text("from config import settings\n" + HANDLER)
    HANDLER_FILE.with_name("config.py").write_text("settings = {}['TABLE']\n")
    result = run()
    assert result.exit_code == 1
    # How Python marks the place in a line differs from version to version.
    lines = [line for line in told(result).splitlines() if line.strip("~^ ")]
    assert lines[:7] == [
        "Traceback (most recent call last):",
        '  File "lambdas/jobs/worker/app.py", line 1, in <module>',
        "    from config import settings",
        '  File "lambdas/jobs/worker/config.py", line 1, in <module>',
        "    settings = {}['TABLE']",
        "KeyError: 'TABLE'",
        "Function Worker (app.handler in lambdas/jobs/worker) could not start: KeyError: 'TABLE'",
    ]


# -- code that misbehaves ---------------------------------------------------------------------------------------


def test_a_handler_that_raises_is_told_as_a_story_that_begins_with_its_traceback() -> None:
    HANDLER_FILE.write_text(
        "import json\n\ndef read(body):\n    return json.loads(body)\n\n"
        "def handler(event, context):\n    for record in event['Records']:\n        read(record['body'])\n"
    )
    change(SCENARIO_FILE, "{id: 1}", "not json")
    result = run()
    assert result.exit_code == 1
    assert told(result) == (
        """\
Worker failed at 00:00:00.000:
Traceback (most recent call last):
  File "lambdas/jobs/worker/app.py", line 8, in handler
    read(record['body'])
  File "lambdas/jobs/worker/app.py", line 4, in read
    return json.loads(body)
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

scenarios/job.yaml:6  then: Dead holds 0 messages
  it holds 1 at 00:00:30.000, and nothing is left to happen
  seen on the way:
    00:00:00.000  act      send "not json" to Main
    00:00:00.000  queue    Main  message sent
    00:00:00.000  deliver  Main -> Worker  (1 message, receive 1)
    00:00:00.000  invoke   Worker  failed: JSONDecodeError: Expecting value: line 1 column 1 (char 0)
    00:00:30.000  queue    Main  message visible again  (receive 1)
    00:00:30.000  queue    Main  message moved to Dead  (receive 1)
"""
        + REPLAY
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\ndef handler(event, context):\n    os._exit(3)\n",
         "invoke   Worker  exited: Runtime.ExitError: Runtime exited with error: exit status 3"),
        ("import sys\ndef handler(event, context):\n    sys.exit(3)\n",
         "invoke   Worker  exited: Runtime.ExitError: Runtime exited with error: exit status 3"),
        ("import time\ndef handler(event, context):\n    time.sleep(60)\n",
         "invoke   Worker  timed out: Sandbox.Timedout: Task timed out after 5.00 seconds"),
        ("def handler(event, context):\n    handler(event, context)\n",
         "invoke   Worker  failed: RecursionError: maximum recursion depth exceeded"),
        ("def handler(event):\n    pass\n",
         "TypeError: handler() takes 1 positional argument but 2 were given"),
        ("handler = None\n", "invoke   Worker  failed: TypeError: 'NoneType' object is not callable"),
        ("async def handler(event, context):\n    pass\n",
         "invoke   Worker  [HARNESS] The handler is an async function"),
        ("def handler(event, context):\n    print('x' * 10_000_000)\n    raise ValueError('enough')\n",
         "invoke   Worker  failed: ValueError: enough"),
        ("def handler(event, context):\n    return 'x' * 10_000_000\n",
         "invoke   Worker  failed: Function.ResponseSizeTooLarge: Response payload size exceeded"),
    ],
)  # fmt: skip
def test_however_a_call_ends_it_fails_the_expectation_and_says_why(source: str, said: str) -> None:
    HANDLER_FILE.write_text(source)
    result = run()
    assert result.exit_code == 1
    assert said in told(result)
    assert told(result).splitlines()[-1] == REPLAY


def test_a_handler_that_never_returns_is_stopped_when_the_scenario_says_and_shown_where_it_was() -> None:
    change(SCENARIO_FILE, "when:", "limits: {computing_s: 1}\nwhen:")
    HANDLER_FILE.write_text("def spin():\n    while True:\n        pass\n\ndef handler(event, context):\n    spin()\n")
    result = run()
    assert result.exit_code == 1
    lines = told(result).splitlines()
    assert lines[:3] == [
        "Function Worker computed for 1 s of real time without waiting for anything, and was stopped as if it had "
        "timed out. It was here:",
        '  File "lambdas/jobs/worker/app.py", line 6, in handler',
        "    spin()",
    ]
    assert "If it needs that long, raise limits.computing_s in the scenario." in lines
    assert "    00:00:05.000  invoke   Worker  timed out: Sandbox.Timedout: Task timed out after 5.00 seconds" in lines


QUEUE_LOOP = """\
import boto3, os

def handler(event, context):
    for record in event["Records"]:
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=record["body"])
"""

BUCKET_LOOP = """\
import boto3

def handler(event, context):
    for record in event["Records"]:
        s3 = record["s3"]
        boto3.client("s3").put_object(Bucket=s3["bucket"]["name"], Key="copy of it", Body=b"")
"""


BUCKET_AVALANCHE = """\
import boto3

def handler(event, context):
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
        for side in "lr":
            boto3.client("s3").put_object(Bucket=bucket, Key=key + side, Body=b"")
"""


def _from_queue() -> None:
    HANDLER_FILE.write_text(QUEUE_LOOP)


def _from_bucket() -> None:
    HANDLER_FILE.write_text(BUCKET_LOOP)
    change(TEMPLATE_FILE, "Main: {Type: SQS, Properties: {Queue: !GetAtt Main.Arn, BatchSize: 2}}",
           "Box: {Type: S3, Properties: {Bucket: !Ref Box, Events: s3:ObjectCreated:*}}")  # fmt: skip
    change(TEMPLATE_FILE, "      Environment: {Variables: {QUEUE: !Ref Main}}\n", "")
    change(SCENARIO_FILE, "send: {queue: Main, body: {id: 1}}", "upload: {bucket: Box, key: k, text: t}")


def _from_bucket_twice() -> None:
    _from_bucket()
    HANDLER_FILE.write_text(BUCKET_AVALANCHE)


@pytest.mark.parametrize(
    ("prepare", "last_round"),
    [
        (_from_queue, "Worker → Main → Worker"),
        (_from_bucket, "Worker → Box → Worker"),
        (_from_bucket_twice, "Worker → Box → Worker"),
    ],
    ids=["queue", "bucket", "avalanche"],
)
def test_a_pipeline_that_feeds_itself_is_stopped_and_the_round_is_named(
    prepare: Callable[[], None], last_round: str
) -> None:
    prepare()
    # Or AWS's own guard would end it first (LAM-24).
    change(TEMPLATE_FILE, "      Runtime: python3.11\n", "      Runtime: python3.12\n      RecursiveLoop: Allow\n")
    result = run("--json", "report.json")
    assert result.exit_code == 1
    # What a laptop does in a few seconds.
    assert json.loads(Path("report.json").read_text())["scenarios"][0]["events"] < 5000
    lines = told(result).splitlines()
    assert lines[0] == "scenarios/job.yaml:1  a job"
    assert lines[1].startswith("  The run went past its limit of 200 rounds in which something sets itself off at ")
    assert lines[2] == (
        f"  The last round: {last_round}. Most likely the pipeline feeds itself: a function writes to where it is "
        "triggered from."
    )
    assert lines[4] == "  If the run is meant to go this far, raise limits.rounds in the scenario."
    assert lines[-1] == REPLAY


def test_a_limit_that_the_scenario_sets_is_kept() -> None:
    _from_queue()
    change(SCENARIO_FILE, "when:", "limits: {rounds: 3}\nwhen:")
    result = run()
    assert result.exit_code == 1
    assert "past its limit of 3 rounds" in told(result)


def test_a_run_that_lasts_too_long_says_what_is_due_when() -> None:
    change(SCENARIO_FILE, "then:", "  - advance: 1000d\nthen:")
    result = run()
    assert result.exit_code == 1
    assert "The run went past its limit of 400d 00:00:00.000 of virtual time" in told(result)
    assert "What comes next is due at 1000d 00:00:00.000." in told(result)
    assert "raise limits.virtual in the scenario" in told(result)


def test_a_request_that_aws_refuses_is_told_at_its_step() -> None:
    change(SCENARIO_FILE, "body: {id: 1}", "body: {id: 1}, delay: 1h")
    result = run()
    assert result.exit_code == 2
    assert told(result) == (
        "scenarios/job.yaml:4  when[0]: AWS answered SendMessage with InvalidParameterValue: Value 3600 for parameter "
        "DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
    )


# -- what only a process of its own has -------------------------------------------------------------------------


def test_a_process_ends_with_the_code_and_without_a_traceback() -> None:
    change(TEMPLATE_FILE, "worker/", "wroker/")
    out, err = (child := process("harness", "run")).communicate(timeout=60)
    assert child.returncode == 2
    assert 'there is no folder "lambdas/jobs/wroker"' in out
    assert (err, "Traceback" in out) == ("", False)


def test_nothing_to_run_has_a_code_of_its_own() -> None:
    child = process("harness", "run", "-k", "nothing")
    assert child.communicate(timeout=60) == ("", 'There is no scenario in scenarios that fits -k "nothing".\n')
    assert child.returncode == 5


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_an_interrupt_in_the_middle_of_a_handler_ends_the_run_with_one_line(project: Path) -> None:
    marker = project / "it runs"
    HANDLER_FILE.write_text(f"def handler(event, context):\n    open({str(marker)!r}, 'w')\n    while True: pass\n")
    child = process("harness", "run")
    try:
        deadline_s = time.monotonic() + 60
        while not marker.exists() and time.monotonic() < deadline_s:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 130
    assert next(line for line in out.splitlines() if "still running" not in line).startswith("Interrupted. ")
    assert (err, "Traceback" in out) == ("", False)


def test_pytest_tells_the_same_and_no_traceback_of_ours() -> None:
    change(TEMPLATE_FILE, "worker/", "wroker/")
    bad = SCENARIO_FILE.with_name("bad.yaml")
    bad.write_text(SCENARIO.replace("then:", "than:"))
    options = ["-p", "no:cacheprovider", "--continue-on-collection-errors", *load_plugin()]
    child = process("pytest", *options, "scenarios")
    out, _ = child.communicate(timeout=60)
    assert child.returncode == 1
    assert 'scenarios/bad.yaml:5  than: There is no key "than" here.\n  Did you mean "then"?\n' in out
    assert "lambdas/jobs/template.yaml:16  Resources.Worker.Properties.CodeUri: " in out
    assert "Traceback" not in out
    assert "/harness/" not in out
