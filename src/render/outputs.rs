//! What a step hands to the ones after it, in the form of the file behind `GITHUB_OUTPUT`.

/// `name` and `value` as lines that no value can end early. `delimiter` must be new for each call.
pub fn output(name: &str, value: &str, delimiter: &str) -> String {
    let mut delimiter = delimiter.to_owned();
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

/// Text that the runner shows and never obeys: what starts like a command in it is no command.
/// `token` must be one that nobody can guess.
pub fn shown(text: &str, token: &str) -> String {
    let text = text.trim_end_matches('\n');
    format!("::stop-commands::{token}\n{text}\n::{token}::\n")
}

#[cfg(test)]
mod tests {
    use super::output;

    #[test]
    fn a_value_cannot_end_itself() {
        let text = output("a", "x\nEND\nb=c", "END");
        assert_eq!(text, "a<<END_\nx\nEND\nb=c\nEND_\n");
    }
}
