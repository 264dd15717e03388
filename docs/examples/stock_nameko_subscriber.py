"""A stock nameko service that hears of every submitted case. It needs nothing of Xinlv but an account.

    pip install nameko "setuptools<82" cloudevents
    export XINLV_PARTNERS_AMQP_URL=amqp://partner:…@broker:5672/partners
    python stock_nameko_subscriber.py

Each event is a CloudEvents 1.0 document; the package cloudevents gives it attributes.
Events may come twice and in any order: keep the ids you have seen, and let a higher `sequence` win.
"""

from __future__ import annotations

import json
import os
import sys

import eventlet

eventlet.monkey_patch()

from cloudevents.core.formats.json import JSONFormat  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.events import event_handler  # noqa: E402


class PartnerService:
    """The queue is named after source, event, this name and the method: several replicas share it."""

    name = "partner_service"

    @event_handler("submission", "CaseSubmitted")
    def case_submitted(self, body: dict[str, object]) -> None:
        """Print what was submitted."""
        event = JSONFormat().read(None, json.dumps(body))
        print(event.get_id(), event.get_type(), event.get_subject(), event.get_data()["title"], flush=True)


def main() -> None:
    """Run until interrupted; `nameko run` does the same."""
    container = ServiceContainer(PartnerService, {"AMQP_URI": os.environ["XINLV_PARTNERS_AMQP_URL"]})
    container.start()
    print("listening", flush=True)
    try:
        container.wait()
    except KeyboardInterrupt:
        container.stop()
        sys.exit(0)


if __name__ == "__main__":
    main()
