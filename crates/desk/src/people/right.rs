use journal::Role;

/// What may be done at the panel. Pages and actions ask for one of these, never for a role.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Right {
    /// Look at operations, receipts, accounts and the state of the cassette.
    Look,
    /// Take payments and refunds, make receipts by hand, send copies.
    Submit,
    /// Take back and put right: cancelled and restored payments, fixed and correction receipts.
    Correct,
    /// Make plans of restoring lost settlements and wrong receipts, pause and abandon them.
    Restore,
    /// Approve such a plan of somebody else, and let it run.
    Approve,
    /// Load files of banks and decide about their rows.
    Import,
    /// Decide about receipts that are held or in doubt.
    Settle,
    /// Reports, tables and the papers for the tax office.
    Report,
    /// Compare with billing and banks.
    Reconcile,
    /// Take on incidents, have people told of them no more, say that they are over.
    Attend,
    /// Orders about drives: register, replace, close, read out; the clock.
    Rack,
    /// Keys of the HTTP interface and webhooks.
    Integrate,
    /// The programme of going live: plan the day, tick steps, ask the ОФД and the webhooks.
    Golive,
    /// Settings, backups.
    Configure,
    /// People: add, change, log out.
    People,
    /// The trail of what people have done.
    Trail,
}

use Right::{
    Approve, Attend, Configure, Correct, Golive, Import, Integrate, Look, People, Rack, Reconcile,
    Report, Restore, Settle, Submit, Trail,
};

impl Right {
    /// Every right.
    pub const ALL: [Self; 16] = [
        Look, Submit, Correct, Restore, Approve, Import, Settle, Report, Reconcile, Attend, Rack,
        Integrate, Golive, Configure, People, Trail,
    ];

    /// What a role may do: the one table of it.
    pub const fn of(role: Role) -> &'static [Self] {
        match role {
            Role::Operator => &[Look, Submit, Import],
            Role::Accountant => &[Look, Restore, Import, Report, Reconcile, Attend],
            Role::ChiefAccountant => &[
                Look, Submit, Correct, Restore, Approve, Import, Settle, Report, Reconcile, Attend,
                Golive, Trail,
            ],
            Role::Technician => &[Look, Settle, Attend, Rack, Integrate, Golive],
            Role::Admin => &Self::ALL,
        }
    }

    /// Whether a role has it.
    pub fn is_of(self, role: Role) -> bool {
        Self::of(role).contains(&self)
    }
}
