use thiserror::Error;

use terms::named;

named! {
    /// Where a restoration stands in its life.
    ///
    /// ```text
    /// making → draft → approved → running ⇄ paused
    ///                                 └──► done
    /// making, draft, approved, paused ──► abandoned
    /// ```
    State("state of restoration") {
        /// Its rows are being stored. After a crash it stays so: it can only be abandoned and made
        /// anew.
        Making = "making",
        /// All rows are stored and their hash is fixed; somebody has to approve it.
        Draft = "draft",
        /// A person has approved this hash; nothing has been carried out.
        Approved = "approved",
        /// It is being carried out, or waits for a limit and says so.
        Running = "running",
        /// A person or a limit has stopped it; what was accepted goes on to the drives.
        Paused = "paused",
        /// Every row is over.
        Done = "done",
        /// It was given up; what was accepted before stays.
        Abandoned = "abandoned",
    }
}

named! {
    /// What can be done with a restoration.
    Act("act") {
        /// All rows are stored.
        Seal = "seal",
        /// A person approves the plan of this hash.
        Approve = "approve",
        /// A person lets it begin.
        Run = "run",
        /// A person or a limit stops it for now.
        Pause = "pause",
        /// A person lets it go on.
        Resume = "resume",
        /// Every row is over.
        Finish = "finish",
        /// A person gives it up.
        Abandon = "abandon",
    }
}

/// An act that a restoration's state does not allow.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{act} is not possible while the restoration is {state}: {}", what_now(*state))]
pub struct NotNow {
    /// The state it is in.
    pub state: State,
    /// What was wanted.
    pub act: Act,
}

impl State {
    /// The state after `act`.
    ///
    /// # Errors
    /// When the act is not possible now; nothing changes then.
    pub const fn turn(self, act: Act) -> Result<Self, NotNow> {
        match (self, act) {
            (Self::Making, Act::Seal) => Ok(Self::Draft),
            (Self::Draft, Act::Approve) => Ok(Self::Approved),
            (Self::Approved, Act::Run) | (Self::Paused, Act::Resume) => Ok(Self::Running),
            (Self::Running, Act::Pause) => Ok(Self::Paused),
            (Self::Running, Act::Finish) => Ok(Self::Done),
            (Self::Making | Self::Draft | Self::Approved | Self::Paused, Act::Abandon) => {
                Ok(Self::Abandoned)
            }
            _ => Err(NotNow { state: self, act }),
        }
    }

    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Abandoned)
    }
}

/// What a person can do in `state`.
const fn what_now(state: State) -> &'static str {
    match state {
        State::Making => {
            "its plan is still being made; if it stays so, abandon it and make it anew"
        }
        State::Draft => "look at its rows, then approve or abandon it",
        State::Approved => "run or abandon it",
        State::Running => "pause it first, or let it come to its end",
        State::Paused => "resume or abandon it",
        State::Done => "it is over; its report can still be made",
        State::Abandoned => "it is over; make a new plan",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_life_of_a_restoration_is_exactly_this_table() {
        let expected = "making abandon abandoned\nmaking seal draft\n\
            draft abandon abandoned\ndraft approve approved\n\
            approved abandon abandoned\napproved run running\n\
            running finish done\nrunning pause paused\n\
            paused abandon abandoned\npaused resume running";
        let expected: BTreeSet<String> = expected.lines().map(str::to_owned).collect();
        let mut found = BTreeSet::new();
        for state in State::ALL {
            for act in Act::ALL {
                if let Ok(next) = state.turn(*act) {
                    found.insert(format!("{state} {act} {next}"));
                }
            }
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn every_way_to_the_run_leads_through_an_approval() {
        // All states that can be reached without ever approving.
        let mut reached = vec![State::Making];
        let mut ahead = vec![State::Making];
        while let Some(state) = ahead.pop() {
            for act in Act::ALL.iter().filter(|act| **act != Act::Approve) {
                if let Ok(next) = state.turn(*act)
                    && !reached.contains(&next)
                {
                    reached.push(next);
                    ahead.push(next);
                }
            }
        }
        assert!(!reached.contains(&State::Running) && !reached.contains(&State::Paused));
        assert!(reached.contains(&State::Abandoned));
    }

    #[test]
    fn a_refused_act_says_what_can_be_done_instead() {
        let refused = State::Draft.turn(Act::Run).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "run is not possible while the restoration is draft: look at its rows, then approve or \
             abandon it",
        );
    }
}
