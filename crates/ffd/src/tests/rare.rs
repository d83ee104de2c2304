//! Any receipt of any version, with the requisites that few receipts have.

use proptest::{collection::vec, option, prelude::*, sample::select};
use terms::{
    FfdVersion, Kopecks, LocalDate, OperationSign, PaymentMethod, SettlementSubject, TaxSystem,
    VatCode,
};

use crate::*;

pub(super) fn ffd() -> impl Strategy<Value = FfdVersion> {
    select(FfdVersion::ALL.to_vec())
}

/// A text of 1…`max` characters that comes back as it was.
pub(super) fn text(max: usize) -> impl Strategy<Value = String> {
    let pattern = format!("[а-яА-ЯёЁ0-9 .№\"+-]{{0,{}}}[а-яё0-9]", max - 1);
    proptest::string::string_regex(&pattern).unwrap()
}

pub(super) fn money() -> impl Strategy<Value = Kopecks> {
    (1_i64..1 << 40).prop_map(|kopecks| Kopecks::new(kopecks).unwrap())
}

fn inn() -> impl Strategy<Value = terms::Inn> {
    let known = ["7802781104", "500100732259", "7704211201"];
    select(known.map(|inn| inn.parse().unwrap()).to_vec())
}

fn date() -> impl Strategy<Value = WrittenDate> {
    (1900_u16..2100, 1_u8..13, 1_u8..29)
        .prop_map(|(year, month, day)| WrittenDate::new(year, month, day).unwrap())
}

fn country() -> impl Strategy<Value = CountryCode> {
    (1_u16..1000).prop_map(|number| format!("{number:03}").parse().unwrap())
}

fn kinds() -> impl Strategy<Value = AgentKinds> {
    (1_u8..128).prop_map(|bits| AgentKinds::from_bits(bits).unwrap())
}

fn phones() -> impl Strategy<Value = Vec<String>> {
    vec("\\+7[0-9]{5,17}", 0..3)
}

fn agent_data() -> impl Strategy<Value = AgentData> {
    let texts = (
        option::of(text(24)),
        option::of(text(30)),
        option::of(text(30)),
    );
    (texts, phones(), phones(), phones(), option::of(inn())).prop_map(
        |((operation, name, address), agent, payment, transfer, inn)| AgentData {
            operation,
            agent_phones: agent,
            payment_operator_phones: payment,
            transfer_operator_phones: transfer,
            transfer_operator_name: name,
            transfer_operator_address: address,
            transfer_operator_inn: inn,
        },
    )
}

fn industry() -> impl Strategy<Value = IndustryProperty> {
    let foiv = (1_u8..73).prop_map(|number| format!("{number:03}").parse().unwrap());
    (foiv, date(), text(32), text(40)).prop_map(|(foiv, date, number, value)| IndustryProperty {
        foiv,
        date,
        number,
        value,
    })
}

fn product_code() -> impl Strategy<Value = ProductCode> {
    (select(ProductCodeKind::ALL.to_vec()), "[1-9]{38}").prop_map(|(kind, digits)| {
        let of_len = |len: usize| ProductCode::new(kind, &digits[..len]);
        (1..=38).rev().find_map(|len| of_len(len).ok()).unwrap()
    })
}

fn agent(old: bool) -> impl Strategy<Value = (Agent, bool)> {
    let supplier = (option::of(inn()), option::of(text(30)), phones());
    (kinds(), supplier, any::<bool>()).prop_map(move |(kinds, (inn, name, phones), unsaid)| {
        let unsaid = unsaid && old;
        let agent = Agent {
            kinds,
            supplier_inn: inn.filter(|_| !unsaid),
            supplier_name: name,
            supplier_phones: phones,
        };
        (agent, unsaid)
    })
}

