//! Paths of incidents and of the channels by which people are told.

use serde_json::{Value, json};

use super::{Route, get, post, tagged};
use crate::{
    incidents::{
        self, ActBody, ChannelAnswer, ChannelTriedAnswer, IncidentAnswer, IncidentParams,
        IncidentWithHistory, MuteBody, NoticesReplayed,
    },
    list::ListAnswer,
};

const WHO: &str = "Who does it, and why: both are kept in the incident's history.";

pub(super) fn routes() -> Vec<Route> {
    let mut routes = vec![list(), one()];
    routes.extend(acts());
    routes.extend([channels(), test(), replay()]);
    tagged("incidents", routes)
}

fn signature() -> Value {
    json!({"by": "Главный бухгалтер", "reason": "разобрались"})
}

fn list() -> Route {
    get("/v1/incidents", incidents::list)
        .is(
            "listIncidents",
            "Trouble that the rules have found, the newest first",
        )
        .paged::<IncidentParams>()
        .answers::<ListAnswer<IncidentAnswer>>(200, "A page.")
        .example(
            190,
            "What lasts and is critical",
            "/v1/incidents?state=lasting&severity=critical",
            None,
            200,
        )
}

/// About one incident.
fn about(route: Route) -> Route {
    route
        .at::<u64>("id", "The incident's number.")
        .answers::<IncidentWithHistory>(200, "The incident as it stands now, with its history.")
        .problem(404, &["unknown_incident"])
}

fn one() -> Route {
    about(get("/v1/incidents/{id}", incidents::get))
        .is(
            "getIncident",
            "An incident with its history and its notices",
        )
        .example(
            191,
            "One that is not there",
            "/v1/incidents/1000000",
            None,
            404,
        )
}

fn acts() -> [Route; 4] {
    let muted = json!({
        "by": "Главный бухгалтер", "reason": "ждём ответа банка", "until_ms": 4_102_444_800_000_u64
    });
    [
        about(post(
            "/v1/incidents/{id}/acknowledge",
            incidents::acknowledge,
        ))
        .is("acknowledgeIncident", "Take an incident on")
        .notes("People are told of it no more, unless it grows worse.")
        .takes::<ActBody>(WHO)
        .problem(409, &["incident_is_over"])
        .example(
            192,
            "One that is not there",
            "/v1/incidents/1000000/acknowledge",
            signature(),
            404,
        ),
        about(post("/v1/incidents/{id}/mute", incidents::mute))
            .is(
                "muteIncident",
                "Let nobody be told of an incident for a while",
            )
            .notes("Unless it grows worse. A reason is wanted.")
            .takes::<MuteBody>(WHO)
            .problem(409, &["incident_is_over"])
            .example(
                193,
                "For too long",
                "/v1/incidents/1000000/mute",
                muted,
                422,
            ),
        about(post("/v1/incidents/{id}/unmute", incidents::unmute))
            .is("unmuteIncident", "Let people be told of an incident again")
            .takes::<ActBody>(WHO)
            .problem(409, &["incident_is_over", "not_muted"])
            .example(
                194,
                "One that is not there",
                "/v1/incidents/1000000/unmute",
                signature(),
                404,
            ),
        about(post("/v1/incidents/{id}/resolve", incidents::resolve))
            .is("resolveIncident", "Say that an incident is over")
            .notes("Found again, it is a new one. A reason is wanted.")
            .takes::<ActBody>(WHO)
            .problem(409, &["incident_is_over"])
            .example(
                195,
                "One that is not there",
                "/v1/incidents/1000000/resolve",
                signature(),
                404,
            ),
    ]
}

fn channels() -> Route {
    get("/v1/channels", incidents::channels)
        .is("listChannels", "The channels by which people are told")
        .answers::<Vec<ChannelAnswer>>(200, "The channels.")
        .example(196, "All of them", "/v1/channels", None, 200)
}

fn test() -> Route {
    post("/v1/channels/{name}/test", incidents::test_channel)
        .is(
            "testChannel",
            "Send a channel a notice that tells of nothing",
        )
        .at::<String>("name", "The channel's name.")
        .answers::<ChannelTriedAnswer>(200, "What came of it.")
        .problem(404, &["unknown_channel"])
        .example(
            197,
            "One that is not configured",
            "/v1/channels/nobody/test",
            None,
            404,
        )
}

fn replay() -> Route {
    post("/v1/channels/{name}/replay", incidents::replay)
        .is(
            "replayChannel",
            "Send notices at once that wait or were given up",
        )
        .at::<String>("name", "The channel's name.")
        .answers::<NoticesReplayed>(200, "How many are sent.")
        .example(
            198,
            "There are none",
            "/v1/channels/nobody/replay",
            None,
            200,
        )
}
