#!/usr/bin/env python3
"""Pushes one payment. Usage: push_payment.py KEY ACCOUNT AMOUNT

KASSETTE_URL  where Kassette listens, such as http://127.0.0.1:8510
KASSETTE_KEY  a key with the scope push: kassette key add billing --scope read,push

Nothing but the standard library is needed.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

TRIES = 8


def push(operation: dict) -> dict:
    """Sends an operation until it is stored. The same key with the same body is the same
    operation, so it may be sent again as often as needed."""
    request = urllib.request.Request(
        os.environ["KASSETTE_URL"] + "/v1/operations?wait=30",
        data=json.dumps(operation).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["KASSETTE_KEY"],
            "Content-Type": "application/json",
        },
    )
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return json.load(answer)  # 201: all receipts are formed; 202: they will be
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            # 429 and 5xx pass; after any other 4xx the request itself has to change.
            if error.code != 429 and error.code < 500:
                raise SystemExit(f"{problem['code']}: {problem['detail']}") from error
            why = problem["detail"]
        except OSError as error:
            why = str(error)
        print(f"attempt {attempt + 1}: {why}", file=sys.stderr)
        time.sleep(min(2**attempt, 60))
    raise SystemExit("Kassette does not answer; run this again later, with the same key")


if __name__ == "__main__":
    key, account, amount = sys.argv[1:]
    answer = push(
        {
            "type": "payment",
            "key": key,
            "account": account,
            # Money is a text or a number with at most two decimals, never a binary fraction.
            "parts": [{"kind": "cashless", "amount": amount}],
        }
    )
    print(json.dumps(answer, ensure_ascii=False))
