//! The programme of steps: what has to be done before the switch, on its day, in the first week and in
//! the first month, and by whom. Pure.

use journal::{GoliveStepRow, Role};
use terms::{LocalDate, named};

use super::check::{Check, CheckId, Verdict, Words};

named! {
    /// When a step is due.
    Phase("phase") {
        /// Before the switch.
        Before = "before",
        /// On its day.
        Day = "day",
        /// In the first week.
        Week = "week",
        /// In the first month.
        Month = "month",
    }
}

impl Phase {
    /// What people call it.
    pub fn title(self) -> Words {
        Words::from(match self {
            Self::Before => ("До переключения", "Before the switch"),
            Self::Day => ("День переключения", "The day of the switch"),
            Self::Week => ("Первая неделя", "The first week"),
            Self::Month => ("Первый месяц", "The first month"),
        })
    }
}

named! {
    /// A step of the programme.
    StepId("step") {
        /// The contract with the ОФД is signed.
        OfdContract = "ofd_contract",
        /// The order on the registers is signed.
        OrderSigned = "order_signed",
        /// The drives are registered, one's own and real.
        DrivesReady = "drives_ready",
        /// The services are as they have to be on receipts.
        ServicesReady = "services_ready",
        /// Accounts have contacts.
        ContactsCollected = "contacts_collected",
        /// Billing can push and hear.
        IntegrationReady = "integration_ready",
        /// Those who work with it may log in.
        PeopleReady = "people_ready",
        /// Clock, disk and backups.
        ServerReady = "server_ready",
        /// Test receipts are formed.
        TestReceipts = "test_receipts",
        /// The accountant has looked at them.
        ReceiptsAgreed = "receipts_agreed",
        /// The people at the cash desk know.
        StaffTold = "staff_told",
        /// The balances are moved and compared.
        BalancesMoved = "balances_moved",
        /// The former register makes no more receipts.
        FormerStopped = "former_stopped",
        /// Nothing forbids the switch.
        NothingStops = "nothing_stops",
        /// The first receipt is confirmed.
        FirstReceipt = "first_receipt",
        /// Nothing waits for a decision.
        DayDecided = "day_decided",
        /// The ОФД confirms what is formed.
        WeekConfirmed = "week_confirmed",
        /// The week was compared with billing and bank.
        WeekReconciled = "week_reconciled",
        /// A backup was restored for practice.
        RestoreDrilled = "restore_drilled",
        /// The first month is closed.
        MonthClosed = "month_closed",
        /// The former registers are deregistered.
        FormerDeregistered = "former_deregistered",
        /// There is a spare drive.
        SpareDrive = "spare_drive",
    }
}

/// How a step is known to be done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// Checks show it, and nobody can tick it.
    Checks(&'static [CheckId]),
    /// No check of those before the switch forbids it.
    NoStop,
    /// Somebody says so, by name.
    Person,
}

named! {
    /// How far a step is.
    StepState("state") {
        /// It is done.
        Done = "done",
        /// It is to be done.
        Open = "open",
        /// Its day has passed.
        Overdue = "overdue",
    }
}

/// A step and how far it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Which one.
    pub id: StepId,
    /// When it is due; none: no day of the switch is planned.
    pub due: Option<LocalDate>,
    /// How far it is.
    pub state: StepState,
    /// The checks that keep it open.
    pub waits_for: Vec<CheckId>,
    /// Who has said that it is done, if a person has to.
    pub said: Option<GoliveStepRow>,
}

impl Step {
    /// Whether somebody may tick it now.
    pub fn can_be_ticked(&self) -> bool {
        self.id.proof() == Proof::Person && self.said.is_none()
    }
}

impl StepId {
    /// When it is due.
    pub const fn phase(self) -> Phase {
        match self {
            Self::OfdContract
            | Self::OrderSigned
            | Self::DrivesReady
            | Self::ServicesReady
            | Self::ContactsCollected
            | Self::IntegrationReady
            | Self::PeopleReady
            | Self::ServerReady
            | Self::TestReceipts
            | Self::ReceiptsAgreed
            | Self::StaffTold
            | Self::BalancesMoved => Phase::Before,
            Self::FormerStopped | Self::NothingStops | Self::FirstReceipt => Phase::Day,
            Self::DayDecided
            | Self::WeekConfirmed
            | Self::WeekReconciled
            | Self::RestoreDrilled => Phase::Week,
            Self::MonthClosed | Self::FormerDeregistered | Self::SpareDrive => Phase::Month,
        }
    }

