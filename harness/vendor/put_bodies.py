"""This file decides that what is put into S3 is what was sent, whatever type the client gave it.

Upstream: moto 5.2.5 reads the body of a PUT whose type is ``application/x-www-form-urlencoded`` as a form, and stores
an empty object. Why that can't stay: curl and urllib give that type to what they send, so whoever uses a presigned URL
with them loses the content. What we do: only a POST has a form. Since: moto 5.2 (its own ``Request``). Not needed any
more when: ``want_form_data_parsed`` looks at the method.
"""

from __future__ import annotations

from typing import Any

from moto.core.request import Request

from harness.vendor.patches import Patches


def apply(patches: Patches) -> None:
    """Read no form out of a PUT."""
    upstream: Any = Request.want_form_data_parsed
    wanted = upstream.fget
    patches.put(Request, "want_form_data_parsed", property(lambda request: request.method != "PUT" and wanted(request)))
