use audit::{Finding, Rule, Severity};

/// Something that a rule has found, for people and programs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// The rule, such as `A01`.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What its incident is known by.
    pub key: String,
    /// What the rule finds, in Russian and English.
    pub title: (&'static str, &'static str),
    /// What was found, with its numbers.
    pub what: (String, String),
    /// What to do about it.
    pub advice: (&'static str, &'static str),
    /// The numbers by name.
    pub numbers: Vec<(&'static str, String)>,
}

impl Found {
    pub(super) fn of(finding: &Finding) -> Self {
        let rule = Rule::of(finding.rule);
        let numbers = finding.numbers.iter();
        Self {
            rule: finding.rule.name(),
            severity: finding.severity,
            key: finding.key().to_string(),
            title: rule.title,
            what: (finding.what.ru.clone(), finding.what.en.clone()),
            advice: rule.advice,
            numbers: numbers
                .map(|(name, value)| (*name, value.to_string()))
                .collect(),
        }
    }
}
