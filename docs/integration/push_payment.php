#!/usr/bin/env php
<?php
// Pushes one payment. Usage: push_payment.php KEY ACCOUNT AMOUNT
//
// KASSETTE_URL  where Kassette listens, such as http://127.0.0.1:8510
// KASSETTE_KEY  a key with the scope push: kassette key add billing --scope read,push

declare(strict_types=1);

const TRIES = 8;

/** Sends an operation until it is stored. The same key with the same body is the same operation. */
function push(array $operation): array
{
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => [
            'Authorization: Bearer ' . getenv('KASSETTE_KEY'),
            'Content-Type: application/json',
        ],
        'content' => json_encode($operation, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE),
        'timeout' => 40,
        'ignore_errors' => true,
    ]]);
    for ($attempt = 0; $attempt < TRIES; $attempt++) {
        $body = @file_get_contents(getenv('KASSETTE_URL') . '/v1/operations?wait=30', false, $context);
        if ($body !== false) {
            $status = (int) explode(' ', $http_response_header[0])[1];
            $answer = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
            if ($status < 300) {
                return $answer;
            }
            // 429 and 5xx pass; after any other 4xx the request itself has to change.
            if ($status !== 429 && $status < 500) {
                throw new RuntimeException("{$answer['code']}: {$answer['detail']}");
            }
        }
        sleep(min(2 ** $attempt, 60));
    }
    throw new RuntimeException('Kassette does not answer; run this again later, with the same key');
}

[, $key, $account, $amount] = $argv;
$answer = push([
    'type' => 'payment',
    'key' => $key,
    'account' => $account,
    // Money is a text with at most two decimals, never a float.
    'parts' => [['kind' => 'cashless', 'amount' => $amount]],
]);
echo json_encode($answer, JSON_UNESCAPED_UNICODE), PHP_EOL;
