//! Findings become incidents: opened once, kept while the trouble lasts, closed when it is gone.

use std::collections::{BTreeMap, BTreeSet};

use terms::{AccountNumber, LocalDateTime};

use crate::{Equation, EquationId, Finding, IncidentKey, Object, RuleId, Severity};

/// Trouble that lasts. Plain data, for a shell to store.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Incident {
    /// What it is known by.
    pub key: IncidentKey,
    /// The rule.
    pub rule: RuleId,
    /// The account, when it is about one.
    pub account: Option<AccountNumber>,
    /// How bad it is now.
    pub severity: Severity,
    /// When it was found first.
    pub opened: LocalDateTime,
    /// When it was found last.
    pub seen: LocalDateTime,
    /// When somebody was last told of it.
    pub told: LocalDateTime,
    /// How often it was escalated.
    pub escalations: u8,
    /// Who has taken it on.
    pub acknowledged: Option<Acknowledgement>,
    /// Nobody is told before this moment, unless it grows worse.
    pub muted_until: Option<LocalDateTime>,
}

/// Somebody has taken an incident on. It ends when the incident grows worse.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: LocalDateTime,
}

/// Why somebody is to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Notice {
    /// It is new.
    Opened,
    /// It is worse than it was.
    Worsened,
    /// It still lasts.
    Repeated,
    /// Nobody has taken it on: tell the next in line, for the so-many-th time.
    Escalated(u8),
}

/// How long to wait before telling again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tempo {
    /// Minutes after which it is told again; none for never.
    pub repeat_after: Option<i64>,
    /// Minutes after which it is escalated while nobody takes it on; none for never.
    pub escalate_after: Option<i64>,
}

/// A tempo for each severity. The defaults are a choice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tempos {
    /// To be known: told once.
    pub info: Tempo,
    /// Within a week: told again after a week.
    pub medium: Tempo,
    /// Today: told again and escalated after a day.
    pub high: Tempo,
    /// Call somebody: told again after an hour, escalated after half an hour.
    pub critical: Tempo,
    /// The most escalations.
    pub escalations_max: u8,
}

impl Default for Tempos {
    fn default() -> Self {
        let tempo = |repeat_after, escalate_after| Tempo {
            repeat_after,
            escalate_after,
        };
        let day = 24 * 60;
        Self {
            info: tempo(None, None),
            medium: tempo(Some(7 * day), None),
            high: tempo(Some(day), Some(day)),
            critical: tempo(Some(60), Some(30)),
            escalations_max: 3,
        }
    }
}

impl Tempos {
    /// The tempo of `severity`.
    pub const fn of(&self, severity: Severity) -> Tempo {
        match severity {
            Severity::Info => self.info,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        }
    }
}

/// What a pass has looked at: only these incidents can be found to be over.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// The rules that ran to their end.
    pub rules: BTreeSet<RuleId>,
    /// Of incidents about accounts, only these accounts; none for all.
    pub accounts: Option<BTreeSet<AccountNumber>>,
    /// Of what the rules are about, only this.
    pub among: Among,
}

/// Which objects a pass has looked at. Several passes share a rule: an equation and a check of
/// drives may both speak under A07, and neither may close the other's incidents.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Among {
    /// All.
    #[default]
    All,
    /// All that is about no account and no equation.
    Elsewhere,
    /// One equation for a month, a day or a drive.
    Equation(EquationId, String),
}

impl Looked {
    /// A pass over everything with `rules`.
    pub fn everywhere(rules: impl IntoIterator<Item = RuleId>) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A pass of `rules` over all that is about no account and no equation: drives, documents,
    /// money, sources, the portfolio.
    pub fn elsewhere(rules: impl IntoIterator<Item = RuleId>) -> Self {
        Self {
            among: Among::Elsewhere,
            ..Self::everywhere(rules)
        }
    }

    /// A check of one equation; `of` is what its finding was made with.
    pub fn equation(equation: EquationId, of: impl Into<String>) -> Self {
        Self {
            among: Among::Equation(equation, of.into()),
            ..Self::everywhere([Equation::of(equation).rule])
        }
    }

