//! A git host over HTTP on loopback: `git http-backend` behind a small server, with faults on
//! demand.
#![allow(dead_code, unreachable_pub)] // each test file uses a part of it

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};

/// The largest request, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

/// Faults that are still to come.
#[derive(Debug, Default)]
pub struct Faults {
    /// So many pushes are carried out, and their reply is lost.
    pub lost_replies: AtomicU32,
    /// So many pushes never arrive.
    pub lost_requests: AtomicU32,
}

/// Serves the repositories of a folder until it is dropped.
pub struct GitHost {
    address: String,
    /// What goes wrong.
    pub faults: Arc<Faults>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Clone)]
struct Serving {
    root: PathBuf,
    faults: Arc<Faults>,
}

impl GitHost {
    /// Serves `root`, on a port that is free.
    pub fn new(root: &Path) -> Self {
        let faults = Arc::new(Faults::default());
        let serving = Serving {
            root: root.to_owned(),
            faults: faults.clone(),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(serve).with_state(serving);
                let stopped = async move {
                    let _ = stopped.await;
                };
                axum::serve(listener, app)
                    .with_graceful_shutdown(stopped)
                    .await
                    .unwrap();
            });
        });
        Self {
            address: format!("http://{}", told.recv().unwrap()),
            faults,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The address of a repository in the folder.
    pub fn url(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }
}

impl Drop for GitHost {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// Takes one away where there is one.
fn due(fault: &AtomicU32) -> bool {
    fault
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| {
            count.checked_sub(1)
        })
        .is_ok()
}

async fn serve(State(serving): State<Serving>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, MAX_BODY).await.unwrap();
    let is_push = head.method == "POST" && head.uri.path().ends_with("/git-receive-pack");
    if is_push && due(&serving.faults.lost_requests) {
        return broken();
    }
    let header = |name: &str| {
        let value = head.headers.get(name).and_then(|it| it.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let mut backend = Command::new("git");
    backend
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", &serving.root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "http.receivepack")
        .env("GIT_CONFIG_VALUE_0", "true")
        .env("PATH_INFO", head.uri.path())
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REMOTE_USER", "somebody")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let answer = tokio::task::spawn_blocking(move || run(backend, &body));
    let answer = answer.await.unwrap();
    if is_push && due(&serving.faults.lost_replies) {
        return broken();
    }
    reply(&answer)
}

fn run(mut backend: Command, body: &Bytes) -> Vec<u8> {
    let mut child = backend.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let body = body.clone();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&body);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

/// What a proxy answers when the connection behind it broke.
fn broken() -> Response<Body> {
    let mut reply = Response::new(Body::empty());
    *reply.status_mut() = StatusCode::BAD_GATEWAY;
    reply
}

/// The headers and the body of a CGI answer.
fn reply(answer: &[u8]) -> Response<Body> {
    let end = answer
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .unwrap_or(0);
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut reply = Response::builder();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        reply = match name {
            "Status" => reply.status(value[..3].parse::<u16>().unwrap()),
            name => reply.header(name, value),
        };
    }
    reply.body(Body::from(answer[end + 4..].to_vec())).unwrap()
}
