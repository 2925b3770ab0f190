//! The HTTP side: one server for all stories of a test program, real requests, real git.
//!
//! A story is told from another by its token. `AFTERCLICK_TEST_PORT` fixes the port, and
//! `AFTERCLICK_TEST_PROXY` is where the binary is sent instead, so that something in between can
//! look at every request and reply.

use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request as HttpRequest;
use axum::response::Response;
use http_body_util::{Full, Limited};
use serde_json::{Value, json};

use super::state::{State, Wrong};
use super::{
    routes_checks, routes_comments, routes_deployments, routes_pulls, routes_runs, routes_settings,
};

pub type World = Arc<Mutex<State>>;

static WORLDS: LazyLock<Mutex<HashMap<String, World>>> = LazyLock::new(Mutex::default);

/// A request as the routes see it.
pub struct Request {
    pub method: String,
    /// What follows `/repos/owner/name`, cut at its slashes.
    pub path: Vec<String>,
    pub query: HashMap<String, String>,
    pub body: Value,
    /// The address of the REST interface, as the binary knows it.
    pub base: String,
}

/// A reply of the routes.
pub struct Reply {
    pub status: u16,
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    pub fn ok(body: Value) -> Self {
        Self::of(200, body)
    }

    pub fn of(status: u16, body: Value) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }

    pub fn error(status: u16, message: &str) -> Self {
        let docs = "https://docs.github.com/rest";
        let status_text = status.to_string();
        Self::of(
            status,
            json!({ "message": message, "documentation_url": docs, "status": status_text }),
        )
    }

    pub fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    pub fn forbidden() -> Self {
        Self::error(403, "Resource not accessible by integration")
    }

    pub fn invalid(message: &str) -> Self {
        let mut reply = Self::error(422, "Validation Failed");
        reply.body["errors"] = json!([{ "resource": "It", "code": "custom", "message": message }]);
        reply
    }
}

impl Request {
    /// The call without the repository's name.
    pub fn call(&self) -> String {
        format!("{} /{}", self.method, self.path.join("/"))
    }

    /// One page of a list, with the links to the others.
    pub fn page(
        &self,
        state: &State,
        items: Vec<Value>,
        wrap: impl Fn(Vec<Value>, usize) -> Value,
    ) -> Reply {
        let number = |name: &str| self.query.get(name).and_then(|text| text.parse().ok());
        let size: usize = number("per_page")
            .unwrap_or(30)
            .clamp(1, 100)
            .min(state.page);
        let page = number("page").unwrap_or(1).max(1);
        let total = items.len();
        let pages = total.div_ceil(size).max(1);
        let shown: Vec<Value> = items
            .into_iter()
            .skip((page - 1) * size)
            .take(size)
            .collect();
        let mut reply = Reply::ok(wrap(shown, total));
        // As the real one does it: by the repository's id, not by its name.
        let at = |page: usize, kind: &str| {
            let mut query: Vec<String> = self
                .query
                .iter()
                .filter(|(name, _)| *name != "page")
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            query.sort();
            query.push(format!("page={page}"));
            let path = self.path.join("/");
            format!(
                "<{}/repositories/{}/{path}?{}>; rel=\"{kind}\"",
                self.base,
                state.id,
                query.join("&")
            )
        };
        let mut links = Vec::new();
        if page > 1 {
            links.push(at(page - 1, "prev"));
        }
        if page < pages {
            links.push(at(page + 1, "next"));
            links.push(at(pages, "last"));
        }
        if !links.is_empty() {
            reply.headers.push(("link", links.join(", ")));
        }
        reply
    }
}

/// Makes a world known under a token.
pub fn add(token: &str, world: World) {
    WORLDS.lock().unwrap().insert(token.to_owned(), world);
}

/// Where the server listens, without a path.
pub fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let port = std::env::var("AFTERCLICK_TEST_PORT").unwrap_or_else(|_| "0".to_owned());
        let listener = std::net::TcpListener::bind(format!("127.0.0.1:{port}")).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let app = Router::new().fallback(serve);
                axum::serve(listener, app).await.unwrap();
            });
        });
        address
    })
}

