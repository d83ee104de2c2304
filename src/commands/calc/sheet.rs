//! Computed examples for people: what was, what happened, the receipts with their reasons, what is.

use std::fmt::Write;

use casebook::{Confidence, Example, Outcome, Scenario};
use engine::{
    Account, Before, CancelReason, Channel, Debt, Event, EventKind, ExplicitTarget, Line,
    MoneyKind, Part, PartKind, PayerKind, Payments, Receipt, Record, RefundOf, WriteOffTarget,
};
use terms::{Kopecks, ServiceCode};

/// A question, its answer and what it rests on, in both languages.
pub(super) fn answer(scenario: &Scenario) -> String {
    let mut text = Text::default();
    text.line(
        0,
        format!("{}  {}", scenario.rows.join(", "), scenario.question.ru),
    );
    text.line(1, &scenario.question.en);
    text.line(0, "");
    text.line(0, &scenario.answer.ru);
    text.line(0, "");
    text.line(0, &scenario.answer.en);
    text.line(0, "");
    text.line(0, "Основание / Basis");
    for basis in &scenario.basis {
        let mark = match basis.confidence {
            Confidence::Source => "",
            Confidence::GeneralKnowledge => " [G: общеизвестно, источником не подтверждено]",
            Confidence::Choice => " [C: выбор там, где закон его оставляет]",
        };
        text.line(1, format!("{}{mark}", basis.what.ru));
        text.line(1, &basis.what.en);
    }
    text.0
}

/// An example and what came out of it.
pub(super) fn of(example: &Example, outcome: &Outcome) -> String {
    let mut text = Text::default();
    text.line(0, format!("{}  {}", example.id, example.title_ru));
    text.line(
        1,
        format!("{} ({})", example.title, example.rules.join(", ")),
    );
    text.line(0, "До");
    text.state(&example.before);
    text.line(0, "События");
    for event in &example.events {
        text.line(1, format!("{} {} {}", event.id, event.date, told(event)));
    }
    for (number, receipt) in (1..).zip(&outcome.receipts) {
        text.receipt(number, receipt);
    }
    if outcome.receipts.is_empty() {
        text.line(0, "Чеков нет");
    }
    if !outcome.records.is_empty() {
        text.line(0, "Без чека");
    }
    for record in &outcome.records {
        text.record(record);
    }
    if let Some(refused) = &outcome.refused {
        let (event, refusal) = (&refused.event, &refused.refusal);
        text.line(0, format!("Отказ: {event}: {} — {refusal}", refusal.code()));
    }
    text.line(0, "После");
    text.state(&outcome.after);
    if let Some(note) = &example.note {
        text.line(0, format!("Примечание: {note}"));
    }
    text.0
}

