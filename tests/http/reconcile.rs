//! Billing, bank, journal, drives and ОФД compared: when all agree, and each kind of difference.

use std::{path::PathBuf, time::Duration};

use desk::{IncidentsOf, Order, Page};
use emulator::drive::{Fault, FaultKind};
use serde_json::{Value, json};
use terms::LocalDate;

use crate::{
    imports::{load, registry},
    stand::{Answer, KEY, Stand, account, services, until},
};

const ONE: &str = "0000001001";
const TWO: &str = "0000001002";
const PATH: &str = "/v1/reconciliations";

fn today(stand: &Stand) -> LocalDate {
    stand.desk().clock().local().date()
}

/// A provider with two accounts whose day is over: two payments by a registry, one at the desk, a charge
/// for each account.
async fn provider() -> Stand {
    let stand = Stand::ready().await;
    assert_eq!(stand.put("/v1/services", &services()).await.status, 200);
    for number in [ONE, TWO] {
        assert_eq!(stand.put(&account(number), &json!({})).await.status, 201);
    }
    let day = today(&stand).to_string();
    let bank = registry(
        today(&stand),
        &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")],
    );
    assert_eq!(load(&stand, "a.txt", "", &bank).await.status, 201);
    let month = &day[..7];
    let charge = |key: &str, account: &str, service: &str, amount: &str| {
        json!({"type": "charge", "key": key, "account": account, "date": day,
            "lines": [{"service": service, "period": month, "amount": amount}]})
    };
    for operation in [
        json!({"type": "payment", "key": "P-3", "account": TWO, "date": day, "channel": "desk",
            "parts": [{"kind": "cash", "amount": "100.00"}]}),
        charge("C-1", ONE, "INET", "500.00"),
        charge("C-2", TWO, "TV", "300.00"),
    ] {
        let sent = stand.post("", &operation).await;
        assert!(sent.status < 300, "{sent:?}");
    }
    stand.all_acknowledged().await;
    stand
}

/// What billing has of that day; each line may be changed.
fn billing(stand: &Stand, change: impl Fn(&str) -> Option<String>, more: &str) -> String {
    let day = today(stand);
    let rows = [
        format!("payment;{day};{ONE};650,00;;;;"),
        format!("payment;{day};{TWO};12,34;;;;"),
        format!("payment;{day};{TWO};100,00;P-3;;;"),
        format!("charge;{day};{ONE};500,00;C-1;INET;;22"),
        format!("charge;{day};{TWO};300,00;C-2;TV;;none"),
        format!("balance;{day};{ONE};150,00;;;;"),
        format!("balance;{day};{TWO};-187,66;;;;"),
    ];
    let mut text = "record;date;account;amount;id;service;period;vat\n".to_owned();
    for row in rows.iter().filter_map(|row| change(row)) {
        text.push_str(&row);
        text.push('\n');
    }
    text + more
}

fn same(row: &str) -> Option<String> {
    Some(row.to_owned())
}

type Files = Vec<(&'static str, &'static str, String)>;

fn days(stand: &Stand) -> Value {
    let day = today(stand).to_string();
    json!({"from": day, "to": day})
}

async fn send(stand: &Stand, order: &Value, files: Files) -> Answer {
    stand.send_parts(PATH, KEY, order, files).await
}

/// Compares, and waits for the end.
async fn reconcile(stand: &Stand, order: &Value, files: Files) -> Value {
    let begun = send(stand, order, files).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let path = format!("{PATH}/{}", begun.body["id"]);
    let ended = until("the reconciliation ends", async || {
        let one = stand.get(&path).await.body;
        (one["state"] != "running").then_some(one)
    })
    .await;
    assert_eq!(ended["state"], "done", "{ended:#}");
    ended
}

fn result<'a>(one: &'a Value, what: &str) -> &'a Value {
    let results = one["results"].as_array().unwrap().iter();
    let mut found = results.filter(|result| result["what"] == what);
    found.next().unwrap_or_else(|| panic!("no {what}: {one:#}"))
}

