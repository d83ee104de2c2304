//! Format-logic control: each rule catches what it is for, and only that.

use terms::{FfdVersion, Kopecks, PaymentMethod, Rnm, SettlementSubject, TaxSystem, VatCode};

use super::{line, rub, stored, stored_inside, usual_facts, usual_receipt, whole};
use crate::{
    Agent, AgentKinds, Cashier, CloseShift, Document, Element, Form, Line, OpenShift, Payments,
    Place, Receipt, RegistrationFacts, RegistrationReport, Tag, Tree, UsageConditions, Value,
    check::{
        MAX_LINES, Violation, check_close_shift, check_document, check_moment, check_open_shift,
        check_receipt, check_registration, check_sequence, check_stored, checked_tlv,
    },
};

/// `rule-id/tag` of each violation; `rule-id/tag@line` in a line.
pub(super) fn ids(found: &[Violation]) -> Vec<String> {
    let mut ids: Vec<String> = found
        .iter()
        .map(|violation| {
            let tag = violation.tag().map_or(0, |tag| tag.0);
            let line = violation
                .line()
                .map_or_else(String::new, |line| format!("@{line}"));
            format!("{}/{tag}{line}", violation.rule.id)
        })
        .collect();
    ids.sort();
    ids
}

/// Spoils the usual receipt and expects exactly these violations.
fn check(spoil: impl FnOnce(&mut Receipt, &mut RegistrationFacts), expected: &[&str]) {
    let (mut receipt, mut facts) = (usual_receipt(), usual_facts());
    spoil(&mut receipt, &mut facts);
    let found = check_receipt(&receipt, &facts);
    assert_eq!(ids(&found), expected, "{found:#?}");
    // What is passed to the drive is what was checked, and nothing if that is wrong.
    let tlv = if found.iter().any(Violation::is_error) {
        Err(found)
    } else {
        Ok(receipt.host_tlv().unwrap())
    };
    assert_eq!(checked_tlv(&receipt, &facts), tlv);
}

#[test]
fn the_usual_receipt_is_right_before_and_after_the_drive() {
    check(|_, _| {}, &[]);
    let whole = whole(Form::Receipt, &stored_inside(&usual_receipt()));
    assert_eq!(check_stored(&whole, &usual_facts()), []);
    assert_eq!(check_document(&whole, FfdVersion::V1_2), []);
}

#[test]
fn the_same_receipt_is_right_in_every_version() {
    for ffd in FfdVersion::ALL.iter().copied() {
        let receipt = Receipt {
            ffd,
            ..usual_receipt()
        };
        let facts = RegistrationFacts {
            ffd,
            ..usual_facts()
        };
        assert_eq!(check_receipt(&receipt, &facts), [], "{ffd}");
        assert_eq!(stored(&receipt).receipt.lines, receipt.lines, "{ffd}");
    }
}

#[test]
fn sums_must_agree() {
    check(
        |r, _| r.payments.cashless = rub("807.29"),
        &["lines-total/1020"],
    );
    check(
        |r, _| r.lines[0].price = rub("599.98"),
        &["line-cost/1043@1"],
    );
    check(|r, _| r.lines[0].price = rub("599.99"), &[]);
    check(
        |r, _| r.lines[1].quantity = "0".parse().unwrap(),
        &["line-cost/1043@2", "quantity/1023@2"],
    );
    check(
        |r, _| r.payments.cash = rub("-1"),
        &["lines-total/1020", "value/1031"],
    );
}

#[test]
fn texts_must_fit_their_tags() {
    check(|r, _| r.lines[1].name = "я".repeat(129), &["length/1030@2"]);
    check(
        |r, _| r.lines[1].name = "пакет 💧".into(),
        &["character/1030@2"],
    );
    check(|r, _| r.lines[0].name = "  ".into(), &["empty-text/1030@1"]);
    check(
        |r, _| r.additional = Some("л/с 100001, апрель".into()),
        &["length/1192"],
    );
    check(
        |r, _| r.user_name = Some("日本".into()),
        &["character/1048"],
    );
    check(
        |r, _| {
            r.lines[0].agent = Some(Agent {
                kinds: AgentKinds::OTHER,
                supplier_inn: None,
                supplier_name: Some("x".repeat(256)),
                supplier_phones: vec!["+74950000000".into(); 20],
            });
        },
        &["length/1224@1"],
    );
}

