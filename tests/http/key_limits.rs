//! When keys are valid: until when, from where, how often, and what unknown ones are told.

use std::time::Duration;

use desk::{NewKey, RateLimit, Scope};
use serde_json::json;

use crate::{
    keys::{bearer_of, key, ring, stand_with},
    stand::{Answer, Stand, payment, until},
};

/// More requests than any limit here lets through.
const MANY: usize = 2_000;

async fn ask(stand: &Stand, name: &str) -> Answer {
    let bearer = bearer_of(name);
    stand.send("GET", "/v1/services", Some(&bearer), "").await
}

fn told(answer: &Answer) -> (u16, &str) {
    (
        answer.status,
        answer.body["code"].as_str().unwrap_or_default(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_valid_until_its_end_for_its_organisation_and_from_its_networks() {
    let now = chrono::Utc::now().timestamp_millis();
    let reading = |name: &str| key(name, &[Scope::Read]);
    let from = |name: &str, ranges: &[&str]| NewKey {
        ranges: ranges.iter().map(|range| range.parse().unwrap()).collect(),
        ..reading(name)
    };
    let until = |name: &str, at: i64| NewKey {
        expires_at: Some(at),
        ..reading(name)
    };
    let foreign = NewKey {
        organisation: "7704211201".parse().unwrap(),
        ..reading("foreign")
    };
    let stand = stand_with([
        until("over", now - 1),
        until("ending", now + 3_600_000),
        foreign,
        from("elsewhere", &["10.0.0.0/8", "2001:db8::/32"]),
        from("here", &["10.0.0.0/8", "127.0.0.1/32"]),
    ])
    .await;
    for (name, expected) in [
        ("over", (401, "key_expired")),
        ("ending", (200, "")),
        ("foreign", (403, "wrong_organisation")),
        ("elsewhere", (403, "wrong_address")),
        ("here", (200, "")),
        ("nobody's", (401, "unauthorized")),
    ] {
        let answer = ask(&stand, name).await;
        assert_eq!(told(&answer), expected, "{name}: {answer:?}");
    }
    // The address is that of the connection, whatever the caller says of himself.
    let desk = stand.desk();
    let holder = desk.who("kst_elsewhere").unwrap();
    let refused = desk.admit(&holder, None).unwrap_err();
    assert_eq!(refused.code(), "wrong_address");
    for inside in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"] {
        let address = Some(inside.parse().unwrap());
        assert_eq!(desk.admit(&holder, address), Ok(()), "{inside}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_too_often_is_told_when_to_come_again_and_others_are_not_hindered() {
    let hasty = NewKey {
        rate: Some(RateLimit {
            per_second: 1,
            burst: 5,
        }),
        ..key("hasty", &[Scope::Read])
    };
    let stand = stand_with([hasty, key("calm", &[Scope::Read])]).await;
    let mut let_in = 0;
    let refused = loop {
        let answer = ask(&stand, "hasty").await;
        if answer.status != 200 {
            break answer;
        }
        let_in += 1;
        assert!(let_in < MANY, "it is never limited");
    };
    assert!(let_in >= 5, "only {let_in} were let in");
    assert_eq!(told(&refused), (429, "too_many_requests"), "{refused:?}");
    assert_eq!(refused.retry_after.as_deref(), Some("1"));
    assert_eq!(refused.content_type, "application/problem+json");
    assert_eq!(told(&ask(&stand, "calm").await), (200, ""));
    let again = until("there is room again", async || {
        let answer = ask(&stand, "hasty").await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    assert_eq!(again.retry_after, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_keys_are_slowed_down_and_a_valid_one_is_let_in_all_the_same() {
    let stand = stand_with([key("billing-2", &[Scope::Read])]).await;
    let mut tries = 0;
    let refused = loop {
        let answer = ask(&stand, "guessed").await;
        if answer.status != 401 {
            break answer;
        }
        tries += 1;
        assert!(tries < MANY, "it is never limited");
    };
    assert!(tries >= 20, "only {tries} were answered");
    assert_eq!(told(&refused), (429, "too_many_tries"), "{refused:?}");
    assert_eq!(refused.retry_after.as_deref(), Some("1"));
    assert_eq!(told(&ask(&stand, "billing-2").await), (200, ""));
    // Who shows no key at all has tried none.
    let none = stand.send("GET", "/v1/services", None, "").await;
    assert_eq!(told(&none), (401, "unauthorized"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rolled_key_has_a_new_secret_and_the_old_one_for_a_while() {
    let stand = stand_with([key("billing-2", &[Scope::Read])]).await;
    let hour = Duration::from_secs(3_600);
    let (second, third) = (desk::key_hash("kst_second"), desk::key_hash("kst_third"));
    assert_eq!(told(&ask(&stand, "billing-2").await), (200, ""));
    assert!(ring(&stand).roll("billing-2", &second, hour).unwrap());
    until("the new secret is known", async || {
        (ask(&stand, "second").await.status == 200).then_some(())
    })
    .await;
    assert_eq!(told(&ask(&stand, "billing-2").await), (200, ""));
    let holder = |secret: &str| stand.desk().who(secret);
    assert_eq!(holder("kst_second"), holder("kst_billing-2"));

    assert!(
        ring(&stand)
            .roll("billing-2", &third, Duration::ZERO)
            .unwrap()
    );
    until("the third secret is known", async || {
        (ask(&stand, "third").await.status == 200).then_some(())
    })
    .await;
    for old in ["billing-2", "second"] {
        assert_eq!(told(&ask(&stand, old).await), (401, "key_expired"), "{old}");
    }
    assert!(ring(&stand).revoke("billing-2").unwrap());
    until("it is revoked", async || {
        (ask(&stand, "third").await.status == 401).then_some(())
    })
    .await;
    assert_eq!(told(&ask(&stand, "second").await), (401, "unauthorized"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_face_with_logins_finds_the_holder_of_a_key_and_looks_at_the_key_again_later() {
    let stand = stand_with([key("till", &[Scope::Push]), key("other", &[Scope::Push])]).await;
    let desk = stand.desk();
    let till = desk.key_holder("till", "kst_till").unwrap();
    assert_eq!(
        (till.name.as_str(), till.scopes.to_string().as_str()),
        ("till", "push")
    );
    for (name, secret) in [
        ("till", "kst_other"),
        ("other", "kst_till"),
        ("till", ""),
        ("", ""),
    ] {
        assert_eq!(desk.key_holder(name, secret), None, "{name} {secret}");
    }
    assert_eq!(desk.key_by_id(till.id), Some(till.clone()));
    assert_eq!(desk.key_by_id(till.id + 1_000), None);
    assert_eq!(
        desk.admit(&till, None),
        Ok(()),
        "it may come from everywhere"
    );
    assert!(ring(&stand).revoke("till").unwrap());
    until("it is revoked", async || {
        desk.key_by_id(till.id).is_none().then_some(())
    })
    .await;
    assert_eq!(desk.key_holder("till", "kst_till"), None);
    let services = ask(&stand, "other").await;
    assert_eq!(
        (services.status, &services.body["code"]),
        (403, &json!("wrong_scope"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_hears_no_more_of_what_happens() {
    let stand = stand_with([key("till", &[Scope::Push])]).await;
    stand.open_account("100001").await;
    let mut heard = stand.stream("", None).await;
    assert!(ring(&stand).revoke("billing").unwrap());
    until("it is revoked", async || {
        let services = stand.get("/v1/services").await;
        (services.status == 401).then_some(())
    })
    .await;
    let paid = payment("p", "100001", "1.00").to_string();
    let till = bearer_of("till");
    let paid = stand
        .send("POST", "/v1/operations", Some(&till), paid)
        .await;
    assert_eq!(paid.status, 202, "{paid:?}");
    while let Some(chunk) = heard.chunk().await.unwrap() {
        let text = String::from_utf8_lossy(&chunk);
        assert!(!text.contains("data:"), "{text}");
    }
}
