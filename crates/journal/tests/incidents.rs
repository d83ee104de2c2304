//! The life of incidents and of the notices that tell of them, by a clock of the test's own.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::{
    collections::BTreeSet,
    sync::{Arc, mpsc},
};

use audit::{Finding, IncidentKey, Looked, Object, RuleId, Severity, Sum, Tempos, Text, Value};
use journal::{
    Actor, Due, IncidentAct, IncidentOrder, IncidentRefusal, IncidentRow, IncidentSlice,
    IncidentState, IncidentWhat, IncidentsChanged, IncidentsOf, NoticeAttempt, NoticeOutcome,
    NoticeReason, NoticeState, Order, Page, Reader, Reply, Scribe, Store, TrailOf, WhoIsTold,
    Writer,
};
use proptest::prelude::*;
use tempfile::TempDir;
use world::Ledger;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Noon of 23 November 2026 in Moscow.
const NOON: i64 = 1_795_424_400_000;

struct Watch {
    writer: Writer,
    scribe: Scribe,
    reader: Reader,
    now: i64,
    _folder: TempDir,
}

impl Watch {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let opened = Writer::with_scribe(&store, Ledger::default(), NOON, |_, _| ());
        let (writer, scribe) = opened.unwrap();
        Self {
            writer,
            scribe,
            reader: Reader::new(store),
            now: NOON,
            _folder: folder,
        }
    }

    fn ask<T: Send + 'static>(&mut self, command: impl FnOnce(&Writer, Reply<T>)) -> T {
        let (reply, answer) = mpsc::channel();
        let reply = move |value| {
            let _ = reply.send(value);
        };
        command(&self.writer, Box::new(reply));
        self.scribe.write_batch(self.now);
        answer.recv().unwrap().unwrap()
    }

    /// A pass with A06 and A04 over everything.
    fn pass(&mut self, findings: Vec<Finding>) -> IncidentsChanged {
        let looked = Looked::everywhere([RuleId::A04, RuleId::A06]);
        let open = self.reader.lasting_incidents(&looked).unwrap();
        self.take(findings, open, looked)
    }

    /// Nothing is looked at; it is time to tell again.
    fn tick(&mut self) -> IncidentsChanged {
        let keys = self.reader.incidents_to_tell(&Tempos::default(), self.now);
        self.take(Vec::new(), keys.unwrap(), Looked::default())
    }

    fn take(
        &mut self,
        findings: Vec<Finding>,
        open: BTreeSet<IncidentKey>,
        looked: Looked,
    ) -> IncidentsChanged {
        let slice = IncidentSlice {
            findings,
            open,
            looked: Arc::new(looked),
            tempos: Tempos::default(),
            utc_offset: 10_800,
        };
        self.ask(|writer, reply| writer.take_findings(slice, told(), reply))
    }

    fn act(&mut self, incident: i64, act: IncidentAct) -> Result<(), IncidentRefusal> {
        let order = IncidentOrder {
            incident,
            act,
            by: "Ольга".to_owned(),
            why: "ждём банк".to_owned(),
            api_key: None,
            actor: Some(Actor {
                person: None,
                login: "olga".to_owned(),
                address: None,
            }),
        };
        self.ask(|writer, reply| writer.order_about_incident(order, told(), reply))
    }

    fn incident(&self, id: i64) -> IncidentRow {
        self.reader.incident(id).unwrap().unwrap()
    }

    /// Why somebody was told of an incident, and where that notice stands.
    fn notices(&self, incident: i64) -> Vec<(NoticeReason, NoticeState, u64)> {
        let notices = self.reader.notices_about(incident).unwrap();
        let shown = notices.iter().map(|it| (it.reason, it.state, it.incidents));
        shown.collect()
    }

    fn history(&self, incident: i64) -> Vec<IncidentWhat> {
        let events = self.reader.incident_events(incident).unwrap();
        events.iter().map(|event| event.what).collect()
    }

    fn list(&self, of: &IncidentsOf) -> Vec<i64> {
        let page = Page {
            after: None,
            order: Order::Ascending,
            limit: 1_000,
        };
        let listed = self.reader.incidents(of, &page).unwrap();
        listed.rows.iter().map(|row| row.id).collect()
    }
}

