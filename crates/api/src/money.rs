use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::Value;
use terms::Kopecks;

/// Money in JSON: roubles as a decimal string or number with at most two decimals. Written as a
/// string with two: `"1500.00"`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Money(pub Kopecks);

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            // Numbers are kept as they were written, so 1e3 and 0.001 are seen and refused.
            Value::Number(number) => number.to_string(),
            other => {
                let given = other.to_string();
                return Err(D::Error::custom(format!(
                    "money is a string or number of roubles such as \"1500.00\", not {given:.40}"
                )));
            }
        };
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<i64, String> {
        serde_json::from_str::<Money>(json)
            .map(|money| money.0.get())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn roubles_come_as_digits_and_nothing_else() {
        assert_eq!(read("\"1500.00\""), Ok(150_000));
        assert_eq!(read("1500.1"), Ok(150_010));
        assert_eq!(read("1500"), Ok(150_000));
        for bad in [
            "1e3",
            "1500.001",
            "\"1 500\"",
            "null",
            "true",
            "[1]",
            "\"\"",
            "1500.0e0",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(kopecks in 0..=Kopecks::MAX.get()) {
            let money = Money(Kopecks::new(kopecks).unwrap());
            let json = serde_json::to_string(&money).unwrap();
            prop_assert_eq!(read(&json), Ok(kopecks));
            let number = json.trim_matches('"').to_owned();
            prop_assert_eq!(read(&number), Ok(kopecks));
        }
    }
}
