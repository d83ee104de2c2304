//! Banks that ask and pay by themselves.

use std::net::SocketAddr;

use checkpay::{Bank, From, Login, Protocol};
use reqwest::Client;
use serde_json::json;
use terms::Kopecks;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{
    imports::{load, registry},
    stand::{Answer, Stand, account},
};

fn bank(protocol: Protocol, name: &str) -> Bank {
    Bank {
        name: name.to_owned(),
        protocol,
        path: format!("/pay/{name}"),
        from: From::Ranges(vec!["127.0.0.0/8".parse().unwrap()]),
        login: None,
        account_prefix: String::new(),
        digits_only: true,
        min: Kopecks::new(100).unwrap(),
        max: Kopecks::new(10_000_000).unwrap(),
    }
}

/// Serves the banks' paths of a stand's desk, until it is told to stop; the address.
async fn serve(stand: &Stand, banks: Vec<Bank>) -> (SocketAddr, Served) {
    let router = checkpay::router(stand.desk(), banks).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async {
        stopped.await.ok();
    });
    let task = tokio::spawn(async { server.await.unwrap() });
    (address, Served { stop, task })
}

struct Served {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    async fn close(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

async fn ask(address: SocketAddr, query: &str) -> (u16, String) {
    let answer = Client::new().get(format!("http://{address}{query}"));
    let answer = answer.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// The text of an element.
fn element<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document
        .split_once(&format!("<{name}>"))
        .unwrap_or_else(|| {
            panic!("no {name} in {document}");
        });
    rest.split_once(&format!("</{name}>")).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_system_is_answered_and_its_repeats_are_one_payment() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let (address, served) = serve(&stand, vec![bank(Protocol::Osmp, "qiwi")]).await;

    let (status, checked) = ask(address, "/pay/qiwi?command=check&txn_id=1&account=100001").await;
    assert_eq!(
        (status, element(&checked, "result")),
        (200, "0"),
        "{checked}"
    );
    assert!(checked.contains("name=\"to_pay\">550.00<"), "{checked}");

    let pay = "/pay/qiwi?command=pay&txn_id=77&txn_date=20261120120133&account=100001&sum=650.00";
    let mut repeats = JoinSet::new();
    for _ in 0..20 {
        repeats.spawn(ask(address, pay));
    }
    let mut numbers = Vec::new();
    while let Some(answer) = repeats.join_next().await {
        let (_, answer) = answer.unwrap();
        assert_eq!(element(&answer, "result"), "0", "{answer}");
        numbers.push(element(&answer, "prv_txn").to_owned());
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 1, "one operation: {numbers:?}");
    stand.all_acknowledged().await;
    assert_eq!(stand.stored().0, 1);

    // A restart later the same is still the same, and its number is no other's.
    served.close().await;
    stand.close().await;
    stand.open().await;
    let (address, served) = serve(&stand, vec![bank(Protocol::Osmp, "qiwi")]).await;
    let (_, again) = ask(address, pay).await;
    assert_eq!(element(&again, "prv_txn"), numbers[0]);
    let (_, status) = ask(address, "/pay/qiwi?command=status&txn_id=77").await;
    assert_eq!(element(&status, "sum"), "650.00", "{status}");
    for (query, result) in [
        (pay.replace("650.00", "650.01"), "7"),
        (pay.replace("account=100001", "account=100002"), "7"),
        (
            pay.replace("77", "78")
                .replace("account=100001", "account=100002"),
            "5",
        ),
        (
            pay.replace("77", "78")
                .replace("account=100001", "account=abc"),
            "4",
        ),
        (pay.replace("77", "78").replace("650.00", "0.01"), "241"),
        (
            pay.replace("77", "78").replace("650.00", "100000.01"),
            "242",
        ),
        (pay.replace("77", "78").replace("650.00", "1e5"), "300"),
        (pay.replace("77", "78").replace("650.00", "-1"), "300"),
        (pay.replace("20261120", "20261320"), "300"),
        (pay.replace("=pay", "=cancel"), "7"),
        (pay.replace("=pay", "=fly"), "300"),
        (format!("{pay}&SUM=1"), "300"),
        ("/pay/qiwi".to_owned(), "300"),
    ] {
        let (status, answer) = ask(address, &query).await;
        assert_eq!(
            (status, element(&answer, "result")),
            (200, result),
            "{query}: {answer}"
        );
    }
    assert_eq!(stand.stored().0, 1, "nothing of it was stored");
    let (_, largest) = ask(
        address,
        &pay.replace("77", "79").replace("650.00", "100000.00"),
    )
    .await;
    assert_eq!(element(&largest, "result"), "0", "{largest}");
    stand.all_acknowledged().await;
    stand.check();
    served.close().await;
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sberbank_gets_the_first_answer_of_a_duplicate() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let (address, served) = serve(&stand, vec![bank(Protocol::Sberbank, "sber")]).await;
    let (_, checked) = ask(address, "/pay/sber?ACTION=check&ACCOUNT=100001").await;
    let told = ["CODE", "BALANCE", "REC_SUM"].map(|name| element(&checked, name));
    assert_eq!(told, ["0", "-550.00", "550.00"], "{checked}");

    let pay = "/pay/sber?ACTION=payment&ACCOUNT=100001&AMOUNT=123.45&PAY_ID=900\
               &PAY_DATE=20.11.2026_10:11:12";
    let (_, first) = ask(address, pay).await;
    assert_eq!(element(&first, "CODE"), "0", "{first}");
    let lower = pay.replace("ACTION", "action").replace("PAY_ID", "pay_id");
    let (_, second) = ask(address, &lower).await;
    assert_eq!(element(&second, "CODE"), "8", "{second}");
    for name in ["EXT_ID", "REG_DATE", "AMOUNT"] {
        assert_eq!(element(&second, name), element(&first, name), "{name}");
    }
    for (query, code) in [
        (pay.replace("123.45", "123.46"), "6"),
        (pay.replace("20.11.2026", "31.02.2026"), "12"),
        (pay.replace("20.11.2026_", "20.11.2026 "), "12"),
        (pay.replace("123.45", "0.99"), "10"),
        (pay.replace("123.45", "100000.01"), "11"),
        (pay.replace("123.45", "1,5"), "9"),
        (pay.replace("=100001", "=100002").replace("900", "901"), "3"),
        (pay.replace("=100001", "=x"), "4"),
        (pay.replace("900", "%3Cx%3E"), "6"),
        (pay.replace("payment", "refund"), "2"),
    ] {
        let (status, answer) = ask(address, &query).await;
        assert_eq!(
            (status, element(&answer, "CODE")),
            (200, code),
            "{query}: {answer}"
        );
    }
    stand.all_acknowledged().await;
    assert_eq!(stand.receipts_on_drives().len(), 1);
    let saldo = stand.get(&account("100001")).await.body["saldo"].clone();
    assert_eq!(saldo, "-426.55");
    stand.check();
    served.close().await;
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_turned_away() {
    let mut stand = Stand::ready().await;
    stand.open_account("100001").await;
    let far = Bank {
        from: From::Ranges(vec!["203.0.113.0/24".parse().unwrap()]),
        ..bank(Protocol::Osmp, "far")
    };
    let named = Bank {
        login: Some(Login::new("bank", "пароль")),
        ..bank(Protocol::Osmp, "named")
    };
    let (address, served) = serve(&stand, vec![far, named]).await;
    let pay = |bank: &str| {
        format!("/pay/{bank}?command=pay&txn_id=1&account=100001&sum=10&txn_date=20261120120133")
    };
    assert_eq!(ask(address, &pay("far")).await.0, 403);
    assert_eq!(ask(address, &pay("named")).await.0, 401);
    let with = |password: &'static str| async move {
        let request = Client::new().get(format!("http://{address}{}", pay("named")));
        let answer = request
            .basic_auth("bank", Some(password))
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    assert_eq!(with("Пароль").await, 401);
    assert_eq!(stand.stored().0, 0);
    assert_eq!(with("пароль").await, 200);
    assert_eq!(stand.stored().0, 1);
    served.close().await;
    stand.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_has_paid_by_itself_is_known_in_its_registry_but_not_once_it_is_cancelled() {
    // No drive is registered: what is accepted waits.
    let mut stand = Stand::new();
    stand.setup.statements.known_keys = vec!["qiwi:{number}".to_owned()];
    stand.open().await;
    stand.open_account("100001").await;
    let (address, served) = serve(&stand, vec![bank(Protocol::Osmp, "qiwi")]).await;
    let pay = "/pay/qiwi?command=pay&txn_id=77&account=100001&sum=650.00";
    let (_, paid) = ask(address, pay).await;
    assert_eq!(element(&paid, "result"), "0", "{paid}");

    let today = stand.desk().clock().local().date();
    let lines = [("77", "100001", "650.00"), ("78", "100001", "10.00")];
    let loaded = load(&stand, "a.txt", "", &registry(today, &lines)).await;
    assert_eq!(loaded.status, 201, "{loaded:?}");
    let told = |answer: &Answer| {
        let body = &answer.body;
        [&body["accepted"], &body["duplicates"], &body["waiting"]].map(|it| it.as_i64().unwrap())
    };
    assert_eq!(told(&loaded), [1, 1, 0], "{loaded:?}");
    assert_eq!(loaded.body["accepted_amount"], "10.00");

    let order = json!({"key": "sber:78", "by": "Кассир", "reason": "опечатка"});
    let cancelled = stand.post(":cancel", &order).await;
    assert_eq!(cancelled.status, 200, "{cancelled:?}");
    let lines = [("78", "100001", "10.00")];
    let again = load(&stand, "b.txt", "", &registry(today, &lines)).await;
    assert_eq!(told(&again), [0, 0, 1], "{again:?}");
    let row = &again.body["waiting_rows"][0];
    assert!(
        row["reason"].as_str().unwrap().contains("cancelled"),
        "{row}"
    );
    let place = format!("/v1/imports/{}/rows/1", again.body["id"]);
    let decided = stand.order(&place, &json!({"account": "100001"})).await;
    assert_eq!(decided.body["state"], "loaded", "{decided:?}");
    let saldo = stand.get(&account("100001")).await.body["saldo"].clone();
    assert_eq!(saldo, "110.00");
    stand.check();
    served.close().await;
    stand.close().await;
}
