//! What was wrong in receipts, and why they are corrected, as fields of a form: `change_fields.html`
//! and `basis_fields.html`.

use desk::{Change, PaidIn, RightAmount, Service, Swap};
use terms::{
    Act, Basis, LocalDate, OperationSign, OrderOfOffice, ReasonCode, ServiceCode, TaxSystem,
    VatRate,
};

use crate::{form::Form, order::Choice, text::Text, texts::CorrectingTexts, typed};

/// What can be wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Vat,
    TaxSystem,
    Kind,
    Amount,
    Service,
    Account,
    Duplicate,
    Sign,
    Rejected,
}

impl What {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Vat, "vat"),
        (Self::TaxSystem, "sno"),
        (Self::Kind, "kind"),
        (Self::Amount, "amount"),
        (Self::Service, "service"),
        (Self::Account, "account"),
        (Self::Duplicate, "duplicate"),
        (Self::Sign, "sign"),
        (Self::Rejected, "rejected"),
    ];

    fn from_name(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(what, _)| *what)
    }

    /// The reason that follows from it.
    const fn reason(self) -> ReasonCode {
        match self {
            Self::Vat => ReasonCode::WrongVat,
            Self::TaxSystem => ReasonCode::WrongSno,
            Self::Kind => ReasonCode::WrongKind,
            // CHOICE: no reason names the sign; with the other sign the whole sum is wrong.
            Self::Amount | Self::Sign => ReasonCode::WrongAmount,
            Self::Service | Self::Account => ReasonCode::WrongSubject,
            Self::Duplicate => ReasonCode::Duplicate,
            Self::Rejected => ReasonCode::Rejected,
        }
    }
}

/// What the fields offer.
pub(crate) struct Offers {
    pub(crate) rates: Vec<Choice>,
    pub(crate) rates_from: Vec<Choice>,
    pub(crate) systems: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) kinds_from: Vec<Choice>,
    pub(crate) services: Vec<Choice>,
    pub(crate) services_from: Vec<Choice>,
    pub(crate) reasons: Vec<Choice>,
}

impl Offers {
    pub(crate) fn of<'a>(
        services: impl IntoIterator<Item = (&'a ServiceCode, &'a Service)>,
        t: &CorrectingTexts,
    ) -> Self {
        let choice = |value: &str, label: String| Choice {
            value: value.to_owned(),
            label,
        };
        let first = |label: Text| choice("", label.into());
        let with_first = |label: Text, rest: &[Choice]| {
            let mut all = vec![first(label)];
            all.extend_from_slice(rest);
            all
        };
        let rates: Vec<Choice> = VatRate::ALL
            .into_iter()
            .map(|rate| {
                let label = match rate.percent() {
                    Some(percent) => t.vat_rate.with("rate", percent).into(),
                    None => t.vat_none.into(),
                };
                choice(rate.name(), label)
            })
            .collect();
        let kinds = [
            (PaidIn::Cash, t.cash),
            (PaidIn::Cashless, t.cashless),
            (PaidIn::Prepaid, t.prepaid),
        ];
        let kinds: Vec<Choice> = kinds
            .into_iter()
            .map(|(kind, label)| choice(kind.name(), label.into()))
            .collect();
        let services: Vec<Choice> = services
            .into_iter()
            .map(|(code, service)| choice(code.as_str(), service.name.clone()))
            .collect();
        let systems = TaxSystem::ALL.into_iter();
        let reasons = ReasonCode::ALL.into_iter();
        Self {
            rates_from: with_first(t.same, &rates),
            rates,
            systems: systems
                .map(|system| choice(&system.bit().to_string(), system.title().to_owned()))
                .collect(),
            kinds_from: with_first(t.same, &kinds),
            kinds,
            services_from: with_first(t.same, &services),
            services: with_first(t.no_service, &services),
            reasons: reasons
                .map(|reason| choice(reason.name(), t.reason_of(reason).into()))
                .collect(),
        }
    }

    /// With the reason that follows from what is wrong as the first one.
    pub(crate) fn of_fix(mut self, t: &CorrectingTexts) -> Self {
        let by_what = Choice {
            value: String::new(),
            label: t.reason_by_what.into(),
        };
        self.reasons.insert(0, by_what);
        self
    }
}

impl CorrectingTexts {
    /// Why, in plain words.
    pub(crate) const fn reason_of(&self, reason: ReasonCode) -> Text {
        match reason {
            ReasonCode::LostSource => self.reason_lost_source,
            ReasonCode::WrongAmount => self.reason_wrong_amount,
            ReasonCode::WrongVat => self.reason_wrong_vat,
            ReasonCode::WrongSno => self.reason_wrong_sno,
            ReasonCode::Duplicate => self.reason_duplicate,
            ReasonCode::WrongKind => self.reason_wrong_kind,
            ReasonCode::WrongSubject => self.reason_wrong_subject,
            ReasonCode::Rejected => self.reason_rejected,
            ReasonCode::Late => self.reason_late,
            ReasonCode::Order => self.reason_order,
        }
    }

