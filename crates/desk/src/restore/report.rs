//! The papers for accountant and tax office: what was done, as it stands in the journal now.

use std::collections::{BTreeMap, BTreeSet};

use journal::{OperationRow, ReceiptRow, ReceiptState, RestorationHead, RestorationRow};
use papers::{
    ActOfOffice, Compared, CorrectedSettlement, Dossier, Extract, ExtractRow, FormedDocument,
    OfdStatus, OrderOfOffice, Particulars, Reconciliation, RegisterOfOffice, ReturnRow, Template,
    TotalsLine, TotalsSum,
};
use restoration::{Kind, Role, RowState, Settled, TaxReturn, Totals};
use serde::Deserialize;
use terms::{DocumentNumber, FiscalSign, Kopecks, LocalDate, LocalDateTime, Period};

use super::{
    RestoreError,
    draft::{payments, rates},
};
use crate::{Desk, DeskError};

/// How many rows are read at once.
const PAGE: u32 = 500;

/// What of the body of a restored payment stands in the papers.
#[derive(Default, Deserialize)]
struct BankBody {
    #[serde(default)]
    bank: BankSays,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BankSays {
    number: String,
    payer: String,
}

/// What is collected row by row.
struct Collecting<'a> {
    desk: &'a Desk,
    head: &'a RestorationHead,
    settlements: Vec<CorrectedSettlement>,
    extracts: Vec<Extract>,
    totals: Totals,
    months: BTreeMap<Period, Month>,
    drives: BTreeSet<String>,
    days: Option<(LocalDate, LocalDate)>,
}

/// What is checked of one month: what the plan says, and what the drives have formed.
#[derive(Clone, Copy, Default)]
struct Month {
    planned: u32,
    formed: u32,
    accepted: u32,
    sum: Kopecks,
    formed_sum: Kopecks,
}

/// The document set of a restoration as one ZIP.
pub(super) fn zip(desk: &Desk, id: i64) -> Result<Vec<u8>, DeskError> {
    let head = desk.restoration_head(id)?;
    let refuse = |why: String| DeskError::from(RestoreError::Papers { id, why });
    let (Some(approved_by), Some(approved_at), Some(hash)) =
        (&head.approved_by, head.approved_at, head.hash)
    else {
        return Err(refuse("its plan is not approved yet".to_owned()));
    };
    let mut collecting = Collecting::begin(desk, &head)?;
    collecting.read_rows()?;
    let Some((from, to)) = collecting.days else {
        return Err(refuse("none of its rows is carried out yet".to_owned()));
    };
    let rules = desk.restore_rules();
    let template = |path: &Option<std::path::PathBuf>, own: fn() -> Template| match path {
        None => Ok(own()),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path)
                .map_err(|why| refuse(format!("cannot read {name}: {why}")))?;
            Template::new(name, text).map_err(|why| refuse(why.to_string()))
        }
    };
    let organisation = &desk.setup().organisation;
    let basis = &head.basis;
    let dossier = Dossier {
        letter: template(&rules.letter, Template::letter)?,
        act: template(&rules.act, Template::act)?,
        particulars: Particulars {
            organisation: organisation.name.clone(),
            inn: organisation.inn,
            address: Some(organisation.address.clone()),
            tax_office: rules.tax_office.clone(),
            signer: rules.signer.clone(),
            registers: collecting.registers()?,
            ffd: desk.setup().ffd(),
            from,
            to,
            happened: happened(&head),
            found: found(&head),
            done: done(&head),
            measures: rules.measures.clone(),
            act: basis.act.as_ref().map(act),
            order: basis.order.as_ref().map(|order| OrderOfOffice {
                number: order.number.clone(),
                date: order.date,
                authority: order.authority.clone(),
            }),
            number: id.to_string(),
            plan_hash: hash.to_string(),
            author: head.author.clone(),
            approved_by: approved_by.clone(),
            approved_at: local(desk, approved_at),
            made: desk.clock().local(),
        },
        totals: collecting.totals(),
        returns: collecting.returns().map_err(refuse)?,
        reconciliation: collecting.reconciliation(),
        settlements: collecting.settlements,
        extracts: collecting.extracts,
    };
    dossier.zip().map_err(|why| refuse(why.to_string()))
}

