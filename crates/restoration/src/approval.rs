use thiserror::Error;

/// Why somebody may not approve a plan.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum NotApprover {
    /// The author cannot be the second person.
    #[error(
        "{author} has made this plan and cannot approve it: a second person has to (or set \
         one_person in [restore], if the organisation has one user)"
    )]
    IsAuthor {
        /// Who has made the plan.
        author: String,
    },
    /// Nobody stands behind the approval.
    #[error("an approval needs a name: say who approves")]
    Nameless,
}

/// Whether `approver` may approve a plan that `author` has made: a second person, unless the
/// organisation has one user only (receipt rules §4.2, step 6).
///
/// The same name in other letters or with spaces around it is the same person.
///
/// # Errors
/// When the approver has no name, or is the author and must not be.
pub fn check_approver(author: &str, approver: &str, one_person: bool) -> Result<(), NotApprover> {
    let plain = |name: &str| {
        let words: Vec<&str> = name.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    let approver = plain(approver);
    if approver.is_empty() {
        Err(NotApprover::Nameless)
    } else if approver == plain(author) && !one_person {
        Err(NotApprover::IsAuthor {
            author: author.trim().to_owned(),
        })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_no_second_person_however_the_name_is_spelled() {
        for same in ["Анна", " анна ", "АННА"] {
            assert!(check_approver("Анна", same, false).is_err(), "{same:?}");
            assert!(check_approver("Анна", same, true).is_ok(), "{same:?}");
        }
        assert!(check_approver("Анна", "Борис", false).is_ok());
        assert_eq!(check_approver("a", "  ", true), Err(NotApprover::Nameless));
    }
}
