//! What agents pay on to suppliers: not a kopeck is lost or paid on twice, whatever happens in which
//! order.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::collections::BTreeMap;

use cassette::{Signed, Task};
use engine::{
    Agent, EventKind, ExplicitItem, ExplicitTarget, MoneyKind, Refund, RefundOf, Service,
};
use journal::{NewPayouts, PayoutEnded, PayoutState, Submitted};
use proptest::prelude::*;
use terms::{Id, Kopecks};
use world::*;

/// Two services of suppliers and one of our own.
const SERVICES: [(&str, Option<&str>); 3] = [
    ("HEAT", Some("7707083893")),
    ("COLD", Some("7704211201")),
    ("INET", None),
];

#[derive(Clone, Debug)]
enum Step {
    Pay(usize, i64),
    Refund(usize, i64),
    /// The next receipt becomes a document.
    Form,
    /// The next document is confirmed.
    Confirm,
    Make,
    Agree,
    Drop,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 1..100_000_i64).prop_map(|(of, sum)| Step::Pay(of, sum)),
        2 => (0..3_usize, 1..60_000_i64).prop_map(|(of, sum)| Step::Refund(of, sum)),
        4 => Just(Step::Form),
        4 => Just(Step::Confirm),
        2 => Just(Step::Make),
        1 => Just(Step::Agree),
        1 => Just(Step::Drop),
    ]
}

fn signed() -> Signed {
    Signed {
        by: "Бухгалтер".to_owned(),
        reason: "п/п 17".to_owned(),
        key: None,
    }
}

fn service(supplier: Option<&str>) -> Service {
    let agent = |inn: &str| Agent {
        kind: 4,
        supplier_inn: inn.parse().unwrap(),
        supplier_name: format!("Поставщик {inn}"),
        supplier_phone: "+78120000000".to_owned(),
    };
    Service {
        agent: supplier.map(agent),
        ..internet()
    }
}

/// The journal, and what is expected of it.
struct World {
    journal: Journal,
    waiting: Vec<Id>,
    formed: u32,
    confirmed: u32,
    /// What came less what went back, by supplier.
    brought: BTreeMap<String, i64>,
    key: u32,
}

impl World {
    fn new(folder: &std::path::Path) -> Self {
        let journal = Journal::open(folder);
        let services = SERVICES.iter();
        let services = services.map(|(code, of)| (code.parse().unwrap(), service(*of)));
        let services = services.collect();
        ask(|reply| journal.writer.put_services(services, None, reply)).unwrap();
        journal.store(intent(1, 1, Task::OpenShift)).unwrap();
        journal.store(formed(1, 1, Task::OpenShift)).unwrap();
        Self {
            journal,
            waiting: Vec::new(),
            formed: 1,
            confirmed: 0,
            brought: BTreeMap::new(),
            key: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Pay(of, sum) => self.pay(of, sum),
            Step::Refund(of, sum) => self.refund(of, sum),
            Step::Form => self.form(),
            Step::Confirm if self.confirmed < self.formed => {
                self.confirmed += 1;
                self.journal.store(acknowledged(1, self.confirmed)).unwrap();
            }
            Step::Confirm => {}
            Step::Make => self.make(),
            Step::Agree => self.end(true),
            Step::Drop => self.end(false),
        }
    }

    fn submit(&mut self, of: usize, kind: EventKind, sum: i64) {
        self.key += 1;
        let key = format!("K{}", self.key);
        let submitted = self.journal.submit_one(operation(&key, kind, &key));
        let receipts = match submitted {
            Submitted::Accepted { receipts, .. } => receipts,
            // More than is there cannot go back.
            Submitted::Refused(_) => return,
            other => panic!("{other:?}"),
        };
        self.waiting.extend(receipts);
        if let Some(supplier) = SERVICES[of].1 {
            *self.brought.entry(supplier.to_owned()).or_default() += sum;
        }
    }

    fn pay(&mut self, of: usize, sum: i64) {
        let mut paid = payment("", 0, sum);
        as_payment(&mut paid).explicit = vec![ExplicitItem {
            target: ExplicitTarget::Advance(Some(SERVICES[of].0.parse().unwrap())),
            amount: Kopecks::new(sum).unwrap(),
        }];
        let kind = EventKind::Payment(as_payment(&mut paid).clone());
        self.submit(of, kind, sum);
    }

