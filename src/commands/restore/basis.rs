//! Why a correction is made, as the options of the commands say it.

use clap::Args;
use serde_json::{Value, json};
use terms::{LocalDate, ReasonCode};

/// Why something is corrected (receipt rules §4.3). What follows from the receipts or the bank's
/// file itself (days, wrong documents) need not be said.
#[derive(Args)]
pub(crate) struct Basis {
    /// Why: lost_source, wrong_amount, wrong_vat, wrong_sno, duplicate, wrong_kind, wrong_subject,
    /// rejected, late, order.
    #[arg(long, value_name = "CODE")]
    reason: ReasonCode,
    /// The number of your own paper about it (акт, служебная записка).
    #[arg(long, requires_all = ["act_date", "act_author"])]
    act_number: Option<String>,
    /// Its day.
    #[arg(long, requires = "act_number")]
    act_date: Option<LocalDate>,
    /// Who has signed it.
    #[arg(long, requires = "act_number")]
    act_author: Option<String>,
    /// The number of the tax authority's order (предписание).
    #[arg(long, requires_all = ["order_date", "order_authority"])]
    order_number: Option<String>,
    /// Its day.
    #[arg(long, requires = "order_number")]
    order_date: Option<LocalDate>,
    /// Which authority.
    #[arg(long, requires = "order_number")]
    order_authority: Option<String>,
    /// Anything else that should be known of it.
    #[arg(long)]
    comment: Option<String>,
}

impl Basis {
    /// As the HTTP interface takes it.
    pub(in crate::commands) fn json(&self) -> Value {
        let mut basis = json!({ "reason": self.reason.name() });
        if let (Some(number), Some(date), Some(author)) =
            (&self.act_number, &self.act_date, &self.act_author)
        {
            basis["act"] = json!({ "number": number, "date": date.to_string(), "author": author });
        }
        if let (Some(number), Some(date), Some(authority)) =
            (&self.order_number, &self.order_date, &self.order_authority)
        {
            basis["order"] =
                json!({ "number": number, "date": date.to_string(), "authority": authority });
        }
        if let Some(comment) = &self.comment {
            basis["comment"] = comment.as_str().into();
        }
        basis
    }
}
