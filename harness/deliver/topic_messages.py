"""This file decides how a publication looks to each kind of subscriber: envelope, Lambda record, raw message, mail.

Messages are not signed: the signature is a fixed placeholder of the right form.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from harness.deliver.targets import Attributes
from harness.vendor.sns_publish import Publication, Subscription

DEFAULT_MAIL_SUBJECT = "AWS Notification Message"
_SIGNATURE = base64.b64encode(b"\0" * 256).decode()
_FOOTER = """

--
If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
{url}

Please do not reply directly to this email. If you have any questions or comments regarding this email, please contact \
us at https://aws.amazon.com/support
"""


def envelope(publication: Publication, subscription: Subscription, at: str) -> dict[str, Any]:
    """What a queue gets that did not ask for raw messages. SNS-01"""
    fifo = publication.sequence_number is not None
    message: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": publication.message_id,
        **({"SequenceNumber": publication.sequence_number} if fifo else {}),
        "TopicArn": publication.topic_arn,
        **({"Subject": publication.subject} if publication.subject is not None else {}),
        "Message": publication.text_for(subscription.protocol),
        "Timestamp": at,
    }
    if not fifo:
        message |= {
            "SignatureVersion": "1",
            "Signature": _SIGNATURE,
            "SigningCertURL": _certificate_url(subscription),
        }
    message["UnsubscribeURL"] = _unsubscribe_url(subscription)
    if publication.attributes:
        message["MessageAttributes"] = {name: dict(a) for name, a in publication.attributes.items()}
    return message


def envelope_text(publication: Publication, subscription: Subscription, at: str) -> str:
    """The envelope as SNS writes it."""
    return json.dumps(envelope(publication, subscription, at), indent=2, separators=(",", " : "), ensure_ascii=False)


def function_record(publication: Publication, subscription: Subscription, at: str) -> dict[str, Any]:
    """What a function gets. SNS-02"""
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": publication.message_id,
                    "TopicArn": publication.topic_arn,
                    "Subject": publication.subject,
                    "Message": publication.text_for("lambda"),
                    "Timestamp": at,
                    "SignatureVersion": "1",
                    "Signature": _SIGNATURE,
                    "SigningCertUrl": _certificate_url(subscription),
                    "UnsubscribeUrl": _unsubscribe_url(subscription),
                    "MessageAttributes": {name: dict(a) for name, a in publication.attributes.items()},
                },
            }
        ]
    }


def queue_attributes(publication: Publication) -> Attributes:
    """The message attributes in SQS's form, for raw delivery. SNS-03"""
    found: dict[str, dict[str, Any]] = {}
    for name, attribute in publication.attributes.items():
        kind, value = attribute["Type"], attribute["Value"]
        if kind.startswith("Binary"):
            found[name] = {"DataType": kind, "BinaryValue": base64.b64decode(value)}
        else:
            # SQS knows no arrays: their JSON text travels as a string.
            found[name] = {"DataType": kind, "StringValue": value}
    return found


def dead_letter(publication: Publication, subscription: Subscription, at: str) -> tuple[str, Attributes | None]:
    """What the subscription's dead-letter queue gets: what the subscriber would have got. SNS-09"""
    if subscription.raw and subscription.protocol == "sqs":
        attributes = queue_attributes(publication)
        return publication.text_for("sqs"), dict(list(attributes.items())[:10])
    return envelope_text(publication, subscription, at), None


def confirmation_text(subscription: Subscription, token: str, message_id: str, at: str) -> str:
    """What an endpoint is sent that must confirm its subscription. SNS-13"""
    region = subscription.topic_arn.split(":")[3]
    url = f"https://sns.{region}.amazonaws.com/?Action=ConfirmSubscription&TopicArn={subscription.topic_arn}&Token={token}"
    request = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": subscription.topic_arn,
        "Message": f"You have chosen to subscribe to the topic {subscription.topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": url,
        "Timestamp": at,
        "SignatureVersion": "1",
        "Signature": _SIGNATURE,
        "SigningCertURL": _certificate_url(subscription),
    }
    return json.dumps(request, indent=2, separators=(",", " : "), ensure_ascii=False)


def mail_footer(subscription: Subscription) -> str:
    """What SNS adds to the text of an e-mail: how to unsubscribe."""
    pieces = subscription.arn.split(":")
    url = (
        f"https://sns.{pieces[3]}.amazonaws.com/unsubscribe.html"
        f"?SubscriptionArn={subscription.arn}&Endpoint={subscription.endpoint}"
    )
    return _FOOTER.format(url=url)


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _certificate_url(subscription: Subscription) -> str:
    return f"https://sns.{subscription.arn.split(':')[3]}.amazonaws.com/SimpleNotificationService-0000.pem"


def _unsubscribe_url(subscription: Subscription) -> str:
    region = subscription.arn.split(":")[3]
    return f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"
