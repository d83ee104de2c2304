<?php
// Takes the letters of a webhook: php -S 127.0.0.1:8600 webhook.php
//
// KASSETTE_WEBHOOK_SECRET  the secret of the webhook, whsec_…
// LETTERS                  the file to which each letter is added as a line of JSON

declare(strict_types=1);

const TOO_OLD = 300; // seconds

/** Whether the letter is from Kassette, and new. */
function is_genuine(string $body): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $sent = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (!ctype_digit($sent) || abs(time() - (int) $sent) > TOO_OLD) {
        return false;
    }
    $secret = base64_decode(substr((string) getenv('KASSETTE_WEBHOOK_SECRET'), strlen('whsec_')));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sent.$body", $secret, true));
    // While a secret is replaced there are several signatures.
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $shown) {
        if (hash_equals($expected, $shown)) {
            return true;
        }
    }
    return false;
}

$body = file_get_contents('php://input');
if (!is_genuine($body)) {
    http_response_code(401);
    return;
}
// A letter may come twice: remember HTTP_WEBHOOK_ID in your database, in the same transaction as
// what the letter changes.
file_put_contents(getenv('LETTERS'), $body . PHP_EOL, FILE_APPEND | LOCK_EX);
http_response_code(204); // only now: what was not answered comes again
