use terms::named;

named! {
    /// What was found out about a row when the plan was made.
    Class("class of row") {
        /// Lost: it has no receipt and will get one.
        Missing = "missing",
        /// Its receipt is wrong and will be fixed.
        Wrong = "wrong",
        /// Its receipt is there.
        Exists = "exists",
        /// It may be one of the payments that are there: a person has to look.
        Ambiguous = "ambiguous",
        /// No account of ours.
        NotOurs = "not_ours",
        /// Cashless between businesses: it needs no receipt (54-ФЗ art. 2 p. 9).
        Business = "business",
        /// Not within the days that were asked for.
        Outside = "outside",
        /// It has been corrected before: the later document is to be named instead.
        Corrected = "corrected",
        /// The rules refuse it.
        Refused = "refused",
    }
}

impl Class {
    /// Whether rows of the class are carried out; all others stand aside.
    pub const fn is_carried_out(self) -> bool {
        matches!(self, Self::Missing | Self::Wrong)
    }

    /// The state in which a row of the class begins.
    pub const fn first_state(self) -> RowState {
        if self.is_carried_out() {
            RowState::Planned
        } else {
            RowState::Aside
        }
    }
}

named! {
    /// What has become of a row.
    RowState("state of row") {
        /// It waits for its turn.
        Planned = "planned",
        /// Its operation is in the journal; the states of its receipts tell the rest.
        Accepted = "accepted",
        /// It would become something else than was approved. Nothing was formed; it comes into the
        /// next plan.
        Changed = "changed",
        /// The rules refused it when its turn came.
        Refused = "refused",
        /// It is not carried out: its [`Class`] says why.
        Aside = "aside",
        /// The restoration was abandoned before its turn.
        Dropped = "dropped",
    }
}

impl RowState {
    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Planned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lost_and_wrong_rows_wait_for_their_turn() {
        let waiting: Vec<Class> = Class::ALL
            .iter()
            .copied()
            .filter(|class| !class.first_state().is_over())
            .collect();
        assert_eq!(waiting, [Class::Missing, Class::Wrong]);
    }

    #[test]
    fn names_are_read_back_and_nothing_else_is() {
        for class in Class::ALL {
            assert_eq!(class.name().parse(), Ok(*class));
        }
        for state in RowState::ALL {
            assert_eq!(state.to_string().parse(), Ok(*state));
        }
        assert!("Missing".parse::<Class>().is_err());
    }
}
