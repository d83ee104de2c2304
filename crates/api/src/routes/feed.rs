//! Paths of events, webhooks and letters.

use serde_json::json;
use terms::Id;

use super::{Answer, Route, get, post, tagged};
use crate::{
    events::{self, EventParams},
    value::Text,
    webhooks::{
        self, DeliveryAnswer, DeliveryParams, ReplayBody, Replayed, TriedAnswer, WebhookAnswer,
    },
};

pub(super) fn routes() -> Vec<Route> {
    let webhooks = vec![list(), letters(), replay_letter(), replay(), test()];
    let mut routes = tagged("events", vec![stream()]);
    routes.extend(tagged("webhooks", webhooks));
    routes
}

fn stream() -> Route {
    let mut route = get("/v1/events", events::stream)
        .is("followEvents", "What happens to receipts, as it happens")
        .notes(
            "Server-sent events with the name `receipt`; their data is the schema `ReceiptEvent`. \
             The stream begins after the event of `Last-Event-ID`, or else of `after`, or with \
             what happens from now on, and never ends by itself. A comment comes every 15 \
             seconds. `operationId` aside, it is meant for EventSource and its like.",
        )
        .query::<EventParams>()
        .problem(503, &["too_many_streams"]);
    route.about.last_event_id = true;
    route.about.answers.push(Answer {
        schema: None,
        media: "text/event-stream",
        status: 200,
        what: "The stream.",
    });
    route
}

fn list() -> Route {
    get("/v1/webhooks", webhooks::list)
        .is("listWebhooks", "The webhooks of the configuration")
        .answers::<Vec<WebhookAnswer>>(200, "The webhooks.")
        .example(60, "All of them", "/v1/webhooks", None, 200)
}

fn letters() -> Route {
    get("/v1/deliveries", webhooks::deliveries)
        .is(
            "listDeliveries",
            "Letters to webhooks and callbacks, the oldest first",
        )
        .query::<DeliveryParams>()
        .answers::<Vec<DeliveryAnswer>>(200, "The letters.")
        .example(61, "Those given up", "/v1/deliveries?state=dead", None, 200)
}

fn replay_letter() -> Route {
    post("/v1/deliveries/{id}/replay", webhooks::replay_one)
        .is("replayDelivery", "Send a letter once more")
        .at::<Text<Id>>("id", "The letter's identifier.")
        .answers_as(204, "", "It will be sent.")
        .problem(404, &["unknown_delivery"])
        .example(
            62,
            "One that is not there",
            "/v1/deliveries/0000000000001/replay",
            None,
            404,
        )
}

fn replay() -> Route {
    let mut route = post("/v1/webhooks/{name}/replay", webhooks::replay)
        .is("replayWebhook", "Send letters to a webhook once more")
        .notes("A webhook that has answered 410 works again.")
        .at::<String>("name", "The webhook's name.")
        .takes::<ReplayBody>("Where to begin; without it, what was given up.")
        .answers::<Replayed>(200, "How many letters are sent once more.")
        .problem(404, &["unknown_webhook"])
        .example(
            63,
            "Of a webhook that is not configured",
            "/v1/webhooks/nobody/replay",
            json!({}),
            404,
        );
    if let Some(body) = &mut route.about.body {
        body.may_be_absent = true;
    }
    route
}

fn test() -> Route {
    post("/v1/webhooks/{name}/test", webhooks::test)
        .is(
            "testWebhook",
            "Send a webhook a letter that tells of nothing",
        )
        .at::<String>("name", "The webhook's name.")
        .answers::<TriedAnswer>(200, "What it has answered.")
        .problem(404, &["unknown_webhook"])
        .example(
            64,
            "Of a webhook that is not configured",
            "/v1/webhooks/nobody/test",
            None,
            404,
        )
}
