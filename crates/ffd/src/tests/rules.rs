//! For every rule a document that breaks it, and nothing else.

use terms::{FfdVersion, Kopecks};

use super::{
    documents::{Draft, facts, list},
    rub, usual_facts, usual_receipt, whole,
};
use crate::{
    AgentKinds, Element, Form, Receipt, RegistrationFacts, Tag, UsageConditions, Value,
    check::{Rule, Violation, check_moment, check_receipt, check_succession, rules::*},
};

use FfdVersion::{V1_1, V1_2, V1_05};
use Form::{
    CloseShift, Correction, CurrentState, OpenShift, OperatorConfirmation as Confirmation,
    Registration, RegistrationChange,
};

/// A good document is spoilt so that one rule is broken, at this path.
struct Case(
    &'static Rule,
    Form,
    FfdVersion,
    &'static str,
    fn(&mut Draft, &mut RegistrationFacts),
);

const RECEIPT: Form = Form::Receipt;
/// A product code, and what else a marked good says.
fn mark(draft: &mut Draft) {
    draft
        .set("1059[1]/1212", 33)
        .add("1059[1]", 1163, list![1303: "04607036030000"])
        .add("1059[1]", 2106, 0)
        .add("", 2107, 0);
}

fn sell_by_agent(draft: &mut Draft, kinds: u64) {
    let supplier = list![1171: "+74950000000", 1225: "АО Водоканал"];
    draft
        .add("1059[1]", 1222, kinds)
        .add("1059[1]", 1224, supplier)
        .add("1059[1]", 1226, "7702203276");
}

#[rustfmt::skip]
const STRUCTURE: &[Case] = &[
    Case(&MISSING, RECEIPT, V1_2, "1009", |d, _| { d.cut("1009"); }),
    Case(&MISSING, RECEIPT, V1_2, "1059[2]/2108", |d, _| { d.cut("1059[2]/2108"); }),
    Case(&MISSING, RECEIPT, V1_2, "1059[1]/1199", |d, _| { d.cut("1059[1]/1199"); }),
    Case(&MISSING, RECEIPT, V1_2, "1059[1]/1030", |d, _| { d.cut("1059[1]/1030"); }),
    Case(&MISSING, RECEIPT, V1_1, "1059[1]/1226", |d, _| { sell_by_agent(d, 64); d.cut("1059[1]/1226"); }),
    Case(&MISSING, RECEIPT, V1_2, "1115/1119[1]/1120", |d, _| { d.cut("1115/1119[1]/1120"); }),
    Case(&MISSING, RECEIPT, V1_1, "1187", |d, _| { d.cut("1187").add("", 1125, 1); }),
    Case(&MISSING, Correction, V1_1, "1174/1178", |d, _| { d.cut("1174/1178"); }),
    Case(&MISSING, RegistrationChange, V1_05, "1101", |d, _| { d.cut("1101"); }),
    Case(&MISSING, CurrentState, V1_2, "1002", |_, f| f.offline = true),
    Case(&MISSING, CurrentState, V1_1, "1116", |d, _| { d.cut("1116"); }),
    Case(&MISSING, CloseShift, V1_1, "1118", |d, _| { d.cut("1118"); }),
    Case(&NOT_ALLOWED, RECEIPT, V1_2, "1059[2]/1197", |d, _| { d.add("1059[2]", 1197, "шт"); }),
    Case(&NOT_ALLOWED, OpenShift, V1_1, "1276", |d, _| { d.add("", 1276, "x"); }),
    Case(&REPEATED, RECEIPT, V1_2, "1059[1]/1214[2]", |d, _| { d.add("1059[1]", 1214, 4); }),
    Case(&REPEATED, RECEIPT, V1_2, "1054[2]", |d, _| { d.add("", 1054, 1).add("", 1054, 1); }),
    Case(&TOO_EARLY, RECEIPT, V1_2, "1125", |d, _| {
        d.set("1012", "2025-08-31T12:00").set("1187", "lk.example.ru").add("", 1125, 1);
        twenty_percent(d);
    }),
    Case(&LENGTH, RECEIPT, V1_2, "1084/1085", |d, _| {
        d.add("", 1084, list![1085: "x".repeat(65).as_str(), 1086: "y"]);
    }),
    Case(&EMPTY, RECEIPT, V1_2, "1009", |d, _| { d.set("1009", "  "); }),
    Case(&BLANK, RECEIPT, V1_2, "1059[1]/1030", |d, _| { d.set("1059[1]/1030", ""); }),
];

