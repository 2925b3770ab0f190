use serde::Deserialize;

use super::client::{Call, PER_PAGE};
use super::name::encode;
use super::{Error, GitHub, RepositoryName};

const READ: &str = "metadata: read";
const ACTIONS: &str = "actions: read";

/// What an environment asks for before a job may use it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeployEnvironment {
    /// Its name.
    pub name: String,
    #[serde(default)]
    protection_rules: Vec<ProtectionRule>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct ProtectionRule {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    wait_timer: u64,
}

impl DeployEnvironment {
    /// Whether somebody has to approve.
    pub fn has_reviewers(&self) -> bool {
        let mut rules = self.protection_rules.iter();
        rules.any(|it| it.kind == "required_reviewers")
    }

    /// Minutes that every job waits.
    pub fn wait_minutes(&self) -> u64 {
        let rules = self.protection_rules.iter();
        rules.map(|it| it.wait_timer).max().unwrap_or_default()
    }
}

/// A rule that is active for a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BranchRule {
    /// Its kind, such as `non_fast_forward`.
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Parameters {
    #[serde(default)]
    strict_required_status_checks_policy: bool,
}

impl BranchRule {
    /// Whether checks have to pass on top of the newest base.
    pub fn is_strict(&self) -> bool {
        let parameters = self.parameters.as_ref();
        parameters.is_some_and(|it| it.strict_required_status_checks_policy)
    }
}

impl GitHub {
    /// The branch that work starts from.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn default_branch(&self, name: &RepositoryName) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Repository {
            default_branch: String,
        }
        let path = format!("/repos/{name}");
        let reply = self.call(&Call::get(&path, "read the repository", READ))?;
        Ok(reply.read::<Repository>()?.default_branch)
    }

    /// The environments, and what each asks for. Custom rules are not among it.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn environments(&self, name: &RepositoryName) -> Result<Vec<DeployEnvironment>, Error> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(default)]
            environments: Vec<DeployEnvironment>,
        }
        let path = format!("/repos/{name}/environments?per_page={PER_PAGE}");
        let call = Call::get(&path, "list the environments", ACTIONS);
        self.list(
            &call,
            |reply| Ok(reply.read::<Page>()?.environments),
            |_| false,
        )
    }

    /// Whether an App decides about an environment too.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn has_custom_rules(
        &self,
        name: &RepositoryName,
        environment: &str,
    ) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Page {
            #[serde(default)]
            total_count: u64,
        }
        let environment = encode(environment);
        let path = format!("/repos/{name}/environments/{environment}/deployment_protection_rules");
        let call = Call::get(&path, "list the custom rules of an environment", ACTIONS);
        Ok(self.call(&call)?.read::<Page>()?.total_count > 0)
    }

    /// The rules that are active for a branch, of all rulesets; also where there is no such branch.
    /// The protection of the older kind is not among them.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn branch_rules(
        &self,
        name: &RepositoryName,
        branch: &str,
    ) -> Result<Vec<BranchRule>, Error> {
        let branch = encode(branch);
        let path = format!("/repos/{name}/rules/branches/{branch}?per_page={PER_PAGE}");
        let call = Call::get(&path, "list the rules of a branch", READ);
        self.list(&call, |reply| reply.read(), |_| false)
    }
}
