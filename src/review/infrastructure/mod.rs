//! What scripts, workflows, clusters, proxies and environments say about how code runs.

pub mod clear_text;
pub(crate) mod cluster;
pub(crate) mod commands;
pub(crate) mod default_mux;
pub(crate) mod development;
pub(crate) mod entrance;
pub(crate) mod environment;
pub(crate) mod pipeline;
pub(crate) mod repeated;
pub(crate) mod safeguard;
pub(crate) mod script;
pub(crate) mod web_server;
pub(crate) mod workflow;