#[rustfmt::skip]
const VALUES: &[Case] = &[
    Case(&FLAG, OpenShift, V1_2, "1050", |d, _| { d.add("", 1050, 2); }),
    Case(&OPERATION, RECEIPT, V1_2, "1054", |d, _| { d.set("1054", 5); }),
    Case(&ONE_TAX_SYSTEM, RECEIPT, V1_2, "1055", |d, _| { d.set("1055", 3); }),
    Case(&TAX_SYSTEMS, Registration, V1_2, "1062", |d, _| { d.set("1062", 64); }),
    Case(&ABOLISHED, RECEIPT, V1_2, "1055", |d, f| {
        d.set("1055", 8);
        f.tax_systems = terms::TaxSystems::from_bits(8).unwrap();
    }),
    Case(&AGENT_KINDS, Registration, V1_1, "1057", |d, _| { d.add("", 1057, 128); }),
    Case(&METHOD, RECEIPT, V1_2, "1059[1]/1214", |d, _| { d.set("1059[1]/1214", 8); }),
    Case(&SUBJECT_CODE, RECEIPT, V1_2, "1059[1]/1212", |d, _| { d.set("1059[1]/1212", 28); }),
    Case(&VAT_CODE, RECEIPT, V1_2, "1059[1]/1199", |d, _| { d.set("1059[1]/1199", 13); }),
    Case(&VAT_CODE_EARLY, RECEIPT, V1_2, "1059[1]/1199", |d, _| {
        d.set("1012", "2025-12-31T23:59").set("1059[2]/1199", 3).add("", 1106, 3455);
        d.set("1059[2]/1200", 3455).set("1115", list![1119: list![1199: 11, 1120: 10820]]);
        d.cut("1104");
    }),
    Case(&VAT_CODE_OLD, RECEIPT, V1_2, "1059[2]/1199", |d, _| {
        d.set("1059[2]/1199", 3).add("", 1106, 3455).cut("1104");
        d.set("1059[2]/1200", 3455).set("1115", list![1119: list![1199: 11, 1120: 10820]]);
    }),
    Case(&MEASURE, RECEIPT, V1_2, "1059[1]/2108", |d, _| { d.set("1059[1]/2108", 1); }),
    Case(&CORRECTION_TYPE, Correction, V1_2, "1173", |d, _| { d.set("1173", 2); }),
    Case(&REREGISTRATION, RegistrationChange, V1_05, "1101[1]", |d, _| { d.set("1101", 5); }),
    Case(&REASON_BITS, RegistrationChange, V1_2, "1205", |d, _| { d.set("1205", 1 << 30); }),
    Case(&CONDITION_BITS, Registration, V1_2, "1290", |d, _| { d.set("1290", 0x201); }),
    Case(&OPERATOR_MESSAGE, Confirmation, V1_2, "1206", |d, _| { d.set("1206", 1); }),
    Case(&ANSWER_CODE, Confirmation, V1_2, "1068/1022", |d, _| { d.set("1068/1022", 12); }),
    Case(&FFD_CODE, OpenShift, V1_2, "1189", |d, _| { d.set("1189", 5); }),
    Case(&IDENTITY, RECEIPT, V1_2, "1256/1245", |d, _| {
        d.add("", 1256, list![1227: "Иванов", 1243: "01.02.1980", 1245: "23", 1246: "1"]);
    }),
    Case(&FOIV, RECEIPT, V1_2, "1261[1]/1262", |d, _| {
        d.add("", 1261, list![1262: "073", 1263: "29.12.2022", 1264: "597", 1265: "x=y"]);
    }),
    Case(&MARKING_CODES, RECEIPT, V1_2, "1059[1]/2106", |d, _| { mark(d); d.set("1059[1]/2106", 2); }),
    Case(&INN_FORM, RECEIPT, V1_2, "1203", |d, _| { d.set("1203", "0012345678"); }),
    Case(&INN, RECEIPT, V1_2, "1018", |d, _| { d.set("1018", "7802781105"); }),
    Case(&RNM_FORM, RECEIPT, V1_2, "1037", |d, _| { d.set("1037", "12345"); }),
    Case(&DRIVE_NUMBER, RECEIPT, V1_2, "1041", |d, _| { d.set("1041", "928744030100102x"); }),
    Case(&COUNTRY, RECEIPT, V1_2, "1059[1]/1230", |d, _| { d.add("1059[1]", 1230, "RU"); }),
    Case(&DATE_TEXT, RECEIPT, V1_2, "1059[1]/1260[1]/1263", |d, _| {
        d.add("1059[1]", 1260, list![1262: "048", 1263: "2022-12-29", 1264: "597", 1265: "x=y"]);
    }),
    Case(&PHONE, RECEIPT, V1_2, "1059[1]/1224/1171[1]", |d, _| {
        sell_by_agent(d, 64);
        d.set("1059[1]/1224/1171", "84950000000");
    }),
    Case(&DATE_EARLY, OpenShift, V1_05, "1012", |d, _| { d.set("1012", "2016-08-31T12:00"); }),
    Case(&VERSION, CloseShift, V1_2, "1209", |_, f| f.ffd = V1_1),
    Case(&VERSION, Registration, V1_2, "1190", |d, _| { d.set("1190", 3); }),
    Case(&VERSION, Registration, V1_2, "1189", |d, _| { d.set("1189", 2); }),
];

