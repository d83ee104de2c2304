//! The examples of receipt rules §3 and §4.2 that correct or restore something, on drives of FFD 1.05
//! and 1.2: what the documents in the archives say.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    archive::{Document, receipts, roubles},
    rig::{Caller, Rig, Variant},
};

/// What is bought in the examples. What is paid ahead goes to the internet: the others weigh nothing.
fn services() -> Value {
    let vat = json!([{"from": "2019-01-01", "rate": "20"}, {"from": "2026-01-01", "rate": "22"}]);
    json!({
        "INET": {"name": "Доступ в интернет", "vat": vat, "sno": 1, "priority": 1, "weight": "650"},
        "TV": {"name": "Телевидение", "vat": vat, "sno": 1, "priority": 2, "weight": "0"},
        "MAST": {"name": "Вызов мастера", "vat": "none", "sno": 2, "priority": 3, "weight": "0"},
    })
}

/// A story of one account, which is called as the story is.
struct Example {
    name: &'static str,
    account: Value,
    /// Operations, one after another; each waits until its documents are formed. `@KEY/N` stands for
    /// the receipt N of the operation KEY.
    operations: Vec<Value>,
    /// What the last operation has formed.
    formed: Vec<Formed>,
    /// What the account has then.
    saldo: &'static str,
}

/// A document as it has to be.
struct Formed {
    sign: u8,
    sno: u8,
    /// The tag of the only payment.
    paid: u16,
    kopecks: i64,
    /// VAT totals: code of the rate and sum, kopecks.
    vat: Vec<(u8, i64)>,
    /// Name, 1214, 1212, kopecks, 1199.
    lines: Vec<(String, u8, u8, i64, u8)>,
    role: Role,
}

enum Role {
    Ordinary,
    /// What was lost on that day, on own initiative or by an order.
    Lost(&'static str, Option<&'static str>),
    /// Corrects a document with this name, of a settlement on that day.
    Corrects(&'static str, &'static str),
}

impl Formed {
    /// Its parts as [`Document::told`] writes them (receipt rules §4.1).
    fn told(&self, is_1_05: bool) -> String {
        let is_correction = match self.role {
            Role::Ordinary => false,
            Role::Lost(..) => true,
            // Errors of printed receipts are put right by ordinary ones in FFD 1.05.
            Role::Corrects(..) => !is_1_05,
        };
        let form = if is_correction { 31 } else { 3 };
        let mut parts = vec![
            form.to_string(),
            format!("1054={}", self.sign),
            format!("1055={}", self.sno),
            format!("{}={}", self.paid, roubles(self.kopecks)),
        ];
        match self.role {
            Role::Ordinary => (),
            Role::Lost(day, order) => {
                parts.push(format!("1173={}", u8::from(order.is_some())));
                parts.push(format!("1178={day}"));
                parts.extend(order.map(|order| format!("1179={order}")));
            }
            Role::Corrects(wrong, day) if is_1_05 => {
                parts.push(format!("1192={wrong}"));
                parts.push(format!("1084=Дата исправляемого расчета: {day}"));
            }
            Role::Corrects(wrong, day) => {
                parts.extend(["1173=0".to_owned(), format!("1178={day}")]);
                parts.push(format!("1192={wrong}"));
            }
        }
        for (code, sum) in &self.vat {
            parts.push(format!("VAT {code}={}", roubles(*sum)));
        }
        // In FFD 1.05 the correction receipt has no lines.
        let lines = self.lines.iter().filter(|_| !(is_1_05 && is_correction));
        for (name, method, subject, sum, vat) in lines {
            let sum = roubles(*sum);
            parts.push(format!(
                "«{name}» 1214={method} 1212={subject} 1043={sum} 1199={vat}"
            ));
        }
        parts.join("; ")
    }
}

/// A document of one line; the tax follows from the code of the rate.
fn one(sign: u8, paid: (u16, i64), line: (&str, u8, u8), vat: (u8, i64), role: Role) -> Formed {
    let (name, method, subject) = line;
    Formed {
        sign,
        sno: 1,
        paid: paid.0,
        kopecks: paid.1,
        vat: vec![vat],
        lines: vec![(name.to_owned(), method, subject, paid.1, vat.0)],
        role,
    }
}

