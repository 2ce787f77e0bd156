"""This file decides how a refusal of the queue engine looks: AWS's error code and AWS's text.

It knows nothing of moto or HTTP; ``sqs_queue.py`` turns these into what a client sees.
"""

from __future__ import annotations


class QueueError(Exception):
    """A request that SQS refuses, with AWS's ``code`` and ``message``.

    ``batch_message`` is the text for the same refusal as one entry of a batch, where AWS words it
    differently. ``whole_request`` says that one such entry refuses the whole batch.
    """

    def __init__(
        self, code: str, message: str, *, batch_message: str | None = None, whole_request: bool = False
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.batch_message = batch_message or message
        self.whole_request = whole_request


def invalid_value(value: object, parameter: str, reason: str) -> QueueError:
    """The usual refusal of a parameter's value."""
    return QueueError("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing_parameter(parameter: str) -> QueueError:
    """A parameter that must be there is not; in a batch this refuses all of it."""
    text = f"The request must contain the parameter {parameter}."
    return QueueError("MissingParameter", text, whole_request=True)
