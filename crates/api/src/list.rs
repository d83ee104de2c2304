//! Pages of lists: `limit`, `order` and `cursor` of a request, `items` and `next` of its answer.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Query},
    http::{Uri, request::Parts},
};
use desk::{Listed, Order, Page, key_hash};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Problem, request::bad_query};

/// The most rows in one answer.
const LIMIT_MAX: u32 = 1_000;
const LIMIT_DEFAULT: u32 = 100;

/// The parameters that every list has.
const COMMON: [&str; 3] = ["limit", "order", "cursor"];

/// How many bytes of the check stand before a cursor's place.
const CHECK_LEN: usize = 8;
/// The longest cursor that is looked at, characters: the longest place is an account's number.
const CURSOR_MAX: usize = 256;

/// What a list is asked for: its own parameters `T`, and the page.
pub(crate) struct Listing<T> {
    /// Which rows are wanted.
    pub(crate) of: T,
    limit: u32,
    order: Option<Order>,
    cursor: Option<String>,
    /// What a cursor belongs to: the path and the filters, without the page.
    scope: String,
}

/// The parameters that every list has.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageParams {
    /// The most items in the answer; usual: 100.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    limit: Option<String>,
    /// `desc`: the newest first; `asc`: usual for accounts and statements.
    #[schemars(extend("enum" = ["asc", "desc"]))]
    order: Option<String>,
    /// `next` of the page before, with the same filters and order.
    #[schemars(length(max = 256))]
    cursor: Option<String>,
}

/// A page of a list.
#[derive(JsonSchema, Serialize)]
#[schemars(rename = "ListOf{T}")]
pub(crate) struct ListAnswer<T> {
    items: Vec<T>,
    /// The cursor of the next page; null: nothing is left.
    next: Option<String>,
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Listing<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let is_common = |pair: &&str| COMMON.contains(&pair.split('=').next().unwrap_or_default());
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let (common, mut own): (Vec<&str>, Vec<&str>) = pairs.partition(is_common);
        let of = read_query(&own)?;
        let PageParams {
            limit,
            order,
            cursor,
        } = read_query(&common)?;
        own.sort_unstable();
        Ok(Self {
            of,
            limit: read_limit(limit.as_deref())?,
            order: read_order(order.as_deref())?,
            cursor,
            scope: format!("{}?{}", parts.uri.path(), own.join("&")),
        })
    }
}

/// Reads the parameters of a query.
pub(crate) fn read_query<T: DeserializeOwned>(pairs: &[&str]) -> Result<T, Problem> {
    let unreadable = |why: String| bad_query(why);
    let uri = format!("/?{}", pairs.join("&"));
    let uri: Uri = uri
        .parse()
        .map_err(|_| unreadable("the query".to_owned()))?;
    Query::try_from_uri(&uri)
        .map(|Query(read)| read)
        .map_err(|rejection| unreadable(rejection.body_text()))
}

fn read_limit(limit: Option<&str>) -> Result<u32, Problem> {
    let Some(text) = limit else {
        return Ok(LIMIT_DEFAULT);
    };
    let limit = text.parse().ok();
    limit
        .filter(|limit| (1..=LIMIT_MAX).contains(limit))
        .ok_or_else(|| bad_query(format!("limit is 1 to {LIMIT_MAX}")).in_field("limit"))
}

fn read_order(order: Option<&str>) -> Result<Option<Order>, Problem> {
    match order {
        None => Ok(None),
        Some("asc") => Ok(Some(Order::Ascending)),
        Some("desc") => Ok(Some(Order::Descending)),
        Some(_) => Err(bad_query("order is asc or desc").in_field("order")),
    }
}

impl<T> Listing<T> {
    /// The page, walked in `usual` order unless another one is asked for.
    pub(crate) fn page<P: FromStr>(&self, usual: Order) -> Result<Page<P>, Problem> {
        let order = self.order.unwrap_or(usual);
        let after = self.cursor.as_deref().map(|cursor| {
            read_cursor(cursor, &self.scope(order)).ok_or_else(|| {
                bad_query(
                    "cursor is none that this list has given out for these filters and this order: \
                     begin without one",
                )
                .in_field("cursor")
            })
        });
        Ok(Page {
            after: after.transpose()?,
            order,
            limit: self.limit,
        })
    }

    /// What is answered.
    pub(crate) fn answer<U, P: ToString>(
        &self,
        order: Order,
        listed: Listed<U, P>,
    ) -> ListAnswer<U> {
        let cursor = |place: P| cursor(&place.to_string(), &self.scope(order));
        ListAnswer {
            items: listed.rows,
            next: listed.next.map(cursor),
        }
    }

    fn scope(&self, order: Order) -> String {
        format!("{order:?} {}", self.scope)
    }
}

/// A place as the caller gets it: a check over the place and what it belongs to, then the place, in
/// hexadecimal. (It keeps mistakes out, not adversaries: a place is no secret.)
fn cursor(place: &str, scope: &str) -> String {
    let bytes = check(place, scope).into_iter().chain(place.bytes());
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The place, if the cursor is one of `scope`.
fn read_cursor<P: FromStr>(text: &str, scope: &str) -> Option<P> {
    if text.len() > CURSOR_MAX {
        return None;
    }
    let digits: Vec<u8> = text.bytes().map(digit).collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    let (found, place) = bytes.split_first_chunk::<CHECK_LEN>()?;
    let place = std::str::from_utf8(place).ok()?;
    (*found == check(place, scope)).then(|| place.parse().ok())?
}

const fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

fn check(place: &str, scope: &str) -> [u8; CHECK_LEN] {
    let hash = key_hash(&format!("{place}\n{scope}"));
    let mut check = [0; CHECK_LEN];
    check.copy_from_slice(&hash[..CHECK_LEN]);
    check
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terms::{AccountNumber, Id};

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_is_read_where_it_was_given_out_and_nowhere_else(
            number in 0..=i64::MAX, scope in ".{0,40}", other in ".{0,40}",
        ) {
            let place = Id::from_number(number).unwrap();
            let given = cursor(&place.to_string(), &scope);
            prop_assert_eq!(read_cursor(&given, &scope), Some(place));
            if other != scope {
                prop_assert_eq!(read_cursor::<Id>(&given, &other), None);
            }
        }

        #[test]
        fn what_was_not_given_out_is_refused(text in ".{0,300}", hex in "[0-9a-f]{0,80}") {
            prop_assert_eq!(read_cursor::<Id>(&text, "scope"), None);
            prop_assert_eq!(read_cursor::<AccountNumber>(&hex, "scope"), None);
        }

        #[test]
        fn a_changed_cursor_is_refused(
            account in "[а-яa-z0-9]{1,20}", at in any::<prop::sample::Index>(), with in "[0-9a-fg]",
        ) {
            let given = cursor(&account, "scope");
            let at = at.index(given.len());
            prop_assume!(given[at..=at] != with);
            let changed = format!("{}{with}{}", &given[..at], &given[at + 1..]);
            prop_assert_eq!(read_cursor::<AccountNumber>(&changed, "scope"), None);
            prop_assert_eq!(read_cursor::<AccountNumber>(&given[1..], "scope"), None);
        }
    }
}
