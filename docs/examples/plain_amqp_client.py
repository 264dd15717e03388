"""Any AMQP client hears everything outsiders may hear: bind a queue of your own to `competition.events`.

    pip install kombu cloudevents
    export XINLV_PARTNERS_AMQP_URL=amqp://partner:…@broker:5672/partners
    python plain_amqp_client.py "CaseSubmitted" "AwardPublished"      # or "#" for all

The routing key is the event's name. Ack only when you have kept what you need: until then it comes again.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

from cloudevents.core.formats.json import JSONFormat
from kombu import Connection, Consumer, Exchange, Message, Queue


def main(keys: list[str]) -> None:
    """Print events until interrupted."""
    # passive: the exchange is there, and declaring it is not this program's business
    exchange = Exchange("competition.events", type="topic", durable=True, passive=True)
    # begins with the account's name, because of several partners each may declare only such queues
    account = urlsplit(os.environ["XINLV_PARTNERS_AMQP_URL"]).username or "partner"
    queue = Queue(f"{account}.all-events", exchange, durable=True, bindings=None)
    with Connection(os.environ["XINLV_PARTNERS_AMQP_URL"], heartbeat=20) as connection:
        channel = connection.channel()
        bound = queue(channel)
        bound.queue_declare()
        for key in keys:
            bound.bind_to(exchange, routing_key=key)

        def received(message: Message) -> None:
            event = JSONFormat().read(None, message.body)
            attributes = event.get_attributes()
            print(*(attributes[name] for name in ("id", "type", "subject", "sequence")), flush=True)
            message.ack()

        with Consumer(channel, queues=[bound], on_message=received, auto_declare=False):
            print("listening", flush=True)
            while True:
                try:
                    connection.drain_events(timeout=5)
                except TimeoutError:
                    connection.heartbeat_check()


if __name__ == "__main__":
    try:
        main(sys.argv[1:] or ["#"])
    except KeyboardInterrupt:
        sys.exit(0)
