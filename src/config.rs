//! The one configuration file: `config/kassette.toml` explains every key.

mod atol_online;
mod backup;
mod banks;
mod clock;
mod contracts;
mod export;
mod http;
mod panel;
mod paths;
mod receipts;
mod reconcile;
mod restore;
mod retention;
mod service_level;
mod statements;
mod telling;
mod watch;
mod watching;
mod webhooks;
mod written;

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use atol_online::AtolOnlineTable;
use backup::BackupTable;
use banks::BankTable;
use chrono::FixedOffset;
use clock::ClockTable;
use contracts::ContractsTable;
use desk::{
    Config as Receipts, DeskError, Endpoint, Limits, LinkTimeouts, Ofd, OfdTimeouts, Organisation,
    Policy, PortPattern, PortRules, Setup, SlotAddress, SlotPlan,
};
pub(crate) use export::ExportPlan;
use export::ExportTable;
pub(crate) use http::{Http, TlsFiles};
pub(crate) use panel::PanelTable;
pub(crate) use paths::Named;
use receipts::ReceiptsTable;
pub(crate) use reconcile::ReconcilePlan;
use reconcile::ReconcileTable;
use restore::RestoreTable;
use retention::RetentionTable;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
pub(crate) use service_level::ServiceLevelTable;
use terms::{FfdVersion, Inn, TaxSystem, TaxSystems};
use thiserror::Error;
use watch::WatchTable;
use watching::LogTable;
pub(crate) use watching::MetricsTable;
pub(crate) use watching::log_format;
use webhooks::{CallbacksTable, WebhookTable};
pub(crate) use written::{First, beside, sync_folder, write_whole};

pub(crate) mod atol_local;
pub(crate) use statements::InboxPlan;
use statements::StatementsTable;

/// The largest configuration file, bytes.
const FILE_MAX: u64 = 1024 * 1024;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no configuration.
    #[error("the configuration {} is wrong:\n{message}", path.display())]
    Wrong {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
}

/// The configuration as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The HTTP interface.
    #[serde(default)]
    pub(crate) http: Http,
    /// The figures for Prometheus.
    #[serde(default)]
    pub(crate) metrics: MetricsTable,
    /// How the log is written: [`log_format`] has read that before.
    #[serde(default)]
    #[expect(dead_code, reason = "here unknown keys and formats are refused")]
    log: LogTable,
    /// The panel for people.
    #[serde(default)]
    pub(crate) panel: PanelTable,
    /// The local web requests of ATOL.
    #[serde(default)]
    pub(crate) atol_local: atol_local::AtolLocalTable,
    /// The journal.
    pub(crate) journal: Journal,
    /// Whose cassette it is.
    pub(crate) organisation: OrganisationTable,
    /// The operators of fiscal data.
    #[serde(default, deserialize_with = "operators")]
    pub(crate) ofd: Vec<OfdTable>,
    /// How receipts are computed.
    #[serde(default)]
    pub(crate) receipts: ReceiptsTable,
    /// How the drives are kept at work.
    #[serde(default)]
    pub(crate) cassette: CassetteTable,
    /// How long drives may take to answer.
    #[serde(default)]
    pub(crate) timeouts: TimeoutsTable,
    /// The ports that slots without an address may open.
    #[serde(default)]
    pub(crate) ports: PortsTable,
    /// The face of ATOL Online.
    #[serde(default)]
    pub(crate) atol_online: AtolOnlineTable,
    /// Files of banks and billings.
    #[serde(default)]
    pub(crate) statements: StatementsTable,
    /// Comparing with billing and banks.
    #[serde(default)]
    pub(crate) reconcile: ReconcileTable,
    /// Restoring past settlements.
    #[serde(default)]
    restore: RestoreTable,
    /// Copies of the journal.
    #[serde(default)]
    backup: Option<BackupTable>,
    /// How long what is no fiscal document is kept.
    #[serde(default)]
    retention: RetentionTable,
    /// What the computer's clock is compared with.
    #[serde(default)]
    clock: ClockTable,
    /// Tables for the books.
    #[serde(default)]
    pub(crate) export: ExportTable,
    /// What is promised.
    #[serde(default)]
    pub(crate) service_level: ServiceLevelTable,
    /// Contracts of accounts.
    #[serde(default)]
    contracts: ContractsTable,
    /// What Kassette compares by itself.
    #[serde(default)]
    watch: WatchTable,
    /// Who hears of what happens to receipts.
    #[serde(default, rename = "webhook")]
    pub(crate) webhooks: Vec<WebhookTable>,
    /// How callbacks of operations are sent.
    #[serde(default)]
    pub(crate) callbacks: CallbacksTable,
    /// The slots, in the order of the rack.
    #[serde(default, rename = "slot")]
    pub(crate) slots: Vec<SlotTable>,
    /// Banks that ask and pay by themselves.
    #[serde(default, rename = "bank")]
    banks: Vec<BankTable>,
    /// Whether the server runs the emulated drives and the emulated ОФД itself.
    #[serde(default)]
    pub(crate) trial: Option<TrialTable>,
}