fn local(desk: &Desk, unix_ms: i64) -> LocalDateTime {
    let clock = desk.clock();
    clock.local_at(unix_ms).unwrap_or_else(|| clock.local())
}

fn act(act: &terms::Act) -> ActOfOffice {
    ActOfOffice {
        number: act.number.clone(),
        date: act.date,
        author: act.author.clone(),
    }
}

fn happened(head: &RestorationHead) -> String {
    let reason = head.basis.reason.title();
    let what = match head.kind {
        Kind::Lost => "Расчёты произведены без применения контрольно-кассовой техники",
        Kind::Fix => "Кассовые чеки сформированы с ошибками",
    };
    format!("{what}: {reason}.")
}

fn found(head: &RestorationHead) -> String {
    if !head.basis.comment.is_empty() {
        return head.basis.comment.clone();
    }
    match head.kind {
        Kind::Lost => "При сверке реестров банка с кассовыми документами.".to_owned(),
        Kind::Fix => "При проверке сформированных кассовых чеков.".to_owned(),
    }
}

fn done(head: &RestorationHead) -> String {
    match head.kind {
        Kind::Lost => "По каждому расчёту сформирован чек коррекции на дату расчёта.".to_owned(),
        Kind::Fix => "Ошибочные документы сторнированы, сформированы правильные.".to_owned(),
    }
}

impl<'a> Collecting<'a> {
    fn begin(desk: &'a Desk, head: &'a RestorationHead) -> Result<Self, DeskError> {
        let files = desk.reader().restoration_files(head.id)?;
        let extracts = files.into_iter().map(|file| Extract {
            file: file.name,
            sha256: file.sha256,
            rows: Vec::new(),
        });
        Ok(Self {
            desk,
            head,
            settlements: Vec::new(),
            extracts: extracts.collect(),
            totals: Totals::new(),
            months: BTreeMap::new(),
            drives: BTreeSet::new(),
            days: None,
        })
    }

    /// Reads what was carried out.
    fn read_rows(&mut self) -> Result<(), DeskError> {
        let mut of = journal::RestorationRowsOf {
            state: Some(RowState::Accepted),
            limit: PAGE,
            ..journal::RestorationRowsOf::default()
        };
        let mut number = 0_u32;
        loop {
            let listed = self.desk.reader().restoration_rows(self.head.id, &of)?;
            for row in &listed.rows {
                let Some(operation) = row.operation else {
                    continue;
                };
                if let Some(operation) = self.desk.reader().operation(operation)? {
                    number += 1;
                    self.add(number, row, &operation)?;
                }
            }
            match listed.next {
                Some(next) => of.after = next,
                None => return Ok(()),
            }
        }
    }

    fn add(
        &mut self,
        number: u32,
        row: &RestorationRow,
        operation: &OperationRow,
    ) -> Result<(), DeskError> {
        let wrong = match row.wrong {
            Some(id) => self.desk.reader().receipt(id)?,
            None => None,
        };
        let (first, last) = self.days.unwrap_or((row.date, row.date));
        self.days = Some((first.min(row.date), last.max(row.date)));
        let receipts: Vec<&ReceiptRow> = operation
            .receipts
            .iter()
            .filter(|receipt| receipt.return_of.is_none())
            .collect();
        let is_reversed =
            wrong.is_some() && (operation.kind == "cancel_payment" || receipts.len() > 1);
        self.check(row, &receipts, is_reversed)?;
        for receipt in &receipts {
            let document = receipt.document.as_ref();
            self.drives
                .extend(document.map(|document| document.drive.clone()));
        }
        let bank: BankBody = serde_json::from_str(&row.body).unwrap_or_default();
        if let Some((file, line)) = row.line
            && let Some(extract) = self.extracts.get_mut(file.saturating_sub(1) as usize)
        {
            extract.rows.push(ExtractRow {
                settlement: number,
                line,
                number: Some(bank.bank.number.clone()).filter(|number| !number.is_empty()),
                date: row.date,
                account: row.account.clone(),
                amount: row.amount,
            });
        }
        let payer = Some(bank.bank.payer).filter(|payer| !payer.is_empty());
        self.add_settlements(
            (number, payer),
            row,
            (wrong.as_ref(), is_reversed),
            &receipts,
        )
    }

