use proptest::prelude::*;
use serde_json::json;
use terms::{PaymentMethod, SettlementSubject, VatCode};

use super::*;

fn facts(ffd: FfdVersion) -> Facts {
    Facts {
        ffd,
        tax_systems: TaxSystems::of([TaxSystem::Common]).unwrap(),
        place: Place {
            address: "адрес".to_owned(),
            place: "место".to_owned(),
        },
    }
}

fn read(task: &Value) -> Result<Receipt, TaskError> {
    receipt(
        task,
        (OperationSign::Income, false),
        &facts(FfdVersion::V1_2),
    )
}

fn position() -> Value {
    json!({
        "type": "position", "name": "Доступ в интернет", "price": 650, "quantity": 1,
        "amount": 650, "paymentMethod": "advance", "paymentObject": "payment",
        "tax": {"type": "vat122"},
    })
}

fn sell() -> Value {
    json!({
        "type": "sell", "taxationType": "osn",
        "operator": {"name": "Кассир Иванова", "vatin": "500100732259"},
        "clientInfo": {"emailOrPhone": "8 916 123-45-67"},
        "items": [position()],
        "payments": [{"type": "electronically", "sum": 650.00}],
    })
}

/// `task` with the value at a JSON pointer replaced, or put there.
fn with(mut task: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = task.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(values) => values[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    task
}

#[test]
fn a_task_becomes_the_receipt_that_it_describes() {
    let receipt = read(&sell()).unwrap();
    let line = &receipt.lines[0];
    assert_eq!(receipt.buyer_contact.as_deref(), Some("+79161234567"));
    assert_eq!(receipt.tax_system, TaxSystem::Common);
    assert_eq!(receipt.cashier.unwrap().name, "Кассир Иванова");
    assert_eq!(
        (line.method, line.subject, line.vat),
        (
            PaymentMethod::Advance,
            SettlementSubject::Payment,
            VatCode::V22In122
        )
    );
    assert_eq!(receipt.payments.cashless.get(), 65_000);
}

#[test]
fn what_is_wrong_is_told_by_the_driver_s_number_and_the_path() {
    let bad = |pointer: &str, value: Value| read(&with(sell(), pointer, value)).unwrap_err();
    for (pointer, value, code, path) in [
        ("/items/0/price", Value::Null, 501, "items[0].price"),
        ("/items/0/quantity", json!([]), 501, "items[0].quantity"),
        ("/items/0/quantity", json!(0), 17, "items[0].quantity"),
        ("/items/0/amount", json!(-1), 501, "items[0].amount"),
        ("/items/0/tax", Value::Null, 501, "items[0].tax"),
        (
            "/items/0/tax/type",
            json!("vat18"),
            144,
            "items[0].tax.type",
        ),
        ("/items/0/tax/type", json!(6), 144, "items[0].tax.type"),
        ("/items/0/tax/sum", json!(100), 243, "items[0].tax.sum"),
        (
            "/items/0/paymentMethod",
            json!("gift"),
            216,
            "items[0].paymentMethod",
        ),
        (
            "/items/0/paymentObject",
            json!("28"),
            217,
            "items[0].paymentObject",
        ),
        (
            "/items/0/markingCode",
            json!({}),
            11,
            "items[0].markingCode",
        ),
        (
            "/items/0/measurementUnit",
            json!(9),
            501,
            "items[0].measurementUnit",
        ),
        (
            "/items/0/supplierInfo",
            json!({}),
            501,
            "items[0].supplierInfo",
        ),
        (
            "/items/0/agentInfo",
            json!({"agents": ["attorney"]}),
            501,
            "items[0].supplierInfo",
        ),
        ("/items/0/type", json!("coupon"), 501, "items[0].type"),
        ("/items", json!("много"), 501, "items"),
        ("/items", json!([]), 501, "items"),
        ("/total", json!(650.01), 227, "total"),
        ("/total", json!(649), 227, "total"),
        ("/taxationType", json!("usnIncome"), 143, "taxationType"),
        ("/taxationType", json!("нет"), 143, "taxationType"),
        (
            "/clientInfo/emailOrPhone",
            json!("нет"),
            501,
            "clientInfo.emailOrPhone",
        ),
        ("/operator/vatin", json!("1"), 501, "operator.vatin"),
        ("/payments/0/type", json!("7"), 60, "payments[0].type"),
        ("/payments/0/sum", Value::Null, 501, "payments[0].sum"),
    ] {
        let error = bad(pointer, value.clone());
        let described = format!("{pointer} {value}: {error:?}");
        assert_eq!(error.code, code, "{described}");
        assert!(
            error.description.contains(&format!("«{path}»")),
            "{described}"
        );
    }
    assert_eq!(bad("/payments/0/sum", json!(649.99)).code, 66);
    assert_eq!(bad("/payments/0/sum", json!(650.01)).code, 52);
    assert_eq!(bad("/payments", json!([])).code, 66);
}

#[test]
fn sums_are_rounded_before_they_are_added_and_strings_are_numbers() {
    let mut line = position();
    (line["price"], line["amount"]) = (json!("0.30000000000000004"), json!(0.30000000000000004));
    let task = with(sell(), "/items", json!([line, line, line]));
    let task = with(task, "/payments/0", json!({"type": "0", "sum": "5"}));
    let receipt = read(&task).unwrap();
    assert_eq!(receipt.total().unwrap().get(), 90);
    assert_eq!(receipt.payments.cash.get(), 90, "the rest is change");
    let rounded = with(task, "/total", json!(0));
    assert_eq!(read(&rounded).unwrap_err().code, 227, "nothing is no total");
}

#[test]
fn an_agent_of_the_whole_receipt_stands_for_lines_without_their_own() {
    let whole = json!({"agents": ["payingAgent"], "payingAgent": {"phones": ["9161234567"]}});
    let supplier = json!({"vatin": "7802781104", "name": "Водоканал", "phones": ["+78120000000"]});
    let task = with(sell(), "/agentInfo", whole);
    let task = with(task, "/supplierInfo", supplier);
    let mut own = position();
    own["agentInfo"] = json!({"agents": ["another", "attorney"]});
    own["supplierInfo"] = json!({"vatin": "000000000000"});
    let task = with(task, "/items", json!([position(), own]));
    let task = with(task, "/payments/0/sum", json!(1300));
    let receipt = read(&task).unwrap();
    let agents: Vec<_> = receipt
        .lines
        .iter()
        .map(|it| it.agent.as_ref().unwrap())
        .collect();
    assert_eq!(
        (agents[0].kinds.bits(), agents[1].kinds.bits()),
        (4, 64 + 16)
    );
    assert_eq!(agents[0].supplier_name.as_deref(), Some("Водоканал"));
    assert_eq!(agents[1].supplier_inn, None);
    let data = receipt.lines[0]
        .details
        .as_ref()
        .unwrap()
        .agent_data
        .as_ref();
    assert_eq!(data.unwrap().agent_phones, ["+79161234567"]);
}

#[test]
fn a_correction_of_ffd_1_05_has_no_lines_and_names_its_paper() {
    let task = json!({
        "type": "sellCorrection", "correctionType": "self", "correctionBaseDate": "2026.10.05",
        "correctionBaseNumber": "12", "correctionBaseName": "служебная записка",
        "payments": [{"type": "cash", "sum": 100}], "taxes": [{"type": "vat122", "sum": 18.03}],
    });
    let read = |task: &Value, ffd| receipt(task, (OperationSign::Income, true), &facts(ffd));
    let bare = read(&task, FfdVersion::V1_05).unwrap();
    let correction = bare.correction.unwrap();
    assert_eq!(correction.date.to_string(), "2026-10-05");
    assert_eq!(correction.paper.unwrap().number.as_deref(), Some("12"));
    assert_eq!(bare.payments.cash.get(), 10_000);
    assert_eq!(read(&task, FfdVersion::V1_2).unwrap_err().code, 501);

    let ordered = with(task, "/correctionType", json!("instruction"));
    let ordered = with(ordered, "/items", json!([position()]));
    let ordered = with(ordered, "/payments/0/sum", json!(650));
    let correction = read(&ordered, FfdVersion::V1_2)
        .unwrap()
        .correction
        .unwrap();
    assert_eq!(
        (correction.order.as_deref(), correction.paper),
        (Some("12"), None)
    );
    let unnumbered = with(ordered, "/correctionBaseNumber", json!(""));
    let error = read(&unnumbered, FfdVersion::V1_2).unwrap_err();
    assert!(
        error.description.contains("correctionBaseNumber"),
        "{error:?}"
    );
}

#[test]
fn the_only_tax_system_need_not_be_named() {
    let mut task = sell();
    task.as_object_mut().unwrap().remove("taxationType");
    assert_eq!(read(&task).unwrap().tax_system, TaxSystem::Common);
    let two = Facts {
        tax_systems: TaxSystems::of([TaxSystem::Common, TaxSystem::Patent]).unwrap(),
        ..facts(FfdVersion::V1_2)
    };
    let error = receipt(&task, (OperationSign::Income, false), &two).unwrap_err();
    assert!(error.description.contains("«taxationType»"), "{error:?}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[-0-9.eE]{0,12}".prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_in_any_field_panics(place in 0..40_usize, value in any_json()) {
        const POINTERS: [&str; 40] = [
            "/taxationType", "/operator", "/operator/name", "/operator/vatin", "/clientInfo",
            "/clientInfo/emailOrPhone", "/clientInfo/vatin", "/clientInfo/birthDate",
            "/clientInfo/identityDocumentCode", "/clientInfo/citizenship", "/companyInfo",
            "/agentInfo", "/supplierInfo", "/operationInfo", "/industryInfo", "/total",
            "/paymentsPlace", "/machineNumber", "/items", "/items/0", "/items/0/type",
            "/items/0/name", "/items/0/price", "/items/0/quantity", "/items/0/amount",
            "/items/0/paymentMethod", "/items/0/paymentObject", "/items/0/tax",
            "/items/0/tax/type", "/items/0/tax/sum", "/items/0/measurementUnit",
            "/items/0/agentInfo", "/items/0/supplierInfo", "/items/0/countryCode",
            "/items/0/exciseSum", "/items/0/industryInfo", "/payments", "/payments/0",
            "/payments/0/type", "/payments/0/sum",
        ];
        let task = with(sell(), POINTERS[place], value);
        for ffd in FfdVersion::ALL {
            for is_correction in [false, true] {
                let sign = (OperationSign::Income, is_correction);
                if let Ok(receipt) = receipt(&task, sign, &facts(*ffd)) {
                    let lines = receipt.lines.iter().map(|line| line.amount);
                    let (lines, total) = (Kopecks::sum(lines).unwrap(), receipt.total().unwrap());
                    prop_assert!(lines == total || (is_correction && receipt.lines.is_empty()));
                }
            }
        }
    }
}