/// The rates before 2026, so that only the day of the document counts.
fn twenty_percent(draft: &mut Draft) {
    draft.set("1059[1]/1199", 1).set("1059[1]/1200", 10_000);
    draft.set("1059[2]/1199", 3).set("1059[2]/1200", 3_455);
    draft
        .cut("1115")
        .cut("1104")
        .add("", 1102, 10_000)
        .add("", 1106, 3_455);
}

#[rustfmt::skip]
const RECEIPTS: &[Case] = &[
    Case(&TAX_SYSTEM, RECEIPT, V1_2, "1055", |d, _| { d.set("1055", 32); }),
    Case(&AGENT, RECEIPT, V1_1, "1059[1]/1222", |d, f| {
        sell_by_agent(d, 64);
        f.agent_kinds = Some(AgentKinds::PAYMENT_AGENT);
    }),
    Case(&SUBJECT, RECEIPT, V1_2, "1059[1]/1212", |d, _| { d.set("1059[1]/1212", 2); }),
    Case(&SUBJECT, RECEIPT, V1_1, "1059[1]/1212", |d, _| { d.set("1059[1]/1212", 32); }),
    Case(&SUBJECT, RECEIPT, V1_2, "1059[1]/1163", |d, _| { mark(d); d.cut("1059[1]/1163"); }),
    Case(&PAYMENTS, RECEIPT, V1_2, "1020", |d, _| { d.set("1081", 80_731); }),
    Case(&LINES_TOTAL, RECEIPT, V1_2, "1020", |d, _| { d.set("1081", 80_630).set("1020", 80_630); }),
    Case(&LINE_COST, RECEIPT, V1_2, "1059[1]/1043", |d, _| { d.set("1059[1]/1079", 59_998); }),
    Case(&QUANTITY, RECEIPT, V1_2, "1059[1]/1023", |d, _| {
        d.set("1059[1]/1023", "0").add("1059[1]", 1291, list![1293: 1, 1294: 2]);
        mark(d);
    }),
    Case(&REAL_MONEY, RECEIPT, V1_2, "1214", |d, _| { d.set("1081", 20_729).set("1215", 60_001); }),
    Case(&CREDIT, RECEIPT, V1_2, "1216", |d, _| { d.set("1081", 80_729).set("1216", 1); }),
    Case(&VAT_KIND, RECEIPT, V1_2, "1059[2]/1199", |d, _| {
        d.set("1059[2]/1199", 11).set("1115", list![1119: list![1199: 11, 1120: 14_558]]);
    }),
    Case(&LINE_VAT, RECEIPT, V1_2, "1059[1]/1200", |d, _| { d.set("1059[1]/1200", 10_818); }),
    Case(&LINE_NO_VAT, RECEIPT, V1_2, "1059[2]/1200", |d, _| {
        d.set("1059[2]/1199", 6).set("1059[2]/1200", 0).cut("1104").add("", 1105, 20_730);
        d.set("1115", list![1119: list![1199: 11, 1120: 10_820]]);
    }),
    Case(&VAT_TOTALS, RECEIPT, V1_2, "1115", |d, _| { d.set("1115/1119[1]/1120", 10_000); }),
    Case(&MISSING, RECEIPT, V1_2, "1115", |d, _| { d.cut("1115").set("1104", 1); d.cut("1104"); }),
    Case(&ZERO_TURNOVER, RECEIPT, V1_2, "1105", |d, _| { d.cut("1104").add("", 1105, 0); }),
    Case(&VAT_ENTRY_RATE, RECEIPT, V1_2, "1115/1119[3]/1199", |d, _| {
        d.add("1115", 1119, list![1199: 1, 1120: 0]);
    }),
    Case(&VAT_ENTRY_TWICE, RECEIPT, V1_2, "1115/1119[3]/1199", |d, _| {
        d.add("1115", 1119, list![1199: 11, 1120: 0]);
    }),
    Case(&CASHLESS_SUM, RECEIPT, V1_2, "1234", |d, _| {
        let payment = list![1082: 80_729, 1236: 1, 1237: "1"];
        d.add("", 1234, list![1235: payment]);
    }),
    Case(&CASHIER, RECEIPT, V1_2, "1021", |d, _| { d.cut("1021"); }),
    Case(&CASHIER, CloseShift, V1_1, "1021", |d, _| { d.cut("1021"); }),
    Case(&CONTACT, RECEIPT, V1_2, "1008", |d, _| { d.set("1008", "89161234567"); }),
    Case(&CONTACT_REQUIRED, RECEIPT, V1_2, "1008", |d, _| {
        d.cut("1008").add("", 1125, 1).set("1187", "lk.example.ru");
    }),
    Case(&SENDER, RECEIPT, V1_2, "1117", |d, _| { d.add("", 1117, "a@b"); }),
    Case(&SENDER_REQUIRED, RECEIPT, V1_2, "1117", |d, _| { d.set("1008", "a@b.ru"); }),
    Case(&INTERNET_ONLY, RECEIPT, V1_2, "1108", |d, _| { d.add("", 1108, 1); }),
    Case(&INTERNET_ONLY, RECEIPT, V1_05, "1108", |d, f| {
        d.add("", 1125, 1).set("1187", "lk.example.ru");
        f.conditions = UsageConditions(UsageConditions::INTERNET_ONLY);
    }),
    Case(&INTERNET_SIGN, RECEIPT, V1_2, "1125", |d, f| {
        d.add("", 1108, 1);
        f.conditions = UsageConditions(UsageConditions::INTERNET_ONLY);
    }),
    Case(&SITE, RECEIPT, V1_2, "1187", |d, _| { d.add("", 1125, 1); }),
    Case(&AUTOMAT, RECEIPT, V1_2, "1036", |_, f| f.automatic = true),
    Case(&AUTOMAT, Registration, V1_2, "1036", |d, _| { d.set("1001", 1); }),
    Case(&AGENT_KIND, RECEIPT, V1_2, "1059[1]/1222", |d, _| { d.add("1059[1]", 1226, "7702203276"); }),
    Case(&AGENT_KIND, RECEIPT, V1_05, "1057", |d, _| { d.add("", 1171, "+74950000000"); }),
    Case(&SUPPLIER, RECEIPT, V1_2, "1059[1]/1224/1225", |d, _| {
        sell_by_agent(d, 64);
        d.cut("1059[1]/1224/1225");
    }),
    Case(&SUPPLIER, RECEIPT, V1_05, "1059[1]/1224", |d, _| { sell_by_agent(d, 64); d.cut("1059[1]/1224"); }),
    Case(&AGENT_DATA, RECEIPT, V1_2, "1059[1]/1223", |d, _| sell_by_agent(d, 4)),
    Case(&AGENT_DATA, RECEIPT, V1_2, "1059[1]/1223/1074", |d, _| {
        sell_by_agent(d, 4);
        d.add("1059[1]", 1223, list![1073: "+74950000000"]);
    }),
    Case(&BUYER, RECEIPT, V1_2, "1256/1246", |d, _| {
        d.add("", 1256, list![1227: "Иванов", 1243: "01.02.1980", 1245: "21"]);
    }),
    Case(&TOGETHER, RECEIPT, V1_2, "1270/1273", |d, _| { d.add("", 1270, list![1271: 1, 1272: "x"]); }),
    Case(&MARKED, RECEIPT, V1_2, "1059[1]/2106", |d, _| { mark(d); d.cut("1059[1]/2106"); }),
    Case(&MARKED, RECEIPT, V1_2, "2107", |d, _| { mark(d); d.cut("2107"); }),
    Case(&PRODUCT_CODE, RECEIPT, V1_2, "1059[1]/1163", |d, _| {
        mark(d);
        d.add("1059[1]/1163", 1301, "46070360");
    }),
    Case(&FRACTION_USE, RECEIPT, V1_2, "1059[1]/1291", |d, _| {
        d.add("1059[1]", 1291, list![1293: 1, 1294: 2]);
    }),
    Case(&FRACTION, RECEIPT, V1_2, "1059[1]/1291/1293", |d, _| {
        mark(d);
        d.add("1059[1]", 1291, list![1293: 2, 1294: 2]);
    }),
    Case(&CORRECTION, Correction, V1_2, "1174/1179", |d, _| { d.set("1173", 1); }),
    Case(&CORRECTION_SIGN, Correction, V1_05, "1054", |d, _| { d.set("1054", 2); }),
    Case(&CORRECTED_DATE, Correction, V1_2, "1174/1178", |d, _| { d.set("1174/1178", "2026-11-20T10:00"); }),
];

