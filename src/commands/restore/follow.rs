//! Follows a plan that the server carries out.

use std::{error::Error, process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;
use tokio::{signal, time::sleep};

use super::{super::Outcome, shown};
use crate::server::Server;

/// How often the server is asked.
const LOOK: Duration = Duration::from_millis(500);

/// Shows how the plan at `path` goes until it is done or stands still, or until Ctrl-C.
pub(super) async fn follow(server: &Server, path: &str) -> Outcome {
    let bar = bar();
    let end = async {
        loop {
            let plan = server.get(path).await?;
            tell(&bar, &plan);
            if plan["state"] != "running" {
                return Ok::<_, Box<dyn Error>>(plan);
            }
            sleep(LOOK).await;
        }
    };
    let ended = tokio::select! {
        plan = end => Some(plan),
        _ = signal::ctrl_c() => None,
    };
    bar.finish_and_clear();
    let Some(plan) = ended else {
        println!("the server goes on; «kassette restore show» tells how it stands");
        return Ok(ExitCode::SUCCESS);
    };
    let plan = plan?;
    print!("{}", shown::plan(&plan));
    Ok(match plan["state"].as_str() {
        Some("done") => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn bar() -> ProgressBar {
    // The template is constant; if it were wrong, the default bar would do as well.
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} rows, {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

/// Rows that are carried out, the documents that came of them, rate and end.
fn tell(bar: &ProgressBar, plan: &Value) {
    let progress = &plan["progress"];
    let count = |name: &str| progress[name].as_u64().unwrap_or(0);
    let done = count("accepted") + count("changed") + count("refused");
    bar.set_length(done + count("planned"));
    bar.set_position(done);
    let formed = count("fiscalized") + count("acknowledged");
    let mut told = format!("{formed} documents formed");
    if let Some(rate) = progress["per_second"].as_f64() {
        told.push_str(&format!(", {rate:.1} a second"));
    }
    if let Some(end) = progress["finish_at"].as_str() {
        told.push_str(&format!(", ready at {end}"));
    }
    if let Some(why) = plan["why"].as_str() {
        told.push_str(&format!("; waits: {why}"));
    }
    bar.set_message(told);
}