/// `[trial]`: emulated drives at the slots and an emulated ОФД at its address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrialTable {
    /// Where their memory is kept.
    pub(crate) folder: PathBuf,
}

/// `[journal]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Journal {
    /// The folder of the database.
    pub(crate) folder: PathBuf,
}

/// `[organisation]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationTable {
    /// Tag 1018.
    #[serde(deserialize_with = "parsed")]
    pub(crate) inn: Inn,
    /// Tag 1048.
    pub(crate) name: String,
    /// Tag 1062: the bits of the tax systems.
    pub(crate) sno: Vec<u8>,
    /// Tag 1009.
    pub(crate) address: String,
    /// Tag 1187.
    pub(crate) place: String,
    /// Tag 1187 of settlements in the Internet.
    #[serde(default)]
    pub(crate) site: Option<String>,
    /// Tag 1117.
    pub(crate) sender_email: String,
    /// Tag 1021.
    pub(crate) cashier: String,
    /// Tag 1060.
    #[serde(default = "fns_site")]
    pub(crate) fns_site: String,
    /// Tag 1209.
    #[serde(default = "ffd", deserialize_with = "parsed")]
    pub(crate) ffd: FfdVersion,
    /// The ИНН of the operator of fiscal data, if there are several.
    #[serde(default, deserialize_with = "parsed_or_none")]
    pub(crate) ofd: Option<Inn>,
    /// The place's time: `+03:00`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) utc_offset: FixedOffset,
}

/// `[[ofd]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfdTable {
    /// Tag 1017.
    #[serde(deserialize_with = "parsed")]
    pub(crate) inn: Inn,
    /// Tag 1046.
    pub(crate) name: String,
    /// `host:port`.
    #[serde(deserialize_with = "parsed")]
    pub(crate) address: Endpoint,
    /// Where receipts can be looked up, for people.
    #[serde(default)]
    pub(crate) site: Option<String>,
}

/// `[cassette]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CassetteTable {
    shift_close_at: Option<String>,
    unacknowledged_max: Option<u32>,
    doubt_after_seconds: Option<u64>,
    policy: Option<String>,
    reserve_documents: Option<u32>,
    reserve_days: Option<u16>,
}

/// `[timeouts]`, milliseconds until the first byte of an answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TimeoutsTable {
    status_ms: Option<u64>,
    document_ms: Option<u64>,
    archive_ms: Option<u64>,
    exchange_ms: Option<u64>,
    finish_ms: Option<u64>,
    ofd_connect_ms: Option<u64>,
    ofd_answer_ms: Option<u64>,
}

/// `[ports]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PortsTable {
    allow: Option<Vec<String>>,
    baud: Option<u32>,
}

/// `[[slot]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotTable {
    /// The wire to the drive; `auto`: the drive is looked for.
    #[serde(default, deserialize_with = "parsed")]
    pub(crate) address: SlotAddress,
    /// Whether its drive stands in for others.
    #[serde(default)]
    pub(crate) spare: bool,
}

