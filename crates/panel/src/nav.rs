//! Where pages are found: one table.

use desk::{Person, Right};

use crate::{pages::start, program::Stage, text::Text, texts::LayoutTexts};

/// A place of the panel.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// The state of everything.
    Home,
    /// Accounts.
    Accounts,
    /// Receipts.
    Receipts,
    /// Operations.
    Operations,
    /// Files of banks.
    Imports,
    /// Which receipt is needed.
    Calculator,
    /// Receipts that wait for somebody.
    Decisions,
    /// The slots in detail.
    Cassette,
    /// What the rules have found.
    Incidents,
    /// What the ОФД has said.
    Remarks,
    /// The shifts of the drives.
    Shifts,
    /// Contracts over a month, and those that end.
    Contracts,
    /// What is paid on to suppliers.
    Payouts,
    /// Billing, banks, drives and ОФД compared with the journal.
    Reconciling,
    /// Plans of restoring lost settlements and wrong receipts.
    Restoring,
    /// How soon receipts are formed, and what was promised.
    ServiceLevel,
    /// Who may log in.
    People,
    /// What people have done.
    Trail,
    /// What is to be done before the switch.
    Golive,
    /// Setting up, step by step.
    Start,
    /// What stands, services, keys, webhooks.
    Settings,
    /// The program and its words.
    Help,
    /// The own name, password and devices.
    Profile,
    /// Before the door: no navigation.
    Outside,
}

/// What belongs together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Group {
    /// The daily work.
    Work,
    /// Books, reports, papers.
    Books,
    /// Drives and wires.
    Machine,
    /// People and settings.
    Administration,
}

/// A page in the navigation.
pub(crate) struct Entry {
    pub(crate) place: Place,
    group: Group,
    pub(crate) path: &'static str,
    /// Who sees it.
    right: Right,
    label: fn(&LayoutTexts) -> Text,
    /// Its picture in `assets/icons.svg`.
    pub(crate) icon: &'static str,
}

/// All pages of the navigation, in its order.
const ENTRIES: &[Entry] = &[
    Entry {
        place: Place::Home,
        group: Group::Work,
        path: "/",
        right: Right::Look,
        label: |t| t.home,
        icon: "home",
    },
    Entry {
        place: Place::Accounts,
        group: Group::Work,
        path: "/accounts",
        right: Right::Look,
        label: |t| t.accounts,
        icon: "accounts",
    },
    Entry {
        place: Place::Receipts,
        group: Group::Work,
        path: "/receipts",
        right: Right::Look,
        label: |t| t.receipts,
        icon: "receipts",
    },
    Entry {
        place: Place::Operations,
        group: Group::Work,
        path: "/operations",
        right: Right::Look,
        label: |t| t.operations,
        icon: "operations",
    },
    Entry {
        place: Place::Imports,
        group: Group::Work,
        path: "/imports",
        right: Right::Import,
        label: |t| t.imports,
        icon: "imports",
    },
    Entry {
        place: Place::Calculator,
        group: Group::Work,
        path: "/calculator",
        right: Right::Look,
        label: |t| t.calculator,
        icon: "calculator",
    },
    Entry {
        place: Place::Decisions,
        group: Group::Work,
        path: "/decisions",
        right: Right::Look,
        label: |t| t.decisions,
        icon: "decide",
    },
    Entry {
        place: Place::Incidents,
        group: Group::Work,
        path: "/incidents",
        right: Right::Look,
        label: |t| t.incidents,
        icon: "incident",
    },
    Entry {
        place: Place::Cassette,
        group: Group::Machine,
        path: "/cassette",
        right: Right::Look,
        label: |t| t.cassette,
        icon: "rack",
    },
    Entry {
        place: Place::Shifts,
        group: Group::Books,
        path: "/shifts",
        right: Right::Look,
        label: |t| t.shifts,
        icon: "clock",
    },
    Entry {
        place: Place::Contracts,
        group: Group::Books,
        path: "/contracts",
        right: Right::Look,
        label: |t| t.contracts,
        icon: "contract",
    },
    Entry {
        place: Place::Payouts,
        group: Group::Books,
        path: "/payouts",
        right: Right::Report,
        label: |t| t.payouts,
        icon: "payout",
    },
    Entry {
        place: Place::Remarks,
        group: Group::Machine,
        path: "/remarks",
        right: Right::Look,
        label: |t| t.remarks,
        icon: "message",
    },
    Entry {
        place: Place::Reconciling,
        group: Group::Books,
        path: "/reconciling",
        right: Right::Reconcile,
        label: |t| t.reconciling,
        icon: "scales",
    },
    Entry {
        place: Place::Restoring,
        group: Group::Books,
        path: "/restoring",
        right: Right::Look,
        label: |t| t.restoring,
        icon: "restore",
    },
    Entry {
        place: Place::ServiceLevel,
        group: Group::Books,
        path: "/service-level",
        right: Right::Look,
        label: |t| t.service_level,
        icon: "level",
    },
    Entry {
        place: Place::People,
        group: Group::Administration,
        path: "/people",
        right: Right::People,
        label: |t| t.people,
        icon: "people",
    },
    Entry {
        place: Place::Trail,
        group: Group::Administration,
        path: "/trail",
        right: Right::Trail,
        label: |t| t.trail,
        icon: "trail",
    },
    Entry {
        place: Place::Start,
        group: Group::Administration,
        path: start::PATH,
        right: Right::Configure,
        label: |t| t.start,
        icon: "start",
    },
    Entry {
        place: Place::Golive,
        group: Group::Administration,
        path: "/golive",
        right: Right::Look,
        label: |t| t.golive,
        icon: "golive",
    },
    Entry {
        place: Place::Settings,
        group: Group::Administration,
        path: "/settings",
        right: Right::Integrate,
        label: |t| t.settings,
        icon: "settings",
    },
    Entry {
        place: Place::Help,
        group: Group::Administration,
        path: "/help",
        right: Right::Look,
        label: |t| t.help,
        icon: "help",
    },
];

