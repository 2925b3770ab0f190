//! Words inside names: `GetLabelOfRepoByID` says get, label, of, repo, by, id.

/// Splits a name into lower-case words at case changes, digits and punctuation.
pub fn words(name: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut previous: Option<char> = None;
    let mut rest = name.chars();
    while let Some(character) = rest.next() {
        let before = previous.replace(character);
        if !character.is_alphanumeric() {
            if !word.is_empty() {
                out.push(std::mem::take(&mut word));
            }
            continue;
        }
        if character.is_lowercase() || character.is_ascii_digit() {
            word.push(character);
            continue;
        }
        let starts = character.is_uppercase()
            && (before.is_some_and(|it| it.is_lowercase() || it.is_ascii_digit())
                || (before.is_some_and(char::is_uppercase)
                    && rest.clone().next().is_some_and(char::is_lowercase)));
        if starts && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        word.extend(character.to_lowercase());
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Whether any word of the name is in the list.
pub fn says(name: &str, list: &[&str]) -> bool {
    words(name).iter().any(|word| list.contains(&word.as_str()))
}

/// How alike two names are: shared words over all words, 0 to 1.
pub fn likeness(left: &str, right: &str) -> f64 {
    let (left, right) = (words(left), words(right));
    if left.is_empty() || right.is_empty() {
        return 0.0;
    }
    let shared = left.iter().filter(|word| right.contains(word)).count();
    let all = left.len() + right.len() - shared;
    shared as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::{likeness, words};

    #[test]
    fn names_fall_into_words() {
        assert_eq!(
            words("GetLabelOfRepoByID"),
            ["get", "label", "of", "repo", "by", "id"]
        );
        assert_eq!(words("current_user"), ["current", "user"]);
        assert_eq!(words("HTTPServer2xx"), ["http", "server2xx"]);
        assert_eq!(words("is-admin?"), ["is", "admin"]);
    }

    #[test]
    fn likeness_counts_shared_words() {
        assert!(likeness("GetLabelOfRepoByID", "GetLabelByID") > 0.6);
        assert!(likeness("charge", "notify") < 0.1);
    }
}