/// The address of the REST interface, as the binary is told it.
pub fn api() -> String {
    std::env::var("AFTERCLICK_TEST_PROXY").unwrap_or_else(|_| address().to_owned())
}

async fn serve(request: HttpRequest) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    tokio::task::spawn_blocking(move || answer(&parts, &body))
        .await
        .unwrap()
}

fn answer(parts: &axum::http::request::Parts, body: &Bytes) -> Response {
    let header = |name: &str| parts.headers.get(name).and_then(|it| it.to_str().ok());
    let token = header("authorization").and_then(token);
    let world = token.and_then(|token| WORLDS.lock().unwrap().get(&token).cloned());
    let path = parts.uri.path();
    if path.ends_with("/info/refs")
        || path.ends_with("/git-upload-pack")
        || path.ends_with("/git-receive-pack")
    {
        return match world {
            Some(world) => git(parts, body, &world),
            None => Response::builder()
                .status(401)
                .header("www-authenticate", "Basic realm=\"GitHub\"")
                .body(Body::empty())
                .unwrap(),
        };
    }
    let Some(world) = world else {
        return reply(&Reply::error(401, "Bad credentials"));
    };
    let mut state = world.lock().unwrap();
    let query = parts.uri.query().unwrap_or_default();
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let query = query
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect();
    let path = path.strip_prefix("/api/v3").unwrap_or(path).to_owned();
    let mut request = Request {
        method: parts.method.to_string(),
        path: Vec::new(),
        query,
        body: serde_json::from_slice(body).unwrap_or_default(),
        base: state.base.clone(),
    };
    if header("x-github-api-version").is_none() || header("user-agent").is_none() {
        return reply(&Reply::error(
            403,
            "Request forbidden by administrative rules",
        ));
    }
    if path == "/graphql" || path == "/api/graphql" {
        state.calls.push("POST /graphql".to_owned());
        return match state.fault("POST /graphql") {
            Some(wrong) => reply(&fault(wrong)),
            None => reply(&graphql(&request, &state)),
        };
    }
    let parts: Vec<String> = path
        .trim_start_matches('/')
        .split('/')
        .map(decode)
        .collect();
    let named = match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["repos", owner, name, ..] => format!("{owner}/{name}"),
        ["repositories", id, ..] if id == state.id.to_string() => state.name.clone(),
        _ => return reply(&Reply::not_found()),
    };
    let skipped = if parts[0] == "repos" { 3 } else { 2 };
    request.path = parts[skipped..].to_vec();
    if Some(&named) == state.former_name.as_ref() {
        state.calls.push(format!("{} (moved)", request.call()));
        return reply(&moved(&request, &state, path_and_query(&path, &request)));
    }
    if named != state.name {
        return reply(&Reply::not_found());
    }
    let call = request.call();
    state.calls.push(call.clone());
    let wrong = state.fault(&call);
    match wrong {
        Some(Wrong::LostReply | Wrong::StaleList) | None => {}
        Some(wrong) => return reply(&fault(wrong)),
    }
    let stale = wrong == Some(Wrong::StaleList);
    let given = route(&request, &mut state, stale);
    match wrong {
        Some(Wrong::LostReply) => lost(),
        _ => reply(&given),
    }
}

fn route(request: &Request, state: &mut State, stale: bool) -> Reply {
    routes_comments::answer(request, state, stale)
        .or_else(|| routes_checks::answer(request, state))
        .or_else(|| routes_pulls::answer(request, state))
        .or_else(|| routes_runs::answer(request, state))
        .or_else(|| routes_deployments::answer(request, state))
        .or_else(|| routes_settings::answer(request, state))
        .unwrap_or_else(Reply::not_found)
}

fn path_and_query(path: &str, request: &Request) -> String {
    let rest = path.splitn(5, '/').nth(4).unwrap_or_default();
    let mut query: Vec<String> = request
        .query
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    query.sort();
    match query.is_empty() {
        true => rest.to_owned(),
        false => format!("{rest}?{}", query.join("&")),
    }
}

