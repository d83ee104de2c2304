#!/bin/sh
# Pushes one payment. Usage: push_payment.sh KEY ACCOUNT AMOUNT
#   KASSETTE_URL  where Kassette listens, such as http://127.0.0.1:8510
#   KASSETTE_KEY  a key with the scope push: kassette key add billing --scope read,push
# The key of the payment is billing's own number of it. When no answer comes, run it again as it was:
# the same key with the same body is the same payment.
set -eu
curl --silent --show-error --fail-with-body --max-time 40 \
    --retry 5 --retry-connrefused --retry-max-time 120 \
    -H "Authorization: Bearer $KASSETTE_KEY" \
    -H "Content-Type: application/json" \
    --data "{\"type\": \"payment\", \"key\": \"$1\", \"account\": \"$2\",
             \"parts\": [{\"kind\": \"cashless\", \"amount\": \"$3\"}]}" \
    "$KASSETTE_URL/v1/operations?wait=30"
echo
