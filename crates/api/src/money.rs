use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_json::value::RawValue;
use terms::Kopecks;

/// Money in JSON: roubles as a decimal string or number with at most two decimals. Written as a
/// string with two: `"1500.00"`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Money(pub(crate) Kopecks);

/// Money that is more than nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Amount(pub(crate) Kopecks);

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Numbers are taken as they are written: no binary fraction, and 1e3 is seen and refused.
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let roubles = match json.as_bytes() {
            [b'"', ..] => {
                let text: String = serde_json::from_str(json).map_err(D::Error::custom)?;
                text.parse()
            }
            [b'-' | b'0'..=b'9', ..] => json.parse(),
            _ => {
                return Err(D::Error::custom(format!(
                    "money is a string or number of roubles such as \"1500.00\", not {json:.40}"
                )));
            }
        };
        roubles.map(Self).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Money(amount) = Money::deserialize(deserializer)?;
        if amount.is_positive() {
            return Ok(Self(amount));
        }
        Err(D::Error::custom(format!(
            "the amount is {amount}; it must be more than 0.00"
        )))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Money(self.0).serialize(serializer)
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
        for (json, kopecks) in [
            ("\"1500.00\"", 150_000),
            ("1500.1", 150_010),
            ("1500", 150_000),
            ("\"\\u0031.5\"", 150),
            ("-0.05", -5),
            ("90071992547409.91", Kopecks::MAX.get()),
        ] {
            assert_eq!(read(json), Ok(kopecks), "{json}");
        }
        for bad in [
            "1e3",
            "1500.001",
            "1500.0e0",
            "\"1 500\"",
            "\"1500,00\"",
            "\"NaN\"",
            "\"\"",
            "\"+1\"",
            "90071992547409.92",
            "99999999999999999999999999999999999",
            "null",
            "true",
            "[1]",
            "{}",
            // How the JSON library passes numbers on inside itself.
            "{\"$serde_json::private::Number\": \"1\"}",
            "{\"$serde_json::private::RawValue\": \"1\"}",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_amount_is_more_than_nothing() {
        for bad in ["0", "-0", "-0.01", "\"0.00\"", "-1500"] {
            let error = serde_json::from_str::<Amount>(bad).unwrap_err();
            assert!(error.to_string().contains("more than 0.00"), "{bad}");
        }
        assert!(serde_json::from_str::<Amount>("0.01").is_ok());
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
