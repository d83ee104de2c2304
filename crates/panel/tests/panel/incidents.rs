//! What the watch has found, as people see it and what they do about it.

use crate::rack::{Rack, once_it_says};

/// How many wait, in the navigation.
const BADGE: &str = "<span class=\"badge warn plain\">";

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_is_seen_taken_on_muted_and_ended_with_names_in_the_trail() {
    let rack = Rack::new().await;
    for key in ["pay-1", "pay-2"] {
        rack.paid(key, 32_109).await;
    }
    rack.stand.desk.order_full_watch();
    let accountant = rack.stand.logged_in("accountant").await;
    once_it_says(&accountant, "/incidents", "Похоже на двойной платёж").await;
    let list = accountant.get("/incidents?rule=A06").await;
    assert!(list.text.contains(BADGE), "{}", list.text);
    let number = list.between("href=\"/incidents/", "\"").unwrap().to_owned();
    let path = format!("/incidents/{number}");
    let home = accountant.get("/").await;
    assert!(home.text.contains("никто не взялся"), "{}", home.text);
    let page = accountant.get(&path).await;
    for words in [
        "Сверьте номера операций банка",
        "/accounts/100001",
        "321,09",
        "Обнаружен (само)",
        "каналы извещений не настроены",
    ] {
        assert!(page.text.contains(words), "{words} in {}", page.text);
    }
    let operator = rack.stand.logged_in("operator").await;
    let seen = operator.get(&path).await;
    assert!(!seen.text.contains("/acknowledge"), "{}", seen.text);
    let refused = operator.post(&format!("{path}/acknowledge"), &[]).await;
    assert_eq!(refused.status, 403);
    accountant.get(&path).await;
    let taken = accountant.post(&format!("{path}/acknowledge"), &[]).await;
    assert_eq!(taken.leads_to(), path);
    let page = accountant.get(&path).await;
    assert!(
        page.text.contains("В работе: Имя accountant"),
        "{}",
        page.text
    );
    // A day that is over is refused, and what was typed stays.
    let mute = format!("{path}/mute");
    let fields = [("until", "2020-01-01"), ("reason", "ждём <b>банк</b>")];
    let wrong = accountant.post(&mute, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("с завтрашнего") && wrong.text.contains("&#60;b&#62;банк"));
    let day = rack.stand.desk.clock().local().date().plus_days(7).unwrap();
    let until = day.to_string();
    let fields = [("until", until.as_str()), ("reason", "ждём <b>банк</b>")];
    assert_eq!(accountant.post(&mute, &fields).await.leads_to(), path);
    let muted = accountant.get("/incidents?state=muted").await;
    assert!(muted.text.contains("Похоже на двойной платёж"));
    let resolve = format!("{path}/resolve");
    assert_eq!(
        accountant.post(&resolve, &[("reason", "")]).await.status,
        422
    );
    let fields = [("reason", "это две разные оплаты")];
    assert_eq!(accountant.post(&resolve, &fields).await.leads_to(), path);
    let page = accountant.get(&path).await;
    assert!(page.text.contains("это две разные оплаты"), "{}", page.text);
    assert!(!page.text.contains("<b>банк"), "{}", page.text);
    let acts = rack.stand.acts();
    for act in [
        "incident_acknowledged",
        "incident_muted",
        "incident_resolved",
    ] {
        assert!(acts.iter().any(|known| known == act), "{act} in {acts:?}");
    }
    rack.close().await;
}
