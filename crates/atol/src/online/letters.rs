use desk::{DeliveryView, Desk, LetterError, Letters};

use super::{Protocol, report::letter};

/// Writes letters to the `callback_url` of documents: the body of a report, in one of the versions
/// (ATOL Online protocol §5).
#[derive(Clone, Copy, Debug)]
pub struct OnlineLetters(pub Protocol);

impl Letters for OnlineLetters {
    fn form(&self) -> &str {
        self.0.callback_form()
    }

    fn body(&self, desk: &Desk, delivery: &DeliveryView) -> Result<String, LetterError> {
        let id = delivery.operation.ok_or("it tells of no operation")?;
        let operation = desk.operation(id)?;
        let operation = operation.ok_or_else(|| format!("there is no operation {id}"))?;
        let letter = letter(desk, &operation)?;
        let letter = letter.ok_or_else(|| format!("operation {id} did not come by ATOL Online"))?;
        Ok(letter.to_string())
    }

    /// The protocol knows no signature.
    fn is_signed(&self) -> bool {
        false
    }
}