fn debt(service: &str, period: &str, open: &str) -> Value {
    json!({"debts": [{"id": "C1", "service": service, "period": period, "open": open,
        "credit": true}]})
}

fn advance(amount: &str) -> Value {
    json!({"advances": [{"id": "L1", "service": "INET", "amount": amount, "date": "2026-02-20",
        "kind": "cashless"}]})
}

fn pay(account: &str, kind: &str, amount: &str) -> Value {
    json!({"type": "payment", "key": "pay", "account": account, "date": "2026-03-05",
        "parts": [{"kind": kind, "amount": amount}]})
}

fn fix(key: &str, original: &str, change: Value, reason: &str) -> Value {
    json!({"type": "fix_receipt", "key": key, "date": "2026-03-20", "original": original,
        "change": change, "basis": {"reason": reason}})
}

fn lost_basis() -> Value {
    json!({"reason": "lost_source", "source_doc": "реестр 17, строка 4"})
}

const PAID: &str = "2026-03-05";
const PAY: &str = "pay/0";
const DEBT_LINE: (&str, u8, u8) = ("Оплата долга: Доступ в интернет за 02.2026", 7, 10);
const CASHLESS: u16 = 1081;

fn advance_line(account: &str) -> String {
    format!("Аванс: Доступ в интернет, л/с {account}")
}

/// What was never formed.
fn lost(is_1_05: bool) -> Vec<Example> {
    let payment = |order: Option<&str>| {
        let mut operation = json!({"type": "restore_payment", "key": "lost", "date": "2026-03-20",
            "lost_date": "2025-11-08", "parts": [{"kind": "cashless", "amount": "700.00"}],
            "basis": lost_basis()});
        if let Some(order) = order {
            operation["basis"] = json!({"reason": "order", "source_doc": "реестр 17, строка 4",
                "order": {"number": order, "date": "2026-03-01", "authority": "МИФНС № 46"}});
        }
        operation
    };
    let restored = |account: &str, order| Formed {
        vat: vec![(1, 10_833), (3, 833)],
        lines: vec![
            (
                "Оплата долга: Доступ в интернет за 10.2025".to_owned(),
                7,
                10,
                65_000,
                1,
            ),
            (advance_line(account), 3, 10, 5_000, 3),
        ],
        ..one(
            1,
            (CASHLESS, 70_000),
            DEBT_LINE,
            (1, 0),
            Role::Lost("2025-11-08", order),
        )
    };
    let owing = || debt("INET", "2025-10", "650.00");
    vec![
        Example {
            name: "R31",
            account: owing(),
            operations: vec![payment(None)],
            formed: vec![restored("R31", None)],
            saldo: "50.00",
        },
        Example {
            name: "order",
            account: owing(),
            operations: vec![payment(Some("17-08/1"))],
            formed: vec![restored("order", Some("17-08/1"))],
            saldo: "50.00",
        },
        Example {
            name: "refund",
            account: advance("100.00"),
            operations: vec![
                json!({"type": "refund", "key": "lost", "date": "2026-03-20",
                "lost_date": "2026-03-10", "of": "advance", "service": "INET",
                "amount": "100.00", "kind": "cashless", "basis": lost_basis()}),
            ],
            formed: vec![one(
                // A correction of FFD 1.05 knows income and expense only.
                if is_1_05 { 3 } else { 2 },
                (CASHLESS, 10_000),
                (&advance_line("refund"), 3, 10),
                (12, 1_803),
                Role::Lost("2026-03-10", None),
            )],
            saldo: "0.00",
        },
        Example {
            name: "charge",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                json!({"type": "restore_charge", "key": "lost", "date": "2026-03-20",
                "lost_date": "2026-02-28", "basis": lost_basis(), "lines": [{"service": "INET",
                "period": "2026-02", "amount": "650.00", "credit": "650.00"}]}),
            ],
            formed: vec![one(
                1,
                (1216, 65_000),
                ("Доступ в интернет за 02.2026", 6, 4),
                (11, 11_721),
                Role::Lost("2026-02-28", None),
            )],
            saldo: "-650.00",
        },
    ]
}

