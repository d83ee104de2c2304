//! Whether a page is fit for everybody: names, headings, contrast, sizes, focus.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::browser::{Browser, Screen};

/// The key that leads through a page.
const TAB: char = '\u{e004}';
/// More stops than these are not walked.
const STOPS: usize = 40;

impl Browser {
    /// What is wrong with the page that is open, on this screen, in light and in dark.
    pub(crate) async fn faults(&mut self) -> Vec<String> {
        let screen = self.screen();
        let mut faults = BTreeMap::new();
        for is_dark in [false, true] {
            self.change_screen(Screen { is_dark, ..screen }).await;
            let found = self
                .run(include_str!("looks.js"), &[json!(screen.width)])
                .await;
            for fault in found.as_array().expect("the script gives a list") {
                let theme = if is_dark { "dark" } else { "light" };
                let fault = fault.as_str().unwrap_or_default().to_owned();
                // What is wrong in both is told once.
                faults.entry(fault).or_insert(theme);
            }
        }
        self.change_screen(screen).await;
        let told = faults.into_iter().map(|(fault, theme)| {
            let path = format!("{}, {} px, {theme}", screen.language, screen.width);
            format!("{path}: {fault}")
        });
        told.collect()
    }

    /// Walks through the page by the tabulator: whatever has the focus is seen to have it, and the
    /// first of it leads to the content.
    pub(crate) async fn faults_of_focus(&self) -> Vec<String> {
        let mut faults = Vec::new();
        self.run("document.activeElement?.blur(); window.scrollTo(0, 0)", &[])
            .await;
        for stop in 0..STOPS {
            self.press(TAB).await;
            let seen = self.run(FOCUS, &[]).await;
            if seen.is_null() {
                break;
            }
            let (what, is_shown) = (&seen["what"], seen["shown"] == Value::Bool(true));
            if !is_shown {
                faults.push(format!("nobody sees that it has the focus: {what}"));
            }
            if stop == 0 && seen["skip"] != Value::Bool(true) && seen["field"] != Value::Bool(true)
            {
                faults.push(format!(
                    "the first stop does not lead to the content: {what}"
                ));
            }
        }
        faults
    }
}

/// What has the focus and whether one sees it; nothing at the end of the page.
const FOCUS: &str = r"
const element = document.activeElement;
if (!element || element === document.body) return null;
const style = getComputedStyle(element);
const box = element.getBoundingClientRect();
const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
return {
  what: element.outerHTML.replace(/\s+/g, ' ').slice(0, 140),
  shown: outlined && inside,
  skip: element.matches('a.skip'),
  field: element.matches('input, select, textarea'),
};";
