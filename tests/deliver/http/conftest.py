"""APIs deployed from templates into a world whose functions answer by a script."""

from __future__ import annotations

import json
import textwrap

import pytest

from harness.deliver.http.exchange import HttpRequest
from harness.world.deploy import deploy
from harness.world.template import load_template
from tests.deliver.conftest import World

HEAD = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, Handler: app.handler, CodeUri: .}
"""


def answer(status=200, body="{}", **more):
    """What a function behind a proxy returns."""
    return {"statusCode": status, "body": body, **more}


class Deployed:
    """A world with one template's resources; ``ask`` sends a request and gives the answer."""

    def __init__(self, world, stack):
        self.world = world
        self.stack = stack

    def answers(self, function, *script):
        """What the function with this logical id answers, in order; the last again and again."""
        self.world.invoker.answers[self.stack.resource(function).physical_id] = list(script)

    def events(self, function):
        """The events that the function got."""
        name = self.stack.resource(function).physical_id
        return [c.event for c in self.world.invoker.calls if c.function == name]

    def ask(self, api, method="GET", path="/", *, stage=None, headers=(), query=(), body=b""):
        """Send one request in a run of its own task; returns the answer."""
        (found,) = self.ask_all([(api, method, path, stage, headers, query, body)])
        return found

    def ask_all(self, asked):
        answers = []

        def act():
            for api, method, path, stage, headers, query, body in asked:
                request = HttpRequest(method, path, tuple(query), tuple(dict(headers).items()), body)
                answers.append(self.world.engines.http.request(*self._target(api, stage), request))

        self.world.run(act)
        return answers

    def _target(self, api, stage):
        resource = self.stack.resource(api)
        if resource.type == "AWS::Lambda::Url":
            return resource.attributes["FunctionUrl"].removeprefix("https://").partition(".")[0], ""
        return resource.physical_id, stage or ("Prod" if resource.type == "AWS::ApiGateway::RestApi" else "$default")


@pytest.fixture
def deployed(tmp_path):
    """Deploys resources, written as YAML below ``Resources:``."""
    with World() as world:

        def deploying(resources, globals_=""):
            text = HEAD + textwrap.indent(textwrap.dedent(globals_), "  ") + "Resources:\n"
            file = tmp_path / "template.yaml"
            file.write_text(text + textwrap.indent(textwrap.dedent(resources), "  "), encoding="utf-8")
            (tmp_path / "app.py").write_text("def handler(event, context): ...\n", encoding="utf-8")
            return Deployed(world, deploy(load_template(file), world.cloud.client, world.functions))

        deploying.world = world
        yield deploying


def message(response):
    """What the gateway says by itself."""
    return json.loads(response.body)
