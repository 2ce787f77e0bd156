"""What botocore works out again and again is worked out once."""

from __future__ import annotations

import inspect
from typing import Any

import botocore.useragent
import botocore.utils
import dateutil.parser
import pytest
from botocore.config import Config
from botocore.context import start_as_current_context
from botocore.parsers import DEFAULT_TIMESTAMP_PARSER
from botocore.useragent import UserAgentString, register_feature_id

from harness.vendor import repeated_answers
from harness.vendor.patches import Patches

utils: Any = botocore.utils
TIMESTAMPS = (
    "2030-01-15T09:00:00Z",
    "2030-01-15T09:00:00.123Z",
    "2030-01-15T09:00:00.123456+07:00",
    "Tue, 15 Jan 2030 09:00:00 GMT",
    1_900_000_000,
    1_900_000_000.25,
    "1900000000",
    "2030-01-15",
)


# What a user agent knows; a new one may have to be looked at to know whether its text is the same.
AGENTS_PARTS = {
    "_platform_name",
    "_platform_version",
    "_platform_machine",
    "_python_version",
    "_python_implementation",
    "_execution_env",
    "_crt_version",
    "_session_user_agent_name",
    "_session_user_agent_version",
    "_session_user_agent_extra",
    "_client_config",
    "_client_features",
}


class CountedParser:
    """Stands in for ``dateutil.parser.parse`` and counts its calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self._original = dateutil.parser.parse
        monkeypatch.setattr(dateutil.parser, "parse", self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self._original(*args, **kwargs)


def test_the_targets_exist_with_these_signatures() -> None:
    assert list(inspect.signature(utils._parse_timestamp_with_tzinfo).parameters) == ["value", "tzinfo"]
    sanitize = botocore.useragent.sanitize_user_agent_string_component
    assert list(inspect.signature(sanitize).parameters) == ["raw_str", "allow_hash"]
    assert DEFAULT_TIMESTAMP_PARSER is utils.parse_timestamp


def test_upstream_still_parses_the_same_timestamp_again(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = CountedParser(monkeypatch)
    for _ in range(2):
        DEFAULT_TIMESTAMP_PARSER(TIMESTAMPS[0])
    assert parser.calls == 2


@pytest.mark.parametrize("value", TIMESTAMPS)
def test_a_timestamp_is_what_upstream_makes_of_it(value: Any) -> None:
    upstream = DEFAULT_TIMESTAMP_PARSER(value)
    with Patches() as patches:
        repeated_answers.apply(patches)
        for _ in range(2):
            ours = DEFAULT_TIMESTAMP_PARSER(value)
            assert (ours, ours.utcoffset(), type(ours.tzinfo)) == (
                upstream,
                upstream.utcoffset(),
                type(upstream.tzinfo),
            )


def test_a_timestamp_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = CountedParser(monkeypatch)
    with Patches() as patches:
        repeated_answers.apply(patches)
        for _ in range(2):
            DEFAULT_TIMESTAMP_PARSER(TIMESTAMPS[0])
    assert parser.calls == 1


@pytest.mark.parametrize("value", ["09:00", "2030-01-15", "Tue 09:00", "2030-01-15T09:00:00"])
def test_what_depends_on_the_day_or_the_zone_is_parsed_each_time(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = CountedParser(monkeypatch)
    with Patches() as patches:
        repeated_answers.apply(patches)
        for _ in range(2):
            DEFAULT_TIMESTAMP_PARSER(value)
    assert parser.calls == 2


@pytest.mark.parametrize("value", ["nonsense", "2030-13-45T09:00:00Z"])
def test_what_is_no_timestamp_is_refused_as_upstream_does(value: str) -> None:
    with Patches() as patches:
        repeated_answers.apply(patches)
        for _ in range(2):
            with pytest.raises(ValueError, match=f'Invalid timestamp "{value}"'):
                DEFAULT_TIMESTAMP_PARSER(value)


@pytest.mark.parametrize("allow_hash", [True, False])
def test_the_user_agent_is_sanitized_as_upstream_does(allow_hash: bool) -> None:
    name = "Boto3/1.40#a b(ü)"
    upstream = botocore.useragent.sanitize_user_agent_string_component(name, allow_hash)
    with Patches() as patches:
        repeated_answers.apply(patches)
        ours = [botocore.useragent.sanitize_user_agent_string_component(name, allow_hash) for _ in range(2)]
    assert ours == [upstream, upstream]


def agents() -> list[UserAgentString]:
    """Each differs from the others in something that its text tells."""
    plain = UserAgentString.from_environment()
    configs = (
        Config(),
        Config(user_agent="mine/1"),
        Config(user_agent_extra="more/2"),
        Config(user_agent_appid="orders"),
        Config(retries={"mode": "standard"}),
        Config(retries={"mode": "adaptive"}),
    )
    with_features = UserAgentString.from_environment()
    with_features.set_client_features({"A"})
    session = UserAgentString.from_environment().set_session_config("Boto3", "9", "Resource")
    return [plain, with_features, session, *(plain.with_client_config(config) for config in configs)]


def test_upstream_still_puts_a_user_agent_together_each_time() -> None:
    assert list(inspect.signature(UserAgentString.to_string).parameters) == ["self"]
    agent = UserAgentString.from_environment()
    assert agent.to_string() is not agent.to_string()
    assert set(vars(agent)) == AGENTS_PARTS


def test_a_user_agent_is_what_upstream_makes_of_it() -> None:
    upstream = [agent.to_string() for agent in agents()]
    assert len(set(upstream)) > len(upstream) - 3
    with Patches() as patches:
        repeated_answers.apply(patches)
        for _ in range(2):
            assert [agent.to_string() for agent in agents()] == upstream


def test_a_user_agent_changes_with_its_clients_configuration_and_the_features_in_use() -> None:
    with Patches() as patches:
        repeated_answers.apply(patches)
        config = Config()
        agent = UserAgentString.from_environment().with_client_config(config)
        first = agent.to_string()
        assert agent.to_string() is first
        config.user_agent_extra = "more/2"
        assert agent.to_string().endswith("more/2")
        with start_as_current_context():
            register_feature_id("WAITER")
            assert agent.to_string() not in (first, f"{first} more/2")


def test_undo_restores_the_very_same_objects() -> None:
    def stored() -> tuple[Any, ...]:
        agent = botocore.useragent
        parse = utils._parse_timestamp_with_tzinfo
        return parse, agent.sanitize_user_agent_string_component, agent.UserAgentString.to_string

    before = stored()
    with Patches() as patches:
        repeated_answers.apply(patches)
        assert all(ours is not theirs for ours, theirs in zip(stored(), before, strict=True))
    assert stored() == before
