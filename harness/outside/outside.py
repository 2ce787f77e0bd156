"""This file decides what functions and state machines are answered from outside the pipeline.

The order, for an AWS call: the first stub that fits; the embedded cloud, if it may answer; else it is refused. For an
HTTP request: the first stub that fits; the pipeline's own door at that address (``own``); else it is refused. What the
scenario's own steps and checks ask is not the pipeline's and goes by.
Rule: nothing is ever sent, and a refusal is remembered even if the code under test makes nothing of it.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from harness.act import python_call
from harness.disturb.error_answers import error_answer, same_call
from harness.errors import ScenarioError
from harness.kernel.scheduler import Kernel
from harness.kernel.tasks import Carrier, Task
from harness.outside import asked, http_answers, refusals
from harness.outside.asked import Question
from harness.outside.response_urls import ResponseUrls
from harness.scenario.aws_shapes import as_answered, operation
from harness.scenario.model import Asked, CallsCheck, Scenario, Stub, StubAnswer
from harness.scenario.stub_shapes import returned_slips
from harness.vendor import aws_answers
from harness.vendor.aws_calls import Answer, CallRefused
from harness.vendor.http_exchange import Awaited, HttpAnswer, HttpRequest
from harness.vendor.surroundings import FunctionCarrier
from harness.world.cloud import Cloud

_SHOWN = 200
# What an API destination waits for (EVB-09).
_LONGEST_DELIVERY_S = 5.0


class _Unanswered(ConnectionRefusedError):
    """No stub fits."""


class Outside:
    """The world outside of one run's pipeline.

    ``questions`` are those that a stub or a check names and all HTTP requests, in order. ``refusals`` are the words of
    what was refused, by caller and call, the first of each. ``modules`` holds the scenario's Python files once loaded,
    ``responses`` the addresses to which providers of custom resources put their answers. ``own`` gives what answers at
    an address of the pipeline's own.
    """

    def __init__(self, kernel: Kernel, cloud: Cloud) -> None:
        self.questions: list[Question] = []
        self.refusals: dict[tuple[str, str], str] = {}
        self.modules: dict[str, ModuleType] = {}
        self.responses = ResponseUrls(kernel)
        self.own: Callable[[HttpRequest], Callable[[], HttpAnswer] | None] = lambda request: None
        self._kernel = kernel
        self._cloud = cloud
        self._stubs: list[_Answers] = []
        self._named: list[Asked] = []
        self._own_task: Task | None = None
        self._error: ScenarioError | None = None

    def prepare(self, scenario: Scenario) -> None:
        """Take the scenario's answers. They are not for the current task, the one that acts and checks."""
        self._stubs = [_Answers(stub, number) for number, stub in enumerate(scenario.stub, 1)]
        self._named = [*scenario.stub, *(check for check in scenario.then if isinstance(check, CallsCheck))]
        self._own_task = self._kernel.require_current()

    def raise_problem(self) -> None:
        """Raise what was wrong with a stub's own Python, in the place of what it led to."""
        if self._error is not None:
            raise self._error

    # -- AWS --------------------------------------------------------------------------------------

    def on_call(self, carrier: Carrier | None, call: str, request: AWSPreparedRequest) -> Answer | None:
        """What the caller of an AWS call is answered; None lets it through to the embedded cloud.

        Raises:
            CallRefused: nobody answers such a call.
        """
        who = self._who(carrier)
        if who is None:
            return None
        named = any(_same(one, call) for one in self._named)
        if named:
            question = asked.of_call(self._kernel.trace.name(who), call, self._cloud.parameters.current())
            self.questions.append(question)
            stub = self._stub_for(question)
            if stub is not None:
                return self._answer_call(stub, who, question)
        if not refusals.may_answer(call):
            raise CallRefused(text=self.on_unanswered(carrier, call))
        return None

    def on_unanswered(self, carrier: Carrier | None, call: str) -> str:
        """The words in which a call is refused that neither a stub nor the cloud answers."""
        who = self._who(carrier)
        if who is None:
            return refusals.refused_call("The scenario", call)
        return self._refuse(who, call, refusals.refused_call(self._kernel.trace.name(who), call))

    def _answer_call(self, stub: _Answers, who: str, question: Question) -> Answer:
        call = str(question.call)
        answer = stub.next()
        request_id = self._kernel.decisions.uuid("stubbed call")
        if answer.error is not None:
            self._tell(stub, who, question, failed=answer.error.code)
            self._wait(answer)
            return error_answer(call, answer.error.code, request_id, answer.error.message)
        returned = self._returned(stub, answer, question)
        self._tell(stub, who, question)
        self._wait(answer)
        model = operation(str(stub.stub.call))
        assert isinstance(model, OperationModel)
        return aws_answers.answer(model, as_answered(model.output_shape, returned or {}), request_id)

    def _wait(self, answer: StubAnswer) -> None:
        if answer.delay is not None:
            self._kernel.sleep(answer.delay.s)

    # -- HTTP -------------------------------------------------------------------------------------

    def on_request(self, carrier: Carrier | None, request: HttpRequest) -> HttpAnswer | Awaited:
        """What a function's HTTP request is answered."""
        who = self._who(carrier) or "scenario"
        taken = self.responses.take(request)
        if taken is not None:
            self._kernel.emit(
                "outside", "told", who, call="CloudFormation", asked=request.body.decode(errors="replace")[:_SHOWN]
            )
            return taken
        return self._answer_request(who, request)

    def on_delivery(self, who: str, request: HttpRequest) -> HttpAnswer | None:
        """What AWS itself is answered when it delivers in the name of ``who``; None if the scenario does not say."""
        answer = self._answer_request(who, request)
        if isinstance(answer, Awaited):
            if answer.answer is None:
                answer.waiters.wait("an address's answer", _LONGEST_DELIVERY_S)
            return answer.answer or HttpAnswer(error=TimeoutError(f"no answer in {_LONGEST_DELIVERY_S:g} s"))
        return None if isinstance(answer.error, _Unanswered) else answer

    def _answer_request(self, who: str, request: HttpRequest) -> HttpAnswer | Awaited:
        question = asked.of_request(self._kernel.trace.name(who), request)
        self.questions.append(question)
        stub = self._stub_for(question)
        own = self.own(request) if stub is None else None
        if own is not None:
            return self._answered_at_home(own, request)
        if stub is None:
            text = refusals.refused_request(question.who, request.method, request.url)
            text = self._refuse(who, f"{request.method} {request.url}", text)
            return HttpAnswer(error=_Unanswered(errno.ECONNREFUSED, text))
        answer = stub.next()
        delay_s = answer.delay.s if answer.delay is not None else 0.0
        if answer.error is not None:
            self._tell(stub, who, question, failed=answer.error.code)
            return http_answers.failed(answer, request.url, delay_s)
        returned = self._returned(stub, answer, question)
        self._tell(stub, who, question)
        return http_answers.returned(returned, delay_s)

    def _answered_at_home(self, own: Callable[[], HttpAnswer], request: HttpRequest) -> Awaited:
        awaited = Awaited(self._kernel)
        task = self._kernel.spawn(lambda: awaited.give(own()), name=f"{request.method} {request.url.partition('?')[0]}")
        # Only a header takes it along.
        task.trace_header = None
        return awaited

    def on_connection(self, carrier: Carrier | None, host: str, port: int, sent: bytes) -> str:
        """The words in which a connection is refused that is no HTTP."""
        who = self._who(carrier) or "scenario"
        text = refusals.refused_connection(self._kernel.trace.name(who), host, port, sent)
        return self._refuse(who, f"{host}:{port}", text)

    # -- both -------------------------------------------------------------------------------------

    def _who(self, carrier: Carrier | None) -> str | None:
        """Who asks: a function's ARN or a state machine's task; None for the scenario and the engines."""
        if isinstance(carrier, FunctionCarrier):
            return str(carrier.environment.spec.arn)
        task = self._kernel.current
        return None if self._own_task is None or task is None or task is self._own_task else task.name

    def _stub_for(self, question: Question) -> _Answers | None:
        for answers in self._stubs:
            stub = answers.stub
            if question.is_meant(stub, _same(stub, question.call)) and not stub.why_not(question.document):
                return answers
        return None

    def _returned(self, answers: _Answers, answer: StubAnswer, question: Question) -> Any:
        if answer.python is None:
            return answer.returns
        try:
            returned = python_call.call_with(self.modules, answer.python, question.document)
            for path, sentence, hint in returned_slips(answers.stub, returned):
                way = "".join(f"[{step!r}]" for step in path)
                raise ScenarioError(f"What {answer.python.call} returned: {way} {sentence}", hint=hint)
        except ScenarioError as error:
            # Code under test may catch anything; the author of the stub must see it all the same.
            self._error = self._error or ScenarioError(error.problem, where=answer.where, hint=error.hint)
            raise self._error from error
        return returned

    def _tell(self, answers: _Answers, who: str, question: Question, **detail: Any) -> None:
        what = "failed" if detail else "answered"
        document = question.document.get("text", "") if question.call is None else question.document
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        self._kernel.emit(
            "outside",
            what,
            who,
            call=question.name,
            stub=answers.number,
            asked=text[:_SHOWN],
            error=detail.get("failed"),
        )

    def _refuse(self, who: str, call: str, text: str) -> str:
        self._kernel.emit("outside", "refused", who, call=call)
        self.refusals.setdefault((who, call), text)
        return text


class _Answers:
    """A stub, and which of its answers comes next."""

    def __init__(self, stub: Stub, number: int) -> None:
        self.stub = stub
        self.number = number
        self._given = 0

    def next(self) -> StubAnswer:
        answers = self.stub.in_order
        answer = answers[min(self._given, len(answers) - 1)]
        self._given += 1
        return answer


def _same(asked: Asked, call: str | None) -> bool:
    return asked.call is not None and call is not None and same_call(asked.call, call)
