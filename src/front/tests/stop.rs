use super::*;

#[tokio::test]
async fn a_stop_ends_what_is_under_way_and_closes_the_rest() {
    let stand = Stand::new(|_| ()).await;
    let mut working = stand.at_work().await;
    let mut fresh = stand.connect().await;
    let mut used = stand.connect().await;
    used.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(used.answer().await.unwrap().status, 200);
    stand.stop.send(()).unwrap();
    fresh.end().await;
    used.end().await;
    assert!(!stand.served.is_finished(), "a request is under way");
    stand.go.notify_one();
    let answer = working.answer().await.unwrap();
    assert_eq!(answer.text(), "done");
    working.end().await;
    timeout(DEADLINE, stand.served).await.unwrap().unwrap();
    let refused = TcpStream::connect(stand.address).await;
    assert!(refused.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever() {
    let stand = Stand::new(|settings| settings.limits.stop = SHORT).await;
    let mut working = stand.at_work().await;
    stand.stop.send(()).unwrap();
    timeout(DEADLINE, stand.served).await.unwrap().unwrap();
    assert!(working.answer().await.is_none());
}