    /// The rows of the register: one for each right document, or one for what is only taken back.
    fn add_settlements(
        &mut self,
        (number, payer): (u32, Option<String>),
        row: &RestorationRow,
        (wrong, is_reversed): (Option<&ReceiptRow>, bool),
        receipts: &[&ReceiptRow],
    ) -> Result<(), DeskError> {
        let settled = |date: &ReceiptRow| {
            let own = date.receipt.correction.as_ref();
            own.map_or(row.date, |correction| correction.date)
        };
        if let Some(wrong) = wrong {
            self.sum(wrong, Role::Before, row.date);
        }
        let (reversing, right) = receipts.split_at(usize::from(is_reversed).min(receipts.len()));
        for receipt in reversing {
            self.sum(receipt, Role::Reversing, settled(receipt));
        }
        for receipt in right {
            self.sum(receipt, Role::Right, settled(receipt));
        }
        let shown: Vec<(Option<&ReceiptRow>, &ReceiptRow)> = match (right, reversing, wrong) {
            ([], _, Some(wrong)) => vec![(None, wrong)],
            ([], _, None) => Vec::new(),
            (right, _, _) => right
                .iter()
                .map(|receipt| (Some(*receipt), *receipt))
                .collect(),
        };
        let ofd = status(receipts);
        for (right, told) in shown {
            let body = &told.receipt;
            let rates = rates(body)?;
            self.settlements.push(CorrectedSettlement {
                number,
                account: body.account.clone(),
                payer: payer.clone(),
                date: row.date,
                source: row.source.clone(),
                sign: told.sign,
                payment_kinds: payments(body)
                    .into_iter()
                    .map(|(kind, _)| kind.title().to_owned())
                    .collect(),
                amount: told.total,
                vat_codes: rates.iter().map(|rate| rate.vat_code).collect(),
                vat: Kopecks::sum(rates.iter().map(|rate| rate.vat))?,
                tax_system: body.tax_system,
                wrong: wrong.map(formed).transpose()?.flatten(),
                reversing: reversing
                    .first()
                    .map(|it| formed(it))
                    .transpose()?
                    .flatten(),
                right: right.map(formed).transpose()?.flatten(),
                reason: self.head.basis.reason.name().to_owned(),
                act: self.head.basis.act.as_ref().map(act),
                ofd,
            });
        }
        Ok(())
    }

    fn sum(&mut self, row: &ReceiptRow, role: Role, date: LocalDate) {
        let Ok(rates) = rates(&row.receipt) else {
            return;
        };
        let added = self.totals.add(&Settled {
            role,
            date,
            sign: row.sign,
            tax_system: row.receipt.tax_system,
            payments: &payments(&row.receipt),
            rates: &rates,
        });
        if let Err(why) = added {
            tracing::warn!(receipt = %row.id, %why, "a receipt is left out of the totals");
        }
    }

    /// What the plan says of a row, beside what the drives have formed for it.
    fn check(
        &mut self,
        row: &RestorationRow,
        receipts: &[&ReceiptRow],
        is_reversed: bool,
    ) -> Result<(), DeskError> {
        let month = self.months.entry(row.date.period()).or_default();
        month.planned += row.documents;
        month.sum = month.sum.add(row.amount)?;
        for receipt in receipts {
            if receipt.document.is_some() {
                month.formed += 1;
            }
            if receipt.state == ReceiptState::Acknowledged && receipt.reason.is_none() {
                month.accepted += 1;
            }
        }
        // What is lost is formed as it was; what was wrong is taken back as it was. What was rejected
        // is only formed anew, perhaps with another sum: that is no difference.
        if row.wrong.is_some() && !is_reversed {
            month.formed_sum = month.formed_sum.add(row.amount)?;
            return Ok(());
        }
        let told = match is_reversed {
            true => &receipts[..1],
            false => receipts,
        };
        for receipt in told.iter().filter(|receipt| receipt.document.is_some()) {
            month.formed_sum = month.formed_sum.add(receipt.total)?;
        }
        Ok(())
    }