    /// Days from the switch to the day on which it has to be done. How much time each takes is GENERAL
    /// KNOWLEDGE.
    const fn due_after(self) -> i32 {
        match self {
            Self::OfdContract => -30,
            Self::OrderSigned | Self::DrivesReady | Self::ServicesReady => -14,
            Self::ContactsCollected
            | Self::IntegrationReady
            | Self::PeopleReady
            | Self::ServerReady
            | Self::TestReceipts => -7,
            Self::ReceiptsAgreed | Self::StaffTold => -3,
            Self::BalancesMoved => -1,
            Self::FormerStopped | Self::NothingStops | Self::FirstReceipt => 0,
            Self::DayDecided => 1,
            Self::WeekConfirmed | Self::WeekReconciled | Self::RestoreDrilled => 7,
            Self::MonthClosed | Self::FormerDeregistered | Self::SpareDrive => 31,
        }
    }

    /// How it is known to be done.
    pub const fn proof(self) -> Proof {
        use CheckId as Id;
        match self {
            Self::DrivesReady => Proof::Checks(&[
                Id::DrivesRegistered,
                Id::DrivesOwner,
                Id::DrivesEmulated,
                Id::DrivesVolume,
                Id::DrivesLife,
                Id::OfdLinks,
            ]),
            Self::ServicesReady => Proof::Checks(&[
                Id::Services,
                Id::ServiceVat,
                Id::ServiceTaxSystem,
                Id::ServiceName,
            ]),
            Self::ContactsCollected => Proof::Checks(&[Id::Contacts]),
            Self::IntegrationReady => {
                Proof::Checks(&[Id::PushKey, Id::AdminKey, Id::KeyExpiry, Id::Webhooks])
            }
            Self::PeopleReady => Proof::Checks(&[Id::Administrator, Id::ChiefAccountant]),
            Self::ServerReady => Proof::Checks(&[Id::Clock, Id::Disk, Id::Backup]),
            Self::TestReceipts => Proof::Checks(&[Id::TestReceipts]),
            Self::BalancesMoved => Proof::Checks(&[Id::Balances]),
            Self::NothingStops => Proof::NoStop,
            Self::FirstReceipt => Proof::Checks(&[Id::FirstReceipt]),
            Self::DayDecided => Proof::Checks(&[Id::FirstReceipt, Id::Undecided]),
            Self::WeekConfirmed => Proof::Checks(&[Id::FirstReceipt, Id::Confirmations]),
            Self::OfdContract
            | Self::OrderSigned
            | Self::ReceiptsAgreed
            | Self::StaffTold
            | Self::FormerStopped
            | Self::WeekReconciled
            | Self::RestoreDrilled
            | Self::MonthClosed
            | Self::FormerDeregistered
            | Self::SpareDrive => Proof::Person,
        }
    }

    /// Whether a person says that it is done; else checks show it.
    pub fn is_by_hand(self) -> bool {
        self.proof() == Proof::Person
    }

    /// Who answers for it.
    pub const fn responsible(self) -> Role {
        match self {
            Self::OfdContract
            | Self::OrderSigned
            | Self::ServicesReady
            | Self::ContactsCollected
            | Self::TestReceipts
            | Self::ReceiptsAgreed
            | Self::StaffTold
            | Self::BalancesMoved
            | Self::DayDecided
            | Self::WeekReconciled
            | Self::MonthClosed
            | Self::FormerDeregistered => Role::ChiefAccountant,
            Self::DrivesReady
            | Self::IntegrationReady
            | Self::FormerStopped
            | Self::FirstReceipt
            | Self::WeekConfirmed
            | Self::RestoreDrilled
            | Self::SpareDrive => Role::Technician,
            Self::PeopleReady | Self::ServerReady | Self::NothingStops => Role::Admin,
        }
    }

