//! The texts of the panel: one file for each page, both languages side by side.

mod accounts;
mod act;
mod calculator;
mod cassette;
mod contracts;
mod correcting;
mod decisions;
mod drives;
mod failure;
mod golive;
mod help;
mod home;
mod imports;
mod incidents;
mod layout;
mod login;
mod machine;
mod notice;
mod operations;
mod organisation;
mod payouts;
mod people;
mod profile;
mod receipts;
mod reconciling;
mod refusal;
mod remarks;

mod refused;
mod restoring;
mod service_level;
mod settings;
mod setup;
mod shifts;
mod start;
mod swap;
mod trail;
mod trial_receipt;
mod words;

pub(crate) use accounts::AccountsTexts;
pub(crate) use act::ActTexts;
pub(crate) use calculator::CalculatorTexts;
pub(crate) use cassette::CassetteTexts;
pub(crate) use contracts::ContractsTexts;
pub(crate) use correcting::CorrectingTexts;
pub(crate) use decisions::DecisionsTexts;
pub(crate) use drives::DrivesTexts;
pub(crate) use failure::FailureTexts;
pub(crate) use golive::GoliveTexts;
pub(crate) use help::HelpTexts;
pub(crate) use home::HomeTexts;
pub(crate) use imports::ImportsTexts;
pub(crate) use incidents::{IncidentsTexts, number_label};
pub(crate) use layout::LayoutTexts;
pub(crate) use login::LoginTexts;
pub(crate) use machine::MachineTexts;
pub(crate) use notice::NoticeTexts;
pub(crate) use operations::OperationsTexts;
pub(crate) use organisation::OrganisationTexts;
pub(crate) use payouts::PayoutsTexts;
pub(crate) use people::PeopleTexts;
pub(crate) use profile::ProfileTexts;
pub(crate) use receipts::ReceiptsTexts;
pub(crate) use reconciling::ReconcilingTexts;
pub(crate) use refusal::RefusalTexts;
pub(crate) use refused::RefusedTexts;
pub(crate) use remarks::RemarksTexts;
pub(crate) use restoring::RestoringTexts;
pub(crate) use service_level::ServiceLevelTexts;
pub(crate) use settings::SettingsTexts;
pub(crate) use setup::SetupTexts;
pub(crate) use shifts::ShiftsTexts;
pub(crate) use start::StartTexts;
pub(crate) use swap::SwapTexts;
pub(crate) use trail::TrailTexts;
pub(crate) use trial_receipt::TrialReceiptTexts;
pub(crate) use words::WordsTexts;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    type Texts = &'static [(&'static str, &'static str, &'static str)];

    /// All that there are: a new page adds its own.
    const ALL: &[(&str, Texts)] = &[
        ("accounts", AccountsTexts::ALL),
        ("act", ActTexts::ALL),
        ("calculator", CalculatorTexts::ALL),
        ("cassette", CassetteTexts::ALL),
        ("contracts", ContractsTexts::ALL),
        ("decisions", DecisionsTexts::ALL),
        ("drives", DrivesTexts::ALL),
        ("golive", GoliveTexts::ALL),
        ("help", HelpTexts::ALL),
        ("organisation", OrganisationTexts::ALL),
        ("service_level", ServiceLevelTexts::ALL),
        ("settings", SettingsTexts::ALL),
        ("start", StartTexts::ALL),
        ("trial_receipt", TrialReceiptTexts::ALL),
        ("failure", FailureTexts::ALL),
        ("home", HomeTexts::ALL),
        ("imports", ImportsTexts::ALL),
        ("incidents", IncidentsTexts::ALL),
        ("remarks", RemarksTexts::ALL),
        ("layout", LayoutTexts::ALL),
        ("login", LoginTexts::ALL),
        ("machine", MachineTexts::ALL),
        ("notice", NoticeTexts::ALL),
        ("operations", OperationsTexts::ALL),
        ("payouts", PayoutsTexts::ALL),
        ("people", PeopleTexts::ALL),
        ("profile", ProfileTexts::ALL),
        ("receipts", ReceiptsTexts::ALL),
        ("reconciling", ReconcilingTexts::ALL),
        ("refusal", RefusalTexts::ALL),
        ("refused", RefusedTexts::ALL),
        ("correcting", CorrectingTexts::ALL),
        ("restoring", RestoringTexts::ALL),
        ("setup", SetupTexts::ALL),
        ("shifts", ShiftsTexts::ALL),
        ("swap", SwapTexts::ALL),
        ("trail", TrailTexts::ALL),
        ("words", WordsTexts::ALL),
    ];

    /// What stands in braces.
    fn places(text: &str) -> BTreeSet<&str> {
        let parts = text.split('{').skip(1);
        parts
            .filter_map(|part| Some(part.split_once('}')?.0))
            .collect()
    }

    #[test]
    fn every_file_of_texts_is_on_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/texts");
        let files = std::fs::read_dir(folder).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.collect();
        let listed: BTreeSet<String> = ALL.iter().map(|(name, _)| format!("{name}.rs")).collect();
        assert_eq!(files, listed);
    }

    #[test]
    fn both_languages_say_the_same_things_in_their_own_letters() {
        for (page, texts) in ALL {
            for (name, ru, en) in *texts {
                let what = format!("{page}.{name}: «{ru}», «{en}»");
                for text in [ru, en] {
                    assert!(!text.is_empty() && text.trim() == *text, "{what}");
                }
                let is_cyrillic = |letter: char| ('а'..='я').contains(&letter) || letter == 'ё';
                let in_cyrillic = |text: &str| text.to_lowercase().contains(is_cyrillic);
                // Names of our own world (ФН, ОФД) stay as they are in English.
                assert!(in_cyrillic(ru) || ru == en, "{what}");
                assert_eq!(places(ru), places(en), "{what}");
                let forms = (ru.split('|').count(), en.split('|').count());
                assert!(matches!(forms, (1, 1) | (3, 2)), "{what}");
            }
        }
    }

    #[test]
    fn templates_have_no_words_of_their_own() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let template = std::fs::read_to_string(&path).unwrap();
            for (number, line) in (1..).zip(template.lines()) {
                let place = format!("{}:{number}", path.display());
                let is_cyrillic = |letter: char| ('а'..='я').contains(&letter);
                assert!(
                    !line.to_lowercase().contains(is_cyrillic),
                    "{place}: {line}"
                );
                for forbidden in [" style=", " onclick=", " onsubmit=", "<script>", "|safe"] {
                    let allowed = forbidden == "|safe" && line.contains("svg|safe");
                    assert!(!line.contains(forbidden) || allowed, "{place}: {forbidden}");
                }
            }
        }
    }
}
