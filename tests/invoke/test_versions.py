"""A call through a version or an alias."""

from __future__ import annotations

import json
from pathlib import Path

from harness.kernel.decisions import Seeded
from tests.invoke.conftest import ARN, World, open_world

SAYS = """
    import os
    seen = []
    def handler(event, context):
        seen.append(1)
        return [context.function_version, context.invoked_function_arn, os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
                os.environ.get("COLOUR"), len(seen), context.log_stream_name.partition("/[")[2].partition("]")[0]]
"""


def published(world: World) -> None:
    world.function("f", SAYS, environment={"COLOUR": "blue"})
    world.functions.publish(ARN + "f", "1")
    world.functions.change(ARN + "f", environment={"COLOUR": "green"})
    world.functions.publish(ARN + "f", "2")
    world.functions.point(ARN + "f", "live", "1", {})


def test_lam_22_lam_28_the_handler_sees_its_version_and_the_arn_as_called(world: World) -> None:
    published(world)
    said = world.run(lambda: [world.invoke(name).value() for name in ("f", "f:$LATEST", "f:1", "f:live")])
    assert [s[:4] for s in said] == [
        ["$LATEST", ARN + "f", "$LATEST", "green"],
        ["$LATEST", ARN + "f:$LATEST", "$LATEST", "green"],
        ["1", ARN + "f:1", "1", "blue"],
        ["1", ARN + "f:live", "1", "blue"],
    ]


def test_lam_23_log_stream_and_start_line_name_the_version(world: World) -> None:
    published(world)
    assert world.call("f:1").value()[5] == "1"
    (start,) = [line for line in world.lines("f") if line.startswith("START")]
    assert start.endswith(" Version: 1")


def test_lam_28_each_version_has_environments_of_its_own_and_its_alias_shares_them(world: World) -> None:
    published(world)
    said = world.run(lambda: [world.invoke(name).value() for name in ("f", "f:1", "f", "f:live")])
    assert [s[4] for s in said] == [1, 1, 2, 2]


def test_lam_28_a_changed_configuration_makes_the_next_call_a_cold_one(world: World) -> None:
    published(world)

    def main() -> list[object]:
        first = world.invoke("f").value()
        world.functions.change(ARN + "f", environment={"COLOUR": "red"})
        return [first[3], *world.invoke("f").value()[3:5]]

    assert world.run(main) == ["green", "red", 1]


def test_lam_17_versions_share_the_functions_reservation(world: World) -> None:
    world.function("f", "import time\ndef handler(event, context):\n    time.sleep(1)\n", reserved_concurrency=1)
    world.functions.publish(ARN + "f", "1")
    assert [r.ending for r in world.run(lambda: world.together("f", "f:1"))] == ["succeeded", "throttled"]


def test_lam_28_weights_plainly_take_the_aliass_own_version_and_a_seed_takes_both(tmp_path: Path) -> None:
    def versions(world: World) -> list[str]:
        published(world)
        world.functions.point(ARN + "f", "live", "1", {"2": 0.5})
        results = world.run(lambda: [world.invoke("f:live") for _ in range(20)])
        assert [json.loads(r.payload)[0] for r in results] == [r.version for r in results]
        return [r.version for r in results]

    (plain,) = [versions(w) for w in open_world(tmp_path / "plain")]
    (seeded,) = [versions(w) for w in open_world(tmp_path / "seeded", decisions=Seeded(7))]
    assert set(plain) == {"1"}
    assert set(seeded) == {"1", "2"}
