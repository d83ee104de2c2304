use desk::Person;

use crate::{
    assets,
    nav::{self, Link, Place},
    speech::Speech,
    text::Text,
    texts::{LayoutTexts, NoticeTexts},
    visit::{Known, Theme},
};

/// What surrounds a page: `layout.html`.
pub(crate) struct Frame {
    pub(crate) t: &'static LayoutTexts,
    pub(crate) speech: Speech,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    pub(crate) organisation: String,
    pub(crate) links: Vec<(Text, Vec<Link>)>,
    pub(crate) person: Option<Person>,
    pub(crate) csrf: String,
    /// Where language and theme lead back to.
    pub(crate) path: String,
    pub(crate) notice: Option<Text>,
    pub(crate) emulated: bool,
    /// Modules of this page besides that of all pages.
    pub(crate) scripts: Vec<&'static str>,
}

impl Frame {
    pub(crate) fn of(known: &Known, place: Place, title: String) -> Self {
        let t = LayoutTexts::of(known.language);
        let inside = known.session.as_ref().filter(|_| place != Place::Outside);
        let person = inside.map(|session| session.person.clone());
        let at = (place, known.stage());
        let links = person.as_ref().map(|person| {
            // A journal that cannot be read says so on the page itself.
            let incidents = known.desk.incident_count().unwrap_or_default();
            nav::links(person, at, incidents.open(), t)
        });
        let notices = NoticeTexts::of(known.language);
        Self {
            t,
            speech: known.speech(),
            theme: known.theme,
            title,
            organisation: known.desk.setup().organisation.name.clone(),
            links: links.unwrap_or_default(),
            person,
            csrf: known.csrf.clone(),
            path: known.path.clone(),
            notice: known.notice.map(|notice| notice.text(notices)),
            emulated: known.emulated,
            scripts: Vec::new(),
        }
    }

    /// Where a file of ours is found.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// What somebody is, in words.
    pub(crate) fn roles(&self, person: &Person) -> String {
        let roles: Vec<&str> = person
            .roles
            .iter()
            .map(|role| self.t.role(&role).0)
            .collect();
        roles.join(", ")
    }

    /// The code of the language.
    pub(crate) const fn language(&self) -> &'static str {
        self.speech.language.code()
    }
}