impl Config {
    /// Banks that ask and pay by themselves.
    ///
    /// # Errors
    /// When one cannot be, or a password cannot be read.
    pub(crate) fn banks(&self) -> Result<Vec<checkpay::Bank>, DeskError> {
        BankTable::read(&self.banks)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is no configuration; unknown keys are refused with line and column.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let wrong = |message| ConfigError::Wrong {
            path: path.to_owned(),
            message,
        };
        if std::fs::metadata(path).map_err(unreadable)?.len() > FILE_MAX {
            return Err(wrong(format!("it is larger than {FILE_MAX} bytes")));
        }
        Self::parse(&std::fs::read_to_string(path).map_err(unreadable)?).map_err(wrong)
    }

    /// Reads the text of a configuration.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// What the desk has to know.
    ///
    /// # Errors
    /// When values do not fit one another.
    pub(crate) fn setup(&self) -> Result<Setup, DeskError> {
        let table = &self.organisation;
        let systems = table.sno.iter().map(|bit| TaxSystem::from_bit(*bit));
        let systems = systems.collect::<terms::Result<Vec<_>>>()?;
        if self.slots.is_empty() || self.slots.len() > 64 {
            return Err(DeskError::Setup {
                what: format!(
                    "it has {} slots; write 1 to 64 tables [[slot]]",
                    self.slots.len()
                ),
            });
        }
        let (ofd, other_operators) = self.operators()?;
        Ok(Setup {
            folder: self.journal.folder.clone(),
            organisation: Organisation {
                inn: table.inn,
                name: table.name.clone(),
                tax_systems: TaxSystems::of(systems)?,
                address: table.address.clone(),
                place: table.place.clone(),
                site: table.site.clone(),
                sender_email: table.sender_email.clone(),
                cashier: table.cashier.clone(),
                fns_site: table.fns_site.clone(),
                utc_offset: table.utc_offset,
                ofd,
            },
            receipts: Receipts {
                ffd: self.organisation.ffd,
                ..self.receipts.read()?
            },
            slots: self
                .slots
                .iter()
                .map(|slot| SlotPlan {
                    address: slot.address.clone(),
                    spare: slot.spare,
                })
                .collect(),
            ports: self.ports.read()?,
            limits: self.cassette.limits()?,
            link_timeouts: self.timeouts.read(),
            other_operators,
            ofd_timeouts: self.timeouts.ofd(),
            statements: self.statements.read(&self.banks)?,
            restore: self.restore.read()?,
            contracts: self.contracts.read()?,
            streams_max: self.http.streams,
            watch: self.watch.read()?,
            people: self.panel.people()?,
        })
    }

    /// The organisation's operator of fiscal data, and the others.
    fn operators(&self) -> Result<(Ofd, Vec<Ofd>), DeskError> {
        let refuse = |what: String| DeskError::Setup { what };
        let mut all: Vec<Ofd> = Vec::new();
        for table in &self.ofd {
            if all.iter().any(|other| other.inn == table.inn) {
                let inn = table.inn;
                return Err(refuse(format!("two tables [[ofd]] have the ИНН {inn}")));
            }
            all.push(Ofd {
                inn: table.inn,
                name: table.name.clone(),
                address: table.address.clone(),
                site: table.site.clone(),
            });
        }
        let place = match self.organisation.ofd {
            Some(inn) => all.iter().position(|ofd| ofd.inn == inn).ok_or_else(|| {
                refuse(format!(
                    "organisation.ofd is {inn}, but no [[ofd]] has this ИНН"
                ))
            })?,
            None if all.len() == 1 => 0,
            None if all.is_empty() => {
                return Err(refuse(
                    "it has no operator: write a table [[ofd]]".to_owned(),
                ));
            }
            None => {
                return Err(refuse(
                    "it has several [[ofd]]: write the ИНН of the one that new drives are \
                     registered with as organisation.ofd"
                        .to_owned(),
                ));
            }
        };
        Ok((all.remove(place), all))
    }
}