    /// What people call it.
    pub fn title(self) -> Words {
        Words::from(match self {
            Self::OfdContract => (
                "Договор с ОФД подписан",
                "The contract with the ОФД is signed",
            ),
            Self::OrderSigned => (
                "Приказ о кассах подписан",
                "The order on registers is signed",
            ),
            Self::DrivesReady => ("Накопители готовы", "The drives are ready"),
            Self::ServicesReady => ("Услуги готовы", "The services are ready"),
            Self::ContactsCollected => ("Контакты собраны", "Contacts are collected"),
            Self::IntegrationReady => ("Биллинг подключён", "Billing is connected"),
            Self::PeopleReady => ("Люди заведены", "People can log in"),
            Self::ServerReady => ("Сервер готов", "The server is ready"),
            Self::TestReceipts => ("Пробные чеки оформлены", "Test receipts are formed"),
            Self::ReceiptsAgreed => ("Пробные чеки согласованы", "Test receipts are agreed"),
            Self::StaffTold => ("Сотрудники предупреждены", "The staff knows"),
            Self::BalancesMoved => (
                "Остатки перенесены и сверены",
                "Balances are moved and agree",
            ),
            Self::FormerStopped => (
                "Прежняя касса остановлена",
                "The former register is stopped",
            ),
            Self::NothingStops => ("Ничто не мешает", "Nothing forbids it"),
            Self::FirstReceipt => ("Первый чек подтверждён", "The first receipt is confirmed"),
            Self::DayDecided => ("По каждому чеку решено", "Every receipt is decided"),
            Self::WeekConfirmed => ("Чеки недели подтверждены", "The week is confirmed"),
            Self::WeekReconciled => ("Неделя сверена", "The week is reconciled"),
            Self::RestoreDrilled => ("Копия восстановлена на пробу", "A backup was restored"),
            Self::MonthClosed => ("Первый месяц закрыт", "The first month is closed"),
            Self::FormerDeregistered => ("Прежние кассы сняты с учёта", "Former registers are out"),
            Self::SpareDrive => ("Запасной накопитель есть", "There is a spare drive"),
        })
    }

    /// What is to be done.
    pub fn lead(self) -> Words {
        Words::from(match self {
            Self::OfdContract => (
                "Заключите договор и впишите адрес приёма в [[ofd]]",
                "Sign it, and write its address into [[ofd]]",
            ),
            Self::OrderSigned => (
                "Приказ: с какого дня чеки оформляет Kassette, кто отвечает за кассы и за чеки",
                "It says from which day Kassette makes receipts, and who answers for what",
            ),
            Self::DrivesReady => (
                "Поставьте кассы на учёт в ФНС, зарегистрируйте накопители, замените эмуляторы",
                "Enter the registers at the ФНС, register the drives, replace emulated ones",
            ),
            Self::ServicesReady => (
                "Название, ставка НДС, система налогообложения, поставщик у агентских услуг",
                "Name, VAT rate, tax system, and the supplier of agents’ services",
            ),
            Self::ContactsCollected => (
                "Передайте телефоны и почту из биллинга",
                "Hand over phones and e-mails from billing",
            ),
            Self::IntegrationReady => (
                "Ключ для передачи платежей, приёмник вебхуков",
                "A key for pushing payments, a receiver of webhooks",
            ),
            Self::PeopleReady => (
                "Администратор со вторым фактором, главный бухгалтер, операторы",
                "An administrator with a second factor, a chief accountant, operators",
            ),
            Self::ServerReady => (
                "Точное время, место на диске, резервные копии",
                "The right time, room on the disk, backups",
            ),
            Self::TestReceipts => (
                "Каждый вид чека по каждой услуге — на эмуляторе в памяти",
                "Each kind of receipt of each service, on an emulated drive in memory",
            ),
            Self::ReceiptsAgreed => (
                "Посмотрите строки пробных чеков ниже: названия, признаки расчёта, ставки",
                "Look at the lines of the test receipts below: names, methods, rates",
            ),
            Self::StaffTold => (
                "Расскажите кассирам и абонентскому отделу, где теперь чеки и возвраты",
                "Tell cash desk and customer service where receipts and refunds are now",
            ),
            Self::BalancesMoved => (
                "Перенесите долги и авансы на день переключения и сверьте файл биллинга",
                "Bring in debts and advances as of the switch, and compare billing’s file",
            ),
            Self::FormerStopped => (
                "Закройте смену на прежней кассе и отключите от неё биллинг: иначе чеки задвоятся",
                "Close its shift and take billing off it, or receipts will be made twice",
            ),
            Self::NothingStops => (
                "Среди проверок нет ни одной «стоп», и все проведены",
                "No check says «stop», and all of them were made",
            ),
            Self::FirstReceipt => (
                "Проведите первый платёж и дождитесь подтверждения ОФД",
                "Take the first payment and wait for the ОФД",
            ),
            Self::DayDecided => (
                "Отложенные и сомнительные чеки первого дня разобраны",
                "Receipts of the first day that were held or in doubt are decided",
            ),
            Self::WeekConfirmed => (
                "Документы не ждут ОФД дольше дня",
                "No document waits for the ОФД longer than a day",
            ),
            Self::WeekReconciled => (
                "Сверьте неделю с биллингом и банком и просмотрите расхождения",
                "Compare the week with billing and bank, and look into the differences",
            ),
            Self::RestoreDrilled => (
                "Поднимите копию на другой машине и выполните kassette check",
                "Bring a backup up on another machine and run kassette check",
            ),
            Self::MonthClosed => (
                "Зачёты авансов месяца, отчёт агента, выгрузка в учёт",
                "Offsets of the month, the agent’s report, the export for accounting",
            ),
            Self::FormerDeregistered => (
                "Закройте архивы прежних накопителей и подайте заявления о снятии с учёта",
                "Close the archives of former drives and have the registers taken out",
            ),
            Self::SpareDrive => (
                "Держите один незарегистрированный накопитель на случай отказа",
                "Keep one unregistered drive in case another fails",
            ),
        })
    }
}

