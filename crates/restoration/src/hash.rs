use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use terms::{Kopecks, LocalDate, TermError};

use crate::{Class, Kind};

/// A SHA-256 over what a person has approved.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Hash(pub [u8; 32]);

/// 64 hexadecimal digits.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = TermError;

    /// Reads 64 hexadecimal digits, small or capital.
    fn from_str(text: &str) -> terms::Result<Self> {
        let bad = || TermError::new("hash", text, "it has 64 hexadecimal digits");
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

/// SHA-256 over a list of values, each with its kind and length before it, so that no two lists
/// have the same bytes. Fingerprints of rows and the hash of a plan are made with it.
#[derive(Clone)]
pub struct FieldHasher(Sha256);

impl FieldHasher {
    /// Begins a hash of things of the kind `what`: the same values elsewhere hash otherwise.
    pub fn new(what: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.text(what);
        hasher
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.tagged(b't', text.as_bytes())
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.tagged(b'b', bytes)
    }

    /// Adds a number.
    pub fn number(&mut self, number: i64) -> &mut Self {
        self.tagged(b'n', &number.to_be_bytes())
    }

    /// Adds a text that may be absent, which differs from an empty one.
    pub fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.tagged(b'-', &[]),
        }
    }

    /// The hash.
    pub fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) -> &mut Self {
        self.0.update([tag]);
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
        self
    }
}

/// What the hash of a plan covers of one row.
#[derive(Clone, Copy, Debug)]
pub struct PlanRow<'a> {
    /// What was found out about it.
    pub class: Class,
    /// The idempotency key of its operation.
    pub key: &'a str,
    /// Its sum.
    pub amount: Kopecks,
    /// The day of its settlement.
    pub date: LocalDate,
    /// What its receipts will say; none for a row that stands aside.
    pub fingerprint: Option<Hash>,
}

/// Makes the hash of a plan from its head and its rows, in their order.
#[derive(Clone)]
pub struct PlanHasher {
    fields: FieldHasher,
    rows: i64,
}

impl PlanHasher {
    /// Begins with the head: what was ordered, the basis as names with values, and the files.
    ///
    /// The names are the caller's; they and their order are part of the hash.
    pub fn new(
        kind: Kind,
        parameters: &[(&str, Option<&str>)],
        basis: &[(&str, Option<&str>)],
        files: &[Hash],
    ) -> Self {
        let mut fields = FieldHasher::new("restoration plan 1");
        fields.text(kind.name());
        for list in [parameters, basis] {
            fields.number(list.len() as i64);
            for (name, value) in list {
                fields.text(name).optional(*value);
            }
        }
        fields.number(files.len() as i64);
        for file in files {
            fields.bytes(&file.0);
        }
        Self { fields, rows: 0 }
    }

    /// Adds the next row.
    pub fn row(&mut self, row: &PlanRow<'_>) {
        self.rows += 1;
        self.fields
            .text(row.class.name())
            .text(row.key)
            .number(row.amount.get())
            .text(&row.date.to_string());
        match &row.fingerprint {
            Some(fingerprint) => self.fields.bytes(&fingerprint.0),
            None => self.fields.optional(None),
        };
    }

    /// The hash of the plan.
    pub fn finish(mut self) -> Hash {
        self.fields.number(self.rows);
        self.fields.finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, option, prelude::*};

    use super::*;

    type Fields = Vec<Option<String>>;

    fn hash_of(fields: &Fields) -> Hash {
        let mut hasher = FieldHasher::new("test");
        for field in fields {
            hasher.optional(field.as_deref());
        }
        hasher.finish()
    }

    fn plan_of(keys: &[(&str, i64)]) -> Hash {
        let parameters = [("from", Some("2026-01-01")), ("service", None)];
        let mut hasher = PlanHasher::new(Kind::Lost, &parameters, &[], &[Hash([7; 32])]);
        for (key, kopecks) in keys {
            hasher.row(&PlanRow {
                class: Class::Missing,
                key,
                amount: Kopecks::new(*kopecks).unwrap(),
                date: "2026-03-02".parse().unwrap(),
                fingerprint: Some(Hash([1; 32])),
            });
        }
        hasher.finish()
    }

    #[test]
    fn a_plan_with_one_byte_changed_is_another_plan() {
        let plan = plan_of(&[("a", 100), ("b", 200)]);
        assert_eq!(plan, plan_of(&[("a", 100), ("b", 200)]));
        for other in [
            &[("a", 100), ("b", 201)][..],
            &[("b", 200), ("a", 100)],
            &[("a", 100)],
            &[("a", 100), ("b", 200), ("b", 200)],
            &[("ab", 100), ("", 200)],
        ] {
            assert_ne!(plan, plan_of(other), "{other:?}");
        }
    }

    #[test]
    fn the_bytes_that_are_hashed_never_change() {
        // Hashes stand in journals: another number here means that plans in them lose theirs.
        assert_eq!(
            plan_of(&[("a", 100)]).to_string(),
            "d51bf9223a584fc59c58dd3b9cbbe9f640545bc02fecaeaaacafcf0872b71c26",
        );
    }

    proptest! {
        #[test]
        fn lists_that_differ_have_hashes_that_differ(
            one in vec(option::of("[ab]{0,2}"), 0..4),
            two in vec(option::of("[ab]{0,2}"), 0..4),
        ) {
            prop_assert_eq!(hash_of(&one) == hash_of(&two), one == two);
        }

        #[test]
        fn a_hash_is_read_back_from_its_digits(bytes in any::<[u8; 32]>()) {
            let text = Hash(bytes).to_string();
            prop_assert_eq!(text.parse(), Ok(Hash(bytes)));
            prop_assert_eq!(text.to_uppercase().parse(), Ok(Hash(bytes)));
            prop_assert!(text[1..].parse::<Hash>().is_err());
            let with_sign = format!("+{}", &text[1..]);
            prop_assert!(with_sign.parse::<Hash>().is_err());
        }
    }
}
