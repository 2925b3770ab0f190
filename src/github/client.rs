//! One call to GitHub: how it is sent, tried again, followed to a new place, and read.

use std::sync::Once;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt;
use octocrab::Octocrab;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use super::Error;
use super::patience::{Answer, Decision, broken, decide};

/// The version of the REST interface that the calls here are written for.
const VERSION: &str = "2026-03-10";

/// How long one try may take.
const TRY: Duration = Duration::from_secs(20);

/// How many new places of a repository are followed.
const MOVES: u32 = 3;

/// Items of a list in one reply: GitHub's most.
pub(super) const PER_PAGE: u32 = 100;

/// The longest list that is read, in pages.
const PAGES: u32 = 100;

/// GitHub, as one token sees it.
pub struct GitHub {
    runtime: Runtime,
    octocrab: Octocrab,
    base: String,
    graphql: String,
    patience: Duration,
}

/// Where GitHub is, and who we are there.
#[derive(Debug, Clone)]
pub struct Access {
    /// The REST interface, such as `https://api.github.com`.
    pub api: String,
    /// The GraphQL interface; none where it stands beside the REST interface.
    pub graphql: Option<String>,
    /// What we are let in with.
    pub token: SecretString,
    /// How long one call may wait for GitHub's limits and failures to pass.
    pub patience: Duration,
}

/// A call.
pub(super) struct Call<'a> {
    method: Method,
    path: &'a str,
    /// What it does, for people: `read the pull request`.
    pub(super) tried: &'static str,
    /// The permission that it needs, as a workflow writes it.
    pub(super) needs: &'static str,
    body: Option<Value>,
    repeatable: bool,
}

/// What came back.
pub(super) struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    tried: &'static str,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a str, tried: &'static str, needs: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            tried,
            needs,
            body: None,
            repeatable: true,
        }
    }

    /// Makes something new: after a lost reply the caller has to look before it tries again.
    pub(super) fn post(
        path: &'a str,
        tried: &'static str,
        needs: &'static str,
        body: Value,
    ) -> Self {
        Self {
            method: Method::POST,
            path,
            tried,
            needs,
            body: Some(body),
            repeatable: false,
        }
    }

    /// Sets something to a value, which can be done twice.
    pub(super) fn patch(
        path: &'a str,
        tried: &'static str,
        needs: &'static str,
        body: Value,
    ) -> Self {
        Self {
            method: Method::PATCH,
            repeatable: true,
            ..Self::post(path, tried, needs, body)
        }
    }

    pub(super) fn put(
        path: &'a str,
        tried: &'static str,
        needs: &'static str,
        body: Value,
    ) -> Self {
        Self {
            method: Method::PUT,
            ..Self::patch(path, tried, needs, body)
        }
    }

    pub(super) fn delete(path: &'a str, tried: &'static str, needs: &'static str) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(path, tried, needs)
        }
    }

    /// A question or a setting that is told by a `POST` and changes nothing when told twice.
    pub(super) fn repeatable(self) -> Self {
        Self {
            repeatable: true,
            ..self
        }
    }

    /// Whether it may be made again where nobody knows whether it was done.
    pub(super) fn may_repeat(&self) -> bool {
        self.repeatable
    }
}

impl Reply {
    /// The status code, which is one of success.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The body as a value.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| Error::Unexpected {
            tried: self.tried,
            detail: error.to_string(),
        })
    }

    fn next(&self) -> Option<String> {
        next_page(self.headers.get("link")?.to_str().ok()?)
    }
}

impl GitHub {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// The address is none, or the system lets no client be made.
    pub fn new(access: Access) -> Result<Self, Error> {
        // A second provider would be refused, and the first one is ours too.
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let tried = "be asked at all";
        let unusable = |detail: String| Error::Unexpected { tried, detail };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let base = access.api.trim_end_matches('/').to_owned();
        let graphql = access.graphql.unwrap_or_else(|| beside(&base));
        let octocrab = {
            let _within = runtime.enter();
            Octocrab::builder()
                .base_uri(base.as_str())
                .map_err(|_| unusable(format!("`{base}` is no address")))?
                .user_access_token(access.token)
                .add_retry_config(octocrab::service::middleware::retry::RetryConfig::None)
                .set_connect_timeout(Some(TRY))
                .build()
                .map_err(|error| unusable(error.to_string()))?
        };
        Ok(Self {
            runtime,
            octocrab,
            base,
            graphql,
            patience: access.patience,
        })
    }

    /// Makes a call that has to succeed.
    pub(super) fn call(&self, call: &Call<'_>) -> Result<Reply, Error> {
        let url = format!("{}{}", self.base, call.path);
        self.call_at(call, url)
    }