/// All steps in their order, as checks and people say that they are.
pub(crate) fn programme(
    checks: &[Check],
    said: &[GoliveStepRow],
    (switch_on, today): (Option<LocalDate>, LocalDate),
) -> Vec<Step> {
    let step = |id: &StepId| {
        let said = said.iter().find(|row| row.step == id.name()).cloned();
        let waits_for = waiting(*id, checks);
        let is_done = match id.proof() {
            Proof::Person => said.is_some(),
            Proof::Checks(_) | Proof::NoStop => waits_for.is_empty(),
        };
        let due = switch_on.and_then(|day| day.plus_days(id.due_after()).ok());
        let state = match due {
            _ if is_done => StepState::Done,
            Some(due) if due < today => StepState::Overdue,
            _ => StepState::Open,
        };
        Step {
            id: *id,
            due,
            state,
            waits_for,
            said: said.filter(|_| id.proof() == Proof::Person),
        }
    };
    StepId::ALL.iter().map(step).collect()
}

/// The checks that keep a step open: those that forbid it, and those that nobody can answer yet.
fn waiting(step: StepId, checks: &[Check]) -> Vec<CheckId> {
    let is_open = |check: &&Check| matches!(check.verdict, Verdict::Stop | Verdict::Unknown);
    let open = checks.iter().filter(is_open).map(|check| check.id);
    match step.proof() {
        Proof::Person => Vec::new(),
        Proof::NoStop => open.filter(|id| !id.is_after()).collect(),
        Proof::Checks(of) => {
            // After the switch a warning keeps a step open, too: it is about this very thing.
            let is_after = |check: &&Check| check.id.is_after() && check.verdict == Verdict::Warn;
            let warned = checks.iter().filter(is_after).map(|check| check.id);
            open.chain(warned).filter(|id| of.contains(id)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(verdict: Verdict) -> Vec<Check> {
        CheckId::ALL
            .iter()
            .map(|id| Check {
                verdict,
                ..Check::ok(*id, ("да", "yes"))
            })
            .collect()
    }

    fn day(text: &str) -> LocalDate {
        text.parse().unwrap()
    }

    fn said(step: StepId) -> GoliveStepRow {
        GoliveStepRow {
            step: step.name().to_owned(),
            by: "Анна".to_owned(),
            at: 1,
            note: String::new(),
        }
    }

    #[test]
    fn what_checks_show_is_never_ticked_by_hand() {
        let ticked: Vec<_> = StepId::ALL.iter().map(|id| said(*id)).collect();
        let days = (Some(day("2026-12-01")), day("2026-11-20"));
        for step in programme(&all(Verdict::Stop), &ticked, days) {
            let by_hand = step.id.proof() == Proof::Person;
            assert_eq!(step.state == StepState::Done, by_hand, "{}", step.id);
            assert_eq!(step.said.is_some(), by_hand, "{}", step.id);
        }
        for step in programme(&all(Verdict::Ok), &[], days) {
            let by_hand = step.id.proof() == Proof::Person;
            assert_eq!(step.can_be_ticked(), by_hand, "{}", step.id);
            assert_eq!(step.state == StepState::Done, !by_hand, "{}", step.id);
        }
    }

    #[test]
    fn steps_are_due_in_their_order_and_overdue_the_day_after() {
        let switch = day("2026-12-01");
        let steps = programme(
            &all(Verdict::Unknown),
            &[],
            (Some(switch), day("2026-11-18")),
        );
        assert!(steps.is_sorted_by_key(|step| (step.id.phase(), step.due)));
        let overdue: Vec<StepId> = steps
            .iter()
            .filter(|step| step.state == StepState::Overdue)
            .map(|step| step.id)
            .collect();
        // They were due on 1 and on 17 November.
        let wanted = [
            StepId::OfdContract,
            StepId::OrderSigned,
            StepId::DrivesReady,
            StepId::ServicesReady,
        ];
        assert_eq!(overdue, wanted);
        let unplanned = programme(&all(Verdict::Unknown), &[], (None, day("2026-11-18")));
        assert!(unplanned.iter().all(|it| it.state == StepState::Open));
    }
}