/// The rows of a comparison that do not match: kind, number, left, right.
async fn rows(stand: &Stand, one: &Value, result: &Value) -> Vec<String> {
    let path = format!("{PATH}/{}/rows?result={}", one["id"], result["result"]);
    let page = stand.get(&path).await.body;
    let rows = page["items"].as_array().unwrap().iter();
    let told = rows.map(|row| {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        let reference = text("reference").split(' ').next_back().unwrap().to_owned();
        let sums = [text("left"), text("right")].join(" ");
        format!("{} {reference} {sums}", text("kind"))
    });
    told.collect()
}

fn broken(one: &Value) -> Vec<&str> {
    let results = one["results"].as_array().unwrap().iter();
    let broken = results.filter(|result| result["holds"] == false);
    broken
        .map(|result| result["what"].as_str().unwrap())
        .collect()
}

/// The incidents that last.
fn lasting(stand: &Stand) -> Vec<String> {
    let of = IncidentsOf {
        lasting: true,
        ..IncidentsOf::default()
    };
    let page = Page {
        after: None,
        order: Order::Ascending,
        limit: 100,
    };
    let listed = stand.desk().incidents(&of, &page).unwrap();
    let keys = listed.rows.iter();
    let mut keys: Vec<String> = keys.map(|it| it.row.key.to_string()).collect();
    keys.sort();
    keys
}

