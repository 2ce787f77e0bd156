"""This file decides which AWS calls the embedded cloud may not answer, and in which words a call is refused.

The rule: an answer must follow from what the run has put into the cloud. moto answers some services with a constant
of its own source or with nothing, whatever was asked, since what AWS would say comes out of a trained model, a query
engine or somebody's mailbox. Those services are listed here, with the reason; each of their operations is refused until
the scenario says what it answers. So is each operation that moto does not have.
"""

from __future__ import annotations

from botocore.model import OperationModel

from harness.scenario.aws_shapes import operation

_MODEL = "its answers come out of a trained model"
_QUERIES = "its answers come out of a query engine"
_MAIL = "where its e-mail ends nobody here could see"

# By the name that botocore's events have for the service.
NOT_EMULATED = {
    "athena": _QUERIES,
    "bedrock-agent-runtime": _MODEL,
    "bedrock-runtime": _MODEL,
    "comprehend": _MODEL,
    "polly": _MODEL,
    "rds-data": _QUERIES,
    "redshift-data": _QUERIES,
    "rekognition": _MODEL,
    "sagemaker-runtime": _MODEL,
    "ses": _MAIL,
    "sesv2": _MAIL,
    "textract": _MODEL,
    "timestream-query": _QUERIES,
    "transcribe": _MODEL,
}

_MOST_KEYS = 6


def may_answer(call: str) -> bool:
    """Whether the embedded cloud is asked at all about a call such as ``s3.GetObject``."""
    return call.partition(".")[0] not in NOT_EMULATED


def refused_call(who: str, call: str) -> str:
    """The words for an AWS call."""
    reason = NOT_EMULATED.get(call.partition(".")[0], "the embedded cloud does not have it")
    return (
        f"{who} called {call}, which nothing here emulates ({reason}), and the scenario does not answer it. "
        f"It was not sent. If this call belongs to the scenario, say what AWS answers:\n"
        f"  stub:\n    - call: {call}\n      returns: {{}}{_keys(call)}"
    )


def _keys(call: str) -> str:
    found = operation(call)
    members = found.output_shape.members if isinstance(found, OperationModel) and found.output_shape else {}
    names = list(members)
    more = ", ..." if len(names) > _MOST_KEYS else ""
    return f"  # AWS's keys: {', '.join(names[:_MOST_KEYS])}{more}" if names else ""


def refused_request(who: str, method: str, url: str) -> str:
    """The words for an HTTP request."""
    return (
        f"{who} sent {method} {url}, and the scenario does not answer it. It did not leave this machine. "
        f"If this request belongs to the scenario, say what is answered:\n"
        f"  stub:\n    - url: {url.partition('?')[0]}\n      method: {method}\n"
        "      returns: {status: 200, json: {}}"
    )


def refused_connection(who: str, host: str, port: int, sent: bytes) -> str:
    """The words for a connection that is no HTTP."""
    what = f"sent {len(sent):,} bytes that are no HTTP" if sent else "waited for it to speak first"
    return (
        f"{who} connected to {host}:{port} and {what}. It did not leave this machine: "
        "only AWS calls and HTTP requests can be answered by a scenario. "
        "Let the code under test reach this server through something that can be replaced, or leave the function out."
    )