/// The sheet as it grows.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, depth: usize, line: impl AsRef<str>) {
        let line = line.as_ref();
        let indent = if line.is_empty() { 0 } else { 2 * depth };
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "{:indent$}{line}", "");
    }

    fn receipt(&mut self, number: usize, receipt: &Receipt) {
        let mut head = format!(
            "Чек {number} по событию {}: {}, {}, {}",
            receipt.event,
            receipt.operation.title(),
            receipt.tax_system.title(),
            receipt.date
        );
        if let Some(correction) = &receipt.correction {
            head += &format!("; коррекция за {} (1178)", correction.date);
            if let Some(order) = &correction.order {
                head += &format!(" по предписанию {order} (1179)");
            }
        }
        if let Some(sign) = receipt.corrects {
            head += &format!("; ФПД исправляемого {sign} (1192)");
        }
        match (&receipt.account, &receipt.contact) {
            (Some(account), Some(contact)) => head += &format!("; л/с {account}, на {contact}"),
            (Some(account), None) => head += &format!("; л/с {account}"),
            _ => head += "; клиентам не отправляется",
        }
        if receipt.internet {
            head += "; в интернете (1125)";
        }
        self.line(0, head);
        for line in receipt.all_lines() {
            self.receipt_line(line);
        }
        if !receipt.unprinted.is_empty() {
            self.line(1, "(в ФФД 1.05 строки в чек коррекции не печатаются)");
        }
        self.line(1, paid_with(&receipt.payments));
        let taxes = receipt.vat_totals.iter();
        let taxes: Vec<_> = taxes
            .map(|(code, sum)| format!("{code} {}", rub(*sum)))
            .collect();
        let total = rub(receipt.total);
        self.line(1, format!("ИТОГ {total} (1020); НДС: {}", taxes.join(", ")));
    }

    fn receipt_line(&mut self, line: &Line) {
        self.line(1, format!("{}  {}", line.name, rub(line.amount)));
        let mut what = format!(
            "{} (1214 = {}), {} (1212 = {}), НДС {} {}",
            line.method.title(),
            line.method.code(),
            line.subject.title(),
            line.subject.code(),
            line.vat_code,
            rub(line.vat)
        );
        if let Some(agent) = &line.agent {
            let (name, inn) = (&agent.supplier_name, &agent.supplier_inn);
            what += &format!(", поставщик {name}, ИНН {inn}");
        }
        self.line(2, what);
        self.line(2, format!("почему: {}", line.why.ru()));
    }

    fn record(&mut self, record: &Record) {
        let about = [
            record
                .account
                .as_ref()
                .map(|account| format!(" л/с {account}")),
            record
                .reference
                .as_ref()
                .map(|reference| format!(" {reference}")),
        ];
        let about: String = about.into_iter().flatten().collect();
        let (sum, why) = (rub(record.amount), record.kind.why_ru());
        self.line(1, format!("{}{about} {sum}: {why}", record.event));
    }

    fn state(&mut self, state: &Before) {
        for account in state.accounts.values() {
            self.account(account);
        }
        for line in &state.buffer {
            let (account, service, sum) = (&line.account, &line.service, rub(line.amount));
            let month = line.close.on_receipt();
            self.line(
                1,
                format!("ждёт сводного чека за {month}: л/с {account} {service} {sum}"),
            );
        }
        for waiting in &state.unidentified {
            let parts = parts(&waiting.payment.parts);
            self.line(
                1,
                format!("ждёт опознания: {} {}: {parts}", waiting.id, waiting.date),
            );
        }
    }

    fn account(&mut self, account: &Account) {
        let mut head = format!("л/с {}", account.number);
        if account.payer_kind == PayerKind::Business {
            head += ", организация";
        }
        let saldo = account.saldo();
        let sign = if saldo < 0 { "-" } else { "" };
        let (roubles, kopecks) = (saldo.unsigned_abs() / 100, saldo.unsigned_abs() % 100);
        self.line(1, format!("{head}, сальдо {sign}{roubles},{kopecks:02}"));
        for debt in &account.debts {
            self.line(2, format!("долг {}", owed(debt)));
        }
        for debt in &account.written_off {
            self.line(2, format!("списанный долг {}", owed(debt)));
        }
        for penalty in &account.penalties {
            let (id, service, open) = (&penalty.id, &penalty.service, rub(penalty.open));
            self.line(2, format!("пени {id}: {service} {open}"));
        }
        for lot in &account.advances {
            let kind = match lot.kind {
                MoneyKind::Cash => "наличные",
                MoneyKind::Cashless => "безналичные",
            };
            let month = lot
                .period
                .map(|period| format!(" за {}", period.on_receipt()));
            let line = format!(
                "{} {}: {}{} {}, {}, {kind}, НДС {}",
                lot.method.title(),
                lot.id,
                service(lot.service.as_ref()),
                month.unwrap_or_default(),
                rub(lot.amount),
                lot.date,
                lot.vat.calculated()
            );
            self.line(2, line);
        }
        for settled in &account.settled {
            let month = settled.period.on_receipt();
            let (service, sum) = (&settled.service, rub(settled.amount));
            self.line(2, format!("закрыто: {service} за {month} {sum}"));
        }
        for invoice in &account.invoices {
            let month = invoice.period.on_receipt();
            let (service, sum) = (&invoice.service, rub(invoice.amount));
            self.line(2, format!("счёт на будущее: {service} за {month} {sum}"));
        }
    }
}