impl Group {
    const ALL: [Self; 4] = [Self::Work, Self::Books, Self::Machine, Self::Administration];

    const fn label(self, t: &LayoutTexts) -> Text {
        match self {
            Self::Work => t.group_work,
            Self::Books => t.group_books,
            Self::Machine => t.group_machine,
            Self::Administration => t.group_administration,
        }
    }
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) label: Text,
    pub(crate) path: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) is_here: bool,
    /// How many things wait there; 0 is not shown.
    pub(crate) count: u64,
}

/// What somebody may go to, by groups; those with nothing in them are left out.
pub(crate) fn links(
    person: &Person,
    (here, stage): (Place, Stage),
    incidents: u64,
    t: &LayoutTexts,
) -> Vec<(Text, Vec<Link>)> {
    let is_open = |it: &Entry| stage != Stage::FirstRun || start::is_open_at_first(it.path);
    let of_group = |group: Group| {
        let entries = ENTRIES
            .iter()
            .filter(|it| it.group == group && person.may(it.right) && is_open(it));
        let links: Vec<Link> = entries
            .map(|entry| Link {
                label: (entry.label)(t),
                path: entry.path,
                icon: entry.icon,
                is_here: entry.place == here,
                count: match entry.place {
                    Place::Incidents => incidents,
                    _ => 0,
                },
            })
            .collect();
        (!links.is_empty()).then(|| (group.label(t), links))
    };
    Group::ALL.into_iter().filter_map(of_group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_has_its_picture_and_a_path_of_its_own() {
        let sprite = include_str!("../assets/icons.svg");
        for (place, entry) in ENTRIES.iter().enumerate() {
            let id = format!("id=\"{}\"", entry.icon);
            assert!(sprite.contains(&id), "icons.svg lacks {id}");
            assert!(entry.path.starts_with('/'), "{}", entry.path);
            assert!(
                ENTRIES[..place]
                    .iter()
                    .all(|other| other.path != entry.path),
                "two entries lead to {}",
                entry.path
            );
        }
    }
}