#[test]
fn tags_must_belong_to_the_document() {
    let own = |tag, value| vec![Element { tag, value }];
    check(
        |r, _| r.other = own(Tag(9999), Value::Byte(1)),
        &["tag-not-allowed/9999"],
    );
    check(
        |r, _| r.other = own(Tag::TOTAL, Value::Vln(1)),
        &["drive-tag/1020"],
    );
    check(
        |r, _| r.lines[1].other = own(Tag(1197), Value::Text("шт".into())),
        &["tag-not-allowed/1197@2"],
    );
    check(
        |r, _| r.lines[0].other = own(Tag::PRICE, Value::Vln(1)),
        &["repeated-tag/1079@1"],
    );
    check(|r, _| r.settlement = None, &["missing-tag/1009"]);
    check(
        |r, _| {
            r.lines.clear();
            r.payments = Payments::default();
        },
        &["missing-tag/1059"],
    );
}

#[test]
fn the_registration_binds_receipts() {
    check(
        |r, _| r.tax_system = TaxSystem::Patent,
        &["tax-system/1055"],
    );
    check(|_, f| f.ffd = FfdVersion::V1_1, &["ffd-version/1209"]);
    let agent = |kinds| Agent {
        kinds,
        supplier_inn: None,
        supplier_name: Some("АО Водоканал".into()),
        supplier_phones: vec!["+74950000000".into()],
    };
    check(
        |r, _| r.lines[0].agent = Some(agent(AgentKinds::OTHER)),
        &[],
    );
    check(
        |r, f| {
            f.agent_kinds = Some(AgentKinds::PAYMENT_AGENT);
            r.lines[0].agent = Some(agent(AgentKinds::OTHER));
        },
        &["agent-registered/1222@1"],
    );
    check(
        |r, _| r.lines[0].subject = SettlementSubject::ExciseGoods,
        &["subject/1212@1"],
    );
    check(
        |r, f| {
            f.conditions = UsageConditions(UsageConditions::EXCISE);
            r.lines[0].subject = SettlementSubject::ExciseGoods;
        },
        &[],
    );
    check(
        |r, _| r.lines[0].subject = SettlementSubject::Marked,
        &["marked-goods/2107", "subject/1163@1"],
    );
    check(|r, _| r.lines[0].measure = 1, &["measure/2108@1"]);
    check(
        |_, f| f.conditions = UsageConditions(UsageConditions::INTERNET_ONLY),
        &["internet-only/1108"],
    );
    check(|_, f| f.automatic = true, &["automat-number/1036"]);
}

#[test]
fn advances_are_paid_in_real_money_and_credit_has_its_lines() {
    let two = |first: PaymentMethod, second: PaymentMethod, payments: Payments| {
        move |r: &mut Receipt, _: &mut RegistrationFacts| {
            for (line, method) in r.lines.iter_mut().zip([first, second]) {
                line.method = method;
                line.vat = VatCode::Exempt;
            }
            r.payments = payments;
        }
    };
    use PaymentMethod::{Advance, Credit, CreditPayment, FullSettlement, PartialCredit};
    let split = |cashless: &str, prepaid: &str, credit: &str| Payments {
        cashless: rub(cashless),
        prepaid: rub(prepaid),
        credit: rub(credit),
        ..Payments::default()
    };
    check(
        two(FullSettlement, Advance, split("207.30", "600.00", "0")),
        &[],
    );
    check(
        two(FullSettlement, Advance, split("207.29", "600.01", "0")),
        &["advance-by-real-money/1214"],
    );
    check(
        two(FullSettlement, Credit, split("0", "600.00", "207.30")),
        &[],
    );
    check(
        two(FullSettlement, Credit, split("600.00", "207.30", "0")),
        &["credit/1216"],
    );
    check(
        two(PartialCredit, Credit, split("0", "500.00", "307.30")),
        &[],
    );
    check(
        two(PartialCredit, Credit, split("0", "600.00", "207.30")),
        &["credit/1216"],
    );
    check(
        two(
            FullSettlement,
            CreditPayment,
            split("0", "600.00", "207.30"),
        ),
        &["credit/1216"],
    );
    check(
        two(CreditPayment, CreditPayment, split("807.30", "0", "0")),
        &[],
    );
}

#[test]
fn a_rate_that_does_not_go_with_the_method_is_only_a_warning() {
    let mut receipt = usual_receipt();
    receipt.lines[1].vat = VatCode::V22;
    let found = check_receipt(&receipt, &usual_facts());
    assert_eq!(ids(&found), ["vat-kind/1199@2"]);
    assert!(!found[0].is_error());
    assert_eq!(
        found[0].to_string(),
        "1059[2]/1199 (Ставка НДС) at byte 158 is 11: 22% does not go with «аванс» \
         [vat-kind: НК ст. 164 п. 4; receipt rules §1.3 rule 2]"
    );
}

