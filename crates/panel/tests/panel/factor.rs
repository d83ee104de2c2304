//! The second factor, as a device and somebody with recovery codes use it.

use std::time::{SystemTime, UNIX_EPOCH};

use desk::FactorOffer;

use crate::stand::{Browser, PASSWORD, Stand};

/// Turns the second factor on; gives the secret, and the recovery codes.
async fn turn_on(stand: &Stand, browser: &Browser) -> ([u8; 20], Vec<String>) {
    let page = browser.get("/profile/factor").await;
    assert!(page.text.contains("<svg xmlns"), "{}", page.text);
    let shown = page.between("name=\"secret\" value=\"", "\"").unwrap();
    let mut secret = [0; 20];
    for (place, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&shown[2 * place..2 * place + 2], 16).unwrap();
    }
    let offer = FactorOffer::with_secret(secret, "", "");
    let code = offer.code_at(stand.desk.clock().unix_ms());
    let wrong = [("secret", shown), ("code", "000000x"), ("old", PASSWORD)];
    assert_eq!(browser.post("/profile/factor", &wrong).await.status, 422);
    let wrong = [("secret", shown), ("code", &code), ("old", "not it at all")];
    assert_eq!(browser.post("/profile/factor", &wrong).await.status, 422);
    let right = [("secret", shown), ("code", &code), ("old", PASSWORD)];
    let page = browser.post("/profile/factor", &right).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let list = page.between("<ul class=\"secret mono\">", "</ul>").unwrap();
    let codes = list.split("<li>").skip(1).map(|item| {
        let (code, _) = item.split_once('<').unwrap();
        code.to_owned()
    });
    (secret, codes.collect())
}

/// The code that a device shows half a minute from now: later than any that was taken.
fn next_code(secret: [u8; 20]) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    FactorOffer::with_secret(secret, "", "").code_at(now + 30_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_the_password_alone_lets_nobody_in() {
    let stand = Stand::with_people().await;
    let browser = stand.logged_in("operator").await;
    let (secret, recovery) = turn_on(&stand, &browser).await;
    assert_eq!(recovery.len(), 10);

    let device = stand.browser();
    let asked = device.log_in("operator", PASSWORD).await;
    assert_eq!(asked.leads_to(), "/login/code?next=/");
    assert_eq!(device.get("/").await.leads_to(), "/login", "not yet inside");
    device.get("/login/code?next=/").await;
    assert_eq!(
        device
            .post("/login/code", &[("code", "000000x")])
            .await
            .status,
        422
    );
    let code = next_code(secret);
    let inside = device
        .post("/login/code", &[("code", &code), ("next", "/")])
        .await;
    assert_eq!(inside.leads_to(), "/");
    assert_eq!(device.get("/").await.status, 200);

    // A code that was taken is taken no more, and a recovery code is good for once.
    let thief = stand.browser();
    thief.log_in("operator", PASSWORD).await;
    thief.get("/login/code").await;
    assert_eq!(
        thief.post("/login/code", &[("code", &code)]).await.status,
        422
    );
    let typed = recovery[0].to_lowercase().replace('-', " ");
    assert_eq!(
        thief.post("/login/code", &[("code", &typed)]).await.status,
        303
    );
    let again = stand.browser();
    again.log_in("operator", PASSWORD).await;
    again.get("/login/code").await;
    assert_eq!(
        again.post("/login/code", &[("code", &typed)]).await.status,
        422
    );

    // Without a ticket there is nothing to confirm.
    let stranger = stand.browser();
    stranger.get("/login/code").await;
    let page = stranger
        .post("/login/code", &[("code", &recovery[1])])
        .await;
    assert_eq!(page.leads_to(), "/login");

    browser.get("/profile/factor/remove").await;
    let off = browser
        .post("/profile/factor/remove", &[("old", PASSWORD)])
        .await;
    assert_eq!(off.leads_to(), "/profile");
    stand.logged_in("operator").await;
    stand.close().await;
}
