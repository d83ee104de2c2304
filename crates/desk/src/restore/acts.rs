//! What people do with restorations.

use std::sync::PoisonError;

use engine::{Change, EventKind};
use journal::{RestorationHead, RestorationStep, RestorationTurn, Scope, Turned};
use restoration::{Act, Hash, NotApprover, Pace, check_approver};
use terms::{Basis, Id};

use super::{
    FixOrder, LostOrder, RestorationView, RestoreError, RunOrder, facts::RegisterShares, fix, lost,
    not_turned, operation::Wrong, rules::RestoreRules,
};
use crate::{Desk, DeskError, Refused, Signed, orders::check_name};

impl Desk {
    /// Makes the plan of restoring lost settlements: reads the files, finds out what of them the
    /// journal has, and computes the receipts of what it lacks. Nothing of the ledger changes.
    ///
    /// # Errors
    /// When a file cannot be read, the days or the basis cannot be, or the journal cannot store.
    pub async fn plan_lost(&self, order: LostOrder) -> Result<RestorationView, DeskError> {
        check_name(&order.by)?;
        check_basis(&order.basis)?;
        self.plan(move |desk| lost::plan(desk, &order)).await
    }

    /// Makes the plan of fixing wrong receipts: computes what each would become. Nothing of the
    /// ledger changes.
    ///
    /// # Errors
    /// When there are no or too many receipts, the basis cannot be, or the journal cannot store.
    pub async fn plan_fix(&self, order: FixOrder) -> Result<RestorationView, DeskError> {
        check_name(&order.by)?;
        check_basis(&order.basis)?;
        self.plan(move |desk| fix::plan(desk, &order)).await
    }

    /// Makes a plan on a thread that may wait. One after another, and not while a file is loaded: each
    /// sees what the one before has stored.
    async fn plan(
        &self,
        make: impl FnOnce(&Desk) -> Result<i64, DeskError> + Send + 'static,
    ) -> Result<RestorationView, DeskError> {
        let desk = self.clone();
        let make = move || {
            let _turn = desk.imports_turn();
            make(&desk)
        };
        let made = tokio::task::spawn_blocking(make).await;
        self.restoration(made.map_err(|_| DeskError::Stopping)??)
            .await
    }

    /// The event that fixes one receipt in which `change` was wrong, as things stand now: a
    /// cancellation of a duplicate, else a fix. It is submitted as any other.
    ///
    /// # Errors
    /// When there is no such receipt, or the journal cannot be read; a refusal by the rules is the
    /// inner error.
    pub async fn fix_event(
        &self,
        receipt: Id,
        change: &Change,
    ) -> Result<Result<EventKind, Refused>, DeskError> {
        if self.reader().receipt(receipt)?.is_none() {
            return Err(DeskError::UnknownReceipt(receipt));
        }
        let setup = self.engine_setup().await?;
        let today = self.clock().local().date();
        let Some(wrong) = Wrong::read(self, receipt, change)? else {
            return Ok(Err(Refused {
                code: "unknown_receipt",
                message: format!("receipt {receipt} is no fiscal document: cancel its operation"),
            }));
        };
        let fixed = wrong.fix("preview", change, &setup, today);
        Ok(fixed
            .map(|(event, _)| event.kind)
            .map_err(|refusal| Refused {
                code: refusal.code(),
                message: refusal.to_string(),
            }))
    }

    /// The engine's set-up: the configuration, and the services as they stand.
    pub(crate) async fn engine_setup(&self) -> Result<engine::Setup, DeskError> {
        Ok(engine::Setup {
            config: self.setup().receipts.clone(),
            services: self.services().await?,
        })
    }

    /// Approves the plan that has this hash (64 hexadecimal digits).
    ///
    /// # Errors
    /// When it has another hash, its author wants to approve it, or it is no draft.
    pub async fn approve_restoration(
        &self,
        id: i64,
        hash: &str,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        check_name(&signed.by)?;
        let head = self.restoration_head(id)?;
        self.check_second_person(&head, &signed)?;
        let approved: Hash = hash.parse()?;
        let step = RestorationStep::Approve(approved);
        match self.turn(id, step, signed).await {
            Err(DeskError::Restore(RestoreError::OtherHash { id, hash: own, .. })) => {
                let given = hash.to_owned();
                Err(RestoreError::OtherHash {
                    id,
                    given,
                    hash: own,
                }
                .into())
            }
            turned => turned,
        }
    }

