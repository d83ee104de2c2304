//! Files of our own: built into the program. Their path holds a hash of all of them, so that they
//! are kept for ever and never stale, and modules find one another by relative names.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// Name, type and content of each.
const FILES: &[(&str, &str, &str)] = &[
    (
        "style.css",
        "text/css; charset=utf-8",
        include_str!("../assets/style.css"),
    ),
    (
        "app.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/app.js"),
    ),
    (
        "live.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/live.js"),
    ),
    (
        "drop.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/drop.js"),
    ),
    (
        "search.js",
        "text/javascript; charset=utf-8",
        include_str!("../assets/search.js"),
    ),
    (
        "icons.svg",
        "image/svg+xml",
        include_str!("../assets/icons.svg"),
    ),
    (
        "favicon.svg",
        "image/svg+xml",
        include_str!("../assets/favicon.svg"),
    ),
];
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in FILES {
        hash.update(name);
        hash.update(content);
    }
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
});

/// Where a file is found.
pub(crate) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{hash}/{name}", get(file))
}

/// A page that was rendered by another version asks for what is gone: it is not given another file.
async fn file(Path((hash, name)): Path<(String, String)>) -> Response {
    let found = FILES.iter().find(|(known, ..)| *known == name);
    match found.filter(|_| hash == *HASH) {
        Some((_, kind, content)) => {
            let kind = HeaderValue::from_static(kind);
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, FOR_EVER),
            ];
            (headers, *content).into_response()
        }
        None => Failure::NotFound.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Colours = BTreeMap<&'static str, [f64; 3]>;

    /// The colours of the style after this selector.
    fn colours(selector: &str) -> Colours {
        let style = FILES[0].2;
        let (_, rest) = style.split_once(selector).unwrap();
        let (block, _) = rest.split_once('}').unwrap();
        let lines = block
            .split(';')
            .filter_map(|line| line.trim().strip_prefix("--"));
        let pairs = lines.filter_map(|line| line.split_once(": #"));
        pairs.map(|(name, hex)| (name, rgb(hex))).collect()
    }

    fn rgb(hex: &str) -> [f64; 3] {
        [0, 2, 4].map(|at| {
            let part = u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            f64::from(part) / 255.0
        })
    }

    /// How two colours stand out from one another (WCAG 2.2, contrast ratio).
    fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
        let luminance = |rgb: [f64; 3]| {
            let linear = rgb.map(|part| match part <= 0.040_45 {
                true => part / 12.92,
                false => ((part + 0.055) / 1.055).powf(2.4),
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        let dark = colours(":root[data-theme=\"dark\"]");
        assert_eq!(
            colours(":root[data-theme=\"auto\"]"),
            dark,
            "the dark theme stands there twice"
        );
        for (theme, colours) in [("light", colours(":root {")), ("dark", dark)] {
            let of = |name: &str| colours[name];
            let mut pairs = vec![("on-accent", "accent"), ("on-accent", "accent-hover")];
            for ground in ["ground", "surface", "raised", "accent-soft"] {
                pairs.extend([("text", ground), ("faint", ground), ("accent", ground)]);
            }
            for mood in ["good", "busy", "warn", "bad"] {
                let soft = ["good-soft", "busy-soft", "warn-soft", "bad-soft"];
                let soft = soft
                    .into_iter()
                    .find(|soft| soft.starts_with(mood))
                    .unwrap();
                pairs.extend([(mood, soft), (mood, "surface")]);
            }
            for (text, ground) in pairs {
                let found = contrast(of(text), of(ground));
                assert!(found >= 4.5, "{theme}: {text} on {ground}: {found:.2}");
            }
            let edge = contrast(of("line-strong"), of("surface"));
            assert!(edge >= 3.0, "{theme}: the edge of a field: {edge:.2}");
        }
    }
}