/// One channel hears of everything, five minutes later.
fn told() -> WhoIsTold {
    Arc::new(|about| {
        vec![Due {
            channel: "mail".to_owned(),
            at: about.now + 5 * MINUTE,
        }]
    })
}

fn finding(rule: RuleId, severity: Severity, account: &str) -> Finding {
    Finding {
        rule,
        severity,
        object: Object::Account(account.parse().unwrap()),
        what: Text::new(format!("Счёт {account}: ДВА платежа"), "Two payments"),
        numbers: vec![
            ("amount", Value::Money(Sum(-150_050))),
            ("share", Value::Share(1_234)),
            ("date", Value::Date("2026-11-23".parse().unwrap())),
            ("since", Value::Moment("2026-11-23T12:00".parse().unwrap())),
            ("months", Value::Period("2026-11".parse().unwrap())),
            ("hold", Value::Flag(true)),
            ("times", Value::Count(3)),
            ("reference", Value::Words("R-1 «x»".to_owned())),
        ],
    }
}

fn double(account: &str) -> Finding {
    finding(RuleId::A06, Severity::Medium, account)
}

#[test]
fn an_incident_lives_from_its_finding_to_its_end_and_is_told_as_its_severity_asks() {
    use NoticeReason::{Closed, Escalated, Opened, Repeated};
    let mut watch = Watch::new();
    let found = finding(RuleId::A04, Severity::Critical, "0012");
    assert_eq!(watch.pass(vec![found.clone()]).opened, 1);
    let row = watch.incident(1);
    assert_eq!(
        (row.state, row.severity),
        (IncidentState::Open, Severity::Critical)
    );
    assert_eq!(row.object, "account:0012");
    let numbers = found.numbers.iter();
    let numbers: Vec<_> = numbers
        .map(|(name, it)| ((*name).to_owned(), it.clone()))
        .collect();
    assert_eq!(row.found.numbers, numbers);
    // Found again a minute later it is the same.
    watch.now += MINUTE;
    assert_eq!(watch.pass(vec![found.clone()]), IncidentsChanged::default());
    assert_eq!(watch.incident(1).seen_at, watch.now);
    // After half an hour that nobody takes it on, the next ones are told; three times.
    for escalation in 1..=3 {
        watch.now = watch.incident(1).told_at + 29 * MINUTE;
        assert_eq!(watch.tick().told, 0);
        watch.now += MINUTE;
        assert_eq!(watch.tick().told, 1);
        assert_eq!(watch.incident(1).escalations, escalation);
    }
    watch.now += HOUR;
    assert_eq!(watch.tick().told, 1);
    let reasons =
        |watch: &Watch| -> Vec<_> { watch.notices(1).iter().map(|notice| notice.0).collect() };
    // What is still gathered is one message.
    assert_eq!(reasons(&watch), [Opened, Escalated, Repeated]);
    // Who has taken it on is not told again.
    watch.act(1, IncidentAct::Acknowledge).unwrap();
    watch.now += 48 * HOUR;
    assert_eq!(watch.tick().told, 0);
    // Where nobody has looked, nothing is over.
    let elsewhere = Looked::everywhere([RuleId::A06]);
    watch.take(Vec::new(), [row.key.clone()].into(), elsewhere);
    assert_eq!(watch.incident(1).state, IncidentState::Acknowledged);
    assert_eq!(watch.pass(Vec::new()).closed, 1);
    assert_eq!(watch.incident(1).closed_at, Some(watch.now));
    assert_eq!(reasons(&watch), [Opened, Escalated, Repeated, Closed]);
    // Found again it is a new one.
    assert_eq!(watch.pass(vec![found]).opened, 1);
    assert_eq!(watch.incident(2).key, row.key);
    assert_eq!(watch.reader.verify().unwrap().findings, []);
}

