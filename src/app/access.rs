use std::time::Duration;

use secrecy::SecretString;

use crate::github::Access;

/// How long one call waits for GitHub's limits to pass, where nobody says.
const PATIENCE: Duration = Duration::from_secs(120);

/// What lets us in to GitHub, from a function that gives the value of a variable; none without a
/// token.
pub fn access(variable: &dyn Fn(&str) -> Option<String>) -> Option<Access> {
    let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let seconds = given("AFTERCLICK_PATIENCE").and_then(|text| text.trim().parse().ok());
    Some(Access {
        token: SecretString::from(given("GITHUB_TOKEN")?),
        api: given("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned()),
        graphql: given("GITHUB_GRAPHQL_URL"),
        patience: seconds.map_or(PATIENCE, Duration::from_secs),
    })
}