    fn refund(&mut self, of: usize, sum: i64) {
        let kind = EventKind::Refund(Refund {
            account: account(0),
            of: RefundOf::Advance {
                service: Some(SERVICES[of].0.parse().unwrap()),
                period: None,
            },
            amount: Kopecks::new(sum).unwrap(),
            kind: MoneyKind::Cashless,
            lost_date: None,
        });
        self.submit(of, kind, -sum);
    }

    fn form(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let receipt = self.waiting.remove(0);
        self.formed += 1;
        let task = receipt_task(receipt);
        self.journal
            .store(intent(1, self.formed, task.clone()))
            .unwrap();
        self.journal.store(formed(1, self.formed, task)).unwrap();
    }

    fn make(&self) {
        let new = NewPayouts {
            period: "2026-11".parse().unwrap(),
            supplier: None,
            signed: signed(),
        };
        for made in ask(|reply| self.journal.writer.make_payouts(new, reply)).unwrap() {
            assert!(
                made.amount.is_positive() && made.state == PayoutState::Draft,
                "{made:?}"
            );
        }
    }

    /// Ends the oldest draft.
    fn end(&self, agree: bool) {
        let payouts = self.journal.reader.payouts(None, 1_000).unwrap();
        let mut drafts = payouts.iter().rev();
        let Some(draft) = drafts.find(|payout| payout.state == PayoutState::Draft) else {
            return;
        };
        let end = || {
            let writer = &self.journal.writer;
            ask(|reply| writer.end_payout(draft.id, agree, signed(), reply)).unwrap()
        };
        assert!(matches!(end(), PayoutEnded::Done(_)));
        assert!(
            matches!(end(), PayoutEnded::NoDraft(_)),
            "nothing is ended twice"
        );
    }

    fn check(&self) {
        let standings = self.journal.reader.supplier_standings().unwrap();
        let all: BTreeMap<String, i64> = standings
            .iter()
            .map(|it| {
                let sums = [it.ready, it.pending, it.drafted, it.agreed];
                (
                    it.supplier.to_string(),
                    sums.iter().map(|sum| sum.get()).sum(),
                )
            })
            .collect();
        assert_eq!(all, self.brought);
        let paid: i64 = standings.iter().map(|it| it.agreed.get()).sum();
        let payouts = self.journal.reader.payouts(None, 1_000).unwrap();
        let agreed = payouts.iter().filter(|it| it.state == PayoutState::Agreed);
        assert_eq!(paid, agreed.map(|it| it.amount.get()).sum::<i64>());
        assert_eq!(self.journal.findings(), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn what_is_paid_on_and_what_waits_is_what_came_less_what_went_back(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut world = World::new(folder.path());
        for step in &steps {
            world.step(step);
        }
        world.check();
        // In the end everything is confirmed and paid on, but for what is below zero.
        while !world.waiting.is_empty() {
            world.form();
        }
        while world.confirmed < world.formed {
            world.step(&Step::Confirm);
        }
        world.make();
        for _ in 0..world.journal.reader.payouts(None, 1_000).unwrap().len() {
            world.end(true);
        }
        world.check();
        for standing in world.journal.reader.supplier_standings().unwrap() {
            prop_assert!(!standing.ready.is_positive() && standing.pending.is_zero());
            prop_assert!(standing.drafted.is_zero());
        }
    }
}

#[test]
fn the_check_finds_lines_that_are_lost_or_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(folder.path());
    for _ in 0..2 {
        world.step(&Step::Pay(0, 10_000));
        world.step(&Step::Form);
    }
    for _ in 0..3 {
        world.step(&Step::Confirm);
    }
    world.step(&Step::Make);
    world.check();
    let database = rusqlite::Connection::open(world.journal.reader.database()).unwrap();
    for (damage, mended, says) in [
        (
            "update payout_line set amount = amount + 1",
            "update payout_line set amount = amount - 1",
            "are not what the receipt says",
        ),
        (
            "update payout set amount = amount + 1",
            "update payout set amount = amount - 1",
            "its lines are",
        ),
        (
            "update payout_line set payout = null",
            "update payout_line set payout = 1",
            "its lines are 0",
        ),
    ] {
        database.execute_batch(damage).unwrap();
        let found = world.journal.findings();
        let fits = |it: &journal::Finding| it.invariant == "S8" && it.what.contains(says);
        assert!(found.iter().any(fits), "{damage}: {found:?}");
        database.execute_batch(mended).unwrap();
        assert_eq!(world.journal.findings(), []);
    }
}