/// The index of the archive of slot 1's drive.
async fn index(stand: &Stand) -> PathBuf {
    let slots = stand.get("/v1/cassette").await.body;
    let drive = slots["slots"][0]["fn_number"].as_str().unwrap().to_owned();
    stand
        .setup
        .folder
        .join("archive")
        .join(drive)
        .join("index.csv")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_on_which_all_agree_holds_in_every_equation() {
    let stand = provider().await;
    let bank = registry(
        today(&stand),
        &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")],
    );
    let mut order = days(&stand);
    order["drives"] = json!([1, 2]);
    let files = || {
        vec![
            ("bank", "a.txt", bank.clone()),
            // The same registry once more: its rows count once.
            ("bank", "b.txt", bank.replace("\r\n", "\n")),
            ("billing", "billing.csv", billing(&stand, same, "")),
        ]
    };
    let before = stand.stored();
    let one = reconcile(&stand, &order, files()).await;
    assert_eq!(broken(&one), Vec::<&str>::new(), "{one:#}");
    for (what, left, right) in [
        ("bank", "662.34", "662.34"),
        ("payments", "762.34", "762.34"),
        ("charges", "800.00", "800.00"),
        ("balances", "-37.66", "-37.66"),
    ] {
        let result = result(&one, what);
        let sums = (&result["left"]["amount"], &result["right"]["amount"]);
        assert_eq!(sums, (&json!(left), &json!(right)), "{what}");
    }
    assert_eq!(result(&one, "bank")["notes"][0]["code"], "repeated");
    for what in ["advances", "credit", "vat", "tickets"] {
        assert_eq!(result(&one, what)["holds"], true);
    }
    assert!(result(&one, "tickets")["left"]["rows"].as_u64() > Some(3));
    assert_eq!(one["files"].as_array().unwrap().len(), 3);
    assert_eq!(stand.stored(), before, "it changes nothing");

    // The sales book says the VAT of the month.
    let book = |sum: &str| format!("vat;{};;{sum};;;;22\n", today(&stand));
    let file = |sum: &str| vec![("billing", "book.csv", billing(&stand, same, &book(sum)))];
    let one = reconcile(&stand, &order, file("0,01")).await;
    assert_eq!(broken(&one), ["sales_book"]);
    let vat = result(&one, "sales_book")["left"]["amount"].clone();
    assert_ne!(vat, "0.00");
    let one = reconcile(&stand, &order, file(vat.as_str().unwrap())).await;
    assert_eq!(broken(&one), Vec::<&str>::new(), "{one:#}");
    let (status, kind, xlsx) = stand.fetch(&format!("{PATH}/1/xlsx")).await;
    assert_eq!((status, &xlsx[..2]), (200, &b"PK"[..]));
    assert!(kind.contains("spreadsheetml"), "{kind}");
    stand.check();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_difference_is_named_in_its_list() {
    let stand = provider().await;
    let day = today(&stand);
    let bank = [("7001", ONE, "650.01"), ("7009", ONE, "77.00")];
    let changed = |row: &str| {
        let row = row.replace(";500,00;C-1;INET;", ";500,00;C-1;TV;");
        let row = row.replace("300,00;C-2;TV;;none", "300,00;C-2;TV;;22");
        let row = row.replace("150,00;", "150,01;");
        Some(row).filter(|row| !row.contains("100,00;P-3"))
    };
    let more = format!("charge;{day};{ONE};1,00;C-9;INET;;22\n");
    let files = vec![
        ("bank", "a.txt", registry(day, &bank)),
        ("billing", "billing.csv", billing(&stand, changed, &more)),
    ];
    let one = reconcile(&stand, &days(&stand), files).await;
    assert_eq!(broken(&one), ["bank", "payments", "charges", "balances"]);
    let of = async |what: &str| rows(&stand, &one, result(&one, what)).await;
    let bank = of("bank").await;
    assert_eq!(bank.len(), 3, "{bank:?}");
    assert_eq!(bank[0], "left_only 7009 77.00 -");
    assert!(bank[1].starts_with("right_only ") && bank[1].ends_with(" - 12.34"));
    assert_eq!(bank[2], "sum 7001 650.01 650.00");
    let payments = of("payments").await;
    assert_eq!(payments.len(), 1, "{payments:?}");
    assert!(payments[0].starts_with("right_only ") && payments[0].ends_with(" - 100.00"));
    assert_eq!(
        of("charges").await,
        [
            "left_only C-9 1.00 -",
            "service C-1 500.00 500.00",
            "vat C-2 300.00 300.00"
        ]
    );
    assert_eq!(of("balances").await, ["sum - 150.00 150.01"]);

    // A charge that billing lacks, and one that Kassette never heard of under the same key.
    let lacking = |row: &str| Some(row.to_owned()).filter(|row| !row.contains("C-2"));
    let files = vec![("billing", "billing.csv", billing(&stand, lacking, ""))];
    let one = reconcile(&stand, &days(&stand), files).await;
    assert_eq!(broken(&one), ["charges"]);
    let charges = rows(&stand, &one, result(&one, "charges")).await;
    assert_eq!(charges, ["right_only C-2 - 300.00"]);
    // What was not compared again stays; charges differ still, the others agree now.
    let of = |equation: &str| format!("A20:equation:{equation}:reconciliation:{day}");
    until("two incidents last", async || {
        let keys = lasting(&stand);
        (keys == [of("E1"), of("E2")]).then_some(())
    })
    .await;
    let right = registry(day, &[("7001", ONE, "650.00"), ("7002", TWO, "12.34")]);
    let files = vec![
        ("bank", "a.txt", right),
        ("billing", "billing.csv", billing(&stand, same, "")),
    ];
    let one = reconcile(&stand, &days(&stand), files).await;
    assert_eq!(broken(&one), Vec::<&str>::new(), "{one:#}");
    until("the incidents are over", async || {
        lasting(&stand).is_empty().then_some(())
    })
    .await;
    let listed = stand.get(&format!("{PATH}?limit=10")).await.body;
    let broken = |place: usize| listed[place]["broken"].as_u64().unwrap();
    assert_eq!([broken(0), broken(1), broken(2)], [0, 1, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_archive_or_journal_lacks_is_found() {
    let stand = provider().await;
    let mut order = days(&stand);
    order["drives"] = json!([1, 2]);
    let one = reconcile(&stand, &order, Vec::new()).await;
    assert_eq!(broken(&one), Vec::<&str>::new(), "{one:#}");

    let path = index(&stand).await;
    let whole = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    let last: u32 = lines[lines.len() - 1]
        .split(',')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    // The second document is gone, and one stands there that the journal never heard of.
    let unknown = format!("{},3,2026-03-01T10:00,42,1,0,0,00", last + 1);
    let mut kept: Vec<&str> = lines.clone();
    kept.remove(2);
    kept.push(&unknown);
    std::fs::write(&path, kept.join("\n") + "\n").unwrap();
    let one = reconcile(&stand, &days(&stand), Vec::new()).await;
    assert_eq!(broken(&one), ["numbers"]);
    let numbers = one["results"].as_array().unwrap().iter();
    let mut numbers = numbers.filter(|it| it["holds"] == false);
    let numbers = numbers.next().unwrap();
    let found = rows(&stand, &one, numbers).await;
    assert_eq!(found[0], "not_in_archive 2 - -");
    let unknown = format!("not_in_journal {} - -", last + 1);
    assert!(found.contains(&unknown), "{found:?}");

    // Read out of the drive again, it is as the journal says; an archive from elsewhere counts instead.
    let one = reconcile(&stand, &order, Vec::new()).await;
    assert_eq!(broken(&one), Vec::<&str>::new(), "{one:#}");
    let drive = path.parent().unwrap().file_name().unwrap();
    let name = format!("{}.csv", drive.to_str().unwrap());
    let name: &'static str = Box::leak(name.into_boxed_str());
    let brought = vec![("archive", name, kept.join("\n") + "\n")];
    let one = reconcile(&stand, &days(&stand), brought).await;
    assert_eq!(broken(&one), ["numbers"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_refused_with_its_line_and_nothing_is_compared() {
    let stand = provider().await;
    let refused = async |order: &Value, files: Files| {
        let answer = send(&stand, order, files).await;
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        (answer.status, detail.to_owned())
    };
    let order = days(&stand);
    let header = "record;date;account;amount\n";
    let bad = |text: &str| vec![("billing", "b.csv", format!("{header}{text}\n"))];
    for (file, told) in [
        (bad("charge;2026-02-30;1;1,00"), "line 2, date"),
        (bad("gift;2026-02-20;1;1,00"), "line 2, record"),
        (bad("charge;2026-02-20;1;1,005"), "line 2, amount"),
        (vec![("bank", "x.txt", "nonsense".to_owned())], "x.txt"),
        (
            vec![("archive", "9999000000000001.csv", "number\n1".to_owned())],
            "line 1",
        ),
        (vec![("archive", "etc.csv", String::new())], "etc.csv"),
        (
            vec![(
                "billing",
                "b.csv",
                format!("{header}charge;{}", "9".repeat(20_000)),
            )],
            "line 2",
        ),
    ] {
        let (status, detail) = refused(&order, file).await;
        assert_eq!(status, 422, "{detail}");
        assert!(detail.contains(told), "{told}: {detail}");
    }
    let (status, _) = refused(
        &json!({"from": "2026-02-02", "to": "2026-02-01"}),
        Vec::new(),
    )
    .await;
    assert_eq!(status, 422);
    for order in [
        json!({}),
        json!({"period": "2026-01", "from": "2026-01-01"}),
    ] {
        assert_eq!(refused(&order, Vec::new()).await.0, 422);
    }
    assert_eq!(stand.get(PATH).await.body, json!([]), "nothing was stored");
    assert_eq!(stand.get(&format!("{PATH}/7")).await.status, 404);
    assert_eq!(stand.get(&format!("{PATH}/7/rows")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_runs_at_a_time_and_one_that_was_cut_off_is_shown_so() {
    let mut stand = provider().await;
    // The drive of slot 2 keeps the archive waiting for longer than anybody waits.
    stand.faults[1].add(Fault::always(FaultKind::Delay(Duration::from_secs(600))).at(0x40));
    let mut order = days(&stand);
    order["drives"] = json!([2]);
    let begun = send(&stand, &order, Vec::new()).await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let second = send(&stand, &days(&stand), Vec::new()).await;
    assert_eq!(second.status, 409, "{second:?}");
    assert_eq!(second.body["code"], "reconciliation_running");
    stand.close().await;
    stand.open().await;
    let one = stand.get(&format!("{PATH}/1")).await.body;
    assert_eq!(one["state"], "interrupted", "{one:#}");
    assert_eq!(one["results"], json!([]));
    let one = reconcile(&stand, &days(&stand), Vec::new()).await;
    assert_eq!(
        (&one["id"], &one["broken"]),
        (&json!(2), &json!(0)),
        "{one:#}"
    );
}
