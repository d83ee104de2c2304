//! The description of the interface: what it says is so.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};

use crate::stand::{KEY, RACK_KEY, Stand};

/// A step of the story that the examples tell.
struct Step {
    place: String,
    method: String,
    path: String,
    body: Option<Value>,
    /// The content type of the body, where it matters.
    media: Option<String>,
    status: u16,
    /// Whether the rack's key is needed.
    is_order: bool,
}

/// The steps of all examples, in their order.
fn story(document: &Value) -> Vec<Step> {
    let mut steps = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for example in operation["x-examples"].as_array().into_iter().flatten() {
                let step = Step {
                    place: format!("{method} {path}: {}", example["summary"]),
                    method: example["method"].as_str().unwrap().to_owned(),
                    path: example["path"].as_str().unwrap().to_owned(),
                    body: example.get("body").cloned(),
                    media: example["content_type"].as_str().map(str::to_owned),
                    status: u16::try_from(example["status"].as_u64().unwrap()).unwrap(),
                    is_order: operation["security"] == json!([{"key": ["admin"]}]),
                };
                let place = example["step"].as_u64().unwrap();
                assert!(steps.insert(place, step).is_none(), "step {place} is twice");
            }
        }
    }
    steps.into_values().collect()
}

/// Asks over HTTP, without the help of the stand: answers here are not only JSON.
struct Caller {
    client: Client,
    base: String,
}

impl Caller {
    fn of(stand: &Stand) -> Self {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        Self {
            client,
            base: stand.base().to_owned(),
        }
    }

    async fn ask(&self, method: &str, path: &str, key: Option<&str>, body: String) -> Heard {
        self.ask_as(method, path, key, (None, body)).await
    }

    /// The same with a body of this content type.
    async fn ask_as(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        (media, body): (Option<&str>, String),
    ) -> Heard {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        if let Some(media) = media {
            request = request.header("content-type", media);
        }
        let answer = request.body(body).send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name);
            value.map_or("", |it| it.to_str().unwrap()).to_owned()
        };
        Heard {
            status: answer.status().as_u16(),
            media: header("content-type"),
            allow: header("allow"),
            policy: header("content-security-policy"),
            text: String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned(),
        }
    }
}

