//! The QR code as SVG.

use std::fmt::Write as _;

use fast_qr::{ECL, QRBuilder};

/// How wide the code is with its empty border, millimetres. The code itself must have at least 20
/// (FFD documents §5).
pub const QR_SIZE_MM: usize = 30;

/// The empty border that readers need, modules.
const BORDER: usize = 4;

/// The QR code of `text` as an SVG image of [`QR_SIZE_MM`]. None when the text is longer than a QR
/// code can be.
///
/// ```
/// let svg = printed::qr_svg("t=20201225T1016&s=1113.99&fn=9282440300829880&i=1&fp=2&n=1");
/// assert!(svg.unwrap().starts_with("<svg xmlns"));
/// ```
pub fn qr_svg(text: &str) -> Option<String> {
    qr_image(text, "QR-код чека")
}

/// The same of any text; `about` tells those who cannot see it what it is.
pub fn qr_image(text: &str, about: &str) -> Option<String> {
    let about = escaped(about);
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        let mut modules = code[row].iter().map(|module| module.value()).peekable();
        let mut column = 0;
        while let Some(dark) = modules.next() {
            let mut run = 1;
            while modules.next_if_eq(&dark).is_some() {
                run += 1;
            }
            if dark {
                let (x, y) = (column + BORDER, row + BORDER);
                // Writing into a string does not fail.
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            column += run;
        }
    }
    let side = code.size + 2 * BORDER;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         width=\"{QR_SIZE_MM}mm\" height=\"{QR_SIZE_MM}mm\" role=\"img\" aria-label=\"{about}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{path}\"/></svg>\n"
    ))
}

/// As an attribute holds it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