#[test]
fn buyers_must_be_reachable() {
    check(
        |r, _| r.buyer_contact = Some("89161234567".into()),
        &["contact/1008"],
    );
    check(
        |r, _| r.buyer_contact = Some("a@b.ru".into()),
        &["sender-required/1117"],
    );
    check(
        |r, _| r.sender_email = Some("a@b".into()),
        &["sender-email/1117"],
    );
    check(|r, _| r.cashier = None, &["cashier/1021"]);
    let online = |r: &mut Receipt| {
        r.internet = true;
        r.cashier = None;
        r.settlement = Some(Place {
            address: "101000, г. Москва, ул. Мясницкая, д. 1".into(),
            place: "lk.example.ru".into(),
        });
    };
    check(|r, _| online(r), &[]);
    check(
        |r, _| {
            online(r);
            r.buyer_contact = None;
        },
        &["contact-required/1008"],
    );
    check(
        |r, _| {
            online(r);
            r.settlement.as_mut().unwrap().place = "Касса № 1".into();
        },
        &["site/1187"],
    );
}

#[test]
fn every_violation_is_told_at_once() {
    check(
        |r, _| {
            r.tax_system = TaxSystem::Patent;
            r.lines[0].name = "💧".into();
            r.lines[1].name = "x".repeat(200);
            r.payments.cashless = rub("1");
            r.settlement = None;
        },
        &[
            "advance-by-real-money/1214",
            "character/1030@1",
            "length/1030@2",
            "lines-total/1020",
            "missing-tag/1009",
            "tax-system/1055",
        ],
    );
}

#[test]
fn a_receipt_may_be_long_but_not_endless() {
    let kopeck = line(
        "Услуга",
        "0.01",
        PaymentMethod::FullSettlement,
        VatCode::V22,
    );
    let many = |count: usize, name: &str| {
        let lines = vec![
            Line {
                name: name.into(),
                ..kopeck.clone()
            };
            count
        ];
        move |r: &mut Receipt, _: &mut RegistrationFacts| {
            r.payments = Payments::cashless(Kopecks::new(lines.len() as i64).unwrap());
            r.lines = lines;
        }
    };
    check(many(MAX_LINES, "Услуга"), &[]);
    check(many(MAX_LINES + 1, "Услуга"), &["lines-limit/1059"]);
    check(
        many(200, &"x".repeat(128)),
        &["document-size/0", "lines-limit/1059"],
    );
}

#[test]
fn stored_sums_are_held_against_the_lines() {
    let mut receipt = usual_receipt();
    receipt.lines[1] = line(
        "Пени",
        "207.30",
        PaymentMethod::FullSettlement,
        VatCode::Exempt,
    );
    let found = |spoil: fn(&mut Tree)| {
        let mut tree = Tree::parse(&stored_inside(&receipt)).unwrap();
        spoil(&mut tree);
        let bytes = whole(Form::Receipt, &tree.encode().unwrap());
        ids(&check_stored(&bytes, &usual_facts()))
    };
    fn set(tree: &mut Tree, tag: Tag, number: u64) {
        let found = tree.0.iter_mut().find(|element| element.tag == tag);
        found.unwrap().value = Value::Vln(number);
    }
    fn in_line(tree: &mut Tree, line: usize) -> &mut Tree {
        let mut lines = tree.0.iter_mut().filter(|element| element.tag == Tag::ITEM);
        match &mut lines.nth(line).unwrap().value {
            Value::List(line) => line,
            other => panic!("{other:?}"),
        }
    }
    assert!(found(|_| {}).is_empty());
    assert_eq!(
        found(|tree| set(tree, Tag::TOTAL, 80_731)),
        ["lines-total/1020", "payments-total/1020"]
    );
    assert_eq!(
        found(|tree| {
            set(in_line(tree, 0), Tag::ITEM_VAT_SUM, 10_818);
            set(in_line(tree, 1), Tag::ITEM_VAT_SUM, 0);
        }),
        ["line-no-vat/1200@2", "line-vat/1200@1"]
    );
    assert!(found(|tree| set(in_line(tree, 0), Tag::ITEM_VAT_SUM, 10_819)).is_empty());
    assert_eq!(
        found(|tree| tree.0.retain(|element| element.tag != Tag::TURNOVER_NO_VAT)),
        ["missing-tag/1105"]
    );
    assert_eq!(
        found(|tree| tree
            .0
            .retain(|element| element.tag != Tag::RECEIPT_VAT_SUMS)),
        ["missing-tag/1115"]
    );
    assert_eq!(
        found(|tree| set(tree, Tag::TURNOVER_NO_VAT, 20_729)),
        ["vat-totals/1105"]
    );

    let mut inside = stored_inside(&usual_receipt());
    inside.extend([0x51, 0x04, 0x01, 0x00, 0x00]);
    assert!(
        Document::parse_inside(Form::Receipt, &inside).is_ok(),
        "a turnover of nothing is no reason not to read a receipt"
    );
    assert_eq!(
        ids(&check_stored(
            &whole(Form::Receipt, &inside),
            &usual_facts()
        )),
        ["zero-turnover/1104", "zero-turnover/1105"],
        "1105 and, not alone, 1104"
    );
}

