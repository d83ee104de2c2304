//! Logins, tokens, groups, versions (§13.1, §13.2).

use desk::{KeyRing, NewKey, Scope, Store};
use serde_json::json;

use crate::{
    shop::{LOGIN, Shop, code, correction_v5, sale_v5},
    stand::{KEY, until},
};

/// Issued by this server to its first key, years ago.
const OLD_TOKEN: &str = "AAAAAAAAAAEAAAAAXgvhAA0eUGHlgcbmQAR61BEJIShjLj3IOjKSMs0-ItZy2E7u";

#[tokio::test(flavor = "multi_thread")]
async fn a_login_gives_a_token_that_is_taken_wherever_clients_put_it() {
    let shop = Shop::v5().await;
    let post = shop.path("/getToken");
    let get = format!("{post}?login={LOGIN}&pass={KEY}&source=shop-1");
    let answer = shop.send("GET", &get, &[], "").await;
    assert_eq!(answer.0, 200, "{answer:?}");
    assert!(answer.1["error"].is_null() && answer.1["timestamp"].is_string());
    let token = answer.1["token"].as_str().unwrap();

    let unknown = shop.path("/main/report/00000000-0000-8000-8000-000000000000");
    for (path, headers) in [
        (unknown.clone(), vec![("Token", token)]),
        (format!("{unknown}?token={token}"), vec![]),
        (format!("{unknown}?x=1&tokenid={token}"), vec![]),
    ] {
        let answer = shop.send("GET", &path, &headers, "{}").await;
        assert_eq!((answer.0, code(&answer)), (400, 30), "{path}: {answer:?}");
        assert_eq!(answer.1["status"], "fail");
    }
    for (path, headers, expected) in [
        (unknown.clone(), vec![], 10),
        (unknown.clone(), vec![("Token", "")], 10),
        (unknown.clone(), vec![("Token", "nonsense")], 10),
        (unknown.clone(), vec![("Token", KEY)], 10),
        (unknown.clone(), vec![("Token", OLD_TOKEN)], 11),
    ] {
        let answer = shop.send("GET", &path, &headers, "").await;
        assert_eq!((answer.0, code(&answer)), (401, expected), "{headers:?}");
    }
    for (login, expected) in [
        (json!({"login": LOGIN, "pass": "wrong"}), (401, 12)),
        (json!({"login": "rack", "pass": KEY}), (401, 12)),
        (json!({"login": LOGIN}), (400, 13)),
        (json!({"login": "a b", "pass": KEY}), (400, 13)),
        (json!({"login": "a".repeat(101), "pass": KEY}), (400, 13)),
        (
            json!({"login": LOGIN, "pass": KEY, "source": "ы"}),
            (400, 13),
        ),
        (json!([]), (400, 13)),
    ] {
        let answer = shop.send("POST", &post, &[], &login.to_string()).await;
        assert_eq!((answer.0, code(&answer)), expected, "{login}: {answer:?}");
    }
    let answer = shop.send("POST", &post, &[], "{").await;
    assert_eq!((answer.0, code(&answer)), (400, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_takes_its_tokens_with_it() {
    let shop = Shop::v5().await;
    let ring = desk::KeyRing::open(&desk::Store::in_folder(&shop.stand.setup.folder)).unwrap();
    assert!(ring.revoke(LOGIN).unwrap());
    let unknown = shop.path("/main/report/nonsense");
    until("the server knows that the key is revoked", async || {
        let answer = shop.get(&unknown).await;
        (code(&answer) == 10).then_some(())
    })
    .await;
    let answer = shop.register("sell", &sale_v5("A-1")).await;
    assert_eq!((answer.0, code(&answer)), (401, 10), "{answer:?}");
    assert_eq!(shop.stand.stored().0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_and_versions_that_are_not_ones_own_are_refused() {
    let shop = Shop::v5().await;
    let body = sale_v5("A-1").to_string();
    for (rest, expected) in [
        ("/nobody/sell", (401, 20)),
        ("/others/sell", (401, 20)),
        ("/main/sale", (400, 31)),
        ("/main/sell_correction/", (404, 40)),
    ] {
        let answer = shop.post_text(rest, &body).await;
        assert_eq!((answer.0, code(&answer)), expected, "{rest}: {answer:?}");
    }
    let headers = [("token", shop.token.as_str())];
    for base in ["/possystem/v4", "/fiscalorder/v4"] {
        let path = format!("{base}/main/sell");
        let answer = shop.send("POST", &path, &headers, &body).await;
        assert_eq!((answer.0, code(&answer)), (401, 21), "{path}: {answer:?}");
        // How clients ask which version it is.
        let path = format!("{base}/getToken?login={LOGIN}&pass={KEY}");
        let answer = shop.send("GET", &path, &[], "").await;
        assert_eq!((answer.0, code(&answer)), (401, 21), "{path}: {answer:?}");
    }
    let answer = shop.send("GET", &shop.path("/nowhere"), &headers, "").await;
    assert_eq!((answer.0, code(&answer)), (404, 40), "{answer:?}");
    // The other vendors' path of the own version.
    let answer = shop
        .send("POST", "/fiscalorder/v5/main/sell", &headers, &body)
        .await;
    assert_eq!(answer.0, 200, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_with_an_older_format_speaks_v4_only() {
    let shop = Shop::v4().await;
    let headers = [("token", shop.token.as_str())];
    let login = format!("/possystem/v5/getToken?login={LOGIN}&pass={KEY}");
    let answer = shop.send("GET", &login, &[], "").await;
    assert_eq!((answer.0, code(&answer)), (401, 21), "{answer:?}");
    let body = sale_v5("A-1").to_string();
    let answer = shop
        .send("POST", "/possystem/v5/main/sell", &headers, &body)
        .await;
    assert_eq!((answer.0, code(&answer)), (401, 21), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_may_do_what_its_key_may_and_nothing_else() {
    let mut shop = Shop::v5().await;
    let ring = KeyRing::open(&Store::in_folder(&shop.stand.setup.folder)).unwrap();
    let report = shop.path("/main/report/00000000-0000-8000-8000-000000000000");
    // The scope; whether it may sell, correct, ask for reports, and see the registers.
    let table = [
        ("reader", Scope::Read, [false, false, true, true]),
        ("seller", Scope::Push, [true, false, true, false]),
        ("corrector", Scope::Correct, [false, true, true, false]),
    ];
    for (name, scope, expected) in table {
        let secret = format!("kst_of_the_{name}");
        let inn = shop.stand.setup.organisation.inn;
        let key = NewKey::new(name, desk::key_hash(&secret), vec![scope], inn);
        ring.add(&key).unwrap();
        let login = shop.path(&format!("/getToken?login={name}&pass={secret}"));
        shop.token = until("the server knows the key", async || {
            let (status, answer) = shop.send("GET", &login, &[], "").await;
            (status == 200).then(|| answer["token"].as_str().unwrap().to_owned())
        })
        .await;
        let before = shop.stand.stored().0;
        let answers = [
            shop.register("sell", &sale_v5(&format!("{name}-1"))).await,
            shop.register("sell_correction", &correction_v5(&format!("{name}-2")))
                .await,
            shop.get(&report).await,
            shop.get("/api/kkt/v1/cash-registers").await,
        ];
        for (answer, may) in answers.iter().zip(expected) {
            let is_forbidden = answer.0 == 403;
            assert_eq!(is_forbidden, !may, "{name}: {answer:?}");
            if is_forbidden {
                assert_eq!(code(answer), 14, "{name}: {answer:?}");
            }
        }
        let stored = expected[..2].iter().filter(|may| **may).count() as u64;
        assert_eq!(shop.stand.stored().0 - before, stored, "{name}");
    }
}
