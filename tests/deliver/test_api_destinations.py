from __future__ import annotations

import json

import pytest

from harness.vendor.http_exchange import HttpAnswer
from tests.deliver.conftest import World

URL = "https://partner.example/orders/*/lines"
BASIC = {"BasicAuthParameters": {"Username": "me", "Password": "secret"}}
KEY = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "k1"}}
OAUTH = {
    "OAuthParameters": {
        "AuthorizationEndpoint": "https://login.example/token",
        "ClientParameters": {"ClientID": "id", "ClientSecret": "s"},
        "HttpMethod": "POST",
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "orders"}]},
    }
}


class Partner:
    """What is outside: it answers by a script, of which the last one stays."""

    def __init__(self):
        self.asked = []
        self.answers = [HttpAnswer()]

    def __call__(self, who, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer(request) if callable(answer) else answer

    @property
    def headers(self):
        return dict(self.asked[-1].headers)


@pytest.fixture
def partner():
    return Partner()


@pytest.fixture
def world(partner):
    with World(ask_outside=partner) as world:
        yield world


def destination(world, authorization="API_KEY", parameters=KEY, *, endpoint="https://partner.example/orders", **target):
    """A rule for the source "shop" with this destination as its target, and a dead-letter queue."""
    by = world.buses.create_connection(Name="c", AuthorizationType=authorization, AuthParameters=parameters)
    made = world.buses.create_api_destination(
        Name="d", ConnectionArn=by["ConnectionArn"], InvocationEndpoint=endpoint, HttpMethod="POST"
    )
    dead = world.queue("dead")
    world.buses.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    form = {"Id": "d", "Arn": made["ApiDestinationArn"], "RoleArn": world.role(), "DeadLetterConfig": {"Arn": dead.arn}}
    world.buses.put_targets(Rule="r", Targets=[{**form, **target}])
    return dead


def put(world, detail=None):
    entry = {"Source": "shop", "DetailType": "Placed", "Detail": json.dumps(detail or {})}
    return lambda: world.buses.put_events(Entries=[entry])


def test_evb_09_the_event_is_the_body_of_the_request(world, partner):
    destination(world, InputPath="$.detail")
    world.run(put(world, {"n": 1}))
    (request,) = partner.asked
    assert (request.method, request.url, request.body) == ("POST", "https://partner.example/orders", b'{"n":1}')
    assert partner.headers == {
        "content-type": "application/json; charset=utf-8",
        "range": "bytes=0-1048575",
        "user-agent": "Amazon/EventBridge/ApiDestinations",
        "x-key": "k1",
    }


def test_evb_09_the_target_fills_path_query_and_headers_and_the_connection_wins(world, partner):
    more = {
        "HeaderParameters": [{"Key": "x-from", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "v", "Value": "2"}],
        "BodyParameters": [{"Key": "site", "Value": "main"}],
    }
    given = {
        "PathParameterValues": ["a/b"],
        "HeaderParameters": {"X-From": "target", "X-Two": "2"},
        "QueryStringParameters": {"v": "1", "q": "x y"},
    }
    parameters = {**KEY, "InvocationHttpParameters": more}
    destination(world, parameters=parameters, endpoint=URL, HttpParameters=given, InputPath="$.detail")
    world.run(put(world, {"n": 1}))
    (request,) = partner.asked
    assert request.url == "https://partner.example/orders/a%2Fb/lines?v=2&q=x+y"
    assert (partner.headers["x-from"], partner.headers["x-two"]) == ("connection", "2")
    assert json.loads(request.body) == {"n": 1, "site": "main"}


def test_evb_09_a_parameter_may_be_taken_from_the_event(world, partner):
    given = {"PathParameterValues": ["$.detail.id"], "QueryStringParameters": {"of": "$.source"}}
    destination(world, endpoint=URL, HttpParameters=given)
    world.run(put(world, {"id": 7}))
    assert partner.asked[0].url == "https://partner.example/orders/7/lines?of=shop"


def test_evb_09_what_the_event_does_not_have_is_an_empty_text_and_what_is_no_text_is_json(world, partner):
    given = {"PathParameterValues": ["$.detail.id"], "HeaderParameters": {"x-vip": "$.detail.vip"}}
    destination(world, endpoint=URL, HttpParameters=given)
    world.run(put(world, {"vip": True}))
    assert partner.asked[0].url == "https://partner.example/orders//lines"
    assert partner.headers["x-vip"] == "true"


def test_evb_09_a_user_and_a_password_go_into_the_authorization(world, partner):
    destination(world, "BASIC", BASIC)
    world.run(put(world))
    assert partner.headers["authorization"] == "Basic bWU6c2VjcmV0"


def test_evb_09_a_token_is_asked_for_once_and_again_when_it_is_refused(world, partner):
    refused = []

    def answer(request):
        if request.url == "https://login.example/token":
            return HttpAnswer(body=json.dumps({"access_token": f"t{len(partner.asked)}"}).encode())
        if len(partner.asked) == 4:
            refused.append(partner.headers["authorization"])
            return HttpAnswer(status=401)
        return HttpAnswer()

    partner.answers = [answer]
    destination(world, "OAUTH_CLIENT_CREDENTIALS", OAUTH)

    def act():
        for _ in range(3):
            put(world)()
            world.kernel.quiet()

    world.run(act)
    token = partner.asked[0]
    assert token.body == b"grant_type=client_credentials&client_id=id&client_secret=s&scope=orders"
    assert [r.url.rpartition("/")[2] for r in partner.asked] == [
        "token",
        "orders",
        "orders",
        "orders",
        "token",
        "orders",
    ]
    assert refused == ["Bearer t1"]
    assert partner.headers["authorization"] == "Bearer t5"


@pytest.mark.parametrize("status", [401, 407, 409, 429, 500, 503])
def test_evb_09_what_may_pass_is_tried_again(world, partner, status):
    partner.answers = [HttpAnswer(status=status), HttpAnswer()]
    dead = destination(world)
    world.run(put(world))
    assert (len(partner.asked), dead.contents()) == (2, [])


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_evb_09_what_will_not_pass_goes_to_the_dead_letters_at_once(world, partner, status):
    partner.answers = [HttpAnswer(status=status)]
    dead = destination(world)
    world.run(put(world))
    (message,) = dead.contents()
    assert len(partner.asked) == 1
    said = message.message_attributes["ERROR_MESSAGE"]["StringValue"]
    assert said == f"https://partner.example/orders answered {status}"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HttpAnswer(delay_s=None), "TIMEOUT"),
        (HttpAnswer(delay_s=5.1), "TIMEOUT"),
        (HttpAnswer(error=ConnectionResetError("broken")), "CONNECTION_FAILURE"),
    ],
)
def test_evb_09_no_answer_within_five_seconds_is_tried_again_as_often_as_the_target_allows(
    world, partner, answer, code
):
    partner.answers = [answer]
    dead = destination(world, RetryPolicy={"MaximumRetryAttempts": 1})
    took = world.run(put(world))
    (message,) = dead.contents()
    assert len(partner.asked) == 2
    assert message.message_attributes["ERROR_CODE"]["StringValue"] == code
    assert took == pytest.approx(11.02 if code == "TIMEOUT" else 1.02)


