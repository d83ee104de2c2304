use terms::{Kopecks, OperationSign};

use crate::{
    CorrectedSettlement, Extract, File, OfdStatus, PaperError, Particulars, Reconciliation,
    ReturnRow, Table, Template, TotalsLine, archive, extract,
    particulars::{Outcome, values},
    reconciliation, register, returns,
    template::page,
    totals,
    words::{grouped, money},
};

/// The document set for the tax office (receipt rules §4.6).
///
/// It is made in memory: a settlement of the register takes about 3 KB meanwhile.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The values of letter and act.
    pub particulars: Particulars,
    /// The wording of the covering letter.
    pub letter: Template,
    /// The wording of the act.
    pub act: Template,
    /// The settlements that were corrected.
    pub settlements: Vec<CorrectedSettlement>,
    /// Totals before and after.
    pub totals: Vec<TotalsLine>,
    /// Lines of banks' files.
    pub extracts: Vec<Extract>,
    /// The checks after the work.
    pub reconciliation: Vec<Reconciliation>,
    /// The tax returns that change.
    pub returns: Vec<ReturnRow>,
}

/// The titles of the seven papers, in their order.
const TITLES: [&str; 7] = [
    "Сопроводительное письмо",
    "Реестр исправленных расчётов",
    "Итоги до и после исправления",
    "Выписки из реестров банка",
    "Акт и перечень мер",
    "Сверка после исправления",
    "Затронутые налоговые декларации",
];

impl Dossier {
    /// The most rows of one XLSX: a longer table comes in several, because one takes much memory
    /// while it is made.
    pub const SHEET_ROWS_MAX: usize = 20_000;

    /// The files: each table as CSV and XLSX, letter and act as text and as a page.
    ///
    /// # Errors
    /// When a template is wrong, a table too large, or a sum leaves the range of money.
    pub fn files(&self) -> Result<Vec<File>, PaperError> {
        let values = values(&self.particulars, &self.outcome()?);
        let mut files = Vec::new();
        let [
            letter,
            register,
            totals,
            extracts,
            act,
            reconciliation,
            returns,
        ] = TITLES;
        let text = self.letter.text(values.clone())?;
        push_text(&mut files, "1-letter", letter, &text);
        let table = register::table(&self.settlements)?;
        self.push_table(&mut files, "2-register", register, table)?;
        let table = totals::table(&self.totals)?;
        self.push_table(&mut files, "3-totals", totals, table)?;
        let table = extract::table(&self.extracts)?;
        self.push_table(&mut files, "4-extracts", extracts, table)?;
        push_text(&mut files, "5-act", act, &self.act.text(values)?);
        let table = reconciliation::table(&self.reconciliation)?;
        self.push_table(&mut files, "6-reconciliation", reconciliation, table)?;
        let table = returns::table(&self.returns)?;
        self.push_table(&mut files, "7-returns", returns, table)?;
        Ok(files)
    }

    /// The files with their list in one archive; the same dossier gives the same bytes.
    ///
    /// # Errors
    /// As [`Dossier::files`], or when the archive gets too large for the format.
    pub fn zip(&self) -> Result<Vec<u8>, PaperError> {
        archive::zip(&self.files()?)
    }

    /// Whether the checks after the work show no difference.
    pub fn is_reconciled(&self) -> bool {
        self.reconciliation.iter().all(Reconciliation::is_equal)
    }

    fn outcome(&self) -> Result<Outcome, PaperError> {
        let mut numbers: Vec<u32> = self.settlements.iter().map(|row| row.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let signed = |row: &CorrectedSettlement, sum: Kopecks| match row.sign {
            OperationSign::Income | OperationSign::ExpenseReturn => sum,
            OperationSign::IncomeReturn | OperationSign::Expense => sum.negated(),
        };
        let rows = || self.settlements.iter();
        let amount = Kopecks::sum(rows().map(|row| signed(row, row.amount)))?;
        let vat = Kopecks::sum(rows().map(|row| signed(row, row.vat)))?;
        let documents = rows()
            .flat_map(|row| [row.reversing, row.right])
            .flatten()
            .count();
        Ok(Outcome {
            settlements: grouped(numbers.len() as u64),
            amount: money(amount),
            vat: money(vat),
            documents: grouped(documents as u64),
            is_reconciled: self.is_reconciled() && rows().all(|row| row.ofd == OfdStatus::Accepted),
            returns: self.returns.iter().map(ReturnRow::in_words).collect(),
            files: TITLES[1..]
                .iter()
                .map(|title| (*title).to_owned())
                .collect(),
        })
    }

    /// The table whole as CSV, and as XLSX of at most [`Self::SHEET_ROWS_MAX`] rows each.
    fn push_table(
        &self,
        files: &mut Vec<File>,
        name: &str,
        title: &str,
        table: Table,
    ) -> Result<(), PaperError> {
        files.push(File {
            name: format!("{name}.csv"),
            title: format!("{title} (CSV)"),
            bytes: table.csv()?,
        });
        let all = table.rows().len();
        let mut last = 0;
        for (place, part) in (1..).zip(table.into_parts(Self::SHEET_ROWS_MAX)) {
            let first = last + 1;
            last += part.rows().len();
            let (name, title) = if last == all && place == 1 {
                (format!("{name}.xlsx"), format!("{title} (XLSX)"))
            } else {
                (
                    format!("{name}-{place:02}.xlsx"),
                    format!("{title} (XLSX, строки {first}–{last} из {all})"),
                )
            };
            files.push(File {
                name,
                title,
                bytes: part.xlsx(self.particulars.made)?,
            });
        }
        Ok(())
    }
}

/// A text as every program opens it: with BOM and CR LF as `.txt`, and as a page.
fn push_text(files: &mut Vec<File>, name: &str, title: &str, text: &str) {
    let lines = text.replace("\r\n", "\n").replace('\n', "\r\n");
    files.push(File {
        name: format!("{name}.txt"),
        title: format!("{title} (текст)"),
        bytes: format!("\u{FEFF}{lines}").into_bytes(),
    });
    files.push(File {
        name: format!("{name}.html"),
        title: format!("{title} (страница)"),
        bytes: page(title, text).into_bytes(),
    });
}