/// A repository of another name now: 301 for what reads, 307 for what writes.
fn moved(request: &Request, state: &State, rest: String) -> Reply {
    let url = format!("{}/repositories/{}/{rest}", request.base, state.id);
    let status = if request.method == "GET" { 301 } else { 307 };
    let mut reply = Reply::error(status, "Moved Permanently");
    reply.body = json!({ "message": "Moved Permanently", "url": url, "documentation_url": "https://docs.github.com" });
    reply.headers.push(("location", url));
    reply
}

fn fault(wrong: Wrong) -> Reply {
    let (mut reply, wait) = match wrong {
        Wrong::TooMany(wait) => (Reply::error(429, "Too Many Requests"), wait),
        Wrong::Secondary(wait) => {
            let words = "You have exceeded a secondary rate limit. Please wait a few minutes.";
            (Reply::error(403, words), wait)
        }
        Wrong::Broken(status) => (Reply::error(status, "Server Error"), None),
        Wrong::LostReply | Wrong::StaleList => unreachable!("they answer first"),
    };
    if let Some(wait) = wait {
        reply.headers.push(("retry-after", wait.to_string()));
    }
    reply
}

fn graphql(request: &Request, state: &State) -> Reply {
    let query = request.body["query"].as_str().unwrap_or_default();
    match query.contains("viewer { login }") {
        true => Reply::ok(json!({ "data": { "viewer": { "login": state.login } } })),
        false => Reply::ok(json!({ "errors": [{ "message": "no such field" }] })),
    }
}

fn reply(reply: &Reply) -> Response {
    let mut response = Response::builder()
        .status(reply.status)
        .header("content-type", "application/json; charset=utf-8")
        .header("x-ratelimit-remaining", "4999");
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = match reply.status {
        204 | 304 => Body::empty(),
        _ => Body::from(reply.body.to_string()),
    };
    response.body(body).unwrap()
}

/// A reply that ends before it has begun.
fn lost() -> Response {
    Response::new(Body::new(Limited::new(Full::from("{}"), 1)))
}

fn token(header: &str) -> Option<String> {
    let (kind, value) = header.split_once(' ')?;
    match kind.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(value.to_owned()),
        "basic" => {
            use base64::Engine;
            let pair = base64::engine::general_purpose::STANDARD
                .decode(value)
                .ok()?;
            let pair = String::from_utf8(pair).ok()?;
            pair.split_once(':').map(|(_, token)| token.to_owned())
        }
        _ => None,
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// Git over HTTP, by git's own server.
fn git(parts: &axum::http::request::Parts, body: &Bytes, world: &World) -> Response {
    let is_look = parts.uri.path().ends_with("/info/refs");
    let (name, former, dir) = {
        let mut state = world.lock().unwrap();
        state.looks += usize::from(is_look);
        (
            state.name.clone(),
            state.former_name.clone(),
            state.git.clone(),
        )
    };
    let path = parts.uri.path();
    let rest = |name: &str| {
        let rest = path.strip_prefix(&format!("/{name}"))?;
        Some(rest.strip_prefix(".git").unwrap_or(rest).to_owned())
    };
    let query = parts.uri.query().unwrap_or_default();
    let Some(rest) = rest(&name) else {
        let moved = former.and_then(|former| rest(&former));
        return match moved {
            Some(rest) => Response::builder()
                .status(301)
                .header("location", format!("{}/{name}{rest}?{query}", address()))
                .body(Body::empty())
                .unwrap(),
            None => Response::builder().status(404).body(Body::empty()).unwrap(),
        };
    };
    let header = |name: &str| {
        let value = parts.headers.get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &dir)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("PATH_INFO", rest)
        .env("QUERY_STRING", query)
        .env("REQUEST_METHOD", parts.method.as_str())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_USER", "octo")
        .env("REMOTE_ADDR", "127.0.0.1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let sent = body.clone();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&sent)));
    let output = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    let end = output
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .unwrap_or(0);
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut response = Response::builder();
    for line in head.split("\r\n") {
        response = match line.split_once(": ") {
            Some(("Status", status)) => response.status(status[..3].parse::<u16>().unwrap()),
            Some((name, value)) => response.header(name, value),
            None => response,
        };
    }
    let body = output.get(end + 4..).unwrap_or_default().to_vec();
    response.body(Body::from(body)).unwrap()
}