pub(super) fn usual_registration() -> RegistrationReport {
    RegistrationReport {
        ffd: FfdVersion::V1_2,
        user_name: "ООО «Связь»".into(),
        settlement: Place {
            address: "101000, г. Москва, ул. Мясницкая, д. 1".into(),
            place: "Касса № 1".into(),
        },
        cashier: Cashier::named("Иванов И.И."),
        serial: "0128003270".into(),
        kkt_version: "001".into(),
        kkt_ffd: FfdVersion::V1_2,
        ofd_name: Some("ОФД".into()),
        fns_site: Some("www.nalog.gov.ru".into()),
        sender_email: Some("check@example.ru".into()),
        automat_number: None,
        additional: None,
        other: vec![],
    }
}

#[test]
fn a_registration_is_checked_before_the_drive_is_bound_by_it() {
    let user = "7802781104".parse().unwrap();
    let rnm: Rnm = "0000000000024136".parse().unwrap();
    let found = |report: &RegistrationReport, facts: &RegistrationFacts, rnm| {
        ids(&check_registration(report, facts, user, rnm))
    };
    let (report, facts) = (usual_registration(), usual_facts());
    assert!(found(&report, &facts, rnm).is_empty());
    assert_eq!(
        found(&report, &facts, "0000000000024137".parse().unwrap()),
        ["rnm/1037"]
    );
    let old = RegistrationFacts {
        ffd: FfdVersion::V1_1,
        ..facts
    };
    let mut spoilt = report.clone();
    spoilt.ffd = FfdVersion::V1_1;
    assert!(found(&spoilt, &old, rnm).is_empty());
    spoilt.kkt_ffd = FfdVersion::V1_05;
    assert_eq!(found(&spoilt, &old, rnm), ["ffd-version/1189"]);

    let mut spoilt = report.clone();
    spoilt.ofd_name = None;
    assert_eq!(found(&spoilt, &facts, rnm), ["operator/1046"]);
    spoilt.user_name = String::new();
    spoilt.kkt_version = "version 12".into();
    assert_eq!(
        found(
            &spoilt,
            &RegistrationFacts {
                offline: true,
                ..facts
            },
            rnm
        ),
        ["empty-text/1048", "length/1188"]
    );
}

#[test]
fn reports_of_a_shift_are_right_with_a_cashier() {
    let mut open = OpenShift {
        ffd: FfdVersion::V1_2,
        cashier: Some(Cashier::named("Иванов И.И.")),
        kkt_version: "001".into(),
        kkt_ffd: FfdVersion::V1_2,
        additional: None,
        other: vec![],
    };
    assert_eq!(check_open_shift(&open, &usual_facts()), []);
    open.cashier = None;
    open.ffd = FfdVersion::V1_1;
    let found = check_open_shift(&open, &usual_facts());
    assert_eq!(ids(&found), ["cashier/1021", "ffd-version/1209"]);

    let close = CloseShift {
        ffd: FfdVersion::V1_2,
        cashier: None,
        additional: None,
        other: vec![],
    };
    let automatic = RegistrationFacts {
        automatic: true,
        ..usual_facts()
    };
    assert_eq!(check_close_shift(&close, &automatic), []);
    assert!(close.host_tlv().unwrap().is_empty());
}

#[test]
fn moments_and_numbers_must_follow_each_other() {
    let at = |text: &str| text.parse().unwrap();
    let found = |moment, clock, previous, opened| {
        ids(&check_moment(
            at(moment),
            at(clock),
            Some(at(previous)),
            Some(at(opened)),
        ))
    };
    let (opened, day_later) = ("2026-03-01T09:00", "2026-03-02T09:00");
    assert!(found(day_later, "2026-03-02T09:05", day_later, opened).is_empty());
    assert_eq!(
        found(
            "2026-03-02T09:01",
            "2026-03-02T09:07",
            "2026-03-02T09:02",
            opened
        ),
        ["clock/1012", "shift-length/1012", "time-order/1012"]
    );

    let first = stored(&usual_receipt()).head;
    let mut second = first.clone();
    assert_eq!(ids(&check_sequence(&first, &second)), ["sequence/1040"]);
    second.number = first.number.next();
    assert_eq!(check_sequence(&first, &second), []);
}
