//! Reconciliations as people see them.

use journal::{
    Listed, ReconciliationFile, ReconciliationHead, ReconciliationResult, ReconciliationRow,
    ReconciliationRowsOf,
};
use serde::{Deserialize, Serialize};

use super::ReconcileError;
use crate::{Desk, DeskError};

/// What was left out of a comparison, and why.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ReconciliationNote {
    /// Why, in a word: `outside_days`, `repeated`, `transfers`, `businesses`, `unformed`,
    /// `other_source`, `no_receipt`, `no_archive`, `no_report`.
    pub code: String,
    /// Which source or drive; empty: it speaks of none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what: String,
    /// Rows.
    pub rows: u64,
    /// What they come to, kopecks.
    pub sum: i64,
}

impl ReconciliationNote {
    pub(super) fn of(code: &str, what: &str) -> Self {
        Self {
            code: code.to_owned(),
            what: what.to_owned(),
            rows: 1,
            sum: 0,
        }
    }
}

/// How far a reconciliation has come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReconciliationProgress {
    /// Which one; none while its files are read.
    pub id: Option<i64>,
    /// Who has ordered it.
    pub by: String,
    /// What it is doing: `files`, `drives`, `journal`, `money`, `equations`, `documents`, `archives`.
    pub step: &'static str,
    /// How much of the step is done.
    pub done: u64,
    /// How much there is to do; 0: nobody knows.
    pub of: u64,
}

/// A reconciliation in a list.
pub type ReconciliationListed = ReconciliationHead;

/// One comparison.
#[derive(Clone, Debug)]
pub struct ReconciliationResultView {
    /// What both sides come to.
    pub result: ReconciliationResult,
    /// What it compares, in Russian and English.
    pub title: (&'static str, &'static str),
    /// Its sides, in Russian and English.
    pub sides: [(&'static str, &'static str); 2],
    /// What was left out of it.
    pub notes: Vec<ReconciliationNote>,
}

impl ReconciliationResultView {
    fn of(result: ReconciliationResult) -> Self {
        let equation = audit::EQUATIONS
            .iter()
            .find(|equation| equation.id.name() == result.equation);
        // All equations are known; one of a newer program has no words here.
        let none = ("", "");
        let (title, left, right) = equation.map_or((none, none, none), |equation| {
            (equation.title, equation.left, equation.right)
        });
        let sides = match result.what.as_str() {
            "bank" => [
                ("файлы банков", "files of banks"),
                ("безналичные деньги журнала", "the journal's cashless money"),
            ],
            "payments" => [
                ("платежи биллинга", "billing's payments"),
                ("деньги журнала", "the journal's money"),
            ],
            "advances" => [
                ("изменение остатков авансов", "how lots have changed"),
                ("авансы по чекам", "advances by receipts"),
            ],
            "balances" => [
                ("остатки счетов в журнале", "the journal's balances"),
                ("остатки счетов в биллинге", "billing's balances"),
            ],
            "credit" => [
                ("изменение долгов в кредит", "how credit debts have changed"),
                ("кредит по чекам", "credit by receipts"),
            ],
            "vat" => [
                ("итоги документов по ставкам", "totals of documents by rate"),
                ("строки документов", "lines of documents"),
            ],
            "sales_book" => [
                ("НДС документов", "VAT of documents"),
                ("книга продаж", "the sales book"),
            ],
            "numbers" => [
                ("архив накопителя", "the drive's archive"),
                ("журнал", "the journal"),
            ],
            _ => [left, right],
        };
        Self {
            notes: serde_json::from_str(&result.notes).unwrap_or_default(),
            title,
            sides,
            result,
        }
    }
}

/// A reconciliation.
#[derive(Clone, Debug)]
pub struct ReconciliationView {
    /// What it is, and where it stands.
    pub head: ReconciliationHead,
    /// How far it has come, while it runs.
    pub progress: Option<ReconciliationProgress>,
    /// The files.
    pub files: Vec<ReconciliationFile>,
    /// What was compared, once it is done.
    pub results: Vec<ReconciliationResultView>,
}

impl Desk {
    /// Reconciliations, the newest first.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn reconciliations(&self, limit: u32) -> Result<Vec<ReconciliationListed>, DeskError> {
        Ok(self.reader().reconciliations(limit)?)
    }

    /// One reconciliation.
    ///
    /// # Errors
    /// When there is none, or the journal cannot be read.
    pub fn reconciliation(&self, id: i64) -> Result<ReconciliationView, DeskError> {
        // Before the state: once it is over, nothing runs and the state is the last one.
        let progress = self.inner.reconciling.of(id);
        let head = self.reader().reconciliation(id)?;
        let head = head.ok_or(ReconcileError::Unknown(id))?;
        let results = self.reader().reconciliation_results(id)?;
        Ok(ReconciliationView {
            head,
            progress,
            files: self.reader().reconciliation_files(id)?,
            results: results
                .into_iter()
                .map(ReconciliationResultView::of)
                .collect(),
        })
    }

    /// A page of what does not match.
    ///
    /// # Errors
    /// See [`Desk::reconciliation`].
    pub fn reconciliation_rows(
        &self,
        id: i64,
        of: &ReconciliationRowsOf,
    ) -> Result<Listed<ReconciliationRow, u64>, DeskError> {
        if self.reader().reconciliation(id)?.is_none() {
            return Err(ReconcileError::Unknown(id).into());
        }
        Ok(self.reader().reconciliation_rows(id, of)?)
    }
}

pub(super) fn notes_to_json(notes: &[ReconciliationNote]) -> String {
    // Structs of texts and numbers: this does not fail.
    serde_json::to_string(notes).unwrap_or_else(|_| "[]".to_owned())
}
