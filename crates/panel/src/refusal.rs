//! What cannot be done about people, beside the field that is to blame.

use desk::{Language, PeopleError, PeopleRefusal, WeakPassword};

use crate::{failure::Failure, form::Form, texts::RefusalTexts};

/// Says in the form what is wrong. Fields are named `login`, `name`, `role`, `password`, `old` (the
/// own password that proves who asks) and `code`.
///
/// # Errors
/// What is the server's own failure is a page of its own.
pub(crate) fn tell(form: &mut Form, language: Language, error: PeopleError) -> Result<(), Failure> {
    let t = RefusalTexts::of(language);
    let (field, why) = match error {
        PeopleError::Weak(weak) => (
            "password",
            match weak {
                WeakPassword::Short => t.short,
                WeakPassword::Long => t.long,
                WeakPassword::HoldsLogin => t.holds_login,
                WeakPassword::Monotonous => t.monotonous,
            },
        ),
        PeopleError::Refused(refusal) => match refusal {
            PeopleRefusal::BadLogin(_) => ("login", t.bad_login),
            PeopleRefusal::LoginTaken(_) => ("login", t.login_taken),
            PeopleRefusal::BadName => ("name", t.bad_name),
            PeopleRefusal::NoRoles => ("role", t.no_roles),
            PeopleRefusal::LastAdmin(_) => ("", t.last_admin),
            PeopleRefusal::NotFirst => ("", t.not_first),
            PeopleRefusal::UnknownPerson(_) | PeopleRefusal::UnknownSession(_) => ("", t.unknown),
            PeopleRefusal::Disabled(_) => ("", t.disabled),
            PeopleRefusal::CodeUsed => ("code", t.code_used),
        },
        PeopleError::WrongPassword => ("old", t.wrong_password),
        PeopleError::WrongCode | PeopleError::WrongSetupCode => ("code", t.wrong_code),
        PeopleError::Locked { wait } => {
            form.refuse("", t.locked.with("wait", wait.as_secs() + 1));
            return Ok(());
        }
        PeopleError::Desk(error) => return Err(error.into()),
    };
    form.refuse(field, why);
    Ok(())
}