    /// The words of a change that the desk tells: `vat 20 → 22; duplicate`.
    pub(crate) fn change_in_words(&self, change: &str) -> String {
        let said = change.split("; ").map(|part| {
            let (name, rest) = part.split_once(' ').unwrap_or((part, ""));
            let known = What::from_name(name).map(|what| match what {
                What::Vat => self.what_vat,
                What::TaxSystem => self.what_sno,
                What::Kind => self.what_kind,
                What::Amount => self.what_amount,
                What::Service => self.what_service,
                What::Account => self.what_account,
                What::Duplicate => self.what_duplicate,
                What::Sign => self.what_sign,
                What::Rejected => self.what_rejected,
            });
            let name = known.map_or(name, |text| text.0);
            match name {
                // The text says the whole of it.
                _ if known == Some(self.what_sign) => name.to_owned(),
                _ => format!("{name} {rest}").trim_end().to_owned(),
            }
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

/// What is wrong and why; none when something in the form is, which the form then says.
pub(crate) fn read_fix(form: &mut Form, t: &CorrectingTexts) -> Option<(Change, Basis)> {
    let what = What::from_name(form.text("what"));
    if what.is_none() {
        form.refuse("what", t.choose);
    }
    let change = what.and_then(|what| change_of(form, what, t));
    let reason = match (form.text("reason"), what) {
        ("", Some(what)) => Some(what.reason()),
        (name, _) => name.parse().ok(),
    };
    let basis = read_basis(form, reason, t);
    let (mut change, basis) = (change?, basis?);
    change.order = basis.order.as_ref().map(|order| order.number.clone());
    form.is_fine().then_some((change, basis))
}

/// Why, with the reason of the form.
pub(crate) fn read_reason(form: &mut Form, t: &CorrectingTexts) -> Option<Basis> {
    let reason = form.text("reason").parse().ok();
    read_basis(form, reason, t)
}

fn change_of(form: &mut Form, what: What, t: &CorrectingTexts) -> Option<Change> {
    let mut change = Change::default();
    match what {
        What::Vat => change.vat = swap(form, ("vat_from", "vat_to"), t),
        What::TaxSystem => {
            let bit = form.text("sno_to").parse().ok();
            change.tax_system = bit.and_then(|bit| TaxSystem::from_bit(bit).ok());
        }
        What::Kind => change.kind = swap(form, ("kind_from", "kind_to"), t),
        What::Amount => change.amount = typed::sum(form.text("amount")).map(RightAmount::Total),
        What::Service => {
            if !form.text("service_to").is_empty() {
                change.service = swap(form, ("service_from", "service_to"), t);
            }
            if !form.text("period_to").is_empty() {
                change.period = swap(form, ("", "period_to"), t);
            }
        }
        What::Account => change.account = form.text("account_to").parse().ok(),
        What::Duplicate => change.duplicate = true,
        What::Sign => change.sign = Some(OperationSign::IncomeReturn),
        What::Rejected => change.rejected = true,
    }
    if change.names().is_empty() {
        let field = match what {
            What::Vat => "vat_to",
            What::TaxSystem => "sno_to",
            What::Kind => "kind_to",
            What::Amount => "amount",
            What::Account => "account_to",
            _ => "service_to",
        };
        if form.error(field).is_empty() {
            form.refuse(field, t.nothing_right);
        }
        return None;
    }
    form.is_fine().then_some(change)
}

/// One value in the place of another; an empty first name or value: whatever stands there.
fn swap<T: std::str::FromStr>(
    form: &mut Form,
    (from, to): (&'static str, &'static str),
    t: &CorrectingTexts,
) -> Option<Swap<T>> {
    let right = form.text(to).parse().ok();
    if right.is_none() {
        form.refuse(to, t.nothing_right);
    }
    let wrong = match form.text(from) {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    if wrong.is_none() {
        form.refuse(from, t.choose);
    }
    Some(Swap {
        from: wrong?,
        to: right?,
    })
}

fn read_basis(form: &mut Form, reason: Option<ReasonCode>, t: &CorrectingTexts) -> Option<Basis> {
    if reason.is_none() {
        form.refuse("reason", t.choose);
    }
    let act = three(form, ["act_number", "act_date", "act_author"], t);
    let order = three(form, ["order_number", "order_date", "order_authority"], t);
    if reason == Some(ReasonCode::Order) && order.is_none() {
        form.refuse("order_number", t.order_needed);
    }
    let basis = Basis {
        act: act.map(|(number, date, author)| Act {
            number,
            date,
            author,
        }),
        order: order.map(|(number, date, authority)| OrderOfOffice {
            number,
            date,
            authority,
        }),
        // Browsers write line breaks in two characters.
        comment: form.text("comment").replace("\r\n", "\n"),
        ..Basis::new(reason?)
    };
    if basis.check().is_err() {
        form.refuse("comment", t.bad_basis);
    }
    form.is_fine().then_some(basis)
}

/// A paper: all of it or nothing.
fn three(
    form: &mut Form,
    [number, date, who]: [&'static str; 3],
    t: &CorrectingTexts,
) -> Option<(String, LocalDate, String)> {
    let texts = [number, date, who].map(|name| form.text(name).to_owned());
    if texts.iter().all(String::is_empty) {
        return None;
    }
    let day = typed::day(&texts[1]);
    let [number_text, _, who_text] = texts;
    if day.is_none() || number_text.is_empty() || who_text.is_empty() {
        form.refuse(number, t.all_three);
    }
    Some((number_text, day?, who_text))
}
