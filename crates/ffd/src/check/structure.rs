use terms::FfdVersion;

use super::{Findings, Violation, rules};
use crate::{
    Field, Form, Presence, Reader, Tag, TagInfo, ValueKind, Writer, host_limit, is_formed_by_drive,
    required_tags, tree::MAX_DEPTH,
};

/// Checks a whole document of a drive, outer element included, against the table: tags allowed,
/// required, repeated, and the length of each value.
///
/// The version is that of its tag 1209, or `otherwise` when it has none.
pub fn check_document(bytes: &[u8], otherwise: FfdVersion) -> Vec<Violation> {
    let mut findings = Findings::default();
    match Reader::document(bytes) {
        Err(error) => findings.add(&rules::NOT_TLV, None, error.to_string()),
        Ok(outer) => match Form::from_tag(outer.tag()) {
            None => findings.add(
                &rules::NOT_TLV,
                outer.tag(),
                "this is no form of a document",
            ),
            Some(form) => {
                let ffd = version(outer.list()).unwrap_or(otherwise);
                let scope = Scope {
                    form,
                    ffd,
                    host_part: false,
                };
                scope.check_list(&mut findings, outer.list(), None, None, MAX_DEPTH);
            }
        },
    }
    findings.0
}

/// Writes the host's part by `write` and checks it against the table. Returns what was written:
/// fit for a drive only if nothing was found that is an error.
pub(super) fn check_host_part(
    findings: &mut Findings,
    form: Form,
    ffd: FfdVersion,
    write: impl FnOnce(&mut Writer) -> Result<(), crate::EncodeError>,
) -> Vec<u8> {
    let mut writer = Writer::collecting();
    if let Err(error) = write(&mut writer) {
        findings.add_refused(None, &error);
    }
    let (bytes, refused) = writer.into_parts();
    for (offset, error) in &refused {
        findings.add_refused(line_at(&bytes, *offset), error);
    }
    let limit = host_limit(form);
    if bytes.len() > limit {
        let message = format!(
            "it takes {} bytes, a drive takes at most {limit}",
            bytes.len()
        );
        findings.add(&rules::DOCUMENT_SIZE, None, message);
    }
    let scope = Scope {
        form,
        ffd,
        host_part: true,
    };
    let mut structure = Findings::default();
    scope.check_list(&mut structure, Reader::new(&bytes), None, None, MAX_DEPTH);
    // A refused value stands there empty; it was already told.
    let told = |found: &Violation| {
        found.rule == &rules::EMPTY && refused.iter().any(|(_, error)| error.tag() == found.tag)
    };
    findings
        .0
        .extend(structure.0.into_iter().filter(|found| !told(found)));
    bytes
}

fn version(list: Reader<'_>) -> Option<FfdVersion> {
    list.filter_map(Result::ok)
        .find(|field| field.tag() == Tag::FFD_VERSION)
        .and_then(|field| FfdVersion::from_code(field.byte().ok()?).ok())
}

/// The number of the line inside which `offset` lies.
fn line_at(bytes: &[u8], offset: usize) -> Option<usize> {
    let mut reader = Reader::new(bytes);
    let mut line = 0;
    while let Some(Ok(field)) = reader.next() {
        let is_line = field.tag() == Tag::ITEM;
        line += usize::from(is_line);
        if offset < reader.offset() {
            return is_line.then_some(line);
        }
    }
    None
}

struct Scope {
    form: Form,
    ffd: FfdVersion,
    /// Only what the host passes, not the drive's own tags.
    host_part: bool,
}

impl Scope {
    fn check_list(
        &self,
        findings: &mut Findings,
        list: Reader<'_>,
        parent: Option<Tag>,
        line: Option<usize>,
        depth: usize,
    ) {
        let before = findings.0.len();
        let mut present = Vec::new();
        let mut inside = Vec::new();
        for field in list {
            match field {
                Err(error) => findings.add(&rules::NOT_TLV, error.tag, error.to_string()),
                Ok(field) => {
                    present.push(field.tag());
                    if let Some(info) = self.check_field(findings, &field, parent)
                        && info.kind == ValueKind::List
                    {
                        inside.push(field);
                    }
                }
            }
        }
        self.check_set(findings, &mut present, parent);
        for found in &mut findings.0[before..] {
            found.line = line;
        }
        let Some(depth) = depth.checked_sub(1) else {
            return findings.add(&rules::NOT_TLV, parent, "lists are nested too deep");
        };
        let mut lines = 0;
        for field in inside {
            lines += usize::from(field.tag() == Tag::ITEM);
            let line = match field.tag() {
                Tag::ITEM => Some(lines),
                _ => line,
            };
            self.check_list(findings, field.list(), Some(field.tag()), line, depth);
        }
    }

    /// Checks one element; gives its row of the table when it may be there.
    fn check_field(
        &self,
        findings: &mut Findings,
        field: &Field<'_>,
        parent: Option<Tag>,
    ) -> Option<&'static TagInfo> {
        let tag = field.tag();
        let presence = tag
            .info()
            .and_then(|info| Some((info, info.presence(self.ffd, self.form, parent)?)))
            .filter(|(_, presence)| *presence != Presence::Absent);
        let Some((info, presence)) = presence else {
            let (form, ffd) = (self.form, self.ffd);
            let message = format!("it does not belong into «{form}» of FFD {ffd}");
            findings.add(&rules::NOT_ALLOWED, tag, message);
            return None;
        };
        // Drives in 1.05 mode have no code for it, and tag 1108 is theirs or the host's there.
        if self.host_part && self.ffd != FfdVersion::V1_05 && is_formed_by_drive(tag, self.ffd) {
            findings.add(&rules::DRIVE_TAG, tag, "the drive forms it itself");
        }
        let len = field.bytes().len();
        if !self.host_part && !info.length.allows(len) {
            let message = format!("it takes {len} bytes, allowed are {}", info.length);
            findings.add(&rules::LENGTH, tag, message);
        }
        let is_blank = field.bytes().iter().all(|byte| *byte == b' ');
        if info.kind == ValueKind::String && presence != Presence::Optional && is_blank {
            findings.add(&rules::EMPTY, tag, "the text is empty");
        }
        Some(info)
    }

    fn check_set(&self, findings: &mut Findings, present: &mut [Tag], parent: Option<Tag>) {
        present.sort_unstable();
        for tag in required_tags(self.ffd, self.form, parent) {
            if present.binary_search(tag).is_err() && !self.is_from_drive(*tag) {
                findings.add(&rules::MISSING, *tag, "it is required and missing");
            }
        }
        let repeated = present.windows(2).filter(|pair| pair[0] == pair[1]);
        let mut repeated: Vec<Tag> = repeated.map(|pair| pair[0]).collect();
        repeated.dedup();
        for tag in repeated {
            if tag.info().is_some_and(|info| !info.repeats) {
                findings.add(&rules::REPEATED, tag, "it may occur only once here");
            }
        }
    }

    /// Registrations before FFD 1.2 get tag 1108 from the drive, which learns it from the command
    /// (ФН protocol §2.3).
    fn is_from_drive(&self, tag: Tag) -> bool {
        let registration = matches!(self.form, Form::Registration | Form::RegistrationChange);
        self.host_part
            && (is_formed_by_drive(tag, self.ffd) || (registration && tag == Tag::INTERNET_ONLY))
    }
}
