//! A history that goes through the journal ends as the same history in memory: nothing that the
//! engine's plans change is lost or bent on its way through rows and back, also over restarts.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod world;

use engine::{
    Account, Before, Config, EventKind, ExplicitItem, ExplicitTarget, Identify, MoneyKind, Move,
    Recalc, RecalcTo, Refund, RefundOf, Setup, Unidentified, UnidentifiedChange, WriteOff,
    WriteOffItem, WriteOffTarget,
};
use journal::{Asked, NewOperation, Submitted};
use proptest::prelude::*;
use terms::Kopecks;
use world::{Journal, account, as_payment, charge, internet, operation, payment};

const ACCOUNTS: u8 = 3;

#[derive(Clone, Debug)]
enum Step {
    Pay {
        to: u8,
        kopecks: i64,
        explicit: bool,
    },
    PayNobody {
        kopecks: i64,
    },
    Identify {
        which: usize,
        to: u8,
    },
    Charge {
        to: u8,
        kopecks: i64,
    },
    Refund {
        of: u8,
        kopecks: i64,
    },
    Recalc {
        of: u8,
        kopecks: i64,
    },
    Move {
        from: u8,
        to: u8,
        kopecks: i64,
    },
    WriteOff {
        of: u8,
        kopecks: i64,
    },
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = || 0..ACCOUNTS;
    let kopecks = || 1_i64..5_000;
    let step = prop_oneof![
        4 => (number(), kopecks(), any::<bool>())
            .prop_map(|(to, kopecks, explicit)| Step::Pay { to, kopecks, explicit }),
        1 => kopecks().prop_map(|kopecks| Step::PayNobody { kopecks }),
        1 => (0..4_usize, number()).prop_map(|(which, to)| Step::Identify { which, to }),
        4 => (number(), kopecks()).prop_map(|(to, kopecks)| Step::Charge { to, kopecks }),
        2 => (number(), kopecks()).prop_map(|(of, kopecks)| Step::Refund { of, kopecks }),
        2 => (number(), kopecks()).prop_map(|(of, kopecks)| Step::Recalc { of, kopecks }),
        2 => (number(), number(), kopecks())
            .prop_map(|(from, to, kopecks)| Step::Move { from, to, kopecks }),
        1 => (number(), kopecks()).prop_map(|(of, kopecks)| Step::WriteOff { of, kopecks }),
        1 => Just(Step::Restart),
    ];
    prop::collection::vec(step, 1..40)
}

/// The same accounts and money of nobody, in memory.
struct Model {
    setup: Setup,
    state: Before,
}

impl Model {
    fn new() -> Self {
        let services = [("INET".parse().unwrap(), internet())].into();
        let accounts = (0..10).map(|number| (account(number), Account::new(account(number))));
        Self {
            setup: Setup {
                config: Config::default(),
                services,
            },
            state: Before {
                accounts: accounts.collect(),
                ..Before::default()
            },
        }
    }

    /// Whether the engine takes it; then the model changes as its plan says.
    fn apply(&mut self, operation: &NewOperation) -> Result<usize, &'static str> {
        let Asked::Event(event) = &operation.asked else {
            panic!("only events here")
        };
        let plan =
            engine::apply(&self.setup, &self.state, event).map_err(|refusal| refusal.code())?;
        for account in plan.accounts {
            self.state.accounts.insert(account.number.clone(), account);
        }
        match plan.unidentified {
            UnidentifiedChange::None => {}
            UnidentifiedChange::Add(money) => self.state.unidentified.push(money),
            UnidentifiedChange::Remove(id) => {
                self.state
                    .unidentified
                    .retain(|money: &Unidentified| money.id != id);
            }
        }
        Ok(plan.receipts.len())
    }

    fn operation(&self, key: &str, step: &Step) -> Option<NewOperation> {
        let money = |kopecks: i64| Kopecks::new(kopecks).unwrap();
        let first_debt = |number: u8| {
            self.state.accounts[&account(number)]
                .debts
                .first()
                .map(|debt| debt.id.clone())
        };
        let inet = || "INET".parse().unwrap();
        let kind = match *step {
            Step::Pay {
                to,
                kopecks,
                explicit,
            } => {
                let mut paid = payment(key, to, kopecks);
                if let (Some(debt), true) = (first_debt(to), explicit) {
                    let (target, amount) = (ExplicitTarget::Debt(debt), money(1));
                    let item = ExplicitItem { target, amount };
                    as_payment(&mut paid).explicit.push(item);
                }
                return Some(paid);
            }
            Step::PayNobody { kopecks } => {
                let mut paid = payment(key, 0, kopecks);
                as_payment(&mut paid).account = None;
                return Some(paid);
            }
            Step::Charge { to, kopecks } => return Some(charge(key, to, kopecks)),
            Step::Identify { which, to } => EventKind::Identify(Identify {
                payment: self.state.unidentified.get(which)?.id.clone(),
                account: account(to),
            }),
            Step::Refund { of, kopecks } => EventKind::Refund(Refund {
                account: account(of),
                of: RefundOf::Advance {
                    service: Some(inet()),
                    period: None,
                },
                amount: money(kopecks),
                kind: MoneyKind::Cashless,
                lost_date: None,
            }),
            Step::Recalc { of, kopecks } => EventKind::Recalc(Recalc {
                account: account(of),
                service: inet(),
                period: "2026-10".parse().unwrap(),
                delta: money(-kopecks),
                to: RecalcTo::Advance,
                kind: None,
            }),
            Step::Move { from, to, kopecks } => EventKind::Move(Move {
                from_account: account(from),
                from_service: Some(inet()),
                to_account: account(to),
                to_service: Some(inet()),
                to_debt: first_debt(to),
                amount: money(kopecks),
                payer_order: true,
            }),
            Step::WriteOff { of, kopecks } => EventKind::WriteOff(WriteOff {
                account: account(of),
                reason: "limitation".to_owned(),
                items: vec![WriteOffItem {
                    target: WriteOffTarget::Debt(first_debt(of)?),
                    amount: money(kopecks),
                }],
            }),
            Step::Restart => return None,
        };
        Some(operation(key, kind, key))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_the_journal_keeps_is_what_the_plans_said(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path());
        let mut model = Model::new();
        for (index, step) in steps.iter().enumerate() {
            let Some(operation) = model.operation(&format!("K{index}"), step) else {
                if matches!(step, Step::Restart) {
                    drop(journal);
                    journal = Journal::open(folder.path());
                }
                continue;
            };
            let expected = model.apply(&operation);
            match (journal.submit_one(operation), expected) {
                (Submitted::Accepted { receipts, .. }, Ok(count)) => {
                    prop_assert_eq!(receipts.len(), count);
                }
                (Submitted::Refused(refused), Err(code)) => prop_assert_eq!(refused.code, code),
                (other, expected) => prop_assert!(false, "{other:?} instead of {expected:?}"),
            }
        }
        for (number, account) in &model.state.accounts {
            let stored = journal.reader.account(number).unwrap().unwrap().account;
            prop_assert_eq!(&stored, account);
        }
        prop_assert_eq!(journal.findings(), []);
    }
}
