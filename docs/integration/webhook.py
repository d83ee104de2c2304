#!/usr/bin/env python3
"""Takes the letters of a webhook and prints each once. Usage: webhook.py PORT

KASSETTE_WEBHOOK_SECRET  the secret of the webhook, whsec_…

Nothing but the standard library is needed. The signature is that of Standard Webhooks.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = base64.b64decode(os.environ["KASSETTE_WEBHOOK_SECRET"].removeprefix("whsec_"))
TOO_OLD = 5 * 60  # seconds
SIZE_MAX = 1024 * 1024
SEEN = set()  # keep it in your database: a letter may come again after a restart


def is_genuine(headers, body: bytes) -> bool:
    """Whether the letter is from Kassette, and new."""
    identifier, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not sent.isdigit() or abs(time.time() - int(sent)) > TOO_OLD:
        return False
    signed = f"{identifier}.{sent}.".encode() + body
    expected = base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()
    # While a secret is replaced there are several signatures.
    shown = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one, "v1," + expected) for one in shown)


class Letters(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length", 0))
        if length > SIZE_MAX:
            return self.answer(413)
        body = self.rfile.read(length)
        if not is_genuine(self.headers, body):
            return self.answer(401)
        identifier = self.headers["webhook-id"]
        if identifier not in SEEN:
            print(json.dumps(json.loads(body), ensure_ascii=False), flush=True)
            SEEN.add(identifier)
        self.answer(204)  # only now: what was not answered comes again

    def answer(self, status: int):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Letters)
    print(f"listens on {server.server_port}", file=sys.stderr, flush=True)
    server.serve_forever()