fn line_details(ffd: FfdVersion) -> impl Strategy<Value = LineDetails> {
    let new = ffd == FfdVersion::V1_2;
    let fraction = (1_u64..1000, 1_u64..1 << 40)
        .prop_map(|(numerator, more)| Fraction::new(numerator, numerator + more).unwrap());
    let code = (
        option::of(product_code()),
        option::of(vec(any::<u8>(), 1..33)),
    );
    let goods = (
        option::of(country()),
        option::of(text(32)),
        option::of(money()),
    );
    let texts = (
        option::of(text(64)),
        option::of(text(16)),
        option::of(money()),
    );
    let rare = (
        vec(industry(), 0..2),
        option::of(fraction),
        any::<[bool; 3]>(),
    );
    let rare = (option::of(agent_data()), rare);
    (code, goods, texts, rare).prop_map(
        move |(
            (code, bytes),
            (origin, declaration, excise),
            (additional, unit, unit_vat),
            (agent_data, (industry, fraction, [no_name, no_method, no_vat])),
        )| {
            LineDetails {
                agent_data,
                code: code.filter(|_| new),
                binary_code: bytes
                    .filter(|_| !new)
                    .map(|bytes| BinaryProductCode::new(bytes).unwrap()),
                additional,
                unit: unit.filter(|_| !new),
                unit_vat,
                excise,
                origin,
                customs_declaration: declaration,
                industry: if new { industry } else { Vec::new() },
                fraction: fraction.filter(|_| new),
                unsaid: Unsaid {
                    name: new && no_name,
                    method: ffd == FfdVersion::V1_05 && no_method,
                    vat: no_vat,
                    supplier_inn: false,
                },
            }
        },
    )
}

fn line(ffd: FfdVersion) -> impl Strategy<Value = Line> {
    let subjects = SettlementSubject::ALL.iter().copied();
    let subjects: Vec<_> = subjects
        .filter(|subject| ffd == FfdVersion::V1_2 || subject.code() < 30)
        .collect();
    let methods = PaymentMethod::ALL.to_vec();
    let codes = (
        select(subjects),
        select(methods),
        select(VatCode::ALL.to_vec()),
    );
    let quantity = (1_u64..1 << 50, 0..=Quantity::MAX_DECIMALS)
        .prop_map(|(mantissa, decimals)| Quantity::new(mantissa, decimals).unwrap());
    let sums = (money(), money(), quantity, any::<u8>());
    let agent = option::of(agent(ffd == FfdVersion::V1_05));
    let rare = (agent, option::of(line_details(ffd)));
    (text(60), codes, sums, rare).prop_map(
        move |(name, (subject, method, vat), (price, amount, quantity, measure), rare)| {
            let (agent, details) = rare;
            let mut line = Line {
                price,
                quantity,
                measure: if ffd == FfdVersion::V1_2 { measure } else { 0 },
                ..Line::new(name, amount, method, subject, vat)
            };
            let mut details = details.unwrap_or_default();
            if let Some((agent, unsaid)) = agent {
                line.agent = Some(agent);
                details.unsaid.supplier_inn = unsaid;
            }
            leave_out(&mut line, details.unsaid);
            line.details = (details != LineDetails::default()).then(|| Box::new(details));
            line
        },
    )
}

/// Gives what is not said the value that stands for nothing.
fn leave_out(line: &mut Line, unsaid: Unsaid) {
    if unsaid.name {
        line.name.clear();
    }
    if unsaid.method {
        line.method = PaymentMethod::FullSettlement;
    }
    if unsaid.vat {
        line.vat = VatCode::Exempt;
    }
}

fn buyer(ffd: FfdVersion) -> impl Strategy<Value = Buyer> {
    let kind = select(IdentityKind::ALL.to_vec());
    let document = (kind, text(64)).prop_map(|(kind, data)| IdentityDocument { kind, data });
    let details = (
        option::of(date()),
        option::of(country()),
        option::of(document),
        option::of(text(60)),
    );
    (
        option::of(text(60)),
        option::of(inn()),
        details,
        any::<bool>(),
    )
        .prop_map(
            move |(name, inn, (birthday, citizenship, document, address), foreign)| {
                let details = BuyerDetails {
                    foreign: foreign && inn.is_none(),
                    birthday,
                    citizenship,
                    document,
                    address,
                };
                let has_details = ffd == FfdVersion::V1_2 && details != BuyerDetails::default();
                Buyer {
                    name,
                    inn,
                    details: has_details.then(|| Box::new(details)),
                }
            },
        )
}

fn vat_totals() -> impl Strategy<Value = VatTotals> {
    vec((select(VatCode::ALL.to_vec()), money()), 0..4).prop_map(|totals| {
        let totals = totals.into_iter();
        totals.fold(VatTotals::default(), |all, (code, total)| {
            all.with(code, total)
        })
    })
}

