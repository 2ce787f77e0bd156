"""What is said when a function's code cannot be loaded."""

from __future__ import annotations

import pytest

from tests.invoke.conftest import World

FINE = "def handler(e, c): return 1"


@pytest.mark.parametrize(
    ("source", "handler", "error_type", "message"),
    [
        ("import no_such_thing\n" + FINE, "app.handler", "Runtime.ImportModuleError",
         "Unable to import module 'app': No module named 'no_such_thing'"),
        (FINE, "main.handler", "Runtime.ImportModuleError", "Unable to import module 'main': No module named 'main'"),
        (FINE, "json.loads", "Runtime.ImportModuleError", "Unable to import module 'json': No module named 'json'"),
        (FINE, "app.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'"),
        (FINE, "app", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack"),
        ("def handler(:", "app.handler", "Runtime.UserCodeSyntaxError",
         "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
        ("raise RuntimeError('at import')", "app.handler", "RuntimeError", "at import"),
    ],
)  # fmt: skip
def test_code_that_does_not_load_has_awss_payload(  # LAM-07
    world: World, source: str, handler: str, error_type: str, message: str
) -> None:
    world.function("f", source, handler=handler)
    result = world.call("f")
    assert result.ending == "could not start"
    assert (result.value()["errorType"], result.value()["errorMessage"]) == (error_type, message)
    assert f"[ERROR] {error_type}: {message}" in "\n".join(world.lines("f"))
    assert world.call("f").ending == "could not start"


def test_a_missing_package_is_named_with_the_command_that_brings_it(world: World) -> None:
    spec = world.function("f", "import yaml_x.y\n" + FINE)
    world.call("f")
    assert (
        f'[HARNESS] There is no module "yaml_x" in {spec.code_dir}, and no package of that name is installed here. '
        "If it is a package, bring it: python -m pip install yaml-x" in world.lines("f")
    )
    (spec.code_dir / "requirements.txt").write_text("boto3\nyaml_x==1\n")
    world.call("f")
    assert any(line.endswith(f"python -m pip install -r {spec.code_dir}/requirements.txt") for line in world.lines("f"))


def test_the_author_sees_his_own_traceback_first(world: World) -> None:
    spec = world.function("f", "import helper\n" + FINE)
    (spec.code_dir / "helper.py").write_text("x = 1\nboom\n")
    world.call("f")
    assert str(world.invoker.start_problems["f"]) == (
        "Traceback (most recent call last):\n"
        f'  File "{spec.code_dir}/app.py", line 1, in <module>\n    import helper\n'
        f'  File "{spec.code_dir}/helper.py", line 2, in <module>\n    boom\n'
        "NameError: name 'boom' is not defined\n"
        f"Function f (app.handler in {spec.code_dir}) could not start: NameError: name 'boom' is not defined"
    )


def test_a_handler_that_is_not_there_has_the_nearest_name(world: World) -> None:
    world.function("f", FINE, handler="app.hanlder")
    world.call("f")
    assert world.invoker.start_problems["f"].hint == 'Did you mean "app.handler"?'
