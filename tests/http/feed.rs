//! The feed of events, over real HTTP: streams that end and resume, slow ones, too many.

use std::time::Duration;

use serde_json::Value;

use crate::stand::{Stand, payment, until};

/// A client that reads events until its connection ends.
struct Client {
    answer: reqwest::Response,
    unread: String,
    last_id: String,
}

impl Client {
    /// The next event that tells of something: its identifier and its data.
    async fn next(&mut self) -> (String, Value) {
        loop {
            while let Some((block, rest)) = self.unread.split_once("\n\n") {
                let field = |name: &str| {
                    let mut lines = block.lines().filter_map(|line| line.strip_prefix(name));
                    lines.next().map(|value| value.trim().to_owned())
                };
                let (id, data) = (field("id:"), field("data:"));
                self.unread = rest.to_owned();
                if let Some(id) = id {
                    self.last_id = id;
                }
                if let Some(data) = data {
                    return (self.last_id.clone(), serde_json::from_str(&data).unwrap());
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(60), self.answer.chunk()).await;
            let chunk = chunk.expect("an event comes").unwrap();
            let chunk = chunk.expect("the stream goes on");
            self.unread.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    async fn states(&mut self, count: usize) -> Vec<(String, String)> {
        let mut states = Vec::new();
        for _ in 0..count {
            let (id, event) = self.next().await;
            assert_eq!(event["id"], id.as_str());
            let state = event["state"].as_str().unwrap().to_owned();
            states.push((event["receipt"].as_str().unwrap().to_owned(), state));
        }
        states
    }
}

async fn follow(stand: &Stand, query: &str, last_id: Option<&str>) -> Client {
    let answer = stand.stream(query, last_id).await;
    assert_eq!(answer.status().as_u16(), 200);
    Client {
        answer,
        unread: String::new(),
        last_id: String::new(),
    }
}

async fn pay(stand: &Stand, key: &str, account: &str) -> String {
    let paid = stand.post("?wait=30", &payment(key, account, "100")).await;
    assert_eq!(paid.status, 201, "{paid:?}");
    paid.body["receipts"][0]["id"].as_str().unwrap().to_owned()
}

const WAY: [&str; 4] = ["queued", "on_drive", "fiscalized", "acknowledged"];

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_comes_back_misses_nothing_and_hears_nothing_twice() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let mut client = follow(&stand, "", None).await;
    let first = pay(&stand, "pay-1", "100001").await;
    let begun = client.states(2).await;
    let expected: Vec<_> = WAY[..2]
        .iter()
        .map(|it| (first.clone(), (*it).to_owned()))
        .collect();
    assert_eq!(begun, expected);
    // It goes away in the middle; the server is stopped and started; more happens meanwhile.
    let last = client.last_id.clone();
    drop(client);
    stand.all_acknowledged().await;
    stand.close().await;
    stand.open().await;
    let second = pay(&stand, "pay-2", "100001").await;
    stand.all_acknowledged().await;
    // The header of a client that comes back counts more than the URL it first came with.
    let mut client = follow(&stand, "?after=0", Some(&last)).await;
    let rest = client.states(6).await;
    let of = |receipt: &str, states: &[&str]| -> Vec<(String, String)> {
        states
            .iter()
            .map(|state| (receipt.to_owned(), (*state).to_owned()))
            .collect()
    };
    assert_eq!(rest, [of(&first, &WAY[2..]), of(&second, &WAY)].concat());
    // From the beginning it is the same.
    let mut whole = follow(&stand, "?after=0", None).await;
    let whole = whole.states(8).await;
    assert_eq!(whole, [of(&first, &WAY), of(&second, &WAY)].concat());
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_choose_accounts_states_and_types() {
    let stand = Stand::ready().await;
    for account in ["100001", "100002"] {
        stand.open_account(account).await;
    }
    pay(&stand, "pay-1", "100001").await;
    let wanted = pay(&stand, "pay-2", "100002").await;
    stand.all_acknowledged().await;
    let query = "?after=0&account=100002&state=acknowledged,held&type=payment,charge";
    let mut client = follow(&stand, query, None).await;
    let (_, event) = client.next().await;
    assert_eq!(
        (event["receipt"].as_str(), event["key"].as_str()),
        (Some(&*wanted), Some("pay-2"))
    );
    assert_eq!(
        (&event["type"], &event["account"]),
        (&"payment".into(), &"100002".into())
    );
    assert!(event["document"]["fd"].as_u64().unwrap() > 0, "{event}");
    for wrong in ["?after=x", "?state=printed", "?colour=red"] {
        let answer = stand.get(&format!("/v1/events{wrong}")).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (400, &"bad_query".into()),
            "{wrong}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_holds_nobody_up_and_places_are_limited() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    // The stand has places for four.
    let lazy = follow(&stand, "?after=0", None).await;
    let mut busy = follow(&stand, "?after=0&state=acknowledged", None).await;
    let more = [
        follow(&stand, "", None).await,
        follow(&stand, "", None).await,
    ];
    let refused = stand.get("/v1/events").await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &"too_many_streams".into())
    );
    for number in 0..5 {
        let receipt = pay(&stand, &format!("pay-{number}"), "100001").await;
        assert_eq!(busy.states(1).await, [(receipt, "acknowledged".to_owned())]);
    }
    drop(more);
    // A place becomes free when its client has gone.
    until("a place is free", async || {
        let answer = stand.stream("", None).await;
        (answer.status().as_u16() == 200).then_some(())
    })
    .await;
    // Streams do not keep the server from stopping, read or not.
    stand.close().await;
    assert!(
        busy.answer.chunk().await.is_ok_and(|chunk| chunk.is_none()),
        "it ends in order"
    );
    drop(lazy);
}
