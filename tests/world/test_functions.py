"""What a name, an ARN and a qualifier stand for."""

from __future__ import annotations

from pathlib import Path

from harness.world.functions import Functions, FunctionSpec

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"


def registered(**options: int) -> Functions:
    functions = Functions()
    functions.register(FunctionSpec("F", "f", ARN, "a.b", Path(), "python3.12", "r", **options))  # type: ignore[arg-type]
    return functions


def timeouts(functions: Functions, name_or_arn: str) -> list[tuple[str, int]]:
    return [(s.version, s.timeout_s) for s in functions.behind(name_or_arn)]


def test_a_function_is_found_by_name_and_by_arn() -> None:
    functions = registered()
    assert functions.find("f") is functions.find(ARN) is functions.find(f"{ARN}:$LATEST") is next(iter(functions))
    assert functions.find("g") is functions.find(ARN + "x") is None


def test_lam_28_a_version_keeps_what_it_was_published_with() -> None:
    functions = registered(timeout_s=3)
    functions.publish(ARN, "1")
    functions.change(ARN, timeout_s=9)
    functions.publish(ARN, "1")
    functions.publish(ARN, "2")
    assert timeouts(functions, ARN) == [("$LATEST", 9)]
    assert timeouts(functions, f"{ARN}:1") == [("1", 3)]
    assert timeouts(functions, "f:2") == [("2", 9)]
    functions.remove(ARN, "1")
    assert functions.find(f"{ARN}:1") is None


def test_lam_28_an_alias_stands_for_what_it_points_to_now() -> None:
    functions = registered()
    functions.publish(ARN, "1")
    functions.point(ARN, "live", "$LATEST", {})
    assert timeouts(functions, f"{ARN}:live") == [("$LATEST", 3)]
    functions.point(ARN, "live", "1", {})
    assert timeouts(functions, "f:live") == [("1", 3)]
    functions.drop_alias(ARN, "live")
    assert functions.find(f"{ARN}:live") is None


def test_lam_28_weights_say_between_which_versions_a_call_goes() -> None:
    functions = registered()
    for version in ("1", "2"):
        functions.publish(ARN, version)
    for weight, versions in ((0.1, ["1", "2"]), (0.0, ["1"]), (1.0, ["2"])):
        functions.point(ARN, "live", "1", {"2": weight})
        assert [version for version, _ in timeouts(functions, f"{ARN}:live")] == versions


def test_a_function_that_goes_takes_everything_with_it() -> None:
    functions = registered(reserved_concurrency=5)
    functions.publish(ARN, "1")
    functions.point(ARN, "live", "1", {})
    assert (functions.reserved(ARN), functions.reserved(f"{ARN}:live"), functions.all_reserved) == (5, 5, 5)
    functions.remove(ARN)
    assert [functions.find(n) for n in (ARN, f"{ARN}:1", f"{ARN}:live")] == [None, None, None]
    assert functions.all_reserved == 0