/// What was formed wrongly: the reverse, then the right one.
fn wrong() -> Vec<Example> {
    let both = |sign: u8, wrong, right, [old, new]: [(u8, i64); 2], line| {
        vec![
            one(sign, wrong, line, old, Role::Corrects(PAY, PAID)),
            one(3 - sign, right, line, new, Role::Corrects(PAY, PAID)),
        ]
    };
    let vat = (11, 11_721);
    let whole = (CASHLESS, 65_000);
    let charge = json!({"type": "charge", "key": "pay", "account": "R33", "date": PAID,
        "lines": [{"service": "INET", "period": "2026-01", "amount": "650.00"}]});
    let master = || ("Оплата долга: Вызов мастера за 02.2026", 7, 10);
    let of_system = |sign, sno, wrong| Formed {
        sno,
        ..one(sign, (CASHLESS, 150_000), master(), (6, 150_000), wrong)
    };
    let mut examples = vec![
        Example {
            name: "R33",
            account: advance("650.00"),
            operations: vec![
                charge,
                fix("fix", "@pay/0", json!({"vat": "20"}), "wrong_vat"),
            ],
            formed: both(
                2,
                (1215, 65_000),
                (1215, 65_000),
                [vat, (1, 10_833)],
                ("Доступ в интернет за 01.2026", 4, 4),
            ),
            saldo: "0.00",
        },
        Example {
            name: "R34",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                pay("R34", "cashless", "65.00"),
                fix("fix", "@pay/0", json!({"amount": "650.00"}), "wrong_amount"),
            ],
            formed: both(2, (CASHLESS, 6_500), whole, [(11, 1_172), vat], DEBT_LINE),
            saldo: "0.00",
        },
        Example {
            name: "R40",
            account: debt("MAST", "2026-02", "1500.00"),
            operations: vec![
                pay("R40", "cashless", "1500.00"),
                fix("fix", "@pay/0", json!({"sno": 32}), "wrong_sno"),
            ],
            formed: vec![
                of_system(2, 2, Role::Corrects(PAY, PAID)),
                of_system(1, 32, Role::Corrects(PAY, PAID)),
            ],
            saldo: "0.00",
        },
        Example {
            name: "R41",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                pay("R41", "cash", "650.00"),
                fix("fix", "@pay/0", json!({"kind": "cashless"}), "wrong_kind"),
            ],
            formed: both(2, (1031, 65_000), whole, [vat, vat], DEBT_LINE),
            saldo: "0.00",
        },
    ];
    examples.extend(not_the_usual());
    examples.extend(wrong_advances());
    examples
}

/// One that the tax service did not accept, and one that was corrected wrongly.
fn not_the_usual() -> Vec<Example> {
    let vat = (11, 11_721);
    let whole = (CASHLESS, 65_000);
    vec![
        Example {
            name: "rejected",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                pay("rejected", "cashless", "650.00"),
                fix("fix", "@pay/0", json!({"rejected": true}), "rejected"),
            ],
            formed: vec![one(1, whole, DEBT_LINE, vat, Role::Corrects(PAY, PAID))],
            saldo: "0.00",
        },
        // The second correction names the first one's right document, and the day of the settlement.
        Example {
            name: "twice",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                pay("twice", "cash", "650.00"),
                fix("fix", "@pay/0", json!({"vat": "20"}), "wrong_vat"),
                fix("again", "@fix/1", json!({"kind": "cashless"}), "wrong_kind"),
            ],
            formed: [(2, 1031), (1, CASHLESS)]
                .map(|(sign, paid)| {
                    let role = Role::Corrects("fix/1", PAID);
                    one(sign, (paid, 65_000), DEBT_LINE, (1, 10_833), role)
                })
                .into(),
            saldo: "0.00",
        },
    ]
}