#[test]
fn what_grows_worse_is_nobodys_again_and_told_though_it_is_muted() {
    let mut watch = Watch::new();
    watch.pass(vec![double("1")]);
    watch.act(1, IncidentAct::Acknowledge).unwrap();
    let until = watch.now + 10 * HOUR;
    watch.act(1, IncidentAct::Mute(until)).unwrap();
    assert_eq!(watch.incident(1).state, IncidentState::Muted);
    watch.now += HOUR;
    let worse = finding(RuleId::A06, Severity::High, "1");
    let changed = watch.pass(vec![worse.clone()]);
    assert_eq!((changed.changed, changed.told), (1, 1));
    let row = watch.incident(1);
    assert_eq!(
        (row.state, &row.acknowledged),
        (IncidentState::Muted, &None)
    );
    // A lesser finding of the same key changes nothing; alone, it eases.
    watch.pass(vec![double("1"), worse]);
    watch.pass(vec![double("1")]);
    watch.now = until;
    watch.tick();
    assert_eq!(watch.incident(1).state, IncidentState::Open);
    use IncidentWhat::{Acknowledged, Eased, Muted, Opened, Unmuted, Worsened};
    let expected = [Opened, Acknowledged, Muted, Worsened, Eased, Unmuted];
    assert_eq!(watch.history(1), expected);
    assert_eq!(
        watch.act(1, IncidentAct::Unmute),
        Err(IncidentRefusal::NotMuted(1))
    );
    watch.act(1, IncidentAct::Resolve).unwrap();
    assert_eq!(
        watch.act(1, IncidentAct::Acknowledge),
        Err(IncidentRefusal::Over(1))
    );
    assert_eq!(
        watch.act(7, IncidentAct::Resolve),
        Err(IncidentRefusal::Unknown(7))
    );
    // What a person did is in the trail, what was refused is not.
    let page = Page {
        after: None,
        order: Order::Ascending,
        limit: 10,
    };
    let trail = watch.reader.trail(&TrailOf::default(), &page).unwrap();
    let acts: Vec<_> = trail.rows.iter().map(|row| row.act.as_str()).collect();
    assert_eq!(
        acts,
        [
            "incident_acknowledged",
            "incident_muted",
            "incident_resolved"
        ]
    );
    assert_eq!(trail.rows[0].object, "1 A06:account:1");
}

#[test]
fn thousands_of_incidents_become_one_message_that_is_sealed_once_and_told_once() {
    let mut watch = Watch::new();
    let all: Vec<_> = (0..5_000)
        .map(|number| double(&number.to_string()))
        .collect();
    for slice in all.chunks(256) {
        let looked = Looked::everywhere([RuleId::A06]);
        watch.take(slice.to_vec(), BTreeSet::new(), looked);
    }
    let seal = |watch: &mut Watch| watch.ask(|writer, reply| writer.seal_notices(reply));
    assert_eq!(seal(&mut watch), 0, "it is gathered for five minutes");
    watch.now += 5 * MINUTE;
    assert_eq!(seal(&mut watch), 1);
    let due = watch.reader.due_notices("mail", watch.now, 10).unwrap();
    let [notice] = &due[..] else {
        panic!("{due:?}")
    };
    assert_eq!(notice.incidents, 5_000);
    assert_eq!(
        watch
            .reader
            .incidents_of_notice(notice.id, 20)
            .unwrap()
            .len(),
        20
    );
    // What comes now is another message.
    watch.pass(vec![double("new")]);
    assert_eq!(watch.notices(5_001).last().unwrap().2, 1);
    let id = notice.id;
    let end = |watch: &mut Watch, outcome| {
        let attempt = NoticeAttempt {
            answer: "421 later".to_owned(),
            outcome,
        };
        watch.ask(|writer, reply| writer.notice_attempted(id, attempt, reply));
    };
    let later = watch.now + HOUR;
    end(&mut watch, NoticeOutcome::Again(later));
    assert!(
        watch
            .reader
            .due_notices("mail", later - 1, 10)
            .unwrap()
            .is_empty()
    );
    let again = watch.reader.due_notices("mail", later, 10).unwrap();
    assert_eq!((again[0].id, again[0].attempts), (id, 1));
    end(&mut watch, NoticeOutcome::Dead);
    assert_eq!(
        watch.reader.dead_notices(10).unwrap()[0]
            .last
            .as_ref()
            .unwrap()
            .1,
        "421 later"
    );
    watch.ask(|writer, reply| writer.replay_notices(None, reply));
    assert_eq!(
        watch.reader.due_notices("mail", watch.now, 10).unwrap()[0].id,
        id
    );
    end(&mut watch, NoticeOutcome::Told);
    assert!(
        watch
            .reader
            .due_notices("mail", i64::MAX, 10)
            .unwrap()
            .iter()
            .all(|it| it.id != id)
    );
    assert_eq!(watch.reader.verify().unwrap().findings, []);
}