    /// Refuses the author, also under another name that the author's own key brings. The
    /// administrator's key acts for whoever is named.
    fn check_second_person(
        &self,
        head: &RestorationHead,
        signed: &Signed,
    ) -> Result<(), DeskError> {
        let one_person = self.restore_rules().one_person;
        let author = head.author.clone();
        let same = RestoreError::SamePerson {
            id: head.id,
            author,
        };
        match check_approver(&head.author, &signed.by, one_person) {
            Ok(()) => {}
            Err(NotApprover::IsAuthor { .. }) => return Err(same.into()),
            Err(NotApprover::Nameless) => return Err(DeskError::NotSigned("name who approves")),
        }
        let own = signed.key.filter(|key| head.api_key == Some(*key));
        let is_admin = |key: i64| {
            let key = self.key_by_id(key);
            key.is_some_and(|key| key.scopes.contains(Scope::Admin))
        };
        match own {
            Some(key) if !one_person && !is_admin(key) => Err(same.into()),
            _ => Ok(()),
        }
    }

    /// Carries an approved restoration out, from now on and as far as limits allow. It returns at
    /// once; the work goes on, also after a restart.
    ///
    /// # Errors
    /// When it is not approved, or the drives do not suffice.
    pub async fn run_restoration(
        &self,
        id: i64,
        order: RunOrder,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        check_name(&signed.by)?;
        let head = self.restoration_head(id)?;
        if let Err(why) = head.state.turn(Act::Run) {
            return Err(RestoreError::NotNow { id, why }.into());
        }
        self.check_fits(&head, order.pace, order.limit).await?;
        let pause_on = order.pause_on.unwrap_or(self.restore_rules().pause_on);
        let step = RestorationStep::Run {
            limit: order.limit,
            pace: order.pace,
            pause_on,
        };
        self.turn(id, step, signed).await
    }

    /// Begins no further rows. What is accepted is formed.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn pause_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        check_name(&signed.by)?;
        self.turn(id, RestorationStep::Pause, signed).await
    }

    /// Goes on as it was ordered to run; after a limit of rows with all that are left.
    ///
    /// # Errors
    /// When it is not paused, or the drives do not suffice.
    pub async fn resume_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        check_name(&signed.by)?;
        let head = self.restoration_head(id)?;
        if let Err(why) = head.state.turn(Act::Resume) {
            return Err(RestoreError::NotNow { id, why }.into());
        }
        let run = head.run.as_ref();
        let pace = run.map_or(Pace::Spread, |run| run.pace);
        let limit = run.and_then(|run| run.left).filter(|left| *left > 0);
        self.check_fits(&head, pace, limit).await?;
        self.turn(id, RestorationStep::Resume, signed).await
    }

    /// Ends it for good: what is not accepted never will be.
    ///
    /// # Errors
    /// When it is running (pause it first), done or abandoned, or no reason is given.
    pub async fn abandon_restoration(
        &self,
        id: i64,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        crate::orders::check_signed(&signed)?;
        self.turn(id, RestorationStep::Abandon, signed).await
    }

    /// Refuses to begin what cannot come to its end.
    async fn check_fits(
        &self,
        head: &RestorationHead,
        pace: Pace,
        limit: Option<u64>,
    ) -> Result<(), DeskError> {
        let forecast = self.restoration_forecast(head, Some(pace), limit).await?.0;
        if forecast.reasons.is_empty() || forecast.documents == 0 {
            return Ok(());
        }
        Err(RestoreError::DoesNotFit(forecast.reasons).into())
    }

    async fn turn(
        &self,
        id: i64,
        step: RestorationStep,
        signed: Signed,
    ) -> Result<RestorationView, DeskError> {
        let turn = RestorationTurn {
            restoration: id,
            step,
            by: Some(signed.by),
            api_key: signed.key,
            why: Some(signed.reason).filter(|why| !why.trim().is_empty()),
        };
        let turned = self.ask(|writer, reply| writer.turn_restoration(turn, reply));
        match turned.await? {
            Turned::Done => {
                self.restoring().ring();
                self.restoration(id).await
            }
            other => Err(not_turned(id, other)),
        }
    }

    pub(super) fn restoration_head(&self, id: i64) -> Result<RestorationHead, DeskError> {
        let head = self.reader().restoration(id)?;
        Ok(head.ok_or(RestoreError::Unknown(id))?)
    }

    pub(super) fn restore_rules(&self) -> &RestoreRules {
        &self.setup().restore
    }

    /// What the registers have formed lately.
    pub(super) fn registers(&self) -> Result<Vec<RegisterShares>, DeskError> {
        let today = self.clock().local().date();
        let book = self.restoring().book.lock();
        let mut book = book.unwrap_or_else(PoisonError::into_inner);
        book.registers(self.reader(), today)
    }
}

/// What is said of all rows: their days and documents stay open.
fn check_basis(basis: &Basis) -> Result<(), DeskError> {
    basis
        .check()
        .map_err(|why| RestoreError::Basis(why.to_string()))?;
    let is_open =
        basis.settlement_date.is_none() && basis.source_doc.is_none() && basis.wrong_doc.is_none();
    if !is_open {
        let why = "days and documents are those of each row: leave them out".to_owned();
        return Err(RestoreError::Basis(why).into());
    }
    Ok(())
}
