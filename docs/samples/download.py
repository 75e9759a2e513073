#!/usr/bin/env python3
"""Has peers download a file and waits until the last one is done.

    AMQP_URL=amqp://operator:...@host python3 download.py music.txt host7 'role=edge'

Needs pika 1.x (Debian: python3-pika) and a broker user that may read events, as `operator` may. The network's id is in
SHOAL_NETWORK; a repeated call with one SHOAL_KEY is one distribution. Prints the reply, then the end, each as a line of JSON.
Ends with 0 when every target has the file, with 1 when not, with 2 when the order was refused or nobody answered.
"""
import json
import os
import sys
import uuid

import pika

# Ends the routing key of every request; any word that is not a peer's id.
SENDER = "sample"
REPLY_SECONDS = 30
END_SECONDS = 24 * 60 * 60


def ask(channel, queue, network, name, body, key, ends):
    """One request and its reply. An end may be told before it: ends are kept."""
    properties = pika.BasicProperties(
        type=name,
        content_type="application/json",
        delivery_mode=2,
        message_id=key,
        correlation_id=key,
        reply_to=queue,
    )
    channel.basic_publish(f"{network}.requests", f"{name}.{SENDER}", json.dumps(body), properties)
    for properties, body in messages(channel, queue, REPLY_SECONDS):
        if properties.correlation_id == key and "ok" in body:
            return body
        note_end(body, ends)
    return {"ok": False, "error": {"code": "timeout", "message": "no anchor answered"}}


def messages(channel, queue, seconds):
    """Replies and facts as they come, until nothing has come for so long."""
    for method, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=seconds):
        if method is None:
            return
        yield properties, json.loads(body)


def end_of(channel, queue, distribution_id, ends):
    for _, body in messages(channel, queue, END_SECONDS):
        note_end(body, ends)
        if distribution_id in ends:
            break
    return ends.get(distribution_id)


def note_end(body, ends):
    if "distributionId" in body:
        ends[body["distributionId"]] = body


def main(file, targets):
    network = os.environ.get("SHOAL_NETWORK", "shoal")
    key = os.environ.get("SHOAL_KEY", str(uuid.uuid4()))
    with pika.BlockingConnection(pika.URLParameters(os.environ["AMQP_URL"])) as connection:
        channel = connection.channel()
        queue = channel.queue_declare("", exclusive=True).method.queue
        # Bound before the order, so that no end is missed.
        channel.queue_bind(queue, f"{network}.events", "distribution.*.*")
        # With confirms, a message that is published is one that the broker has for good.
        channel.confirm_delivery()
        ends = {}

        def request(name, body, key):
            return ask(channel, queue, network, name, body, key, ends)

        reply = request("transfer.download", {"file": file, "targets": targets}, key)
        print(json.dumps(reply), flush=True)
        if not reply["ok"]:
            return 2
        wanted = reply["result"]["distributionId"]
        if not reply["result"]["created"]:
            # It may have ended before this program came.
            status = request("transfer.status", {"distributionId": wanted}, str(uuid.uuid4()))
            if not status["ok"]:
                print(json.dumps(status))
                return 2
            if status["result"]["state"] != "running":
                ends[wanted] = status["result"]
        end = ends.get(wanted) or end_of(channel, queue, wanted, ends)
        print(json.dumps(end))
        return 0 if end is not None and end["state"] == "completed" else 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
