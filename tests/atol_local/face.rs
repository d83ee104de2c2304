//! The face at an address of its own.

use std::net::SocketAddr;

use atol::local::{LocalSetup, own_router};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    V2, request,
    stand::{Stand, until},
};

/// It answers until this is dropped.
pub(crate) struct Face {
    base: String,
    client: Client,
    server: tokio::task::JoinHandle<()>,
}

impl Face {
    pub(crate) async fn of(stand: &Stand, setup: LocalSetup) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = own_router(stand.desk().clone(), setup);
        let server = tokio::spawn(async move {
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            base,
            client: Client::new(),
            server,
        }
    }

    /// Trusts whoever is on this machine.
    pub(crate) async fn trusting(stand: &Stand) -> Self {
        let setup = LocalSetup {
            trust_loopback: true,
            ..LocalSetup::default()
        };
        Self::of(stand, setup).await
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        told(self.request(Method::POST, path).body(body.to_string())).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        told(self.request(Method::GET, path)).await
    }

    /// The results of a request once its last task is at none of `words` any more.
    pub(crate) async fn results_after(&self, root: &str, uuid: &str, words: &[&str]) -> Vec<Value> {
        until("the request is further", async || {
            let (status, body) = self.get(&format!("{root}/{uuid}")).await;
            assert_eq!(status, 200, "{body}");
            let results = body["results"].as_array().unwrap().clone();
            let last = results.last().unwrap()["status"].as_str().unwrap();
            (!words.contains(&last)).then_some(results)
        })
        .await
    }

    pub(crate) async fn one_result(&self, root: &str, uuid: &str) -> Value {
        let results = self.results_after(root, uuid, &["wait", "blocked"]).await;
        assert_eq!(results.len(), 1, "{results:?}");
        results[0].clone()
    }

    /// Posts one task and tells what came of it.
    pub(crate) async fn ask(&self, uuid: &str, task: Value) -> Value {
        let (status, body) = self.post(V2, &request(uuid, task)).await;
        assert_eq!(status, 201, "{body}");
        self.one_result(V2, uuid).await
    }
}

impl Drop for Face {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Status and JSON of an answer.
pub(crate) async fn told(request: RequestBuilder) -> (u16, Value) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text);
    (
        status,
        body.unwrap_or_else(|_| panic!("{status}, no JSON: {text}")),
    )
}
