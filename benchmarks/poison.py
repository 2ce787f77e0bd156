"""What a message that nobody can use costs on its way to the dead-letter queue of csv_report: three receives.

    python benchmarks/poison.py [--rounds 10]

In milliseconds, from the message sent to quiet, once the pipeline is deployed; ten virtual minutes. The process has run
it once before. The last line is the ratio to the yardstick: 40 CreateQueue calls on bare moto in the same process.
"""

from __future__ import annotations

import argparse
from typing import Any

import measuring

TEMPLATE = measuring.PIPELINE / "template.yaml"


def poison(cloud: Any, stack: Any) -> None:
    """Send the message, and see that it has arrived where it belongs."""
    sqs, queues = cloud.client("sqs"), stack.resources
    sqs.send_message(QueueUrl=queues["MainQueue"].physical_id, MessageBody="not json")
    cloud.kernel.quiet()
    about = sqs.get_queue_attributes(
        QueueUrl=queues["DeadLetterQueue"].physical_id, AttributeNames=["ApproximateNumberOfMessages"]
    )
    if about["Attributes"]["ApproximateNumberOfMessages"] != "1":
        raise SystemExit("the message is not in the dead-letter queue")


def main() -> None:
    """Print the figures and, last, the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10, help="how often to take each figure; medians are shown")
    rounds = parser.parse_args().rounds
    measuring.in_a_world(TEMPLATE, poison)
    taken = [(measuring.in_a_world(TEMPLATE, poison)[1], measuring.yardstick_ms()) for _ in range(rounds)]
    measuring.show("a poison message", "poison ratio", taken)


if __name__ == "__main__":
    main()
