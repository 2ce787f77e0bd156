"""What a function's log says."""

from __future__ import annotations

import logging
import re

from tests.invoke.conftest import World


def test_the_log_has_lambdas_own_lines(world: World) -> None:  # LAM-23
    world.function(
        "f",
        "import time\ndef handler(e, c):\n    print('one\\ntwo')\n    time.sleep(0.0031)\n    print('three', end='')",
    )
    result = world.call("f")
    rid = result.request_id
    assert world.lines("f") == [
        "INIT_START Runtime Version: python:3.12",
        f"START RequestId: {rid} Version: $LATEST",
        "one", "two", "three",
        f"END RequestId: {rid}",
        f"REPORT RequestId: {rid}\tDuration: 3.10 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 0 MB\tInit Duration: 0.00 ms\t",
    ]  # fmt: skip
    streams = world.cloud.client("logs").describe_log_streams(logGroupName="/aws/lambda/f")["logStreams"]
    assert [bool(re.fullmatch(r"2030/01/15/\[\$LATEST\][0-9a-f]{32}", s["logStreamName"])) for s in streams] == [True]
    assert result.log_tail.decode().splitlines() == world.lines("f")
    assert [e.detail["text"] for e in world.kernel.trace.select("invoke", "logged")] == ["one", "two", "three"]


def test_a_warm_call_goes_on_in_the_same_stream_without_init(world: World) -> None:  # LAM-23
    world.function("f", "def handler(e, c): pass")
    world.call("f")
    world.call("f")
    assert [line.split()[0] for line in world.lines("f")] == [
        "INIT_START", "START", "END", "REPORT", "START", "END", "REPORT",
    ]  # fmt: skip
    assert "Init Duration" not in world.lines("f")[-1]


def test_logging_has_lambdas_format_and_level(world: World) -> None:  # LAM-23
    source = """
        import logging, time
        log = logging.getLogger("mine")
        def handler(e, c):
            logging.info("not shown")
            log.warning("shown")
            logging.getLogger().setLevel(logging.INFO)
            time.sleep(1.25)
            log.info("now %s", "too")
            logging.basicConfig(level=logging.DEBUG, format="never")
            logging.debug("root has a handler already")
            try: 1/0
            except ZeroDivisionError: log.exception("oh")
    """
    world.function("f", source)
    rid = world.call("f").request_id
    lines = world.lines("f")
    assert lines[2:4] == [
        f"[WARNING]\t2030-01-15T09:00:00.000Z\t{rid}\tshown",
        f"[INFO]\t2030-01-15T09:00:01.250Z\t{rid}\tnow too",
    ]
    assert lines[4].startswith(f"[ERROR]\t2030-01-15T09:00:01.250Z\t{rid}\toh\nTraceback (most recent call last):\n")
    assert lines[5].startswith("END")


def test_levels_and_handlers_do_not_leak_between_functions(world: World) -> None:
    world.function("loud", "import logging, sys\nlogging.getLogger().setLevel(10)\n"
                   "logging.getLogger('x').addHandler(logging.StreamHandler(sys.stdout))\n"
                   "def handler(e, c): logging.getLogger('x').debug('loud')")  # fmt: skip
    world.function("calm", "import logging\ndef handler(e, c): logging.getLogger('x').info('calm')")
    host = (logging.root.level, list(logging.root.handlers), list(logging.getLogger("x").handlers))
    world.run(lambda: world.together("loud", "calm"))
    assert [line.split("\t")[-1] for line in world.lines("loud") if "loud" in line] == ["loud", "loud"]
    assert not any("calm" in line for line in world.lines("calm"))
    assert host == (logging.root.level, list(logging.root.handlers), list(logging.getLogger("x").handlers))


def test_what_a_shared_library_logs_is_in_the_log_of_the_function_that_used_it(world: World) -> None:
    source = "import logging, botocore.utils\ndef handler(e, c): botocore.utils.logger.warning('from a library')"
    world.function("f", source)
    world.call("f")
    assert world.lines("f")[2].endswith("\tfrom a library")


def test_the_path_of_the_temporary_folder_reads_as_on_aws(world: World) -> None:
    world.function("f", "import tempfile\ndef handler(e, c): print(tempfile.mkdtemp())")
    world.call("f")
    assert world.kernel.trace.select("invoke", "logged")[0].detail["text"] == "/tmp/tmp00000001"


def test_the_tail_is_the_last_four_kilobytes(world: World) -> None:  # LAM-01
    world.function("f", "def handler(e, c): print('x' * 5000)")
    result = world.call("f")
    assert len(result.log_tail) == 4096
    assert result.log_tail.endswith(b"\t\n")
