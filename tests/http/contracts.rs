//! Contracts: what is taken, what becomes of charges that none allows, and what a month has come to.

use desk::OutsideContract;
use serde_json::{Value, json};

use crate::stand::{Answer, Stand, bearer, charge, payment};

const CONTRACTS: &str = "/v1/accounts/100001/contracts";

/// A stand that makes this of charges outside contracts.
async fn stand(outside: OutsideContract) -> Stand {
    let stand = Stand::ready_with(|setup| setup.contracts.outside = outside).await;
    stand.open_account("100001").await;
    stand
}

/// A contract for the internet over these days.
fn internet(number: &str, from: &str, to: Option<&str>) -> Value {
    let mut contract = json!({"number": number, "from": from, "services": ["INET"]});
    if let Some(to) = to {
        contract["to"] = to.into();
    }
    contract
}

async fn put(stand: &Stand, contracts: &[Value]) {
    let body = json!({"contracts": contracts, "by": "Отдел договоров"});
    let answer = stand.put(CONTRACTS, &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn tv(key: &str) -> Value {
    let mut charge = charge(key, "100001", "300");
    charge["lines"][0]["service"] = "TV".into();
    charge
}

async fn post(stand: &Stand, path: &str, body: &Value) -> Answer {
    stand
        .send("POST", path, Some(&bearer()), body.to_string())
        .await
}

async fn saldo(stand: &Stand) -> Value {
    stand.get("/v1/accounts/100001").await.body["saldo"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_the_contracts_that_were_put_and_wrong_ones_change_nothing() {
    let stand = stand(OutsideContract::Accept).await;
    put(
        &stand,
        &[
            internet("А-1", "2026-01-01", Some("2026-06-30")),
            internet("А-2", "2026-07-01", None),
        ],
    )
    .await;
    let kept = stand.get(CONTRACTS).await.body;
    assert_eq!(
        (&kept[0]["number"], &kept[1]["number"]),
        (&json!("А-1"), &json!("А-2"))
    );
    assert_eq!(kept[0]["set_by"], "Отдел договоров");
    let overlap = [
        internet("А-1", "2026-01-01", None),
        internet("А-2", "2026-07-01", None),
    ];
    let mut unknown = internet("Б", "2026-01-01", None);
    unknown["services"] = json!(["GAS"]);
    let mut misspelt = internet("Б", "2026-01-01", None);
    misspelt["until"] = "2026-06-30".into();
    let backwards = internet("Б", "2026-02-01", Some("2026-01-01"));
    for (wrong, status, code, named) in [
        (json!(overlap), 422, "bad_contract", "А-2"),
        (json!([unknown]), 422, "unknown_service", "GAS"),
        (json!([backwards]), 422, "bad_contract", "2026-01-01"),
        (json!([misspelt]), 422, "bad_value", "until"),
    ] {
        let answer = stand.put(CONTRACTS, &json!({"contracts": wrong})).await;
        let told = (answer.status, answer.body["code"].as_str().unwrap());
        assert_eq!(told, (status, code), "{answer:?}");
        assert!(
            answer.body["detail"].as_str().unwrap().contains(named),
            "{answer:?}"
        );
        assert_eq!(stand.get(CONTRACTS).await.body, kept);
    }
    let nobody = stand
        .put("/v1/accounts/999999/contracts", &json!({"contracts": []}))
        .await;
    assert_eq!(nobody.body["code"], "unknown_account");

    // A table: all of it or nothing.
    let table = "account;number;from;to;services\n100001;Т-1;2026-01-01;2026-12-31;INET TV\n";
    let send = async |table: &str, query: &str| {
        let path = format!("/v1/contracts{query}");
        stand
            .send("POST", &path, Some(&bearer()), table.to_owned())
            .await
    };
    let worse = format!("{table}999999;Т-2;2026-01-01;;\n");
    assert_eq!(send(&worse, "").await.body["code"], "unknown_account");
    assert_eq!(send(table, "?dry_run=true").await.body["contracts"], 1);
    assert_eq!(stand.get(CONTRACTS).await.body, kept);
    assert_eq!(send(table, "").await.status, 200);
    assert_eq!(stand.get(CONTRACTS).await.body[0]["number"], "Т-1");
    let history = stand.get("/v1/history").await.body.to_string();
    assert!(
        history.contains("contracts_set") && history.contains("А-1"),
        "{history}"
    );
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_outside_the_contracts_waits_for_a_person_under_its_own_key() {
    let mut stand = stand(OutsideContract::Hold).await;
    // Nobody to judge by.
    assert_eq!(
        stand
            .post("?wait=30", &charge("c-0", "100001", "1"))
            .await
            .status,
        201
    );
    put(&stand, &[internet("А-1", "2026-11-01", Some("2026-11-15"))]).await;
    assert_eq!(
        stand
            .post("?wait=30", &charge("c-1", "100001", "1"))
            .await
            .status,
        201
    );

    stand.all_acknowledged().await;
    let before = (stand.stored(), saldo(&stand).await);
    let held = stand.post("?wait=30", &tv("c-2")).await;
    assert_eq!(
        (held.status, &held.body["held"]["state"]),
        (202, &json!("waiting")),
        "{held:?}"
    );
    assert!(
        held.body["held"]["reason"]
            .as_str()
            .unwrap()
            .contains("TV in 2026-11")
    );
    let refused = stand.post("", &tv("c-3")).await;
    assert_eq!(refused.status, 202);
    // The rules of receipts come first: what they refuse never waits.
    let mut unknown = tv("c-4");
    unknown["lines"][0]["service"] = "GAS".into();
    assert_eq!(
        stand.post("", &unknown).await.body["code"],
        "unknown_service"
    );
    assert_eq!(
        (stand.stored(), saldo(&stand).await),
        before,
        "nothing has changed"
    );

    // The key is its own, also after a start anew.
    assert_eq!(stand.post("", &tv("c-2")).await.body["id"], held.body["id"]);
    stand.close().await;
    stand.open().await;
    assert_eq!(stand.post("", &tv("c-2")).await.body["id"], held.body["id"]);
    let mut other = tv("c-2");
    other["lines"][0]["amount"] = "301".into();
    assert_eq!(stand.post("", &other).await.body["code"], "conflict");
    let paid = payment("c-2", "100001", "5");
    assert_eq!(stand.post("", &paid).await.body["code"], "conflict");
    let by_key = stand.get("/v1/operations?key=c-2").await;
    let id = held.body["id"].as_str().unwrap();
    assert!(by_key.status == 404 && by_key.body["detail"].as_str().unwrap().contains(id));

    // A person decides, with a name and a reason, once.
    let path = |id: &Value, what: &str| format!("/v1/held-charges/{}/{what}", id.as_str().unwrap());
    let release = path(&held.body["id"], "release");
    let unsigned = post(&stand, &release, &json!({"by": "Олег", "reason": " "})).await;
    assert_eq!(unsigned.body["code"], "not_signed");
    let signed = json!({"by": "Олег", "reason": "договор на подписи"});
    let released = post(&stand, &release, &signed).await;
    assert_eq!(released.body["state"], "released", "{released:?}");
    let again = post(&stand, &release, &signed).await;
    assert_eq!(
        (again.status, again.body["code"].as_str()),
        (409, Some("charge_decided"))
    );
    let refuse = path(&refused.body["id"], "refuse");
    assert_eq!(
        post(&stand, &refuse, &signed).await.body["state"],
        "refused"
    );

    // The released one is an operation like any other; the refused one never will be.
    let answered = stand.post("?wait=30", &tv("c-2")).await;
    assert_eq!(answered.status, 201, "{answered:?}");
    assert_eq!(answered.body["id"], released.body["operation"]);
    let answered = stand.post("?wait=30", &tv("c-3")).await;
    assert_eq!(
        (answered.status, &answered.body["held"]["state"]),
        (200, &json!("refused"))
    );
    assert_eq!(answered.body["held"]["decided_by"], "Олег");
    assert_eq!(stand.get("/v1/held-charges").await.body, json!([]));
    assert_eq!(
        stand.get("/v1/held-charges?state=refused").await.body[0]["key"],
        "c-3"
    );
    // It owed 550 and 2, and television for 300 takes the 100 that were ahead.
    assert_eq!(saldo(&stand).await, "-852.00");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn charges_outside_the_contracts_may_be_refused_and_payments_never_are() {
    let stand = stand(OutsideContract::Refused).await;
    put(&stand, &[internet("А-1", "2027-01-01", None)]).await;
    let before = stand.stored();
    for operation in [charge("c-1", "100001", "1"), tv("c-2")] {
        let answer = stand.post("", &operation).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (422, Some("outside_contract"))
        );
        let preview = post(&stand, "/v1/preview", &operation).await;
        assert_eq!(preview.body["code"], "outside_contract");
    }
    assert_eq!(stand.stored(), before);
    let paid = stand.post("?wait=30", &payment("p-1", "100001", "5")).await;
    assert_eq!(paid.status, 201);
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_contracts_adds_up_and_is_a_table_too() {
    let stand = stand(OutsideContract::Accept).await;
    let both = json!({"number": "ТВ", "from": "2026-01-01", "services": ["TV"]});
    let today = stand.desk().clock().local().date();
    let last = today.plus_days(20).unwrap().to_string();
    put(&stand, &[internet("А-1", "2026-01-01", Some(&last)), both]).await;
    for operation in [
        charge("c-1", "100001", "700"),
        tv("c-2"),
        payment("p-1", "100001", "1000"),
    ] {
        assert_eq!(stand.post("?wait=30", &operation).await.status, 201);
    }
    let month = today.period();
    let report = stand
        .get(&format!("/v1/contracts/report?period={month}"))
        .await;
    let rows = report.body["items"].as_array().unwrap();
    let kopecks = |row: &Value, name: &str| {
        let text = row[name].as_str().unwrap().replace('.', "");
        text.parse::<i64>().unwrap()
    };
    for row in rows {
        let sum = ["debt_start", "charged", "other"]
            .map(|it| kopecks(row, it))
            .iter()
            .sum::<i64>();
        let less = ["offset", "paid"]
            .map(|it| kopecks(row, it))
            .iter()
            .sum::<i64>();
        assert_eq!(sum - less, kopecks(row, "debt_end"), "{row}");
    }
    // October's debt of 650, paid first; then 350 of November's charge of 700.
    let [net, tv] = &rows[..] else {
        panic!("{rows:?}")
    };
    let of =
        |row: &Value, names: [&str; 4]| names.map(|name| row[name].as_str().unwrap().to_owned());
    assert_eq!(
        of(net, ["debt_start", "charged", "paid", "received"]),
        ["650.00", "700.00", "1000.00", "1000.00"]
    );
    assert_eq!(
        of(tv, ["debt_start", "charged", "offset", "debt_end"]),
        ["0.00", "300.00", "100.00", "200.00"]
    );
    assert_eq!(
        net["receipts"], 2,
        "one for the charge, one for the payment"
    );

    let table = |form: &str| format!("/v1/contracts/report/table?period={month}&format={form}");
    let (status, media, csv) = stand.fetch(&table("csv")).await;
    assert!(status == 200 && media.starts_with("text/csv"));
    assert!(String::from_utf8(csv).unwrap().contains("1000,00"));
    let (status, _, xlsx) = stand.fetch(&table("xlsx")).await;
    assert!(status == 200 && xlsx.starts_with(b"PK"));

    // It ends within thirty days, and nothing follows it.
    let ending = stand.get("/v1/contracts/ending").await.body;
    assert_eq!(
        (&ending[0]["contract"]["number"], &ending[0]["days"]),
        (&json!("А-1"), &json!(20))
    );
    assert_eq!(
        stand.get("/v1/contracts/ending?days=19").await.body,
        json!([])
    );
    stand.check();
}
