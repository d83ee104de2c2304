//! What is done with a plan: each is asked for once more on a page of its own.

use askama::Template;
use desk::{DeskError, Pace, PauseOn, RestorationState, RestorationView, Right, RunOrder};

use super::{is_author, plan, signed, tell};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    path::Path,
    text::Text,
    texts::RestoringTexts,
    visit::Member,
};

/// Something that is done with a plan.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    Approve,
    Run,
    Pause,
    Resume,
    Abandon,
}

impl Step {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Approve, "approve"),
        (Self::Run, "run"),
        (Self::Pause, "pause"),
        (Self::Resume, "resume"),
        (Self::Abandon, "abandon"),
    ];

    fn from_name(name: &str) -> Result<Self, Failure> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(step, _)| *step).ok_or(Failure::NotFound)
    }

    pub(super) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(step, _)| *step == self);
        found.map_or("", |(_, name)| name)
    }

    /// Who may do it: to stop is anybody's who makes plans, to let documents come is not.
    const fn right(self) -> Right {
        match self {
            Self::Approve | Self::Run | Self::Resume => Right::Approve,
            Self::Pause | Self::Abandon => Right::Restore,
        }
    }

    /// What it is called, and what it does.
    pub(super) const fn words(self, t: &RestoringTexts) -> (Text, Text) {
        match self {
            Self::Approve => (t.approve, t.approve_says),
            Self::Run => (t.run, t.run_says),
            Self::Pause => (t.pause, t.pause_says),
            Self::Resume => (t.resume, t.resume_says),
            Self::Abandon => (t.abandon, t.abandon_says),
        }
    }

    /// What the trail calls it.
    const fn act(self) -> &'static str {
        match self {
            Self::Approve => "restoration_approved",
            Self::Run => "restoration_run",
            Self::Pause => "restoration_paused",
            Self::Resume => "restoration_resumed",
            Self::Abandon => "restoration_abandoned",
        }
    }

    /// What this member may do with a plan now.
    pub(super) fn possible(member: &Member, view: &RestorationView) -> Vec<Self> {
        let steps: &[Self] = match view.head.state {
            RestorationState::Draft => &[Self::Approve, Self::Abandon],
            RestorationState::Approved => &[Self::Run, Self::Abandon],
            RestorationState::Running => &[Self::Pause],
            RestorationState::Paused => &[Self::Resume, Self::Abandon],
            RestorationState::Making => &[Self::Abandon],
            RestorationState::Done | RestorationState::Abandoned => &[],
        };
        let may = |step: &Self| {
            let is_own = *step == Self::Approve && is_barred(member, view);
            member.session().may(step.right()) && !is_own
        };
        steps.iter().copied().filter(may).collect()
    }
}

/// Whether somebody may not approve a plan for having made it.
pub(super) fn is_barred(member: &Member, view: &RestorationView) -> bool {
    let one_person = member.desk.setup().restore.one_person;
    !one_person && is_author(member, &view.head.author)
}

#[derive(Template)]
#[template(path = "restoring_step.html")]
struct Page {
    frame: Frame,
    t: &'static RestoringTexts,
    id: i64,
    step: &'static str,
    label: Text,
    says: Text,
    rows: String,
    sum: String,
    hash: String,
    is_barred: bool,
    form: Form,
}

impl Page {
    fn of(member: &Member, view: &RestorationView, step: Step, form: Form) -> Self {
        let (t, speech) = (RestoringTexts::of(member.language), member.speech());
        let (label, says) = step.words(t);
        let title = format!("{}: {}", t.number.with("id", view.head.id), label);
        Self {
            frame: member.frame(Place::Restoring, title),
            t,
            id: view.head.id,
            step: step.name(),
            label,
            says,
            rows: speech.number(view.head.to_do),
            sum: speech.money(view.head.amount),
            hash: view.head.hash.clone().unwrap_or_default(),
            is_barred: step == Step::Approve && is_barred(member, view),
            form,
        }
    }
}

pub(super) async fn ask(member: Member, Path((id, step)): Path<(i64, String)>) -> Answer {
    let step = Step::from_name(&step)?;
    member.needs(step.right())?;
    let view = plan(&member, id).await?;
    let usual = member.desk.setup().restore.pause_on;
    let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
    let ticked = |name, is_on: bool| is_on.then(|| (name, "yes".to_owned()));
    let fields = [
        Some(("pace", "spread".to_owned())),
        ticked("pause_drive", usual.drive_error),
        ticked("pause_changed", usual.changed),
        Some(("pause_rejections", number(usual.ofd_rejections))),
        Some(("pause_unsent", number(usual.unsent))),
    ];
    let form = Form::of(fields.into_iter().flatten());
    render(&Page::of(&member, &view, step, form))
}

pub(super) async fn take(
    member: Member,
    Path((id, step)): Path<(i64, String)>,
    mut form: Form,
) -> Answer {
    let step = Step::from_name(&step)?;
    member.needs(step.right())?;
    let view = plan(&member, id).await?;
    let t = RestoringTexts::of(member.language);
    if step == Step::Approve && is_barred(&member, &view) {
        form.refuse("", t.you_are_author);
        return render_wrong(&Page::of(&member, &view, step, form));
    }
    let why = form.text("why").to_owned();
    let order = match step {
        Step::Run => run_order(&mut form, t),
        _ => Some(RunOrder::default()),
    };
    let Some(order) = order else {
        return render_wrong(&Page::of(&member, &view, step, form));
    };
    match carry_out(&member, id, (step, &why), order, form.value("hash")).await {
        Ok(_) => {
            let by = member.session().actor();
            member.desk.note_act(&by, step.act(), id, why).await?;
            Ok(done(&format!("/restoring/{id}"), Notice::Ordered))
        }
        Err(error) => {
            tell(&mut form, error, t)?;
            let view = plan(&member, id).await?;
            render_wrong(&Page::of(&member, &view, step, form))
        }
    }
}

async fn carry_out(
    member: &Member,
    id: i64,
    (step, why): (Step, &str),
    order: RunOrder,
    hash: &str,
) -> Result<RestorationView, DeskError> {
    let (desk, signed) = (&member.desk, signed(member, why));
    match step {
        Step::Approve => desk.approve_restoration(id, hash, signed).await,
        Step::Run => desk.run_restoration(id, order, signed).await,
        Step::Pause => desk.pause_restoration(id, signed).await,
        Step::Resume => desk.resume_restoration(id, signed).await,
        Step::Abandon => desk.abandon_restoration(id, signed).await,
    }
}

fn run_order(form: &mut Form, t: &RestoringTexts) -> Option<RunOrder> {
    let mut number = |name: &'static str| -> Option<u64> {
        let text = form.text(name).to_owned();
        let number = text.parse::<u64>().ok().filter(|it| *it > 0);
        if number.is_none() && !text.is_empty() {
            form.refuse(name, t.bad_limit);
        }
        number
    };
    let limit = number("limit");
    let small = |number: Option<u64>| number.map(|it| u32::try_from(it).unwrap_or(u32::MAX));
    let ofd_rejections = small(number("pause_rejections"));
    let unsent = small(number("pause_unsent"));
    let pace = form.text("pace").parse::<Pace>();
    if pace.is_err() {
        form.refuse("pace", t.bad_limit);
    }
    let order = RunOrder {
        limit,
        pace: pace.ok()?,
        pause_on: Some(PauseOn {
            drive_error: form.has("pause_drive", "yes"),
            ofd_rejections,
            unsent,
            changed: form.has("pause_changed", "yes"),
        }),
    };
    form.is_fine().then_some(order)
}
