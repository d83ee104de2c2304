//! People, their sessions and the trail, changed by the writer and beside it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod world;

use std::path::Path;

use journal::{
    Actor, JournalError, Language, NewFactor, NewPerson, NewSession, Order, Page, PeopleBook,
    PeopleChange, PeopleRefusal, Proof, Reader, Role, Store, TrailOf,
};
use world::*;

fn new(login: &str, role: Role) -> NewPerson {
    NewPerson {
        login: login.to_owned(),
        name: format!("Name of {login}"),
        roles: [role].into_iter().collect(),
        password: "$argon2id$".to_owned(),
        must_change: true,
        language: Language::En,
    }
}

fn session(person: i64, token: u8, proof: Proof) -> PeopleChange {
    PeopleChange::BeginSession(NewSession {
        person,
        hash: [token; 32],
        agent: "Testfox".to_owned(),
        proof,
    })
}

fn book(folder: &Path) -> PeopleBook {
    PeopleBook::open(&Store::in_folder(folder)).unwrap()
}

#[track_caller]
fn done(book: &PeopleBook, change: PeopleChange) -> i64 {
    book.change(&Actor::command(), &change).unwrap()
}

#[track_caller]
fn refused(book: &PeopleBook, change: PeopleChange) -> PeopleRefusal {
    match book.change(&Actor::command(), &change).unwrap_err() {
        JournalError::People(refusal) => refusal,
        other => panic!("{other}"),
    }
}

fn acts(reader: &Reader) -> Vec<(String, String)> {
    let page = Page {
        after: None,
        order: Order::Ascending,
        limit: 100,
    };
    let rows = reader.trail(&TrailOf::default(), &page).unwrap().rows;
    rows.into_iter().map(|row| (row.act, row.object)).collect()
}

#[test]
fn what_the_panel_and_the_command_line_change_is_one_story() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path());
    let change = |change| {
        ask(|reply| {
            journal
                .writer
                .change_people(Actor::command(), change, reply)
        })
    };
    let olga = change(PeopleChange::AddFirst(new("olga", Role::Admin))).unwrap();
    let beside = book(folder.path());
    let ivan = done(&beside, PeopleChange::Add(new("ivan", Role::Operator)));
    change(session(ivan, 1, Proof::None)).unwrap();
    let (row, person) = journal.reader.session(&[1; 32]).unwrap().unwrap();
    assert_eq!((row.person, person.login.as_str()), (ivan, "ivan"));
    done(&beside, PeopleChange::Disable { person: ivan });
    let (row, person) = journal.reader.session(&[1; 32]).unwrap().unwrap();
    assert!(row.ended_at.is_some() && person.disabled_at.is_some());
    let answer = change(session(ivan, 2, Proof::None));
    let why = PeopleRefusal::Disabled("ivan".to_owned());
    assert!(matches!(answer, Err(JournalError::People(refusal)) if refusal == why));
    assert_eq!(journal.reader.people().unwrap().len(), 2);
    assert_eq!(journal.reader.person(olga).unwrap().unwrap().login, "olga");
    let expected = [
        ("person_added", "olga"),
        ("person_added", "ivan"),
        ("login", ""),
        ("person_disabled", "ivan"),
    ];
    let expected = expected.map(|(act, object)| (act.to_owned(), object.to_owned()));
    assert_eq!(acts(&journal.reader), expected);
}

#[test]
fn what_cannot_be_is_refused_and_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let book = book(folder.path());
    for login in ["", "a", "Olga", "ольга", "1a", "a b", &"a".repeat(33)] {
        let why = PeopleRefusal::BadLogin(login.to_owned());
        assert_eq!(
            refused(&book, PeopleChange::Add(new(login, Role::Admin))),
            why
        );
    }
    let olga = done(&book, PeopleChange::AddFirst(new("olga", Role::Admin)));
    let taken = PeopleRefusal::LoginTaken("olga".to_owned());
    assert_eq!(
        refused(&book, PeopleChange::Add(new("olga", Role::Admin))),
        taken
    );
    let second = PeopleChange::AddFirst(new("ivan", Role::Admin));
    assert_eq!(refused(&book, second), PeopleRefusal::NotFirst);
    let last = PeopleRefusal::LastAdmin("olga".to_owned());
    let roles = [Role::Operator].into_iter().collect();
    assert_eq!(
        refused(
            &book,
            PeopleChange::SetRoles {
                person: olga,
                roles
            }
        ),
        last
    );
    assert_eq!(refused(&book, PeopleChange::Disable { person: olga }), last);
    let nobody = PeopleChange::Enable { person: 99 };
    assert_eq!(refused(&book, nobody), PeopleRefusal::UnknownPerson(99));
    let unnamed = PeopleChange::SetName {
        person: olga,
        name: " ".to_owned(),
    };
    assert_eq!(refused(&book, unnamed), PeopleRefusal::BadName);
    let reader = Reader::new(Store::in_folder(folder.path()));
    assert_eq!(acts(&reader).len(), 1);
}

#[test]
fn a_code_of_the_second_factor_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let book = book(folder.path());
    let olga = done(&book, PeopleChange::Add(new("olga", Role::Admin)));
    let factor = NewFactor {
        secret: [7; 20],
        step: 100,
        recovery: vec![[8; 32], [9; 32]],
    };
    done(
        &book,
        PeopleChange::SetFactor {
            person: olga,
            factor,
        },
    );
    // The code that has set it up is used, and so are all before it.
    for (token, proof) in [(1, Proof::Step(100)), (2, Proof::Step(99))] {
        assert_eq!(
            refused(&book, session(olga, token, proof)),
            PeopleRefusal::CodeUsed
        );
    }
    done(&book, session(olga, 3, Proof::Step(101)));
    assert_eq!(
        refused(&book, session(olga, 4, Proof::Step(101))),
        PeopleRefusal::CodeUsed
    );
    done(&book, session(olga, 5, Proof::Recovery([8; 32])));
    let again = session(olga, 6, Proof::Recovery([8; 32]));
    assert_eq!(refused(&book, again), PeopleRefusal::CodeUsed);
    assert_eq!(book.person("olga").unwrap().unwrap().recovery_codes, 1);
    done(&book, PeopleChange::RemoveFactor { person: olga });
    let plain = book.person("olga").unwrap().unwrap();
    assert_eq!((plain.totp, plain.recovery_codes), (None, 0));
}

#[test]
fn the_trail_is_only_added_to() {
    let folder = tempfile::tempdir().unwrap();
    done(
        &book(folder.path()),
        PeopleChange::Add(new("olga", Role::Admin)),
    );
    let database = Store::in_folder(folder.path()).database();
    let connection = rusqlite::Connection::open(database).unwrap();
    for sql in ["update trail set act = 'nothing'", "delete from trail"] {
        let error = connection.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("only added to"), "{sql}: {error}");
    }
}
