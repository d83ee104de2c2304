use std::{error::Error, io::Read as _, path::PathBuf, process::ExitCode};

use chrono::{DateTime, FixedOffset};
use clap::{Args, Subcommand};
use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use desk::{
    Actor, Language, NewPerson, Passwords, PeopleBook, PeopleChange, PersonRow, Role, Store,
    check_password, random_password,
};
use serde_json::{Value, json};

use super::Outcome;
use crate::config::Config;

/// The longest password that is read, bytes.
const PASSWORD_BYTES: u64 = 4_096;
/// The most characters in a line of the table.
const WIDTH: u16 = 140;

/// Manage the people of the panel. Works beside a running server, which knows of a change at once;
/// each change is in the trail of the panel as one of the command line.
#[derive(Args)]
pub(crate) struct User {
    #[command(subcommand)]
    action: Action,
    /// The configuration file.
    #[arg(long, global = true, default_value = "/etc/kassette/kassette.toml")]
    config: PathBuf,
}

#[derive(Subcommand)]
enum Action {
    /// Add somebody, and show a password to begin with, this once.
    Add {
        /// What is written at the door: 2 to 32 of a…z, 0…9, «.», «-», «_».
        login: String,
        /// Full name.
        #[arg(long)]
        name: String,
        /// What they are: `operator`, `accountant`, `chief_accountant`, `technician`, `admin`.
        #[arg(long, value_delimiter = ',', required = true, value_parser = role)]
        role: Vec<Role>,
        /// What the panel speaks to them: ru or en.
        #[arg(long, default_value = "ru", value_parser = language)]
        language: Language,
        /// Read the password from standard input; then it need not be changed at the first login.
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the people.
    List {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Give somebody other roles in the place of theirs.
    Roles {
        /// Whose.
        login: String,
        /// As for `add`.
        #[arg(long, value_delimiter = ',', required = true, value_parser = role)]
        role: Vec<Role>,
    },
    /// Set a password, and show it, this once; all sessions end.
    Password {
        /// Whose.
        login: String,
        /// Read it from standard input; then it need not be changed at the first login.
        #[arg(long)]
        password_stdin: bool,
        /// Take the second factor away, too.
        #[arg(long)]
        remove_factor: bool,
    },
    /// Let somebody not log in any more; all sessions end.
    Disable {
        /// Who.
        login: String,
    },
    /// Let somebody log in again.
    Enable {
        /// Who.
        login: String,
    },
    /// List the sessions of somebody, or end them.
    Sessions {
        /// Whose.
        login: String,
        /// End all of them.
        #[arg(long)]
        end: bool,
    },
}

impl User {
    pub(crate) fn run(self) -> Outcome {
        let config = Config::read(&self.config)?;
        let office = Office {
            book: PeopleBook::open(&Store::in_folder(&config.journal.folder))?,
            offset: config.organisation.utc_offset,
            config,
        };
        office.act(self.action)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// An administrator with this login and a new password, for trying things out.
pub(super) fn for_trial(config: &Config, login: &str) -> Result<String, Box<dyn Error>> {
    let book = PeopleBook::open(&Store::in_folder(&config.journal.folder))?;
    let shown = random_password()?;
    let password = Passwords::new(&config.panel.people()?)?.hash_here(&shown)?;
    let change = match book.person(login)? {
        Some(known) => PeopleChange::SetPassword {
            person: known.id,
            password,
            must_change: false,
            keep: None,
        },
        None => PeopleChange::Add(NewPerson {
            login: login.to_owned(),
            name: "Демонстрация".to_owned(),
            roles: [Role::Admin].into_iter().collect(),
            password,
            must_change: false,
            language: Language::Ru,
        }),
    };
    book.change(&Actor::command(), &change)?;
    Ok(shown)
}

/// Where people are kept.
struct Office {
    book: PeopleBook,
    offset: FixedOffset,
    config: Config,
}

impl Office {
    fn act(&self, action: Action) -> Result<(), Box<dyn Error>> {
        match action {
            Action::Add {
                login,
                name,
                role,
                language,
                password_stdin,
            } => {
                let (password, hash) = self.password(&login, password_stdin)?;
                self.change(PeopleChange::Add(NewPerson {
                    login,
                    name,
                    roles: role.into_iter().collect(),
                    password: hash,
                    must_change: !password_stdin,
                    language,
                }))?;
                show(password);
            }
            Action::List { json } => self.list(json)?,
            Action::Roles { login, role } => {
                let person = self.find(&login)?.id;
                let roles = role.into_iter().collect();
                self.change(PeopleChange::SetRoles { person, roles })?;
            }
            Action::Password {
                login,
                password_stdin,
                remove_factor,
            } => {
                let person = self.find(&login)?.id;
                let (shown, password) = self.password(&login, password_stdin)?;
                self.change(PeopleChange::SetPassword {
                    person,
                    password,
                    must_change: !password_stdin,
                    keep: None,
                })?;
                if remove_factor {
                    self.change(PeopleChange::RemoveFactor { person })?;
                }
                show(shown);
            }
            Action::Disable { login } => {
                let person = self.find(&login)?.id;
                self.change(PeopleChange::Disable { person })?;
            }
            Action::Enable { login } => {
                let person = self.find(&login)?.id;
                self.change(PeopleChange::Enable { person })?;
            }
            Action::Sessions { login, end } => {
                let person = self.find(&login)?.id;
                if end {
                    self.change(PeopleChange::EndSessions { person, keep: None })?;
                }
                self.sessions(person)?;
            }
        }
        Ok(())
    }

    fn change(&self, change: PeopleChange) -> Result<(), Box<dyn Error>> {
        self.book.change(&Actor::command(), &change)?;
        Ok(())
    }

    fn find(&self, login: &str) -> Result<PersonRow, Box<dyn Error>> {
        let found = self.book.person(login)?;
        found.ok_or_else(|| format!("there is nobody «{login}»; see «kassette user list»").into())
    }

    /// A password and its hash; the password is none when whoever calls has written it.
    fn password(
        &self,
        login: &str,
        from_stdin: bool,
    ) -> Result<(Option<String>, String), Box<dyn Error>> {
        let password = match from_stdin {
            true => read_password()?,
            false => random_password()?,
        };
        check_password(&password, login)?;
        let hash = Passwords::new(&self.config.panel.people()?)?.hash_here(&password)?;
        Ok(((!from_stdin).then_some(password), hash))
    }

    fn list(&self, as_json: bool) -> Result<(), Box<dyn Error>> {
        let people = self.book.people()?;
        if as_json {
            let people: Vec<Value> = people.iter().map(person_json).collect();
            println!("{}", Value::Array(people));
            return Ok(());
        }
        if people.is_empty() {
            println!("there is nobody; add somebody by «kassette user add»");
            return Ok(());
        }
        let mut table = table([
            "login",
            "name",
            "roles",
            "second factor",
            "seen last",
            "may log in",
        ]);
        for person in people {
            let seen = person.seen_at.map(|at| self.minute(at));
            table.add_row([
                person.login,
                person.name,
                person.roles.to_string(),
                if person.totp.is_some() { "yes" } else { "no" }.to_owned(),
                seen.unwrap_or_else(|| "–".to_owned()),
                if person.disabled_at.is_none() {
                    "yes"
                } else {
                    "no"
                }
                .to_owned(),
            ]);
        }
        println!("{table}");
        Ok(())
    }

    fn sessions(&self, person: i64) -> Result<(), Box<dyn Error>> {
        let sessions = self.book.sessions_of(person)?;
        if sessions.is_empty() {
            println!("there are no sessions");
            return Ok(());
        }
        let mut table = table(["since", "seen last", "from", "browser"]);
        for session in sessions {
            table.add_row([
                self.minute(session.created_at),
                self.minute(session.seen_at),
                session.address.unwrap_or_default(),
                session.agent,
            ]);
        }
        println!("{table}");
        Ok(())
    }

    fn minute(&self, at_ms: i64) -> String {
        let at = DateTime::from_timestamp_millis(at_ms);
        at.map_or_else(
            || at_ms.to_string(),
            |at| {
                let at = at.with_timezone(&self.offset);
                at.format("%Y-%m-%d %H:%M").to_string()
            },
        )
    }
}

fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH)
        .set_header(header);
    table
}

fn person_json(person: &PersonRow) -> Value {
    let roles: Vec<&str> = person.roles.iter().map(Role::name).collect();
    json!({
        "login": person.login,
        "name": person.name,
        "roles": roles,
        "second_factor": person.totp.is_some(),
        "must_change_password": person.must_change,
        "language": person.language.code(),
        "created_at_ms": person.created_at,
        "seen_at_ms": person.seen_at,
        "disabled_at_ms": person.disabled_at,
    })
}

/// Shows a password that we have made.
fn show(password: Option<String>) {
    if let Some(password) = password {
        println!("{password}");
        eprintln!("shown this once; it has to be changed at the first login");
    }
}

fn read_password() -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    let stdin = std::io::stdin().lock();
    stdin.take(PASSWORD_BYTES).read_to_string(&mut text)?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| {
        let names = Role::ALL.map(Role::name).join(", ");
        format!("write some of {names}")
    })
}

fn language(code: &str) -> Result<Language, String> {
    Language::from_code(code).ok_or_else(|| "write ru or en".to_owned())
}