/// What happened, in one line.
fn told(event: &Event) -> String {
    match &event.kind {
        EventKind::Payment(payment) => {
            let whose = match &payment.account {
                Some(account) => format!("л/с {account}"),
                None => "плательщик неизвестен".to_owned(),
            };
            let mut line = format!(
                "платёж, {whose}: {} ({})",
                parts(&payment.parts),
                channel(payment.channel)
            );
            for item in &payment.explicit {
                let target = match &item.target {
                    ExplicitTarget::Debt(id) => format!("долг {id}"),
                    ExplicitTarget::Penalty(id) => format!("пени {id}"),
                    ExplicitTarget::WrittenOff(id) => format!("списанный долг {id}"),
                    ExplicitTarget::Advance(code) => format!("аванс {}", service(code.as_ref())),
                };
                line += &format!("; по указанию биллинга: {target} {}", rub(item.amount));
            }
            if let Some(period) = payment.purpose_period {
                line += &format!("; плательщик указал {}", period.on_receipt());
            }
            line
        }
        EventKind::Identify(it) => format!("платёж {} опознан: л/с {}", it.payment, it.account),
        EventKind::Charge(charge) => {
            let lines = charge.lines.iter().map(|line| {
                let (month, sum) = (line.period.on_receipt(), rub(line.amount));
                format!("{} за {month} {sum}", line.service)
            });
            let lines: Vec<_> = lines.collect();
            format!("начисление, л/с {}: {}", charge.account, lines.join(", "))
        }
        EventKind::PeriodClose(close) => {
            format!("закрытие месяца {}", close.period.on_receipt())
        }
        EventKind::Refund(refund) => {
            let of = match &refund.of {
                RefundOf::Advance { service: code, .. } => {
                    format!("аванса {}", service(code.as_ref()))
                }
                RefundOf::Service { service, period } => {
                    format!("за услугу {service} за {}", period.on_receipt())
                }
            };
            let sum = rub(refund.amount);
            format!(
                "возврат {of}, л/с {}: {sum} {}",
                refund.account,
                money(refund.kind)
            )
        }
        EventKind::Recalc(it) => {
            let (month, delta) = (it.period.on_receipt(), rub(it.delta));
            format!(
                "перерасчёт, л/с {}: {} за {month} {delta}",
                it.account, it.service
            )
        }
        EventKind::WriteOff(it) => {
            let items = it.items.iter().map(|item| {
                let what = match &item.target {
                    WriteOffTarget::Debt(id) => format!("долг {id}"),
                    WriteOffTarget::Penalty(id) => format!("пени {id}"),
                };
                format!("{what} {}", rub(item.amount))
            });
            let items: Vec<_> = items.collect();
            format!(
                "списание ({}), л/с {}: {}",
                it.reason,
                it.account,
                items.join(", ")
            )
        }
        EventKind::Move(it) => {
            let to = match &it.to_debt {
                Some(id) => format!("долг {id}"),
                None => service(it.to_service.as_ref()).to_owned(),
            };
            let from = service(it.from_service.as_ref());
            let (source, goal, sum) = (&it.from_account, &it.to_account, rub(it.amount));
            format!("перенос {sum}: л/с {source} {from} → л/с {goal} {to}")
        }
        EventKind::CancelPayment(it) => {
            let why = match it.reason {
                CancelReason::Chargeback => "банк отозвал платёж",
                CancelReason::DuplicateRecord => "запись банка пробита дважды",
            };
            format!("отмена чека {}, л/с {}: {why}", it.original, it.account)
        }
        EventKind::RestorePayment(it) => {
            let (day, parts) = (it.lost_date, parts(&it.parts));
            format!("найден платёж от {day}, л/с {}: {parts}", it.account)
        }
        EventKind::RestoreCharge(it) => {
            let lines = it.lines.iter().map(|line| {
                let (code, month, sum) =
                    (&line.service, line.period.on_receipt(), rub(line.amount));
                format!("{code} за {month} {sum}")
            });
            let lines: Vec<_> = lines.collect();
            let (day, lines) = (it.lost_date, lines.join(", "));
            format!(
                "чек начисления от {day} не пробит, л/с {}: {lines}",
                it.account
            )
        }
        EventKind::FixReceipt(it) => format!("исправление чека {}", it.original),
    }
}

fn owed(debt: &Debt) -> String {
    let credit = if debt.credit {
        "чек «в долг» есть"
    } else {
        "чека «в долг» нет"
    };
    let (month, open) = (debt.period.on_receipt(), rub(debt.open));
    let (id, service, vat) = (&debt.id, &debt.service, debt.vat.direct());
    format!("{id}: {service} за {month} {open}, НДС {vat}, {credit}")
}

fn paid_with(payments: &Payments) -> String {
    let all = [
        ("наличными", 1031, payments.cash),
        ("безналичными", 1081, payments.cashless),
        ("зачёт аванса", 1215, payments.prepaid),
        ("в кредит", 1216, payments.credit),
        ("встречное предоставление", 1217, payments.counter),
    ];
    let paid = all.into_iter().filter(|(_, _, sum)| !sum.is_zero());
    let paid: Vec<_> = paid
        .map(|(what, tag, sum)| format!("{what} {} ({tag})", rub(sum)))
        .collect();
    paid.join(", ")
}

fn parts(parts: &[Part]) -> String {
    let part = |part: &Part| {
        let kind = match part.kind {
            PartKind::Cash => "наличными",
            PartKind::Cashless => "безналичными",
            PartKind::Counter => "встречным предоставлением",
        };
        format!("{} {kind}", rub(part.amount))
    };
    parts.iter().map(part).collect::<Vec<_>>().join(" + ")
}

const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Desk => "касса",
        Channel::Online => "сайт или приложение",
        Channel::BankRegistry => "банк",
        Channel::Subsidy => "субсидия",
    }
}

const fn money(kind: MoneyKind) -> &'static str {
    match kind {
        MoneyKind::Cash => "наличными",
        MoneyKind::Cashless => "безналичными",
    }
}

fn service(code: Option<&ServiceCode>) -> &str {
    code.map_or("на все услуги", ServiceCode::as_str)
}

/// As people write sums in Russian.
fn rub(amount: Kopecks) -> String {
    amount.to_string().replace('.', ",")
}
