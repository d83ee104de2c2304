//! One person, for administrators.

use askama::Template;
use axum::extract::Path;
use desk::{PeopleChange, PeopleError, Person, Right, random_password};

use super::{roles, show_password};
use crate::{
    answer::{Answer, Notice, done, render, render_wrong},
    failure::Failure,
    form::Form,
    frame::Frame,
    nav::Place,
    refusal,
    sessions::{self, Listed},
    texts::PeopleTexts,
    visit::Member,
};

#[derive(Template)]
#[template(path = "people_one.html")]
struct Page {
    frame: Frame,
    t: &'static PeopleTexts,
    person: Person,
    form: Form,
    sessions: Vec<Listed>,
    /// Whether it is who asks: nobody locks themselves out.
    is_self: bool,
}

impl Page {
    fn of(member: &Member, person: Person, form: Form) -> Result<Self, Failure> {
        let asking = member.session();
        Ok(Self {
            frame: member.frame(Place::People, person.name.clone()),
            t: PeopleTexts::of(member.language),
            form,
            sessions: sessions::list(member, asking, person.id)?,
            is_self: person.id == asking.person.id,
            person,
        })
    }
}

pub(super) async fn show(member: Member, Path(id): Path<String>) -> Answer {
    let person = found(&member, &id)?;
    let mut fields = vec![("name", person.name.clone())];
    let named = person
        .roles
        .iter()
        .map(|role| ("role", role.name().to_owned()));
    fields.extend(named);
    render(&Page::of(&member, person, Form::of(fields))?)
}

pub(super) async fn save(member: Member, Path(id): Path<String>, mut form: Form) -> Answer {
    let person = found(&member, &id)?;
    let (name, roles) = (form.text("name").to_owned(), roles(&form));
    let id = person.id;
    let mut changes = Vec::new();
    if name != person.name {
        changes.push(PeopleChange::SetName { person: id, name });
    }
    if roles != person.roles {
        changes.push(PeopleChange::SetRoles { person: id, roles });
    }
    for change in changes {
        if let Err(error) = changed(&member, change).await {
            refusal::tell(&mut form, member.language, error)?;
            return render_wrong(&Page::of(&member, person, form)?);
        }
    }
    Ok(done(&path_of(id), Notice::Saved))
}

pub(super) async fn reset_password(member: Member, Path(id): Path<String>) -> Answer {
    let person = found(&member, &id)?;
    let (password, by) = (random_password()?, member.session().actor());
    let set = member
        .desk
        .set_password(&by, person.id, &password, None)
        .await;
    set.map_err(Failure::from)?;
    let back = path_of(person.id);
    show_password(&member, (person.name, person.login), password, back)
}

pub(super) async fn remove_factor(member: Member, Path(id): Path<String>) -> Answer {
    act(member, &id, Notice::Saved, |person| {
        PeopleChange::RemoveFactor { person }
    })
    .await
}

pub(super) async fn disable(member: Member, Path(id): Path<String>) -> Answer {
    act(member, &id, Notice::Saved, |person| PeopleChange::Disable {
        person,
    })
    .await
}

pub(super) async fn enable(member: Member, Path(id): Path<String>) -> Answer {
    act(member, &id, Notice::Saved, |person| PeopleChange::Enable {
        person,
    })
    .await
}

pub(super) async fn end_sessions(member: Member, Path(id): Path<String>) -> Answer {
    let keep = Some(member.session().id);
    act(member, &id, Notice::SessionsEnded, |person| {
        PeopleChange::EndSessions { person, keep }
    })
    .await
}

pub(super) async fn end_session(
    member: Member,
    Path((id, session)): Path<(String, String)>,
) -> Answer {
    let session = session.parse().map_err(|_| Failure::NotFound)?;
    act(member, &id, Notice::SessionsEnded, |person| {
        PeopleChange::EndSession { person, session }
    })
    .await
}

/// Does something to somebody, then shows them; what cannot be done is told on the same page.
async fn act(
    member: Member,
    id: &str,
    notice: Notice,
    change: impl FnOnce(i64) -> PeopleChange,
) -> Answer {
    let person = found(&member, id)?;
    match changed(&member, change(person.id)).await {
        Ok(()) => Ok(done(&path_of(person.id), notice)),
        Err(error) => {
            let mut form = Form::of([("name", person.name.clone())]);
            refusal::tell(&mut form, member.language, error)?;
            render_wrong(&Page::of(&member, person, form)?)
        }
    }
}

async fn changed(member: &Member, change: PeopleChange) -> Result<(), PeopleError> {
    let by = member.session().actor();
    member.desk.change_people(&by, change).await.map(|_| ())
}

/// Whom a path names, for those who may change people.
fn found(member: &Member, id: &str) -> Result<Person, Failure> {
    member.needs(Right::People)?;
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    member.desk.person(id)?.ok_or(Failure::NotFound)
}

fn path_of(person: i64) -> String {
    format!("/people/{person}")
}