#[rustfmt::skip]
const REPORTS: &[Case] = &[
    Case(&REASONS, RegistrationChange, V1_2, "1205", |d, _| { d.set("1205", 0); }),
    Case(&RNM, Registration, V1_2, "1037", |d, _| { d.set("1013", "0128003271"); }),
    Case(&OPERATOR, Registration, V1_05, "1017", |d, _| { d.cut("1017"); }),
    Case(&OPERATOR, RegistrationChange, V1_2, "1046", |d, _| { d.cut("1046"); }),
    Case(&SHIFT_COUNT, CloseShift, V1_2, "1111", |d, _| { d.set("1111", 3); }),
    Case(&SHIFT_RECEIPTS, CloseShift, V1_2, "1118", |d, _| { d.set("1118", 2); }),
    Case(&UNSENT, CloseShift, V1_2, "1098", |d, _| { d.add("", 1098, "2026-11-22T00:00"); }),
    Case(&COUNTER_SUM, CloseShift, V1_2, "1157/1129/1201", |d, _| { d.set("1157/1129/1201", 901); }),
    Case(&COUNTER_SUM, CurrentState, V1_1, "1158/1145/1201", |d, _| { d.set("1158/1145/1201", 1); }),
    Case(&COUNTER_COUNT, CloseShift, V1_1, "1157/1134", |d, _| { d.set("1157/1134", 6); }),
    Case(&COUNTER_COUNT, CloseShift, V1_2, "1194/1133/1144", |d, _| {
        d.set("1194/1133/1144", 2).set("1194/1134", 4).set("1118", 4);
    }),
    Case(&COUNTER_SHIFT, CloseShift, V1_2, "1194", |d, _| {
        d.set("1194/1129/1201", 1000).set("1194/1129/1138", 900);
    }),
];

