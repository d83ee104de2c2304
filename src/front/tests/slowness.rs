use super::*;

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_off() {
    let stand = Stand::new(|settings| settings.limits.header_read = SHORT).await;
    // Nothing at all, half a head, and half a second one.
    let mut silent = stand.connect().await;
    let mut half = stand.connect().await;
    half.send("GET /who HTTP/1.1\r\nhost:").await;
    let mut second = stand.connect().await;
    second.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(second.answer().await.unwrap().status, 200);
    second.send("GET /who HTTP/1.1\r\n").await;
    silent.end().await;
    half.end().await;
    second.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_refused_and_the_connection_closed() {
    let stand = Stand::new(|settings| settings.limits.body = SHORT).await;
    let mut client = stand.connect().await;
    client
        .send("POST /body HTTP/1.1\r\nhost: k\r\ncontent-length: 9\r\n\r\nhalf")
        .await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (408, "body_too_slow")
    );
    client.end().await;
}

#[tokio::test]
async fn a_connection_that_asks_for_nothing_more_is_closed() {
    let stand = Stand::new(|settings| settings.limits.keep_alive_idle = SHORT).await;
    let mut client = stand.connect().await;
    client.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client.end().await;
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_let_go() {
    let stand = Stand::new(|settings| settings.limits.body = SHORT).await;
    let mut client = stand.connect().await;
    client.send("GET /large HTTP/1.1\r\nhost: k\r\n\r\n").await;
    let gone = timeout(DEADLINE, stand.gone.notified()).await;
    gone.expect("the answer is given up");
    assert!(client.answer().await.is_none(), "it is not whole");
}

#[tokio::test]
async fn an_answer_that_is_not_ready_in_time_is_given_up() {
    let stand = Stand::new(|settings| settings.limits.request = SHORT).await;
    let mut client = stand.at_work().await;
    let answer = client.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.problem().as_str()),
        (503, "timed_out")
    );
    client.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}