/// Wrong receipts of money that was paid ahead.
fn wrong_advances() -> Vec<Example> {
    let vat = (12, 11_721);
    let corrects = || Role::Corrects(PAY, PAID);
    let whole = (CASHLESS, 65_000);
    let line =
        |sign, account: &str, role| one(sign, whole, (&advance_line(account), 3, 10), vat, role);
    let paid_twice = json!({"type": "cancel_payment", "key": "cancel", "account": "R27",
        "date": "2026-03-06", "original": "@pay/0", "reason": "duplicate_record",
        "basis": {"reason": "duplicate"}});
    let television = ("Аванс: Телевидение, л/с service", 3, 10);
    vec![
        Example {
            name: "R27",
            account: json!({}),
            operations: vec![pay("R27", "cashless", "650.00"), paid_twice],
            formed: vec![line(2, "R27", corrects())],
            saldo: "0.00",
        },
        Example {
            name: "duplicate",
            account: json!({}),
            operations: vec![
                pay("duplicate", "cashless", "650.00"),
                fix("fix", "@pay/0", json!({"duplicate": true}), "duplicate"),
            ],
            formed: vec![line(2, "duplicate", corrects())],
            saldo: "0.00",
        },
        Example {
            name: "service",
            account: json!({}),
            operations: vec![
                pay("service", "cashless", "650.00"),
                fix("fix", "@pay/0", json!({"service": "TV"}), "wrong_subject"),
            ],
            formed: vec![
                line(2, "service", corrects()),
                one(1, whole, television, vat, corrects()),
            ],
            saldo: "650.00",
        },
        Example {
            name: "account",
            account: json!({}),
            operations: vec![
                pay("account", "cashless", "650.00"),
                fix(
                    "fix",
                    "@pay/0",
                    json!({"account": "other"}),
                    "wrong_subject",
                ),
            ],
            formed: vec![line(2, "account", corrects()), line(1, "other", corrects())],
            saldo: "0.00",
        },
        // A refund that was formed as income: money went out, and an advance with it.
        Example {
            name: "sign",
            account: advance("650.00"),
            operations: vec![
                pay("sign", "cashless", "650.00"),
                fix("fix", "@pay/0", json!({"sign": 2}), "wrong_kind"),
            ],
            formed: vec![line(2, "sign", corrects()), line(2, "sign", corrects())],
            saldo: "0.00",
        },
        // In time: no correction at all.
        Example {
            name: "R42",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                json!({"type": "payment", "key": "pay", "account": null, "date": PAID,
                    "parts": [{"kind": "cashless", "amount": "650.00"}],
                    "channel": "bank_registry"}),
                json!({"type": "identify", "key": "known", "date": "2026-03-06",
                    "payment": "R42:pay", "account": "R42"}),
            ],
            formed: vec![one(1, whole, DEBT_LINE, (11, 11_721), Role::Ordinary)],
            saldo: "0.00",
        },
        // Too late: the settlement was not formed in time.
        Example {
            name: "late",
            account: debt("INET", "2026-02", "650.00"),
            operations: vec![
                json!({"type": "payment", "key": "pay", "account": null, "date": PAID,
                    "parts": [{"kind": "cashless", "amount": "650.00"}],
                    "channel": "bank_registry"}),
                json!({"type": "identify", "key": "known", "date": "2026-03-20",
                    "payment": "late:pay", "account": "late"}),
            ],
            formed: vec![one(
                1,
                whole,
                DEBT_LINE,
                (11, 11_721),
                Role::Lost(PAID, None),
            )],
            saldo: "0.00",
        },
    ]
}

/// The receipts of an operation that is formed as a whole.
fn push(caller: &Caller, operation: &Value) -> Vec<Value> {
    let pushed = caller.request("POST", "operations?wait=30", &operation.to_string());
    let (status, answer) = pushed.unwrap();
    assert_eq!(status, 201, "{operation}: {answer}");
    let id = answer["id"].as_str().unwrap();
    let (_, told) = caller
        .request("GET", &format!("operations/{id}"), "")
        .unwrap();
    told["receipts"].as_array().unwrap().clone()
}

