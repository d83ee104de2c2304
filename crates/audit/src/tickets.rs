//! E8: every document older than an hour has its ticket, and none was refused.

use terms::{DocumentNumber, DriveNumber, LocalDateTime, OfdCode};

use crate::{Equation, EquationId, Finding, List, Object, Text, UnsentLimits};

/// A document and its ticket.
#[derive(Clone, Copy, Debug)]
pub struct DocumentTicket {
    /// The drive.
    pub drive: DriveNumber,
    /// The document.
    pub document: DocumentNumber,
    /// When it was formed.
    pub formed: LocalDateTime,
    /// The ОФД's answer (1022); none without a ticket.
    pub ticket: Option<OfdCode>,
}

/// Whether E8 holds.
#[derive(Clone, Debug)]
pub struct TicketReport {
    /// When it was looked at.
    pub at: LocalDateTime,
    /// All documents.
    pub documents: u64,
    /// Those that should have a ticket by now.
    pub late: List<DocumentTicket>,
    /// Those that were refused.
    pub refused: List<DocumentTicket>,
}

impl TicketReport {
    /// Looks at `documents`, in any order, and keeps at most `limit` of each list.
    pub fn of(
        limits: &UnsentLimits,
        now: LocalDateTime,
        documents: impl IntoIterator<Item = DocumentTicket>,
        limit: usize,
    ) -> Self {
        let mut report = Self {
            at: now,
            documents: 0,
            late: List::default(),
            refused: List::default(),
        };
        for document in documents {
            report.documents += 1;
            match document.ticket {
                Some(code) if code.is_accepted() => {}
                Some(_) => report.refused.push(document, limit),
                None if now.minutes_since(document.formed) > i64::from(limits.ticket_minutes) => {
                    report.late.push(document, limit);
                }
                None => {}
            }
        }
        report
    }

    /// Whether it holds.
    pub const fn holds(&self) -> bool {
        self.late.count == 0 && self.refused.count == 0
    }

    /// What does not hold; `of` says for which drive or organisation this was.
    pub fn finding(&self, of: impl Into<String>) -> Option<Finding> {
        if self.holds() {
            return None;
        }
        let (late, refused, all) = (self.late.count, self.refused.count, self.documents);
        let what = Text::new(
            format!("Из {all} документов без подтверждения ОФД в срок {late}, отказов {refused}."),
            format!("Of {all} documents {late} lack their ticket in time, {refused} were refused."),
        );
        let equation = Equation::of(EquationId::E8);
        let object = Object::Equation(EquationId::E8, of.into());
        Some(
            Finding::new(equation.rule, equation.severity, object, what)
                .with("documents", all)
                .with("late", late)
                .with("refused", refused),
        )
    }
}