def test_evb_09_a_slow_answer_in_time_is_one(world, partner):
    partner.answers = [HttpAnswer(delay_s=5.0)]
    dead = destination(world)
    assert world.run(put(world)) == pytest.approx(5.02)
    assert dead.contents() == []


def test_evb_09_a_destination_that_is_gone_is_no_target(world, partner):
    dead = destination(world)
    world.buses.delete_api_destination(Name="d")
    world.run(put(world))
    (message,) = dead.contents()
    assert message.message_attributes["ERROR_CODE"]["StringValue"] == "NO_RESOURCE"
    assert partner.asked == []


def test_evb_05_a_destination_is_reached_in_a_role_only(world):
    destination(world)
    (target,) = world.buses.list_targets_by_rule(Rule="r")["Targets"]
    with pytest.raises(world.buses.exceptions.ClientError, match="RoleArn is required for target"):
        world.buses.put_targets(Rule="r", Targets=[{"Id": "x", "Arn": target["Arn"]}])


def test_a_pipe_may_end_at_a_destination(world, partner):
    destination(world)
    source = world.queue("in")
    (target,) = world.buses.list_targets_by_rule(Rule="r")["Targets"]
    world.cloud.client("pipes").create_pipe(
        Name="p",
        RoleArn=world.role(),
        Source=source.arn,
        Target=target["Arn"],
        TargetParameters={"InputTemplate": "<$.body>", "HttpParameters": {"QueryStringParameters": {"a": "b"}}},
    )
    url = world.sqs.get_queue_url(QueueName="in")["QueueUrl"]
    world.run(lambda: world.sqs.send_message(QueueUrl=url, MessageBody="hello"))
    (request,) = partner.asked
    assert (request.url, request.body) == ("https://partner.example/orders?a=b", b"hello")
    assert source.contents() == []