    fn registers(&self) -> Result<Vec<RegisterOfOffice>, DeskError> {
        let mut registers: BTreeMap<String, RegisterOfOffice> = BTreeMap::new();
        for drive in &self.drives {
            let kkt = self.desk.register_of(drive)?;
            let Some(rnm) = kkt.rnm else { continue };
            let register = RegisterOfOffice {
                rnm: rnm.parse()?,
                serial: kkt.serial.unwrap_or_else(|| "—".to_owned()),
                drives: Vec::new(),
            };
            let known = registers.entry(rnm).or_insert(register);
            known.drives.push(drive.parse()?);
        }
        Ok(registers.into_values().collect())
    }

    fn totals(&self) -> Vec<TotalsLine> {
        let line = |row: &restoration::TotalsRow| TotalsLine {
            month: row.key.month,
            quarter: row.key.quarter().to_string(),
            flow: row.key.flow.title().to_owned(),
            tax_system: row.key.tax_system,
            vat_code: row.key.vat_code,
            payment_kind: row.key.kind.title().to_owned(),
            before: sum(row.before),
            reversed: sum(row.reversed),
            after: sum(row.after),
            difference: sum(row.difference),
        };
        self.totals.rows().map(line).collect()
    }

    fn returns(&self) -> Result<Vec<ReturnRow>, String> {
        let changes = self.totals.returns().map_err(|why| why.to_string())?;
        let row = |change: restoration::ReturnChange| ReturnRow {
            tax_return: match change.tax_return {
                TaxReturn::Vat => "НДС".to_owned(),
                TaxReturn::Simplified => "УСН".to_owned(),
            },
            period: change.period,
            flow: change.flow.title().to_owned(),
            difference: sum(change.difference),
        };
        Ok(changes.into_iter().map(row).collect())
    }

    /// The checks after the work, by month of the settlements (receipt rules §5.1).
    fn reconciliation(&self) -> Vec<Reconciliation> {
        let what = match self.head.kind {
            Kind::Lost => "Суммы расчётов по реестрам и по сформированным документам",
            Kind::Fix => {
                "Суммы ошибочных документов и документов, которые их заменили или сторнировали"
            }
        };
        let check = |name: &str, what: &str, period: Period, compared| Reconciliation {
            check: name.to_owned(),
            what: what.to_owned(),
            period: period.to_string(),
            compared,
        };
        let of_month = |(period, month): (&Period, &Month)| {
            let sums = Compared::Money {
                expected: month.sum,
                found: month.formed_sum,
            };
            let formed = Compared::Documents {
                expected: month.planned,
                found: month.formed,
            };
            let accepted = Compared::Documents {
                expected: month.formed,
                found: month.accepted,
            };
            [
                check("E1", what, *period, sums),
                check("E4", "Документы по плану и в накопителях", *period, formed),
                check(
                    "E8",
                    "Документы в накопителях и принятые ОФД",
                    *period,
                    accepted,
                ),
            ]
        };
        self.months.iter().flat_map(of_month).collect()
    }
}

fn sum(sum: restoration::Sum) -> TotalsSum {
    TotalsSum {
        amount: sum.amount,
        vat: sum.vat,
    }
}

fn formed(row: &ReceiptRow) -> Result<Option<FormedDocument>, DeskError> {
    let document = |document: &journal::DocumentRow| -> Result<FormedDocument, DeskError> {
        let time: LocalDateTime = document.time.parse()?;
        Ok(FormedDocument {
            drive: document.drive.parse()?,
            number: DocumentNumber(document.number.get()),
            sign: FiscalSign(document.fiscal_sign),
            date: time.date(),
        })
    };
    row.document.as_ref().map(document).transpose()
}

/// What has become of the documents of one settlement.
fn status(receipts: &[&ReceiptRow]) -> OfdStatus {
    let is_acknowledged = |it: &&ReceiptRow| it.state == ReceiptState::Acknowledged;
    if receipts.iter().any(|it| it.document.is_none()) {
        OfdStatus::NotFormed
    } else if receipts
        .iter()
        .any(|it| is_acknowledged(it) && it.reason.is_some())
    {
        OfdStatus::Rejected
    } else if receipts.iter().all(is_acknowledged) {
        OfdStatus::Accepted
    } else {
        OfdStatus::Waiting
    }
}
