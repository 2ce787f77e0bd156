"""This file decides that a call which does not leave the process bears no signature worked out for it.

Upstream: botocore 1.40 to 1.44 (``SigV4Auth.add_auth``) writes each request down in its canonical form and signs that.
Why that can't stay: moto looks at no signature, only at who signs, for which region and service, and a twelfth of a
burst goes there. What we do: what a client signs on the way to the cloud says who, where and when, and its signature is
zeros. Addresses and forms that are presigned, what a handler signs itself with botocore's classes, other kinds of
signatures, and a function that logs botocore's debug messages keep the real one. Not needed any more when: the embedded
cloud checks signatures.
"""

from __future__ import annotations

import logging
from typing import Any

import botocore.auth
from botocore.auth import SIGV4_TIMESTAMP, S3SigV4Auth, SigV4Auth
from botocore.signers import RequestSigner

from harness.vendor.patches import Patches

ZEROS = "0" * 64
# In a request's context: a client signs it to send it.
_SENT = "pipeline-harness.sent"


def apply(patches: Patches) -> None:
    """Spare the working out."""
    auth: Any = botocore.auth

    def handler(self: RequestSigner, operation_name: Any = None, request: Any = None, **kwargs: Any) -> Any:
        request.context[_SENT] = True
        try:
            return sign(self, operation_name, request, **kwargs)
        finally:
            del request.context[_SENT]

    def add_auth(self: SigV4Auth, request: Any) -> None:
        plain = type(self) in (SigV4Auth, S3SigV4Auth) and self.credentials is not None
        if not plain or _SENT not in request.context or auth.logger.isEnabledFor(logging.DEBUG):
            work_out(self, request)
            return
        request.context["timestamp"] = auth.get_current_datetime().strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        who = f"AWS4-HMAC-SHA256 Credential={self.scope(request)}"
        request.headers["Authorization"] = f"{who}, SignedHeaders=host;x-amz-date, Signature={ZEROS}"

    sign = patches.put(RequestSigner, "handler", handler)
    work_out = patches.put(SigV4Auth, "add_auth", add_auth)
