//! The life of an incident.

#![expect(clippy::unwrap_used, reason = "a test stops where it is wrong")]

use std::collections::BTreeSet;

use audit::*;
use proptest::{collection::btree_map, prelude::*};
use terms::{AccountNumber, DocumentNumber, FiscalSign, LocalDateTime, ShiftNumber};

fn at(text: &str) -> LocalDateTime {
    text.parse().unwrap()
}

fn account(number: u8) -> AccountNumber {
    format!("{number:04}").parse().unwrap()
}

fn finding(number: u8, severity: Severity) -> Finding {
    Finding {
        rule: RuleId::A01,
        severity,
        object: Object::Account(account(number)),
        what: Text::new("ru", "en"),
        numbers: Vec::new(),
    }
}

fn all() -> Looked {
    Looked::everywhere(RuleId::ALL.iter().copied())
}

/// The only incident that is still there, and whether somebody is told.
#[track_caller]
fn still(step: Step) -> (Incident, Option<Notice>) {
    assert!(step.opened.is_empty() && step.closed.is_empty(), "{step:?}");
    let standing = step.still.into_iter().next().unwrap();
    (standing.incident, standing.notice)
}

#[test]
fn it_is_told_once_then_repeated_then_over() {
    let incidents = Incidents::default();
    let found = || vec![finding(1, Severity::Medium)];
    let opened = incidents
        .step([], found(), &all(), at("2026-03-01T10:00"))
        .opened;
    assert_eq!(opened[0].notice, Some(Notice::Opened));
    let open = opened[0].incident.clone();
    assert_eq!(open.key.as_str(), "A01:account:0001");
    let (open, notice) = still(incidents.step([open], found(), &all(), at("2026-03-08T09:59")));
    assert_eq!(notice, None);
    let (open, notice) = still(incidents.step([open], found(), &all(), at("2026-03-08T10:00")));
    assert_eq!(notice, Some(Notice::Repeated));
    let over = incidents.step([open], [], &all(), at("2026-03-09T10:00"));
    assert_eq!(over.closed[0].opened, at("2026-03-01T10:00"));
    assert_eq!(over.closed[0].seen, at("2026-03-08T10:00"));
}

#[test]
fn nobody_takes_it_on_so_it_goes_up_until_there_is_nobody_above() {
    let incidents = Incidents::default();
    let mut now = at("2026-03-01T10:00");
    let found = || vec![finding(1, Severity::Critical)];
    let mut open = incidents
        .step([], found(), &all(), now)
        .opened
        .remove(0)
        .incident;
    let mut told = Vec::new();
    for _ in 0..10 {
        now = now.plus_minutes(30).unwrap();
        let (next, notice) = still(incidents.step([open], found(), &all(), now));
        told.push(notice);
        open = next;
    }
    let up = |times| Some(Notice::Escalated(times));
    let again = Some(Notice::Repeated);
    assert_eq!(
        told,
        [
            up(1),
            up(2),
            up(3),
            None,
            again,
            None,
            again,
            None,
            again,
            None
        ]
    );
}

#[test]
fn taken_on_it_is_silent_until_it_grows_worse() {
    let incidents = Incidents::default();
    let start = at("2026-03-01T10:00");
    let high = || vec![finding(1, Severity::High)];
    let mut open = incidents
        .step([], high(), &all(), start)
        .opened
        .remove(0)
        .incident;
    open.acknowledged = Some(Acknowledgement {
        by: "Иванова".to_owned(),
        at: start,
    });
    let (open, notice) = still(incidents.step([open], high(), &all(), at("2026-04-01T10:00")));
    assert_eq!((notice, open.acknowledged.is_some()), (None, true));
    let worse = vec![finding(1, Severity::Critical)];
    let (open, notice) = still(incidents.step([open], worse, &all(), at("2026-04-01T10:05")));
    assert_eq!((notice, open.acknowledged), (Some(Notice::Worsened), None));
    assert_eq!(open.severity, Severity::Critical);
}

