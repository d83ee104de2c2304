//! Contracts, charges outside them, suppliers of services and payouts, as people use them.

use desk::{Account, OutsideContract};

use crate::stand::{Browser, Stand};

/// A stand with a service and an account, where charges outside contracts wait.
async fn stand() -> (Stand, Browser) {
    let stand = Stand::with(
        |setup| setup.contracts.outside = OutsideContract::Hold,
        false,
    )
    .await;
    for role in desk::Role::ALL {
        stand.add(&role.name().replace('_', "."), role).await;
    }
    let admin = stand.logged_in("admin").await;
    let service = [
        ("code", "HEAT"),
        ("name", "Отопление"),
        ("system", "1"),
        ("rate", "22"),
        ("weight", "0"),
        ("priority", "1"),
        ("agent", "4"),
        ("supplier_name", "ООО «Тепло»"),
        ("supplier_inn", "7707083893"),
        ("supplier_phone", "+7 812 000-00-00"),
    ];
    let path = "/settings/services/new";
    admin.get(path).await;
    let saved = admin.post(path, &service).await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let account = Account::new("1".parse().unwrap());
    stand.desk.put_accounts(vec![account], None).await.unwrap();
    (stand, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_gets_its_supplier_and_wrong_ones_are_told_beside_their_fields() {
    let (stand, admin) = stand().await;
    let services = stand.desk.services().await.unwrap();
    let agent = services.values().next().unwrap().agent.clone().unwrap();
    assert_eq!(
        (agent.kind, agent.supplier_phone.as_str()),
        (4, "+78120000000")
    );
    let path = "/settings/services/HEAT";
    let page = admin.get(path).await;
    assert!(page.text.contains("value=\"7707083893\""), "{}", page.text);
    let wrong = [
        ("name", "Отопление"),
        ("system", "1"),
        ("rate", "22"),
        ("weight", "0"),
        ("priority", "1"),
        ("agent", "64"),
        ("supplier_name", ""),
        ("supplier_inn", "7707083894"),
        ("supplier_phone", "112"),
    ];
    let refused = admin.post(path, &wrong).await;
    assert_eq!(refused.status, 422);
    for said in ["От 1 до 256 знаков", "контрольной суммой", "Пишется так"]
    {
        assert!(refused.text.contains(said), "{said}: {}", refused.text);
    }
    assert_eq!(stand.desk.services().await.unwrap(), services);
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_set_at_the_account_and_a_charge_outside_them_is_decided() {
    let (stand, _) = stand().await;
    let operator = stand.logged_in("operator").await;
    let path = "/accounts/1/contracts";
    operator.get(path).await;
    let contract = |number: &'static str, from: &'static str, to: &'static str| {
        [
            ("number", number),
            ("from", from),
            ("to", to),
            ("service", "HEAT"),
        ]
    };
    let wrong = operator
        .post(path, &contract("Т-1", "2026-06-01", "2026-01-01"))
        .await;
    assert!(wrong.status == 422 && wrong.text.contains("раньше, чем начинается"));
    assert!(
        wrong.text.contains("value=\"Т-1\""),
        "what was typed is kept"
    );
    let saved = operator
        .post(path, &contract("Т-1", "2026-01-01", "2026-06-30"))
        .await;
    assert_eq!(saved.leads_to(), path, "{}", saved.text);
    let overlap = operator
        .post(path, &contract("Т-2", "2026-06-30", ""))
        .await;
    assert!(
        overlap.status == 422 && overlap.text.contains("два договора"),
        "{}",
        overlap.text
    );
    let shown = operator.get("/accounts/1").await.text;
    assert!(
        shown.contains("Т-1") && shown.contains("с 01.01.2026 по 30.06.2026"),
        "{shown}"
    );

    // A charge for July: none allows it.
    let body = r#"{"type":"charge","key":"c-1","account":"1","date":"2026-07-31",
        "lines":[{"service":"HEAT","period":"2026-07","amount":"100.00"}]}"#;
    let charge = desk::NewOperation {
        key: "c-1".to_owned(),
        body: body.to_owned(),
        asked: desk::Event {
            id: "c-1".to_owned(),
            date: "2026-07-31".parse().unwrap(),
            kind: desk::EventKind::Charge(desk::Charge {
                account: "1".parse().unwrap(),
                lines: vec![desk::ChargeLine {
                    service: "HEAT".parse().unwrap(),
                    period: "2026-07".parse().unwrap(),
                    amount: "100".parse().unwrap(),
                }],
            }),
        }
        .into(),
        callback: None,
        basis: None,
    };
    stand.desk.submit(vec![charge], None).await.unwrap();
    let home = operator.get("/").await.text;
    assert!(home.contains("1 начисление вне договора"), "{home}");
    let decisions = operator.get("/decisions").await;
    assert!(decisions.text.contains("07.2026"), "{}", decisions.text);
    let one = decisions.between("href=\"/held-charges/", "\"").unwrap();
    let one = format!("/held-charges/{one}");
    assert!(
        !operator.get(&one).await.text.contains("/release"),
        "operators do not decide"
    );
    let refused = operator
        .post(&format!("{one}/release"), &[("reason", "да")])
        .await;
    assert_eq!(refused.status, 403);
    let chief = stand.logged_in("chief.accountant").await;
    chief.get(&one).await;
    let unsigned = chief
        .post(&format!("{one}/release"), &[("reason", " ")])
        .await;
    assert_eq!(unsigned.status, 422);
    let released = chief
        .post(&format!("{one}/release"), &[("reason", "договор подписан")])
        .await;
    assert_eq!(released.leads_to(), "/decisions", "{}", released.text);
    let page = chief.get(&one).await.text;
    assert!(
        page.contains("Решать больше нечего") && page.contains("договор подписан"),
        "{page}"
    );
    let account = stand.desk.account(&"1".parse().unwrap()).unwrap().unwrap();
    assert_eq!(account.saldo.to_string(), "-100.00");

    // The month of the contract's reports, and what is removed is gone.
    let month = stand.desk.clock().local().date().period();
    let report = chief.get(&format!("/contracts?month={month}")).await;
    assert!(
        report.status == 200 && report.text.contains("договоров нет"),
        "{}",
        report.text
    );
    let report = chief.get("/contracts?month=2026-06").await.text;
    assert!(report.contains("Т-1"), "{report}");
    let csv = chief.get("/contracts.csv?month=2026-06").await;
    assert!(csv.text.contains("Т-1") && csv.header("content-type").starts_with("text/csv"));
    operator.get(path).await;
    operator
        .post(&format!("{path}/remove"), &[("number", "Т-1")])
        .await;
    assert!(operator.get(path).await.text.contains("Договоров нет"));
    for act in ["contracts_set", "charge_released"] {
        assert!(stand.acts().iter().any(|it| it.contains(act)), "{act}");
    }
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payouts_are_for_accountants_and_say_what_waits() {
    let (stand, _) = stand().await;
    let accountant = stand.logged_in("accountant").await;
    let empty = accountant.get("/payouts").await.text;
    assert!(empty.contains("Укажите поставщика"), "{empty}");
    let operator = stand.logged_in("operator").await;
    assert_eq!(operator.get("/payouts").await.status, 403);
    assert_eq!(accountant.get("/payouts/7").await.status, 404);
    assert_eq!(
        accountant
            .post("/payouts/7/agree", &[("reason", "да")])
            .await
            .status,
        403
    );
    let nothing = accountant.post("/payouts", &[("month", "2026-10")]).await;
    assert!(nothing.status == 422 && nothing.text.contains("Перечислять нечего"));
    let ahead = accountant.post("/payouts", &[("month", "2199-01")]).await;
    assert_eq!(ahead.status, 422);
    stand.close().await;
}
