"""This file decides what steps and checks are given to work with: the world as it stands, not how it was built.

The runner fills it. Names in a scenario are the template's logical ids; ``resource`` finds them and blames
the author's line for those that do not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Protocol

from harness.deliver.http.exchange import HttpRequest, HttpResponse
from harness.deliver.http.tokens import SignedIn
from harness.deliver.http.websocket_events import Connection
from harness.errors import ScenarioError
from harness.kernel.scheduler import Kernel
from harness.scenario.model import Item, Scenario
from harness.world.stack import Resource, Stack

BUCKET = "AWS::S3::Bucket"
QUEUE = "AWS::SQS::Queue"
TOPIC = "AWS::SNS::Topic"
BUS = "AWS::Events::EventBus"
RULE = "AWS::Events::Rule"
ARCHIVE = "AWS::Events::Archive"
FUNCTION = "AWS::Lambda::Function"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
STREAM = "AWS::Kinesis::Stream"
TABLE = "AWS::DynamoDB::Table"
REST_API = "AWS::ApiGateway::RestApi"
HTTP_API = "AWS::ApiGatewayV2::Api"
FUNCTION_URL = "AWS::Lambda::Url"
ALARM = "AWS::CloudWatch::Alarm"
LOG_GROUP = "AWS::Logs::LogGroup"
COMPOSITE_ALARM = "AWS::CloudWatch::CompositeAlarm"
DOMAINS = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")


class QueuedMessage(Protocol):
    """A message lying in a queue."""

    @property
    def body(self) -> str:
        """The body as sent."""

    @property
    def message_attributes(self) -> Mapping[str, Any]:
        """AWS's form: name to ``{"DataType": ..., "StringValue": ...}``."""


class ReceivedMail(Protocol):
    """An e-mail that a topic sent."""

    @property
    def to(self) -> str:
        """The address."""

    @property
    def subject(self) -> str | None:
        """The subject; None if it was published without one."""

    @property
    def body(self) -> str:
        """The text."""

    @property
    def topic_arn(self) -> str:
        """The topic it came from."""


class MailInbox(Protocol):
    """All e-mail of the run."""

    @property
    def messages(self) -> Sequence[ReceivedMail]:
        """In the order in which they were received."""


class Question(Protocol):
    """An AWS call that the pipeline made, or an HTTP request: that has no ``call`` but ``method`` and ``url``."""

    @property
    def who(self) -> str:
        """The function's logical id, or the task's name."""

    @property
    def document(self) -> Mapping[str, Any]:
        """Its parameters."""

    @property
    def call(self) -> str | None:
        """As AWS's events have it: "s3.GetObject"."""

    @property
    def method(self) -> str:
        """Of a request."""

    @property
    def url(self) -> str:
        """Of a request."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that a step sent, and what it was answered; ``response`` is None while nothing came.

    ``api`` and ``name`` are the step's, ``resource`` is the logical id of what answers, ``took_us`` is virtual time.
    """

    api: str
    name: str | None
    resource: str
    request: HttpRequest
    response: HttpResponse | None = None
    took_us: int = 0


def no_requests(target: str, stage: str, request: HttpRequest) -> HttpResponse:
    """What a stage that was given nothing else does with a request."""
    raise ScenarioError("Nothing here answers HTTP requests.")


def no_sign_in(target: str, stage: str, request: HttpRequest, who: SignedIn) -> HttpRequest | None:
    """What a stage that was given nothing else knows of users."""
    return None


class Sockets(Protocol):
    """How clients come to WebSocket APIs."""

    def connect(self, client: str, target: str, stage_name: str, request: HttpRequest) -> Connection:
        """Ask for a connection; the answer is its status."""

    def send(self, connection: Connection, body: str) -> None:
        """Send a message, and wait until the API is done with it."""

    def close(self, connection: Connection) -> None:
        """End a connection."""


class _NoSockets:
    """What a stage that was given nothing else knows of WebSockets."""

    def connect(self, client: str, target: str, stage_name: str, request: HttpRequest) -> Connection:
        raise ScenarioError("Nothing here answers WebSocket connections.")

    def send(self, connection: Connection, body: str) -> None:
        raise ScenarioError("Nothing here answers WebSocket connections.")

    def close(self, connection: Connection) -> None:
        raise ScenarioError("Nothing here answers WebSocket connections.")


def no_aws_events(source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
    """What a stage that was given nothing else does with an event of AWS's."""
    raise ScenarioError("Nothing here takes events of AWS's own services.")


@dataclass
class Stage:
    """The world a scenario acts on and looks at.

    ``client`` gives boto3 clients of the cloud. ``peek_queue`` takes a queue's ARN and gives the messages that
    nobody holds, without receiving them. ``redeliver_object`` takes a bucket's name and a key,
    ``redeliver_message`` a queue's ARN; both answer whether there was something to deliver again.
    ``express_executions`` takes an Express state machine's ARN and gives each of its executions as AWS would describe a
    Standard one, ``entered`` being its states; no API of AWS's does.
    ``http_request`` takes the id of an API or function URL, its stage, and the request; it waits for the answer.
    ``http_sign_in`` gives such a request with a token of somebody, None if what it asks for takes no tokens.
    ``sockets`` connects clients to WebSocket APIs, ``connections`` are theirs by the clients' names.
    ``aws_event`` puts an event on the default bus as one of AWS's services: source, detail-type, detail, resources.
    ``exchanges`` are the requests sent so far, in that order.
    ``started_us`` is when the first step began, in virtual microseconds since the start of the run.
    ``modules`` holds the scenario's Python files once loaded, so that steps and checks share their state.
    ``questions`` are the calls that its checks name and all HTTP requests, in order.
    """

    kernel: Kernel
    stack: Stack
    client: Callable[[str], Any]
    inbox: MailInbox
    scenario: Scenario
    peek_queue: Callable[[str], Sequence[QueuedMessage]]
    redeliver_object: Callable[[str, str], bool]
    redeliver_message: Callable[[str], bool]
    express_executions: Callable[[str], Sequence[Mapping[str, Any]]] = lambda state_machine_arn: ()
    http_request: Callable[[str, str, HttpRequest], HttpResponse] = no_requests
    http_sign_in: Callable[[str, str, HttpRequest, SignedIn], HttpRequest | None] = no_sign_in
    sockets: Sockets = field(default_factory=lambda: _NoSockets())
    connections: dict[str, Connection] = field(default_factory=dict)
    aws_event: Callable[[str, str, Mapping[str, Any], Sequence[str]], None] = no_aws_events
    exchanges: list[Exchange] = field(default_factory=list)
    started_us: int = 0
    modules: dict[str, ModuleType] = field(default_factory=dict)
    questions: Sequence[Question] = ()

    def resource(self, item: Item, logical_id: str, *types: str) -> Resource:
        """The resource an item of the scenario names.

        Raises:
            ScenarioError: there is none of these types; it names the item's line and the nearest valid name.
        """
        try:
            return self.stack.resource(logical_id, *types)
        except ScenarioError as error:
            raise ScenarioError(error.problem, where=item.where, hint=error.hint) from None

    def begin(self, what: str, who: str, **detail: Any) -> int:
        """Record that the scenario does something; all that follows from it has this event as its cause."""
        task = self.kernel.require_current()
        task.cause = None
        task.cause = self.kernel.emit("act", what, who, **detail)
        return task.cause
