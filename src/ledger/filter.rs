use serde_json::Value;

use super::{Event, Timestamp};

/// Which events are asked for. What is not said does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this stream.
    pub stream: Option<String>,
    /// Only by this actor, whatever the case of the letters.
    pub actor: Option<String>,
    /// Only with this kind, or one that begins with it and a full stop.
    pub kind: Option<String>,
    /// Only about this file, or about a folder that it is in, or one in it.
    pub path: Option<String>,
    /// Only at this moment or later.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Whether an event is asked for.
    pub fn takes(&self, event: &Event) -> bool {
        let is = |wanted: &Option<String>, given: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == given)
        };
        let kind = |wanted: &str| {
            let rest = event.kind.strip_prefix(wanted);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let actor = |wanted: &str| wanted.to_lowercase() == event.actor.name.to_lowercase();
        is(&self.stream, &event.stream)
            && self.actor.as_deref().is_none_or(actor)
            && self.kind.as_deref().is_none_or(kind)
            && self
                .path
                .as_deref()
                .is_none_or(|path| is_about(event, path))
            && self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at < until)
    }
}

/// Whether a field `path` or `paths` of an event names a file, a folder around it or a file in it.
fn is_about(event: &Event, wanted: &str) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|given| overlap(given, wanted));
    event
        .fields
        .iter()
        .any(|(name, value)| match (name.as_str(), value) {
            ("path", value) => named(value),
            ("paths", Value::Array(paths)) => paths.iter().any(named),
            _ => false,
        })
}

fn overlap(given: &str, wanted: &str) -> bool {
    // A pattern stands for what lies below its plain beginning.
    let plain = given.split(['*', '?', '[', '{']).next().unwrap_or_default();
    let is_pattern = plain.len() < given.len();
    let [given, wanted] = [plain, wanted].map(|it| it.trim_end_matches('/'));
    let within = |inner: &str, outer: &str| {
        let rest = inner.strip_prefix(outer);
        rest.is_some_and(|rest| rest.is_empty() || outer.is_empty() || rest.starts_with('/'))
    };
    within(given, wanted) || within(wanted, given) || is_pattern && wanted.starts_with(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_in_a_folder_and_a_folder_around_a_path() {
        for (given, wanted) in [
            ("billing/charge.rb", "billing/charge.rb"),
            ("billing/charge.rb", "billing"),
            ("billing", "billing/charge.rb"),
            ("billing/*.rb", "billing/charge.rb"),
            ("**/charge.rb", "billing/charge.rb"),
        ] {
            assert!(overlap(given, wanted), "{given} {wanted}");
        }
        for (given, wanted) in [("billing/charge.rb", "bill"), ("app", "billing/charge.rb")] {
            assert!(!overlap(given, wanted), "{given} {wanted}");
        }
    }
}