/// What an example has formed: the name of each document with what it has to say.
fn play(caller: &Caller, example: &Example, is_1_05: bool) -> BTreeMap<u64, (String, String)> {
    let name = example.name;
    let account = caller.request(
        "PUT",
        &format!("accounts/{name}"),
        &example.account.to_string(),
    );
    let (status, answer) = account.unwrap();
    assert_eq!(status, 201, "{name}: {answer}");
    let mut receipts: BTreeMap<String, Value> = BTreeMap::new();
    let mut formed = BTreeMap::new();
    for (place, operation) in example.operations.iter().enumerate() {
        let key = operation["key"].as_str().unwrap();
        let mut body = operation.clone();
        body["key"] = json!(format!("{name}:{key}"));
        let has_account = !matches!(key, "fix" | "again");
        if has_account && body.get("account").is_none() {
            body["account"] = json!(name);
        }
        if let Some(original) = operation["original"].as_str() {
            body["original"] = receipts[original.trim_start_matches('@')]["id"].clone();
        }
        let found = push(caller, &body);
        let is_last = place + 1 == example.operations.len();
        if is_last {
            assert_eq!(found.len(), example.formed.len(), "{name}: {found:?}");
        }
        for (place, receipt) in found.into_iter().enumerate() {
            let called = format!("{key}/{place}");
            let expected = is_last.then(|| example.formed[place].told(is_1_05));
            let sign = receipt["document"]["fp"].as_u64().unwrap();
            formed.insert(sign, (called.clone(), expected.unwrap_or_default()));
            receipts.insert(called, receipt);
        }
    }
    let (_, account) = caller
        .request("GET", &format!("accounts/{name}"), "")
        .unwrap();
    assert_eq!(account["saldo"], example.saldo, "{name}: {account}");
    formed
}

fn all_examples(ffd: &str, organisation: &'static str) {
    let variant = Variant {
        timing: "none",
        organisation,
        ..Variant::default()
    };
    let rig = Rig::start(2, 0, variant);
    let caller = rig.caller_with("accountant", "read,push,correct");
    let declared = caller.request("PUT", "services", &services().to_string());
    assert_eq!(declared.unwrap().0, 200);
    assert_eq!(
        caller.request("PUT", "accounts/other", "{}").unwrap().0,
        201
    );
    let is_1_05 = ffd == "1.05";
    let mut examples = lost(is_1_05);
    examples.extend(wrong());
    let played: Vec<_> = examples
        .iter()
        .map(|example| (example.name, play(&caller, example, is_1_05)))
        .collect();
    rig.settle();
    let documents: BTreeMap<u64, Document> = receipts(&rig)
        .into_iter()
        .map(|document| (document.sign, document))
        .collect();
    let mut differences = Vec::new();
    for (name, formed) in &played {
        let names: BTreeMap<u64, String> = formed
            .iter()
            .map(|(sign, (called, _))| (*sign, called.clone()))
            .collect();
        for (sign, (called, expected)) in formed {
            let document = &documents[sign];
            assert!(document.is_acknowledged, "{name} {called}");
            let told = document.told(&names);
            if !expected.is_empty() && *expected != told {
                differences.push(format!(
                    "{name} {called}\n  has to be {expected}\n  is        {told}"
                ));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "ФФД {ffd}\n{}",
        differences.join("\n")
    );
    let formed: usize = played.iter().map(|(_, formed)| formed.len()).sum();
    assert_eq!(
        documents.len(),
        formed,
        "there is nothing else in the drives"
    );
    let report = rig.run(&["check"]);
    assert!(report.contains("all is well"), "{report}");
}

#[test]
fn corrections_of_ffd_1_2_say_what_the_rules_want() {
    all_examples("1.2", "sno = [1, 2, 32]");
}

#[test]
fn corrections_of_ffd_1_05_say_what_the_rules_want() {
    all_examples("1.05", "sno = [1, 2, 32]\nffd = \"1.05\"");
}