#[test]
fn lists_find_incidents_by_what_is_known_of_them() {
    let mut watch = Watch::new();
    watch.pass(vec![
        double("1"),
        finding(RuleId::A04, Severity::Critical, "1"),
        finding(RuleId::A04, Severity::High, "2"),
    ]);
    // By key: A04 of 1, A04 of 2, A06 of 1.
    watch.act(2, IncidentAct::Resolve).unwrap();
    watch.act(3, IncidentAct::Acknowledge).unwrap();
    let all = IncidentsOf::default();
    for (of, expected) in [
        (all.clone(), vec![1, 2, 3]),
        (
            IncidentsOf {
                lasting: true,
                ..all.clone()
            },
            vec![1, 3],
        ),
        (
            IncidentsOf {
                state: Some(IncidentState::Resolved),
                ..all.clone()
            },
            vec![2],
        ),
        (
            IncidentsOf {
                state: Some(IncidentState::Open),
                ..all.clone()
            },
            vec![1],
        ),
        (
            IncidentsOf {
                severity: Some(Severity::Medium),
                ..all.clone()
            },
            vec![3],
        ),
        (
            IncidentsOf {
                severity_from: Some(Severity::High),
                ..all.clone()
            },
            vec![1, 2],
        ),
        (
            IncidentsOf {
                rule: Some(RuleId::A04),
                ..all.clone()
            },
            vec![1, 2],
        ),
        (
            IncidentsOf {
                account: Some("1".parse().unwrap()),
                ..all.clone()
            },
            vec![1, 3],
        ),
        (
            IncidentsOf {
                text: Some("СЧЁТ 2: два".to_owned()),
                ..all.clone()
            },
            vec![2],
        ),
        (
            IncidentsOf {
                text: Some("%".to_owned()),
                ..all.clone()
            },
            vec![],
        ),
    ] {
        assert_eq!(watch.list(&of), expected, "{of:?}");
    }
    let counted = watch.reader.incident_count().unwrap();
    assert_eq!((counted.open(), counted.in_hand), (1, 1));
    assert_eq!(counted.open_of(Severity::Critical), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever passes find and people do, at most one incident of a key lasts, what was found in
    /// the last pass lasts unless a person has ended it, and nothing else does.
    #[test]
    fn what_lasts_is_what_was_found_last(steps in prop::collection::vec(
        (prop::collection::btree_map(0_u8..6, 0_usize..4, 0..6), 0_i64..3 * HOUR, 0_u8..5, 1_i64..12),
        1..12,
    )) {
        let mut watch = Watch::new();
        for (found, wait, act, incident) in steps {
            watch.now += wait;
            watch.tick();
            let findings = found.iter().map(|(account, severity)| {
                finding(RuleId::A06, Severity::ALL[*severity], &account.to_string())
            });
            watch.pass(findings.collect());
            let lasting = |watch: &Watch| {
                let of = IncidentsOf { lasting: true, ..IncidentsOf::default() };
                let ids = watch.list(&of).into_iter();
                ids.map(|id| watch.incident(id)).collect::<Vec<_>>()
            };
            let rows = lasting(&watch);
            let accounts: Vec<_> = rows.iter().map(|row| row.account.clone().unwrap()).collect();
            let unique: BTreeSet<_> = accounts.iter().map(ToString::to_string).collect();
            prop_assert_eq!(unique.len(), accounts.len());
            let expected: BTreeSet<_> = found.keys().map(ToString::to_string).collect();
            prop_assert_eq!(unique, expected);
            for row in &rows {
                let account: u8 = row.account.as_ref().unwrap().as_str().parse().unwrap();
                prop_assert_eq!(row.severity, Severity::ALL[found[&account]]);
            }
            let act = match act {
                0 => IncidentAct::Acknowledge,
                1 => IncidentAct::Mute(watch.now + HOUR),
                2 => IncidentAct::Unmute,
                3 => IncidentAct::Resolve,
                _ => continue,
            };
            let before = rows.len();
            let done = watch.act(incident, act);
            let gone = usize::from(done.is_ok() && act == IncidentAct::Resolve);
            prop_assert_eq!(lasting(&watch).len(), before - gone);
        }
        prop_assert_eq!(watch.reader.verify().unwrap().findings, []);
    }
}
