//! The supplier behind a service that is sold as an agent.

use desk::{Agent, phone};
use terms::Inn;

use crate::{form::Form, texts::SettingsTexts};

/// Tag 1225.
const SUPPLIER_MAX: usize = 256;
/// Tag 1222: one bit for each kind of agent.
const KINDS: [u8; 7] = [1, 2, 4, 8, 16, 32, 64];

/// What one may be for a supplier, by the bits of tag 1222; also what is no single one, if it is so.
pub(super) fn kinds(t: &SettingsTexts, known: Option<&Agent>) -> Vec<(String, String)> {
    let names = [
        t.agent_1, t.agent_2, t.agent_4, t.agent_8, t.agent_16, t.agent_32, t.agent_64,
    ];
    let mut kinds = vec![(String::new(), t.agent_none.into())];
    let named = KINDS.iter().zip(names);
    kinds.extend(named.map(|(bit, name)| (bit.to_string(), name.into())));
    if let Some(agent) = known.filter(|agent| !KINDS.contains(&agent.kind)) {
        let code = agent.kind.to_string();
        kinds.push((code.clone(), t.agent_other.with("code", code).into()));
    }
    kinds
}

/// The fields of a service that has a supplier.
pub(super) fn fields(agent: Option<&Agent>) -> Vec<(&'static str, String)> {
    agent.map_or_else(Vec::new, |agent| {
        vec![
            ("agent", agent.kind.to_string()),
            ("supplier_name", agent.supplier_name.clone()),
            ("supplier_inn", agent.supplier_inn.to_string()),
            ("supplier_phone", agent.supplier_phone.clone()),
        ]
    })
}

/// What was typed; none: the service is our own, or something is wrong, which is said in the form.
pub(super) fn read(form: &mut Form, known: Option<&Agent>, t: &SettingsTexts) -> Option<Agent> {
    if form.text("agent").is_empty() {
        return None;
    }
    let kind = form.text("agent").parse::<u8>().ok();
    let kind =
        kind.filter(|kind| KINDS.contains(kind) || known.is_some_and(|agent| agent.kind == *kind));
    if kind.is_none() {
        form.refuse("agent", t.agent_bad);
    }
    let supplier_name = form.text("supplier_name").to_owned();
    let length = supplier_name.chars().count();
    if !(1..=SUPPLIER_MAX).contains(&length) || supplier_name.chars().any(char::is_control) {
        form.refuse("supplier_name", t.supplier_name_bad);
    }
    let supplier_inn = form.text("supplier_inn").parse::<Inn>().ok();
    if supplier_inn.is_none() {
        form.refuse("supplier_inn", t.supplier_inn_bad);
    }
    let written = form
        .text("supplier_phone")
        .replace([' ', '-', '(', ')', '\u{a0}'], "");
    let supplier_phone = phone(&written).ok();
    if supplier_phone.is_none() {
        form.refuse("supplier_phone", t.supplier_phone_bad);
    }
    form.is_fine().then_some(())?;
    Some(Agent {
        kind: kind?,
        supplier_inn: supplier_inn?,
        supplier_name,
        supplier_phone: supplier_phone?,
    })
}