#[test]
fn muted_it_is_silent_until_the_moment_or_until_it_grows_worse() {
    let incidents = Incidents::default();
    let high = || vec![finding(1, Severity::High)];
    let start = at("2026-03-01T10:00");
    let mut open = incidents
        .step([], high(), &all(), start)
        .opened
        .remove(0)
        .incident;
    open.muted_until = Some(at("2026-03-20T00:00"));
    let muted = open.clone();
    let (open, notice) = still(incidents.step([open], high(), &all(), at("2026-03-19T23:59")));
    assert_eq!(notice, None);
    let (_, notice) = still(incidents.step([open], high(), &all(), at("2026-03-20T00:00")));
    assert_eq!(notice, Some(Notice::Escalated(1)));
    let worse = vec![finding(1, Severity::Critical)];
    let (_, notice) = still(incidents.step([muted], worse, &all(), at("2026-03-02T00:00")));
    assert_eq!(notice, Some(Notice::Worsened));
}

#[test]
fn findings_of_one_key_are_one_incident_of_the_gravest() {
    let found = [Severity::Medium, Severity::Critical, Severity::Info];
    let found = found.map(|severity| finding(1, severity));
    let step = Incidents::default().step([], found, &all(), at("2026-03-01T10:00"));
    let severities: Vec<_> = step
        .opened
        .iter()
        .map(|opened| opened.incident.severity)
        .collect();
    assert_eq!(severities, [Severity::Critical]);
}

proptest! {
    /// A pass over some accounts, with some rules, after a pass over all.
    #[test]
    fn only_what_was_looked_at_can_be_over(
        open in btree_map(0_u8..8, 0_usize..4, 0..8),
        found in btree_map(0_u8..8, 0_usize..4, 0..8),
        touched in prop::collection::btree_set(0_u8..8, 0..8),
        with_rule: bool,
    ) {
        let findings = |of: &std::collections::BTreeMap<u8, usize>| -> Vec<Finding> {
            of.iter().map(|(number, severity)| finding(*number, Severity::ALL[*severity])).collect()
        };
        let incidents = Incidents::default();
        let start = at("2026-03-01T10:00");
        let before = incidents.step([], findings(&open), &all(), start).opened;
        let before = before.into_iter().map(|standing| standing.incident);
        let rules = if with_rule { vec![RuleId::A01] } else { vec![RuleId::A02] };
        let looked = Looked::touched(rules, touched.iter().map(|number| account(*number)));
        let step = incidents.step(before, findings(&found), &looked, at("2026-03-01T11:00"));
        let numbers = |keys: Vec<&Incident>| -> BTreeSet<u8> {
            keys.iter().map(|incident| incident.account.as_ref().unwrap().as_str().parse().unwrap())
                .collect()
        };
        let opened = numbers(step.opened.iter().map(|standing| &standing.incident).collect());
        let still = numbers(step.still.iter().map(|standing| &standing.incident).collect());
        let closed = numbers(step.closed.iter().collect());
        for number in 0..8_u8 {
            let (was, is) = (open.contains_key(&number), found.contains_key(&number));
            let seen = with_rule && touched.contains(&number);
            prop_assert_eq!(opened.contains(&number), is && !was);
            prop_assert_eq!(still.contains(&number), was && (is || !seen));
            prop_assert_eq!(closed.contains(&number), was && !is && seen);
        }
    }
}

#[test]
fn an_equation_and_a_check_of_drives_leave_each_other_s_incidents_alone() {
    let drive = || "9999078900000001".parse().unwrap();
    let gap = |number| {
        let marks = [DocumentMark {
            number: DocumentNumber(number),
            sign: FiscalSign(1),
        }];
        let report = NumberReport::of(drive(), marks, marks, marks, DocumentNumber(0), 9).unwrap();
        report.finding()
    };
    let shift = |number| {
        let differences = [ShiftDifference::Documents(number, 1)];
        shift_finding(drive(), ShiftNumber(5), &differences)
    };
    let incidents = Incidents::default();
    let now = at("2026-03-01T10:00");
    let both = gap(7).into_iter().chain(shift(2));
    let open = incidents.step([], both, &all(), now).opened;
    let open: Vec<Incident> = open.into_iter().map(|standing| standing.incident).collect();
    let closed = |looked: &Looked| -> Vec<String> {
        let step = incidents.step(open.clone(), [], looked, now);
        step.closed.iter().map(|it| it.key.to_string()).collect()
    };
    assert_eq!(
        closed(&Looked::elsewhere([RuleId::A07])),
        ["A07:drive:9999078900000001"]
    );
    assert_eq!(
        closed(&Looked::equation(EquationId::E3, "9999078900000001:5")),
        ["A07:equation:E3:9999078900000001:5"]
    );
    assert!(closed(&Looked::equation(EquationId::E3, "9999078900000001:6")).is_empty());
}
