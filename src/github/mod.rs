//! GitHub, as the rest of the house needs it: a few calls, each with what it means and what it
//! needs. Nothing of the client behind it, and nothing asynchronous, leaves this room.

#![allow(clippy::disallowed_methods)] // effects are carried out here

mod checks;
mod client;
mod comments;
mod deployments;
mod error;
mod name;
mod patience;
mod people;
mod pulls;
mod runs;
mod settings;

pub use checks::{Annotation, CheckRun, Conclusion, Level, NewCheckRun};
pub use client::{Access, GitHub};
pub use comments::{Comment, Reaction};
pub use deployments::{Deployment, DeploymentState, DeploymentStatus, NewDeployment};
pub use error::Error;
pub use name::RepositoryName;
pub use people::{Account, Permission};
pub use pulls::{Pull, Side};
pub use runs::{Approval, Attempt, ProtectedEnvironment, Run};
pub use settings::{BranchRule, DeployEnvironment};
