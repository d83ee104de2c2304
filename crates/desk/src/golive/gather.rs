//! Where the facts come from: the journal, the cassette, the machine, and what is outside.

use std::{path::Path, process::Command, sync::PoisonError, time::Duration};

use cassette::{SlotId, SlotState};
use engine::{OffsetMode, Postpaid};
use journal::{Order, Page};
use terms::{Inn, Rnm};

use super::{
    Kept,
    balances::Comparison,
    exercise::{BENCH_SERIAL, exercise},
    facts::{
        Afterwards, BalancesCompared, DiskFacts, Facts, LinkFacts, LinkState, Outside, PersonFacts,
        RegisteredFacts, SlotFacts, Volume, WebhookFacts,
    },
};
use crate::{
    Desk, DeskError, Grade, KnownDrive, Presence, Setup, SlotView, Tried, WebhookState,
    examine_operators, read_balances,
};

/// Accounts without a contact that are named.
const CONTACTLESS: u32 = 10;
/// Accounts that are read at a time.
const ACCOUNTS_AT_ONCE: u32 = 1_000;
/// How long the time service may take to answer.
const TIME_SERVICE: Duration = Duration::from_secs(3);
/// What systemd-timesyncd leaves once the clock is right.
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";
const DAY_MINUTES: i64 = 24 * 60;

impl Desk {
    /// All that the checks are judged by; what is outside as it was seen last.
    pub(super) async fn golive_facts(&self) -> Result<Facts, DeskError> {
        let setup = self.setup();
        let now = self.clock().local();
        let engine = self.engine_setup().await?;
        let contacts = self.read_aside(|reader| reader.contact_count(CONTACTLESS));
        let contacts = contacts.await?;
        let plan = self.reader().golive_plan()?;
        let told = plan.as_ref().and_then(|plan| plan.receipts_a_month);
        let slots = self.cassette().await?.slots;
        let people = self.people()?.into_iter();
        let webhooks = self.webhooks()?.into_iter();
        let has_confirmed = self.read_aside(journal::Reader::has_confirmed_receipt);
        let Kept {
            outside,
            balances,
            backups,
        } = self.kept();
        Ok(Facts {
            now,
            now_ms: self.clock().unix_ms(),
            switch_on: plan.as_ref().map(|plan| plan.switch_on),
            inn: setup.organisation.inn,
            tax_systems: setup.organisation.tax_systems,
            volume: volume(setup, told, contacts.accounts),
            contacts,
            slots: slots
                .into_iter()
                .map(|slot| slot_facts(slot, now))
                .collect(),
            is_clock_synchronised: is_clock_synchronised().await,
            keys: self.keys().await?,
            webhooks: webhooks
                .filter(|it| it.state != WebhookState::Removed)
                .map(|it| WebhookFacts {
                    is_active: it.state == WebhookState::Active,
                    name: it.name,
                })
                .collect(),
            people: people
                .filter(|person| person.disabled_at.is_none())
                .map(|person| PersonFacts {
                    roles: person.roles,
                    has_factor: person.has_factor,
                })
                .collect(),
            backups,
            disk: disk(&setup.folder),
            receipts: self.golive_receipts(engine.clone()).await?,
            services: engine.services,
            outside,
            balances,
            afterwards: Afterwards {
                has_confirmed: has_confirmed.await?,
                undecided: self.reader().standing()?.receipts.len() as u64,
            },
        })
    }

    /// Tries every kind of receipt in memory.
    async fn golive_receipts(
        &self,
        services: engine::Setup,
    ) -> Result<Vec<super::TestReceipt>, DeskError> {
        let inn = self.setup().organisation.inn;
        let rnm = Rnm::compose(1, inn, BENCH_SERIAL)?;
        let registration = self.registration(SlotId(1), rnm, BENCH_SERIAL, None);
        let (desk, now) = (self.clone(), self.clock().local());
        let codes: Vec<_> = services.services.keys().cloned().collect();
        let failed = move |why: String| {
            let receipt = |service| super::TestReceipt {
                kind: super::TestKind::Advance,
                service,
                supplier: None,
                outcome: super::TestOutcome::Failed(why.clone()),
            };
            codes.into_iter().take(1).map(receipt).collect()
        };
        let registration = match registration {
            Ok(registration) => registration,
            // The texts of the organisation do not fit: no drive can be registered.
            Err(error) => return Ok(failed(error.to_string())),
        };
        let tried = tokio::task::spawn_blocking(move || {
            exercise(desk.setup(), services, registration, now)
        });
        let tried = tried.await.map_err(|_| DeskError::Stopping)?;
        Ok(tried.unwrap_or_else(|error| failed(error.to_string())))
    }

    /// Asks the ОФД of each drive, and writes a test letter to each webhook.
    pub(super) async fn look_outside(&self) -> Result<Outside, DeskError> {
        let mut links = Vec::new();
        for slot in self.cassette().await?.slots {
            if let Some(link) = self.link_of(&slot).await {
                links.push(link);
            }
        }
        let mut letters = Vec::new();
        for webhook in self.webhooks()? {
            if webhook.state == WebhookState::Active {
                let tried = self.try_webhook(&webhook.name).await?;
                letters.push((webhook.name, refused(&tried)));
            }
        }
        Ok(Outside {
            at: self.clock().unix_ms(),
            links,
            letters,
        })
    }

