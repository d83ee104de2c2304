use super::*;

#[tokio::test]
async fn idle_connections_make_room_and_working_ones_do_not() {
    let stand = Stand::new(|settings| settings.limits.connections = 50).await;
    let mut working = stand.at_work().await;
    let mut crowd = Vec::new();
    for number in 0..300 {
        let mut idle = stand.connect().await;
        match number % 3 {
            0 => {}
            1 => idle.send("GET /who HT").await,
            _ => {
                idle.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
                assert_eq!(idle.answer().await.unwrap().status, 200);
            }
        }
        crowd.push(idle);
    }
    let answer = stand.ask("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    assert_eq!(answer.status, 200);
    // All but the last ones have had to leave, those that were idle longest first.
    for idle in &mut crowd[..200] {
        idle.end().await;
    }
    stand.go.notify_one();
    assert_eq!(working.answer().await.unwrap().text(), "done");
}

#[tokio::test]
async fn when_all_are_at_work_a_new_one_waits_for_a_place() {
    let stand = Stand::new(|settings| settings.limits.connections = 3).await;
    let mut working = Vec::new();
    for _ in 0..3 {
        working.push(stand.at_work().await);
    }
    let mut waiting = stand.connect().await;
    waiting.send("GET /who HTTP/1.1\r\nhost: k\r\n\r\n").await;
    let mut early = [0];
    let early = timeout(SHORT, waiting.0.peek(&mut early)).await;
    assert!(early.is_err(), "there is no place");
    stand.go.notify_one();
    assert_eq!(waiting.answer().await.unwrap().status, 200);
    stand.go.notify_one();
    stand.go.notify_one();
}
