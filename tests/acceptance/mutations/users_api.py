"""What is broken in the users API, and in which words the scenario that guards it must complain."""

from __future__ import annotations

import pytest

from harness.deliver.http import authorizers, rest_api, validation
from harness.deliver.http.authorizers import Authorizers
from harness.deliver.http.gateway_answers import Refused
from harness.guard.statements import Verdict
from tests.acceptance.mutations.breaking import Mutation, code, engine

TEMPLATE = "template.yaml"
SOURCES = "src/users"


def bodies_are_not_validated(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(validation, "check", lambda *_: None)


def answers_are_kept_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rest_api, "DEFAULT_TTL_S", 10**6)
    original = Authorizers.ask

    def ask(self, asked):
        self._kept = {key: (10**20, said) for key, (_, said) in self._kept.items()}
        return original(self, asked)

    patch.setattr(Authorizers, "ask", ask)


def whoever_asks_gets_through(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(authorizers, "judge_statements", lambda *_, **__: Verdict(True))


def functions_errors_are_500(patch: pytest.MonkeyPatch) -> None:
    def answer(result, request, binary_types):
        if not result.ok:
            raise Refused("API_CONFIGURATION_ERROR")
        return original(result, request, binary_types)

    original = rest_api._proxy_answer
    patch.setattr(rest_api, "_proxy_answer", answer)


def throttled_is_429(patch: pytest.MonkeyPatch) -> None:
    def answer(result, request, binary_types):
        if result.ending == "throttled":
            raise Refused("THROTTLED")
        return original(result, request, binary_types)

    original = rest_api._proxy_answer
    patch.setattr(rest_api, "_proxy_answer", answer)


MUTATIONS: dict[str, list[Mutation]] = {
    "access.yaml::without a good token no function behind the API runs": [
        Mutation(
            "the API has no authorizer",
            code(TEMPLATE, "        DefaultAuthorizer: ApiTokens\n", ""),
            fails="401",
        ),
        Mutation(
            "any kind of token reaches the authorizer",
            code(TEMPLATE, "ValidationExpression: Bearer .+", "ValidationExpression: .+"),
            fails="Authorizer has 1 invocation",
        ),
    ],
    "access.yaml::a reader may read and not write, also while the authorizer's answer is kept": [
        Mutation(
            "the policy names the path that was asked first",
            code(f"{SOURCES}/authorizer.py", 'f"{api_and_stage}/{method}/*"', 'event["methodArn"]'),
            fails='"list"',
        ),
        Mutation("policies are not looked at", engine(whoever_asks_gets_through), fails='"delete"'),
        Mutation(
            "the authorizer's answer is not kept",
            code(TEMPLATE, "ReauthorizeEvery: 300", "ReauthorizeEvery: 0"),
            fails="Authorizer has 1 invocation",
        ),
    ],
    "access.yaml::after five minutes the authorizer is asked again": [
        Mutation("its answer is kept for ever", engine(answers_are_kept_for_ever), fails="Authorizer has 2"),
    ],
    "access.yaml::a body that does not fit is refused before a function runs": [
        Mutation("bodies are not validated", engine(bodies_are_not_validated), fails="CreateUser has 0"),
        Mutation(
            "the answer has AWS's own shape",
            code(TEMPLATE, '{"error": "invalid", "message": $context.error.messageString}', '{"message": "no"}'),
            fails="2 answers",
        ),
    ],
    "access.yaml::a browser may ask what it may send, without a token": [
        Mutation(
            "preflights need a token",
            code(TEMPLATE, "AddDefaultAuthorizerToCorsPreflight: false", "AddDefaultAuthorizerToCorsPreflight: true"),
            fails='"preflight"',
        ),
        Mutation(
            "the header for versions is not allowed",
            code(TEMPLATE, ",If-Match'", "'"),
            fails='"preflight"',
        ),
    ],
    "trouble.yaml::a function that fails is a 502 and nobody tries again": [
        Mutation("a failing function is a 500", engine(functions_errors_are_500), fails='"first"'),
    ],
    "trouble.yaml::a throttled function is a 500": [
        Mutation("a throttled function is a 429", engine(throttled_is_429), fails="500"),
    ],
    "users.yaml::a user is created, read, changed and deleted": [
        Mutation(
            "a change leaves the version as it is",
            code(f"{SOURCES}/change.py", "version = version + :one", "version = version + :one - :one"),
            fails='"change"',
        ),
        Mutation(
            "answers lack the header for browsers",
            code(f"{SOURCES}/answers.py", "{**CORS, **named}", "{**named}"),
            fails='"create"',
        ),
        Mutation(
            "a deleted user stays",
            code(f"{SOURCES}/delete.py", '["username"]}', '["username"] + "-"}'),
            fails='"gone"',
        ),
    ],
    "users.yaml::a name that is taken stays with its first user": [
        Mutation(
            "the second takes the name",
            code(f"{SOURCES}/create.py", ', ConditionExpression="attribute_not_exists(username)"', ""),
            fails="409",
        ),
    ],
    "users.yaml::of two changes made at once one is told that it came too late": [
        Mutation(
            "versions are not compared",
            code(f"{SOURCES}/change.py", "version = :seen", "version >= :seen"),
            fails="412",
        ),
    ],
    "users.yaml::a change without a version, or of nobody, changes nothing": [
        Mutation(
            "a user that is not there is told of as changed",
            code(f"{SOURCES}/change.py", 'if "Item" not in error.response:', "if False:"),
            fails='"nobody"',
        ),
        Mutation(
            "without a version the first one is meant",
            code(f"{SOURCES}/change.py", 'headers.get("if-match", "")', 'headers.get("if-match", "1")'),
            fails='"without"',
        ),
    ],
    "users.yaml::users come page by page": [
        Mutation(
            "the next page begins where the first did",
            code(f"{SOURCES}/listing.py", 'if "after" in query:', "if False:"),
            fails="",
        ),
        Mutation(
            "a page may have any size",
            code(f"{SOURCES}/listing.py", "1 <= int(limit) <= MOST", "1 <= int(limit)"),
            fails='"too many"',
        ),
    ],
}