    /// A drive's way to its ОФД; none for a drive that is not registered.
    async fn link_of(&self, slot: &SlotView) -> Option<LinkFacts> {
        let facts = slot.facts.as_ref()?;
        facts.registration.as_ref()?;
        let setup = self.setup();
        // A registration of FFD 1.05 does not tell the ОФД in this answer.
        let own = setup.organisation.ofd.inn;
        let inn: Inn = slot
            .ofd
            .as_ref()
            .and_then(|ofd| ofd.inn.parse().ok())
            .unwrap_or(own);
        let link = |operator: String, state, detail: String| LinkFacts {
            slot: slot.slot,
            operator,
            state,
            detail,
        };
        let Some(operator) = setup.operators().find(|ofd| ofd.inn == inn) else {
            let why = format!("no [[ofd]] of the configuration has ИНН {inn}");
            return Some(link(inn.to_string(), LinkState::Gone, why));
        };
        let drive = KnownDrive {
            number: facts.number(),
            ffd: facts.format(),
            ofd: Some(inn),
        };
        let checkups = examine_operators(setup, &[drive]).await;
        let checkup = checkups.into_iter().find(|it| it.operator.inn == inn)?;
        let worst = checkup.findings.first();
        let state = match (checkup.presence, worst.map(|it| it.grade)) {
            (Presence::Unreachable, _) => LinkState::Gone,
            (_, Some(Grade::Stop | Grade::Look)) => LinkState::Strange,
            _ => LinkState::Fine,
        };
        let detail = worst.map(|it| it.what.clone()).unwrap_or_default();
        Some(link(operator.name.clone(), state, detail))
    }

    /// Compares a table of billing's balances with the journal, account by account.
    pub(super) async fn compare_balances(
        &self,
        table: &str,
    ) -> Result<BalancesCompared, DeskError> {
        let at = self.clock().unix_ms();
        let file = match read_balances(table, &self.services().await?) {
            Ok(file) => file,
            Err(errors) => {
                return Ok(BalancesCompared {
                    at,
                    errors: errors.iter().map(ToString::to_string).collect(),
                    ..BalancesCompared::default()
                });
            }
        };
        let mut comparison = Comparison::with(&file, at)?;
        let mut after = None;
        loop {
            let page = Page {
                after,
                order: Order::Ascending,
                limit: ACCOUNTS_AT_ONCE,
            };
            let listed = self.accounts(journal::AccountsOf::default(), page).await?;
            for account in &listed.rows {
                comparison.take(&account.view.account)?;
            }
            after = listed.next;
            if after.is_none() {
                return Ok(comparison.end());
            }
        }
    }

    /// What was seen outside, and billing's file, as they were last.
    fn kept(&self) -> Kept {
        let kept = self.inner.golive.lock();
        kept.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Receipts of a month: as a person says, or estimated by the accounts and by what the settings make
/// of a charge: a receipt of a payment for each account, and one of a charge, unless charges make
/// none. How often people pay is GENERAL KNOWLEDGE.
fn volume(setup: &Setup, told: Option<u32>, accounts: u64) -> Volume {
    if let Some(told) = told {
        return Volume {
            receipts: told.into(),
            is_told: true,
        };
    }
    let config = &setup.receipts;
    let charges_are_silent =
        config.postpaid == Postpaid::OnPayment && config.offset_mode == OffsetMode::Consolidated;
    let of_account = if charges_are_silent { 1 } else { 2 };
    Volume {
        receipts: accounts * of_account,
        is_told: false,
    }
}

fn slot_facts(slot: SlotView, now: terms::LocalDateTime) -> SlotFacts {
    let facts = slot.facts.as_deref();
    let registration = facts.and_then(|facts| facts.registration.as_ref());
    let exchange = facts.and_then(|facts| facts.exchange.as_ref());
    let waits_since = exchange
        .filter(|_| slot.backlog > 0)
        .and_then(|exchange| exchange.first_time);
    SlotFacts {
        slot: slot.slot,
        can_work: matches!(
            slot.state,
            SlotState::Ready | SlotState::Working | SlotState::Resting
        ),
        reason: Some(match &slot.reason {
            Some(reason) => reason.to_string(),
            None => slot.state.name().to_owned(),
        }),
        emulated: slot.emulated,
        registration: registration.map(|it| RegisteredFacts {
            inn: it.user_inn,
            tax_systems: it.tax_systems,
        }),
        formed: slot.last_document.unwrap_or_default(),
        documents_left: slot.documents_left,
        until: facts.and_then(|facts| facts.until),
        last_time: slot.last_time.as_deref().and_then(|it| it.parse().ok()),
        unconfirmed_days: waits_since.map(|since| now.minutes_since(since) / DAY_MINUTES),
        drive: slot.drive,
    }
}

/// What is wrong with a webhook's answer to a test letter; none: nothing.
fn refused(tried: &Tried) -> Option<String> {
    match tried.status {
        Some(200..=299) => None,
        Some(status) => Some(format!("{status} {}", tried.answer)),
        None => Some(tried.answer.clone()),
    }
}

/// The room beside the journal.
fn disk(folder: &Path) -> Option<DiskFacts> {
    let seen = rustix::fs::statvfs(folder).ok()?;
    Some(DiskFacts {
        free: seen.f_bavail.saturating_mul(seen.f_frsize),
        total: seen.f_blocks.saturating_mul(seen.f_frsize),
    })
}

/// Whether the clock is synchronised, as far as the system tells.
async fn is_clock_synchronised() -> Option<bool> {
    let asked = tokio::task::spawn_blocking(|| {
        if Path::new(SYNCHRONISED).exists() {
            return Some(true);
        }
        // It also knows of chrony and others: they all tell the kernel.
        let told = Command::new("timedatectl")
            .args(["show", "--property=NTPSynchronized", "--value"])
            .output()
            .ok()?;
        match String::from_utf8_lossy(&told.stdout).trim() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    });
    tokio::time::timeout(TIME_SERVICE, asked).await.ok()?.ok()?
}