    /// A pass of `rules` over the accounts that were touched. What is not about an account, it has
    /// not looked at.
    pub fn touched(
        rules: impl IntoIterator<Item = RuleId>,
        accounts: impl IntoIterator<Item = AccountNumber>,
    ) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            accounts: Some(accounts.into_iter().collect()),
            among: Among::All,
        }
    }

    /// Whether it has looked where an incident of `rule` about `account` (if about one) would be.
    pub fn covers(&self, key: &IncidentKey, rule: RuleId, account: Option<&AccountNumber>) -> bool {
        let at_place = match (&self.accounts, account) {
            (None, _) => true,
            (Some(accounts), Some(account)) => accounts.contains(account),
            (Some(_), None) => false,
        };
        let of_these = match &self.among {
            Among::All => true,
            Among::Elsewhere => account.is_none() && !key.as_str().contains(":equation:"),
            Among::Equation(equation, of) => {
                let object = Object::Equation(*equation, of.clone());
                *key == IncidentKey::of(rule, &object)
            }
        };
        at_place && of_these && self.rules.contains(&rule)
    }
}

/// An incident that is open after a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Standing {
    /// The incident, as it has to be stored.
    pub incident: Incident,
    /// What was found now; none when this pass did not look there.
    pub finding: Option<Finding>,
    /// Whether somebody is to be told, and why.
    pub notice: Option<Notice>,
}

/// What a pass has changed, each list sorted by key.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// New incidents.
    pub opened: Vec<Standing>,
    /// Those that go on.
    pub still: Vec<Standing>,
    /// Those that are over.
    pub closed: Vec<Incident>,
}

/// How incidents live.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incidents {
    /// When to tell again.
    pub tempos: Tempos,
}

impl Incidents {
    /// Brings the open incidents together with what a pass has found.
    ///
    /// Findings of one key are one incident, of the gravest of them. An open incident without a
    /// finding is closed if the pass has looked at it, and goes on unseen if not.
    pub fn step(
        &self,
        open: impl IntoIterator<Item = Incident>,
        findings: impl IntoIterator<Item = Finding>,
        looked: &Looked,
        now: LocalDateTime,
    ) -> Step {
        let mut found: BTreeMap<IncidentKey, Finding> = BTreeMap::new();
        for finding in findings {
            let key = finding.key();
            let graver = found
                .get(&key)
                .is_none_or(|known| known.severity < finding.severity);
            if graver {
                found.insert(key, finding);
            }
        }
        let open: BTreeMap<_, _> = open
            .into_iter()
            .map(|incident| (incident.key.clone(), incident))
            .collect();
        let mut step = Step::default();
        for (key, incident) in open {
            match found.remove(&key) {
                None if looked.covers(&key, incident.rule, incident.account.as_ref()) => {
                    step.closed.push(incident)
                }
                finding => step.still.push(self.go_on(incident, finding, now)),
            }
        }
        step.opened = found
            .into_iter()
            .map(|(key, finding)| open_incident(key, finding, now))
            .collect();
        step
    }

    fn go_on(
        &self,
        mut incident: Incident,
        finding: Option<Finding>,
        now: LocalDateTime,
    ) -> Standing {
        let before = incident.severity;
        if let Some(finding) = &finding {
            incident.seen = now;
            incident.severity = finding.severity;
        }
        let worse = incident.severity > before;
        if worse {
            incident.acknowledged = None;
            incident.escalations = 0;
        }
        let notice = if worse {
            Some(Notice::Worsened)
        } else {
            self.notice(&incident, now)
        };
        if let Some(notice) = notice {
            incident.told = now;
            if let Notice::Escalated(times) = notice {
                incident.escalations = times;
            }
        }
        Standing {
            incident,
            finding,
            notice,
        }
    }

    fn notice(&self, incident: &Incident, now: LocalDateTime) -> Option<Notice> {
        let muted = incident.muted_until.is_some_and(|until| now < until);
        if muted || incident.acknowledged.is_some() {
            return None;
        }
        let tempo = self.tempos.of(incident.severity);
        let silent = now.minutes_since(incident.told);
        let over = |after: Option<i64>| after.is_some_and(|after| silent >= after);
        if incident.escalations < self.tempos.escalations_max && over(tempo.escalate_after) {
            Some(Notice::Escalated(incident.escalations + 1))
        } else {
            over(tempo.repeat_after).then_some(Notice::Repeated)
        }
    }
}

fn open_incident(key: IncidentKey, finding: Finding, now: LocalDateTime) -> Standing {
    Standing {
        incident: Incident {
            key,
            rule: finding.rule,
            account: finding.object.account().cloned(),
            severity: finding.severity,
            opened: now,
            seen: now,
            told: now,
            escalations: 0,
            acknowledged: None,
            muted_until: None,
        },
        finding: Some(finding),
        notice: Some(Notice::Opened),
    }
}
