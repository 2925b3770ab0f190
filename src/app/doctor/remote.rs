//! Asks GitHub for what the workflows alone do not say.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;

use crate::doctor::{BranchRules, EnvironmentRules, Remote};
use crate::github::{Access, BranchRule, Error, GitHub, RepositoryName};
use crate::ledger;

/// Environments whose custom rules are asked for, one call each.
const MOST: usize = 20;

/// How long one call waits for GitHub's limits to pass.
const PATIENCE: Duration = Duration::from_secs(20);

/// How GitHub is reached, from the environment of this process.
pub(super) struct Way {
    repository: Option<String>,
    token: Option<String>,
    api: Option<String>,
    graphql: Option<String>,
}

impl Way {
    /// What is set; `repository` goes before the environment.
    pub(super) fn of(repository: Option<String>, get: &dyn Fn(&str) -> Option<String>) -> Self {
        let given = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        Self {
            repository: repository.or_else(|| given("GITHUB_REPOSITORY")),
            token: given("GITHUB_TOKEN").or_else(|| given("GH_TOKEN")),
            api: given("GITHUB_API_URL"),
            graphql: given("GITHUB_GRAPHQL_URL"),
        }
    }
}

/// What GitHub says; what it does not say is among the problems.
pub(super) fn ask(way: Way) -> Remote {
    let mut remote = Remote::default();
    let (Some(repository), Some(token)) = (way.repository, way.token) else {
        return remote;
    };
    remote.was_asked = true;
    let Ok(name) = repository.parse::<RepositoryName>() else {
        remote
            .problems
            .push(format!("GitHub: `{repository}` is no `owner/name`."));
        return remote;
    };
    let access = Access {
        api: way
            .api
            .unwrap_or_else(|| "https://api.github.com".to_owned()),
        graphql: way.graphql,
        token: SecretString::from(token),
        patience: PATIENCE,
    };
    let github = match GitHub::new(access) {
        Ok(github) => github,
        Err(error) => {
            remote.problems.push(format!("GitHub: {error}"));
            return remote;
        }
    };
    let mut problems = Vec::new();
    let mut hear = |what: &str, error: &Error| {
        problems.push(format!("{what}: {error} {}", error.hint()));
    };
    match environments(&github, &name) {
        Ok(found) => remote.environments = Some(found),
        Err(error) => hear("The environments", &error),
    }
    let main = github
        .default_branch(&name)
        .and_then(|branch| rules(&github, &name, &branch));
    match main {
        Ok(found) => remote.main = Some(found),
        Err(error) => hear("The rules of the branch that ships", &error),
    }
    match rules(&github, &name, ledger::BRANCH) {
        Ok(found) => remote.ledger = Some(found),
        Err(error) => hear("The rules of the ledger's branch", &error),
    }
    remote.problems.extend(problems);
    remote
}

fn environments(
    github: &GitHub,
    name: &RepositoryName,
) -> Result<BTreeMap<String, EnvironmentRules>, Error> {
    let found = github.environments(name)?;
    let mut environments = BTreeMap::new();
    for (index, environment) in found.into_iter().enumerate() {
        let has_custom_rules = index < MOST && github.has_custom_rules(name, &environment.name)?;
        let rules = EnvironmentRules {
            has_reviewers: environment.has_reviewers(),
            wait_minutes: environment.wait_minutes(),
            has_custom_rules,
        };
        environments.insert(environment.name, rules);
    }
    Ok(environments)
}

fn rules(github: &GitHub, name: &RepositoryName, branch: &str) -> Result<BranchRules, Error> {
    let rules = github.branch_rules(name, branch)?;
    Ok(BranchRules {
        branch: branch.to_owned(),
        has_strict_checks: rules.iter().any(BranchRule::is_strict),
        kinds: rules.into_iter().map(|it| it.kind).collect(),
    })
}
