//! A world in memory around the engine: it keeps what plans say.

use engine::*;
use terms::FiscalSign;

/// The state that a history goes through.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) setup: Setup,
    pub(crate) state: Before,
    pub(crate) receipts: Vec<Receipt>,
    pub(crate) records: Vec<Record>,
}

impl World {
    /// Applies an event and keeps its plan.
    pub(crate) fn step(&mut self, event: &Event) -> Result<Plan, Refusal> {
        let plan = apply(&self.setup, &self.state, event)?;
        self.keep(plan.clone());
        Ok(plan)
    }

    fn keep(&mut self, plan: Plan) {
        for receipt in &plan.receipts {
            let number = self.state.receipts.len() + 1;
            self.state.receipts.push(JournalReceipt {
                id: format!("J{number}"),
                fiscal_sign: FiscalSign(number as u32),
                receipt: receipt.clone(),
                settle_date: None,
                cancelled: false,
            });
        }
        self.receipts.extend(plan.receipts.iter().cloned());
        self.records.extend(plan.records.iter().cloned());
        self.state.keep(plan);
    }
}