fn receipt_details(ffd: FfdVersion) -> impl Strategy<Value = ReceiptDetails> {
    let new = ffd == FfdVersion::V1_2;
    let agent =
        (kinds(), agent_data(), phones()).prop_map(|(kinds, data, supplier_phones)| ReceiptAgent {
            kinds,
            data,
            supplier_phones,
        });
    let operational =
        (any::<u8>(), text(64), any::<u32>()).prop_map(|(id, data, seconds)| OperationalProperty {
            id,
            data,
            time: UnixTime(seconds),
        });
    let payment = (money(), any::<u8>(), text(40), option::of(text(40))).prop_map(
        |(amount, method, ids, info)| CashlessPayment {
            amount,
            method,
            ids,
            info,
        },
    );
    let parts = (
        option::of(agent),
        vec(industry(), 0..3),
        option::of(operational),
        vec(payment, 0..3),
    );
    parts.prop_map(
        move |(agent, industry, operational, cashless_payments)| ReceiptDetails {
            agent: agent.filter(|_| !new),
            industry: if new { industry } else { Vec::new() },
            operational: operational.filter(|_| new),
            cashless_payments,
            vat_totals: VatTotals::default(),
        },
    )
}

/// A correction. The name of a paper (1177) is no tag of today's tables.
fn correction(ffd: FfdVersion) -> impl Strategy<Value = Correction> {
    let date = (2017_u16..2060, 1_u8..13, 1_u8..29)
        .prop_map(|(year, month, day)| LocalDate::new(year, month, day).unwrap());
    (date, option::of(text(32)), option::of(text(32))).prop_map(move |(date, order, number)| {
        let number = number.filter(|_| ffd == FfdVersion::V1_05 && order.is_none());
        Correction {
            date,
            order,
            paper: number.map(|number| {
                Box::new(CorrectionPaper {
                    name: None,
                    number: Some(number),
                })
            }),
        }
    })
}

/// The five sums of a receipt.
pub(super) fn payments() -> impl Strategy<Value = Payments> {
    vec(0_i64..1 << 40, 5).prop_map(|sums| {
        let sum = |place: usize| Kopecks::new(sums[place]).unwrap();
        Payments {
            cash: sum(0),
            cashless: sum(1),
            prepaid: sum(2),
            credit: sum(3),
            counter: sum(4),
        }
    })
}

fn parties(ffd: FfdVersion) -> impl Strategy<Value = Receipt> {
    let operation = select(OperationSign::ALL.to_vec());
    let codes = (operation, select(TaxSystem::ALL.to_vec()), payments());
    let cashier = (text(64), option::of(inn())).prop_map(|(name, inn)| Cashier { name, inn });
    let place = (text(60), text(60)).prop_map(|(address, place)| Place { address, place });
    let property = (text(64), text(60)).prop_map(|(name, value)| UserProperty { name, value });
    let of_user = (
        place,
        option::of(text(60)),
        option::of(cashier),
        option::of(property),
    );
    let of_buyer = (
        option::of(text(64)),
        option::of(text(64)),
        option::of(buyer(ffd)),
    );
    let signs = (
        any::<[bool; 2]>(),
        option::of(text(20)),
        option::of(text(16)),
    );
    (codes, of_user, of_buyer, signs).prop_map(
        move |(
            (operation, tax_system, payments),
            (place, user_name, cashier, user_property),
            (buyer_contact, sender_email, buyer),
            ([internet, internet_only], automat_number, additional),
        )| Receipt {
            settlement: Some(place),
            user_name,
            cashier,
            buyer_contact,
            sender_email,
            buyer: buyer.filter(|buyer| ffd == FfdVersion::V1_2 || *buyer != Buyer::default()),
            internet,
            internet_only,
            automat_number,
            additional,
            user_property,
            ..Receipt::new(ffd, operation, tax_system, Vec::new(), payments)
        },
    )
}

/// A receipt of this version, or a correction: in FFD 1.05 perhaps without lines.
pub(super) fn receipt(ffd: FfdVersion) -> impl Strategy<Value = Receipt> {
    let rare = (
        option::of(correction(ffd)),
        option::of(receipt_details(ffd)),
    );
    (parties(ffd), vec(line(ffd), 1..4), rare, vat_totals()).prop_map(
        move |(receipt, lines, (correction, details), vat_totals)| {
            let old_correction = ffd == FfdVersion::V1_05 && correction.is_some();
            let without_lines = old_correction && lines.len() == 1;
            let mut details = details.unwrap_or_default();
            if correction.is_some() {
                details.cashless_payments.clear();
            }
            if without_lines {
                details.vat_totals = vat_totals;
            }
            Receipt {
                lines: if without_lines { Vec::new() } else { lines },
                correction,
                details: (details != ReceiptDetails::default()).then(|| Box::new(details)),
                ..receipt
            }
        },
    )
}