fn tables() -> impl Iterator<Item = &'static Case> {
    [STRUCTURE, VALUES, RECEIPTS, REPORTS].into_iter().flatten()
}

fn shown(found: &[Violation]) -> Vec<(&'static str, String)> {
    let pairs = found.iter().map(|it| (it.rule.id, it.path.to_string()));
    pairs.collect()
}

#[test]
fn a_document_that_breaks_one_rule_breaks_no_other() {
    for (number, Case(rule, form, ffd, path, spoil)) in tables().enumerate() {
        let (mut draft, mut facts) = (Draft::good(*form, *ffd), facts(*ffd));
        spoil(&mut draft, &mut facts);
        let found = draft.check(&facts);
        let expected = [(rule.id, (*path).to_owned())];
        assert_eq!(
            shown(&found),
            expected,
            "case {number}, {form} of {ffd}: {found:#?}"
        );
    }
}

/// Cases that whole documents cannot show.
fn elsewhere() -> Vec<(&'static Rule, &'static str, Vec<Violation>)> {
    let receipt = |spoil: fn(&mut Receipt)| {
        let mut receipt = usual_receipt();
        spoil(&mut receipt);
        check_receipt(&receipt, &usual_facts())
    };
    let other = |tag, value| vec![Element { tag, value }];
    let own_total = other(Tag::TOTAL, Value::Vln(1));
    let mut with_total = usual_receipt();
    with_total.other = own_total;
    let at = |text: &str| text.parse().unwrap();
    let (nine, ten) = (at("2026-03-01T09:00"), at("2026-03-01T10:00"));
    let day_later = at("2026-03-02T09:01");
    let good = Draft::good(RECEIPT, V1_2);
    let next = |spoil: fn(&mut Draft)| {
        let mut next = good.clone();
        next.set("1040", 8).set("1042", 3);
        spoil(&mut next);
        check_succession(&good.bytes(), &next.bytes()).unwrap()
    };
    vec![
        (
            &DRIVE_TAG,
            "1020",
            check_receipt(&with_total, &usual_facts()),
        ),
        (
            &UNPRINTABLE,
            "1059[2]/1030",
            receipt(|r| r.lines[1].name = "💧".into()),
        ),
        (
            &VALUE,
            "1031",
            receipt(|r| {
                r.payments.cash = rub("-1");
                r.payments.cashless = rub("808.30");
            }),
        ),
        (
            &DOCUMENT_SIZE,
            "document",
            receipt(|r| {
                let tag = Tag(9999);
                let large = Value::Bytes(vec![0; 1000]);
                r.other = vec![Element { tag, value: large }; 40];
            })
            .into_iter()
            .filter(|it| it.rule == &DOCUMENT_SIZE)
            .collect(),
        ),
        (
            &NOT_TLV,
            "1012",
            crate::check::check_document(&whole(RECEIPT, &[0xF4, 3, 9, 0, 1]), V1_2)
                .into_iter()
                .filter(|it| it.rule != &MISSING && it.rule != &CASHIER)
                .collect(),
        ),
        (
            &LINES_LIMIT,
            "1059",
            receipt(|r| {
                let line = r.lines[0].clone();
                r.payments.cashless = Kopecks::new(101 * line.amount.get()).unwrap();
                r.lines = vec![line; 101];
            }),
        ),
        (&CLOCK, "1012", check_moment(ten, nine, None, None)),
        (
            &TIME_ORDER,
            "1012",
            check_moment(nine, nine, Some(ten), None),
        ),
        (
            &SHIFT_LENGTH,
            "1012",
            check_moment(day_later, day_later, None, Some(nine)),
        ),
        (
            &SEQUENCE,
            "1040",
            next(|d| {
                d.set("1040", 9);
            }),
        ),
        (
            &SEQUENCE,
            "1041",
            next(|d| {
                d.set("1041", "9287440301001023");
            }),
        ),
        (
            &TIME_ORDER,
            "1012",
            next(|d| {
                d.set("1012", "2026-11-22T09:04");
            }),
        ),
        (
            &SHIFT_SEQUENCE,
            "1038",
            next(|d| {
                d.set("1038", 4);
            }),
        ),
        (
            &RECEIPT_SEQUENCE,
            "1042",
            next(|d| {
                d.set("1042", 2);
            }),
        ),
    ]
}