impl CassetteTable {
    fn limits(&self) -> Result<Limits, DeskError> {
        let default = Limits::default();
        let shift_close_at = match &self.shift_close_at {
            None => default.shift_close_at,
            Some(text) => {
                // Any day will do: only the time is read.
                let moment: terms::LocalDateTime = format!("2000-01-01T{text}").parse()?;
                Some((moment.hour(), moment.minute()))
            }
        };
        let doubt_after = self.doubt_after_seconds.map(Duration::from_secs);
        let policy = match &self.policy {
            None => default.policy,
            Some(name) => Policy::from_name(name).ok_or_else(|| DeskError::Setup {
                what: format!(
                    "cassette.policy is «{name}»: write parallel, sequential or parallel+spare"
                ),
            })?,
        };
        Ok(Limits {
            policy,
            reserve_documents: self.reserve_documents.unwrap_or(default.reserve_documents),
            reserve_days: self.reserve_days.map_or(default.reserve_days, i64::from),
            shift_close_at,
            backlog_max: self.unacknowledged_max.unwrap_or(default.backlog_max),
            doubt_after: doubt_after.unwrap_or(default.doubt_after),
            ..default
        })
    }
}

impl PortsTable {
    fn read(&self) -> Result<PortRules, DeskError> {
        let wrong = |what: String| DeskError::Setup {
            what: format!("[ports]: {what}"),
        };
        let default = PortRules::default();
        let allow = match &self.allow {
            None => default.allow,
            Some(texts) => {
                let patterns = texts.iter().map(|text| text.parse::<PortPattern>());
                let patterns: Result<_, _> = patterns.collect();
                patterns.map_err(|error| wrong(error.to_string()))?
            }
        };
        let rules = PortRules {
            allow,
            baud: self.baud.unwrap_or(default.baud),
        };
        rules.check().map_err(|error| wrong(error.to_string()))?;
        Ok(rules)
    }
}

impl TimeoutsTable {
    fn ofd(&self) -> OfdTimeouts {
        let default = OfdTimeouts::default();
        let or = |given: Option<u64>, default| given.map_or(default, Duration::from_millis);
        OfdTimeouts {
            connect: or(self.ofd_connect_ms, default.connect),
            answer: or(self.ofd_answer_ms, default.answer),
        }
    }

    fn read(&self) -> LinkTimeouts {
        let or =
            |given: Option<u64>, default: Duration| given.map_or(default, Duration::from_millis);
        let default = LinkTimeouts::default();
        let answers = default.answers;
        LinkTimeouts {
            answers: desk::Timeouts {
                status: or(self.status_ms, answers.status),
                document: or(self.document_ms, answers.document),
                archive: or(self.archive_ms, answers.archive),
                exchange: or(self.exchange_ms, answers.exchange),
                finish: or(self.finish_ms, answers.finish),
                ..answers
            },
            ..default
        }
    }
}

fn ffd() -> FfdVersion {
    Receipts::default().ffd
}

/// Tables `[[ofd]]`; the one table `[ofd]` of older configurations is refused by name.
fn operators<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OfdTable>, D::Error> {
    struct Tables;

    impl<'de> Visitor<'de> for Tables {
        type Value = Vec<OfdTable>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("tables [[ofd]]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut tables: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(table) = tables.next_element()? {
                all.push(table);
            }
            Ok(all)
        }

        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(A::Error::custom(
                "there may be several operators now: write [[ofd]] instead of [ofd]; the keys in \
                 it are the same",
            ))
        }
    }

    deserializer.deserialize_any(Tables)
}

fn fns_site() -> String {
    "www.nalog.gov.ru".to_owned()
}

fn parsed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
    D: Deserializer<'de>,
{
    String::deserialize(deserializer)?
        .parse()
        .map_err(D::Error::custom)
}

fn parsed_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Inn>, D::Error> {
    parsed(deserializer).map(Some)
}

#[cfg(test)]
mod tests;
