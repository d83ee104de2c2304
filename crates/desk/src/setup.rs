use std::path::PathBuf;

use cassette::Limits;
use chrono::FixedOffset;
use engine::Config;
use ffd::{
    Cashier, CloseArchive, CloseShift, OpenShift, Place, RegistrationFacts, UsageConditions,
};
use links::{Endpoint, LinkTimeouts, OfdTimeouts, PortRules, SlotAddress};
use terms::{FfdVersion, Inn, TaxSystems};

use crate::{DeskError, PeopleSetup, RestoreRules, StatementRules, WatchRules};

/// The version of this ККТ in documents (tag 1188, at most 8 characters).
pub(crate) const KKT_VERSION: &str = concat!("K", env!("CARGO_PKG_VERSION"));

/// The highest version of the format that this ККТ knows (tag 1189).
pub(crate) const KKT_FFD: FfdVersion = FfdVersion::V1_2;

/// All that the desk has to know before it opens.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where the journal lives.
    pub folder: PathBuf,
    /// Whose cassette it is.
    pub organisation: Organisation,
    /// The engine's configuration.
    pub receipts: Config,
    /// The slots, in the order of the rack.
    pub slots: Vec<SlotPlan>,
    /// The ports that slots without an address may open.
    pub ports: PortRules,
    /// Limits and habits of the slots.
    pub limits: Limits,
    /// How long wires wait for what.
    pub link_timeouts: LinkTimeouts,
    /// Other operators of fiscal data: drives that are registered with one of them go on sending
    /// their documents there.
    pub other_operators: Vec<Ofd>,
    /// How long the ОФД may take.
    pub ofd_timeouts: OfdTimeouts,
    /// What is to be done with files of payments.
    pub statements: StatementRules,
    /// What is to be done when the past is restored.
    pub restore: RestoreRules,
    /// What is to be looked at, how often and by which thresholds.
    pub watch: WatchRules,
    /// How many may follow the feed of events at a time.
    pub streams_max: u16,
    /// How people log in to the panel.
    pub people: PeopleSetup,
}

impl Setup {
    /// The operators whose addresses are known, the organisation's own first.
    pub fn operators(&self) -> impl Iterator<Item = &Ofd> {
        std::iter::once(&self.organisation.ofd).chain(&self.other_operators)
    }
}

/// The legal entity, as its documents show it.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Tag 1018.
    pub inn: Inn,
    /// Tag 1048, at most 256 characters.
    pub name: String,
    /// Tag 1062.
    pub tax_systems: TaxSystems,
    /// Tag 1009: the address of settlements.
    pub address: String,
    /// Tag 1187: the place of settlements.
    pub place: String,
    /// Tag 1187 of settlements in the Internet: the site. None: no such settlements are taken.
    pub site: Option<String>,
    /// Tag 1117: the e-mail address that receipts come from.
    pub sender_email: String,
    /// Tag 1021: who settles.
    pub cashier: String,
    /// Tag 1060: the site where receipts are checked.
    pub fns_site: String,
    /// How far the place's time is ahead of UTC.
    pub utc_offset: FixedOffset,
    /// The operator of fiscal data: drives are registered with it.
    pub ofd: Ofd,
}

/// The operator of fiscal data.
#[derive(Clone, Debug)]
pub struct Ofd {
    /// Tag 1017.
    pub inn: Inn,
    /// Tag 1046.
    pub name: String,
    /// Where it listens.
    pub address: Endpoint,
    /// The site where receipts can be looked up, for people.
    pub site: Option<String>,
}

/// A slot as it is planned.
#[derive(Clone, Debug)]
pub struct SlotPlan {
    /// The wire to its drive, or none: then the drive is looked for.
    pub address: SlotAddress,
    /// Whether its drive stands in for others, by the policy of that name.
    pub spare: bool,
}

impl Organisation {
    pub(crate) fn cashier(&self) -> Cashier {
        Cashier::named(&self.cashier)
    }

    pub(crate) fn place(&self) -> Place {
        Place {
            address: self.address.clone(),
            place: self.place.clone(),
        }
    }
}

impl Setup {
    /// The version of the format that the organisation's drives are registered by.
    pub const fn ffd(&self) -> FfdVersion {
        self.receipts.ffd
    }

    /// What the registrations of the organisation's drives fix.
    pub(crate) const fn facts(&self) -> RegistrationFacts {
        RegistrationFacts {
            ffd: self.ffd(),
            tax_systems: self.organisation.tax_systems,
            agent_kinds: None,
            offline: false,
            automatic: false,
            encryption: false,
            conditions: UsageConditions(UsageConditions::SERVICES),
        }
    }

    /// What the host passes for the reports on shifts and on the closing of the archive.
    ///
    /// # Errors
    /// When a text of the set-up does not fit the format.
    pub fn report_tlvs(&self) -> Result<ReportTlvs, DeskError> {
        let wrong = |error: ffd::EncodeError| DeskError::Setup {
            what: error.to_string(),
        };
        let (organisation, ffd) = (&self.organisation, self.ffd());
        let open_shift = OpenShift {
            ffd,
            cashier: Some(organisation.cashier()),
            kkt_version: KKT_VERSION.to_owned(),
            kkt_ffd: KKT_FFD,
            additional: None,
            other: Vec::new(),
        };
        let close_shift = CloseShift {
            ffd,
            cashier: Some(organisation.cashier()),
            additional: None,
            other: Vec::new(),
        };
        let close_archive = CloseArchive {
            ffd,
            user_name: organisation.name.clone(),
            settlement: Some(organisation.place()),
            cashier: Some(organisation.cashier()),
            additional: None,
            other: Vec::new(),
        };
        Ok(ReportTlvs {
            open_shift: open_shift.host_tlv().map_err(wrong)?,
            close_shift: close_shift.host_tlv().map_err(wrong)?,
            close_archive: close_archive.host_tlv().map_err(wrong)?,
        })
    }
}

/// What the host passes for reports that are the same each time.
#[derive(Clone, Debug)]
pub struct ReportTlvs {
    /// Open shift report.
    pub open_shift: Vec<u8>,
    /// Close shift report.
    pub close_shift: Vec<u8>,
    /// Report on the closing of the archive.
    pub close_archive: Vec<u8>,
}