    /// Asks for a list, page by page, until `enough` of a page says so.
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        pick: impl Fn(&Reply) -> Result<Vec<T>, Error>,
        mut enough: impl FnMut(&[T]) -> bool,
    ) -> Result<Vec<T>, Error> {
        let mut url = format!("{}{}", self.base, call.path);
        let mut items = Vec::new();
        for _ in 0..PAGES {
            let reply = self.call_at(call, url)?;
            items.extend(pick(&reply)?);
            match reply.next() {
                Some(next) if !enough(&items) => url = self.ours(&next, call)?,
                _ => break,
            }
        }
        Ok(items)
    }

    /// Asks a question in GraphQL.
    pub(super) fn graphql(
        &self,
        query: &str,
        variables: &Value,
        tried: &'static str,
        needs: &'static str,
    ) -> Result<Value, Error> {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let call = Call::post("", tried, needs, body).repeatable();
        let reply: Value = self.call_at(&call, self.graphql.clone())?.read()?;
        if let Some(error) = reply["errors"][0]["message"].as_str() {
            let detail = error.trim_end_matches('.').to_owned();
            return Err(match reply["errors"][0]["type"].as_str() {
                Some("FORBIDDEN") => Error::Forbidden { tried, needs },
                Some("NOT_FOUND") => Error::NotFound { tried },
                Some("STALE_DATA") => Error::Conflict { tried, detail },
                _ => Error::Unexpected { tried, detail },
            });
        }
        Ok(reply["data"].clone())
    }

    fn call_at(&self, call: &Call<'_>, mut url: String) -> Result<Reply, Error> {
        let mut patience = self.patience;
        let (mut tries, mut moves) = (0, 0);
        loop {
            tries += 1;
            let decision = match self.send(call, &url) {
                Ok(reply) if (200..300).contains(&reply.status) => return Ok(reply),
                Ok(reply) if (300..400).contains(&reply.status) && moves < MOVES => {
                    let place = reply.headers.get(LOCATION);
                    let place = place.and_then(|place| place.to_str().ok());
                    url = self.ours(place.unwrap_or_default(), call)?;
                    (moves, tries) = (moves + 1, tries - 1);
                    continue;
                }
                Ok(reply) => decide(call, &answer(&reply), tries, patience, now()),
                Err(detail) => broken(call, detail, tries, patience),
            };
            match decision {
                Decision::Fail(error) => return Err(error),
                Decision::Retry(wait) => {
                    patience = patience.saturating_sub(wait);
                    // Two jobs that were turned away together do not come back together.
                    let jitter = wait.mul_f64(fastrand::f64() / 4.0);
                    self.runtime.block_on(async { sleep(wait + jitter).await });
                }
            }
        }
    }

    fn send(&self, call: &Call<'_>, url: &str) -> Result<Reply, String> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url)
            .header(ACCEPT, "application/vnd.github+json")
            .header("x-github-api-version", VERSION);
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let body = call.body.as_ref().map(Value::to_string);
        let request = request
            .body(body.unwrap_or_default())
            .map_err(|error| error.to_string())?;
        let exchange = async {
            let response = self.octocrab.execute(request).await.map_err(cause)?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.map_err(cause)?;
            Ok(Reply {
                status: parts.status.as_u16(),
                headers: parts.headers,
                body: body.to_bytes().to_vec(),
                tried: call.tried,
            })
        };
        let within = async { timeout(TRY, exchange).await };
        self.runtime
            .block_on(within)
            .unwrap_or_else(|_| Err(format!("no answer in {} seconds", TRY.as_secs())))
    }

    /// A place that GitHub sent us to. The token goes nowhere but to GitHub.
    fn ours(&self, place: &str, call: &Call<'_>) -> Result<String, Error> {
        let origin = |url: &str| {
            let url: http::Uri = url.parse().ok()?;
            Some((url.scheme_str()?.to_owned(), url.authority()?.to_string()))
        };
        if place.starts_with('/') {
            return Ok(format!("{}{place}", self.base));
        }
        match origin(place) {
            Some(there) if Some(&there) == origin(&self.base).as_ref() => Ok(place.to_owned()),
            _ => Err(Error::Unexpected {
                tried: call.tried,
                detail: "it points to another server".to_owned(),
            }),
        }
    }
}

fn answer(reply: &Reply) -> Answer {
    let number = |name: &str| reply.headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let message = body["message"].as_str().unwrap_or_default();
    let details = body["errors"].as_array().map(Vec::as_slice);
    let details = details.unwrap_or_default().iter().filter_map(|error| {
        let text = error["message"].as_str().or(error.as_str());
        text.map(|text| format!("; {text}"))
    });
    Answer {
        status: reply.status,
        retry_after: number("retry-after"),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset"),
        message: message.to_owned() + &details.collect::<String>(),
    }
}

/// The innermost reason, which says most; the outer ones name layers of the client.
fn cause(error: octocrab::Error) -> String {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// The GraphQL interface beside a REST interface: `/graphql`, or `/api/graphql` on one's own server.
fn beside(api: &str) -> String {
    format!("{}/graphql", api.strip_suffix("/v3").unwrap_or(api))
}

/// The address of the next page in a `Link` header.
fn next_page(link: &str) -> Option<String> {
    link.split(',').find_map(|part| {
        let (url, kind) = part.split_once(';')?;
        let url = url.trim().strip_prefix('<')?.strip_suffix('>')?;
        kind.contains("rel=\"next\"").then(|| url.to_owned())
    })
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_stands_in_the_link_header() {
        let link = "<https://a/repositories/1/x?page=1>; rel=\"prev\", \
                    <https://a/repositories/1/x?page=3>; rel=\"next\"";
        let next = next_page(link);
        assert_eq!(next.as_deref(), Some("https://a/repositories/1/x?page=3"));
        assert_eq!(next_page("<https://a>; rel=\"last\""), None);
    }

    #[test]
    fn graphql_stands_beside_rest() {
        assert_eq!(
            beside("https://api.github.com"),
            "https://api.github.com/graphql"
        );
        assert_eq!(
            beside("https://g.example/api/v3"),
            "https://g.example/api/graphql"
        );
    }
}
