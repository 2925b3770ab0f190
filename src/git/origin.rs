use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::command::REMOTE;

/// A repository on a server, and what lets us in.
///
/// The token travels in a header of our own calls, which git reads from its environment: it is in
/// no argument, no file and no configuration that outlives the call.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its address over HTTP, such as `https://github.com/octo/shop`.
    pub url: String,
    /// The token; none where everybody may read.
    pub token: Option<SecretString>,
}

/// The ways in: nothing that runs a program, and no file.
const WAYS: [&str; 4] = [
    "-c",
    "protocol.http.allow=always",
    "-c",
    "protocol.https.allow=always",
];

/// How a company's own certificates are found.
const CERTIFICATES: [&str; 2] = ["GIT_SSL_CAINFO", "GIT_SSL_CAPATH"];

impl Origin {
    /// Lets a call speak to it.
    pub(super) fn open(&self, command: &mut Command) {
        command.args(WAYS).args(REMOTE);
        command.env("GIT_ALLOW_PROTOCOL", "http:https");
        for name in CERTIFICATES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(token) = &self.token {
            let pair = format!("x-access-token:{}", token.expose_secret());
            let header = format!("Authorization: basic {}", STANDARD.encode(pair));
            let key = format!("http.{}.extraheader", self.url);
            command
                .env("GIT_CONFIG_COUNT", "2")
                // A checkout may have kept a header of its own, and a server refuses two.
                .env("GIT_CONFIG_KEY_0", &key)
                .env("GIT_CONFIG_VALUE_0", "")
                .env("GIT_CONFIG_KEY_1", &key)
                .env("GIT_CONFIG_VALUE_1", header);
        }
    }
}
