"""Connections of WebSocket APIs: who gets in, where messages go, when it ends."""

from __future__ import annotations

import json

import pytest

from harness.deliver.http.exchange import HttpRequest
from tests.deliver.http.conftest import answer

URI = "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"
HEAD = """\
F: {Type: AWS::Serverless::Function, Properties: {}}
LetIn:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref F, Principal: apigateway.amazonaws.com}
Api:
  Type: AWS::ApiGatewayV2::Api
  Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: "$request.body.action"}
Live:
  Type: AWS::ApiGatewayV2::Stage
  Properties: {ApiId: !Ref Api, StageName: live, AutoDeploy: true, StageVariables: {v: "1"}}
Call:
  Type: AWS::ApiGatewayV2::Integration
  Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !Sub "URI"}
""".replace("URI}", "URI}").replace('"URI"', f'"{URI}"')


def route(key, more=""):
    name = "R" + "".join(filter(str.isalpha, key))
    return (
        f"{name}:\n  Type: AWS::ApiGatewayV2::Route\n  Properties: {{ApiId: !Ref Api, RouteKey: {key}, "
        f'Target: !Sub "integrations/${{Call}}"{more}}}\n'
    )


class Room:
    """A deployed API, and clients on it."""

    def __init__(self, deployed):
        self.deployed = deployed
        self.world = deployed.world
        self.sockets = deployed.world.engines.http.sockets
        self.api = deployed.stack.resource("Api").physical_id
        deployed.answers("F", answer())

    def do(self, act):
        """Do something in a run of its own task; returns what it returns."""
        found = []
        self.world.run(lambda: found.append(act()))
        return found[0]

    def connect(self, client="ada", query=(), headers=()):
        return self.sockets.connect(client, self.api, "live", HttpRequest("GET", "/", query, headers))

    @property
    def events(self):
        return self.deployed.events("F")


@pytest.fixture
def room(deployed):
    def deploying(*routes):
        return Room(deployed(HEAD + "".join(routes)))

    return deploying


def test_connecting_a_message_and_leaving_are_three_kinds_of_event(room):
    chat = room(route("$connect"), route("$disconnect"), route("tell"))

    def act():
        ada = chat.connect(query=(("name", "Ada"),), headers=(("User-Agent", "curl"),))
        chat.sockets.send(ada, '{"action": "tell"}')
        chat.sockets.close(ada)
        return ada

    ada = chat.do(act)
    connect, message, disconnect = chat.events
    assert connect["queryStringParameters"] == {"name": "Ada"}
    assert connect["headers"]["User-Agent"] == "curl"
    assert message["body"] == '{"action": "tell"}'
    assert "headers" not in message
    assert [e["requestContext"]["routeKey"] for e in chat.events] == ["$connect", "tell", "$disconnect"]
    assert [e["requestContext"]["eventType"] for e in chat.events] == ["CONNECT", "MESSAGE", "DISCONNECT"]
    for event in chat.events:
        about = event["requestContext"]
        assert (about["connectionId"], about["apiId"], about["stage"]) == (ada.connection_id, chat.api, "live")
        assert (about["messageDirection"], about["identity"]["userAgent"]) == ("IN", "curl")
        assert event["stageVariables"] == {"v": "1"}
    assert message["requestContext"]["messageId"]
    assert disconnect["requestContext"]["disconnectStatusCode"] == 1000
    assert len(ada.connection_id) == 15


@pytest.mark.parametrize(
    ("said", "status"),
    [(answer(), 200), (answer(403), 403), ({"no": "status"}, 502), (None, 502), ("FAILS", 502)],
)
def test_connect_is_let_in_by_its_functions_status(room, said, status):
    chat = room(route("$connect"))
    chat.deployed.answers("F", chat.world.FAILS if said == "FAILS" else said)
    ada = chat.do(chat.connect)
    assert (ada.status, ada.open) == (status, status == 200)


def test_without_a_connect_route_everybody_is_let_in(room):
    chat = room(route("tell"))
    assert chat.do(chat.connect).open
    assert chat.events == []


def test_a_message_without_a_route_goes_to_the_default_one_and_is_forbidden_if_there_is_none(room):
    chat = room(route("tell"), route("$default"))

    def act():
        ada = chat.connect()
        for text in ('{"action": "dance"}', "no json", "[1]", '{"action": 3}'):
            chat.sockets.send(ada, text)
        return ada

    assert chat.do(act).received == []
    assert {e["requestContext"]["routeKey"] for e in chat.events} == {"$default"}


def test_a_message_that_nobody_takes_is_forbidden(room):
    chat = room(route("tell"))

    def act():
        ada = chat.connect()
        chat.sockets.send(ada, '{"action": "dance"}')
        return ada

    ada = chat.do(act)
    said = json.loads(ada.received[0][1])
    assert (said["message"], said["connectionId"]) == ("Forbidden", ada.connection_id)
    assert said["requestId"]


RESPONSE = """\
Answer:
  Type: AWS::ApiGatewayV2::RouteResponse
  Properties: {ApiId: !Ref Api, RouteId: !Ref Rcount, RouteResponseKey: $default}
"""


def test_an_answer_reaches_the_client_only_through_a_route_response(room):
    chat = room(route("tell"), route("count", ", RouteResponseSelectionExpression: $default"), RESPONSE)
    chat.deployed.answers("F", answer(body="3"))

    def act():
        ada = chat.connect()
        chat.sockets.send(ada, '{"action": "tell"}')
        chat.sockets.send(ada, '{"action": "count"}')
        return ada

    assert [text for _, text in chat.do(act).received] == ["3"]