#[test]
fn what_only_the_host_or_the_archive_shows_is_found_too() {
    for (rule, path, found) in elsewhere() {
        assert_eq!(shown(&found), [(rule.id, path.to_owned())], "{found:#?}");
    }
}

#[test]
fn no_rule_is_without_a_document_that_breaks_it() {
    let mut broken: Vec<&Rule> = tables().map(|Case(rule, ..)| *rule).collect();
    broken.extend(elsewhere().into_iter().map(|(rule, ..)| rule));
    let never: Vec<&str> = ALL
        .iter()
        .filter(|rule| !broken.contains(rule))
        .map(|rule| rule.id)
        .collect();
    assert!(never.is_empty(), "{never:?}");
}

#[test]
fn a_new_shift_counts_its_receipts_from_one() {
    let opening = |shift| Draft::good(OpenShift, V1_2).set("1038", shift).bytes();
    let receipt = |number| {
        let mut receipt = Draft::good(RECEIPT, V1_2);
        receipt.set("1040", 8).set("1042", number).bytes()
    };
    let found = |before: &[u8], after: &[u8]| shown(&check_succession(before, after).unwrap());
    assert!(found(&opening(3), &receipt(1)).is_empty());
    assert_eq!(
        found(&opening(3), &receipt(2)),
        [("receipt-sequence", "1042".to_owned())]
    );
    let mut next = Draft::good(OpenShift, V1_2);
    let next = next.set("1040", 8).set("1038", 4).bytes();
    let closing = Draft::good(CloseShift, V1_2).bytes();
    assert!(found(&closing, &next).is_empty());
    assert!(check_succession(&closing, &closing[..9]).is_err());
}