struct Heard {
    status: u16,
    media: String,
    allow: String,
    policy: String,
    text: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_are_one_story_that_is_answered_as_they_say() {
    let stand = Stand::ready().await;
    let caller = Caller::of(&stand);
    let document = caller
        .ask("GET", "/openapi.json", None, String::new())
        .await;
    let document: Value = serde_json::from_str(&document.text).unwrap();
    assert_eq!(document, api::description());
    let steps = story(&document);
    assert!(steps.len() > 40, "{} steps", steps.len());
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for step in steps {
        let mut path = step.path.clone();
        for (name, value) in &known {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        assert!(
            !path.contains('{'),
            "{}: {path} is not known yet",
            step.place
        );
        let body = match step.body {
            None => String::new(),
            Some(Value::String(text)) => text,
            Some(json) => json.to_string(),
        };
        let key = if step.is_order { RACK_KEY } else { KEY };
        let body = (step.media.as_deref(), body);
        let heard = caller.ask_as(&step.method, &path, Some(key), body).await;
        assert_eq!(heard.status, step.status, "{}: {}", step.place, heard.text);
        let said = document["paths"].as_object().unwrap();
        assert_says(said, &document, &step.method, &step.path, &heard);
        let answer: Value = serde_json::from_str(&heard.text).unwrap_or_default();
        if let (Some(id), Some(receipt)) =
            (answer["id"].as_str(), answer["receipts"][0]["id"].as_str())
        {
            known.entry("operation").or_insert_with(|| id.to_owned());
            known.entry("receipt").or_insert_with(|| receipt.to_owned());
        }
        if let Some(number) = answer[0]["fn_number"].as_str() {
            known
                .entry("fn_number")
                .or_insert_with(|| number.to_owned());
        }
    }
    stand.check();
}

/// The description knows this status and this content type for the path.
fn assert_says(
    paths: &serde_json::Map<String, Value>,
    document: &Value,
    method: &str,
    path: &str,
    heard: &Heard,
) {
    let path = path.split('?').next().unwrap();
    let method = method.to_lowercase();
    let of = |described: &str| -> usize {
        let (ours, theirs) = (path.split('/'), described.split('/'));
        if path.split('/').count() != described.split('/').count() {
            return 0;
        }
        let fits = |(ours, theirs): (&str, &str)| match theirs.split_once('}') {
            Some((_, ending)) => ours.ends_with(ending),
            None => ours == theirs,
        };
        // The longest that fits has the ending of the form, or names a segment.
        if ours.zip(theirs).all(fits) {
            described.split('{').map(str::len).sum::<usize>() + described.len()
        } else {
            0
        }
    };
    let found = paths
        .keys()
        .filter(|described| paths[*described].get(&method).is_some())
        .max_by_key(|described| of(described))
        .unwrap();
    let answer = &paths[found][&method]["responses"][heard.status.to_string()];
    let answer = match answer["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).unwrap(),
        None => answer,
    };
    let media = heard.media.split(';').next().unwrap();
    assert!(
        answer["content"].get(media).is_some() || (media.is_empty() && heard.text.is_empty()),
        "{found} {}: {media} in {answer}",
        heard.status
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_described_path_is_there_with_these_methods_and_no_others() {
    let stand = Stand::ready().await;
    let caller = Caller::of(&stand);
    let document = api::description();
    for (path, item) in document["paths"].as_object().unwrap() {
        if path == "/v1/events" {
            // It never ends; what it says is tested with the feed.
            continue;
        }
        let mut methods: BTreeSet<String> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|method| method.to_uppercase())
            .collect();
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        let concrete = path.replace("{slot}", "9").replace("{line}", "2");
        let mut concrete: String = concrete;
        while let (Some(start), Some(end)) = (concrete.find('{'), concrete.find('}')) {
            concrete.replace_range(start..=end, "0000000000001");
        }
        let wrong = caller
            .ask("PATCH", &concrete, Some(KEY), String::new())
            .await;
        let allowed: BTreeSet<String> = wrong.allow.split(',').map(str::to_owned).collect();
        // A receipt's forms are of one route.
        assert_eq!(
            (wrong.status, &allowed),
            (405, &methods),
            "{path}: {}",
            wrong.text
        );
        for method in &methods {
            let key = if path.starts_with("/v1/") {
                None
            } else {
                Some(KEY)
            };
            let heard = caller.ask(method, &concrete, key, String::new()).await;
            let wanted: &[u16] = if path.starts_with("/v1/") {
                &[401]
            } else {
                &[200, 503]
            };
            assert!(
                wanted.contains(&heard.status),
                "{method} {path}: {}",
                heard.status
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_needs_nothing_from_elsewhere_and_no_key() {
    let stand = Stand::ready().await;
    let caller = Caller::of(&stand);
    for (path, media) in [
        ("/openapi.json", "application/json"),
        ("/docs", "text/html; charset=utf-8"),
        ("/docs/docs.css", "text/css; charset=utf-8"),
        ("/docs/docs.js", "text/javascript; charset=utf-8"),
    ] {
        let heard = caller.ask("GET", path, None, String::new()).await;
        assert_eq!((heard.status, &*heard.media), (200, media), "{path}");
        assert!(heard.policy.contains("script-src 'self'"), "{path}");
        assert!(!heard.policy.contains("unsafe"), "{path}");
        assert!(
            !heard.text.contains("http://") && !heard.text.contains("https://"),
            "{path}"
        );
        let head = caller.ask("HEAD", path, None, String::new()).await;
        assert_eq!((head.status, &*head.text), (200, ""), "{path}");
        let post = caller.ask("POST", path, None, String::new()).await;
        assert_eq!((post.status, &*post.allow), (405, "GET,HEAD"), "{path}");
    }
    let page = caller.ask("GET", "/docs", None, String::new()).await.text;
    assert!(!page.contains("style=") && !page.contains("<script>") && !page.contains("onclick"));
}