def test_a_function_that_fails_or_takes_too_long_is_an_internal_error_to_the_client(room):
    chat = room(route("tell"))
    chat.deployed.answers("F", chat.world.FAILS, lambda event: chat.world.kernel.sleep(60))

    def act():
        ada = chat.connect()
        for _ in range(2):
            chat.sockets.send(ada, '{"action": "tell"}')
        return ada, chat.world.kernel.clock.elapsed_us

    ada, now_us = chat.do(act)
    assert [json.loads(text)["message"] for _, text in ada.received] == ["Internal server error"] * 2
    assert now_us // 1_000_000 == 29


@pytest.mark.parametrize(("pause_s", "ends_s"), [(None, 600), (540, 7200)])
def test_a_connection_ends_after_ten_idle_minutes_or_two_hours(room, pause_s, ends_s):
    chat = room(route("tell"), route("$disconnect"))

    def act():
        ada, kernel = chat.connect(), chat.world.kernel
        began_us = kernel.clock.now_us
        while pause_s and ada.open:
            kernel.sleep(pause_s)
            chat.sockets.send(ada, '{"action": "tell"}')
        kernel.sleep(601 if pause_s is None else 1)
        return ada, began_us

    ada, _ = chat.do(act)
    assert (ada.open, ada.closed_with) == (False, 1001)
    about = chat.events[-1]["requestContext"]
    assert (about["disconnectStatusCode"], about["disconnectReason"]) == (1001, "Going away")
    assert about["requestTimeEpoch"] - about["connectedAt"] == ends_s * 1000


def test_the_management_api_posts_describes_and_throws_out(room):
    chat = room(route("$disconnect"))
    management = chat.world.cloud.client("apigatewaymanagementapi")

    def act():
        ada = chat.connect(headers=(("User-Agent", "curl"),))
        chat.world.kernel.sleep(5)
        management.post_to_connection(ConnectionId=ada.connection_id, Data=b"hello")
        shown = management.get_connection(ConnectionId=ada.connection_id)
        management.delete_connection(ConnectionId=ada.connection_id)
        chat.world.kernel.sleep(1)
        return ada, shown

    ada, shown = chat.do(act)
    assert [text for _, text in ada.received] == ["hello"]
    assert (shown["LastActiveAt"] - shown["ConnectedAt"]).total_seconds() == 5
    assert shown["Identity"]["UserAgent"] == "curl"
    assert (ada.open, len(chat.events)) == (False, 1)
    with pytest.raises(management.exceptions.GoneException):
        management.post_to_connection(ConnectionId=ada.connection_id, Data=b"hello")


def test_nobody_is_there_before_connect_has_let_them_in(room):
    chat = room(route("$connect"))
    management = chat.world.cloud.client("apigatewaymanagementapi")

    def greet(event):
        with pytest.raises(management.exceptions.GoneException):
            management.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=b"hello")
        return answer()

    chat.deployed.answers("F", greet)
    assert chat.do(chat.connect).open


GUARD = """\
Guard: {Type: AWS::Serverless::Function, Properties: {}}
MayGuard:
  Type: AWS::Lambda::Permission
  Properties: {Action: lambda:InvokeFunction, FunctionName: !Ref Guard, Principal: apigateway.amazonaws.com}
Tokens:
  Type: AWS::ApiGatewayV2::Authorizer
  Properties:
    ApiId: !Ref Api
    Name: tokens
    AuthorizerType: REQUEST
    AuthorizerUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Guard.Arn}/invocations"
    IdentitySource: [route.request.querystring.token]
"""


def test_apig_08_an_authorizer_stands_before_connect_and_its_context_stays_with_the_connection(room):
    chat = room(route("$connect", ", AuthorizationType: CUSTOM, AuthorizerId: !Ref Tokens"), route("tell"), GUARD)
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}
    allowed = {"policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, "context": {"tenant": "t"}}
    denied = {"policyDocument": {"Version": "2012-10-17", "Statement": [{**statement, "Effect": "Deny"}]}}
    chat.deployed.answers("Guard", {"principalId": "ada", **allowed}, {"principalId": "bob", **denied})

    def act():
        clients = [chat.connect(query=query) for query in ((("token", "a"),), (("token", "b"),), ())]
        chat.sockets.send(clients[0], '{"action": "tell"}')
        return [one.status for one in clients]

    assert chat.do(act) == [200, 403, 401]
    asked = chat.deployed.events("Guard")[0]
    assert (asked["type"], asked["methodArn"].split("/", 1)[1]) == ("REQUEST", "live/$connect")
    assert chat.events[-1]["requestContext"]["authorizer"] == {"principalId": "ada", "tenant": "t"}


def test_a_function_that_does_not_let_the_api_in_lets_nobody_in(room):
    chat = room(route("$connect"))
    name = chat.deployed.stack.resource("F").physical_id
    statement = chat.deployed.stack.resource("LetIn").physical_id
    chat.world.functions_api.remove_permission(FunctionName=name, StatementId=statement)
    assert chat.do(chat.connect).status == 502


def test_requests_are_not_for_a_websocket_api(room):
    chat = room(route("tell"))
    assert chat.deployed.ask("Api", stage="live").status == 426
