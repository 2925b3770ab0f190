//! Who may talk to the servers of a cluster: the peers of network policies.

use super::shown;
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::settings::{self, Purpose, local};
use crate::review::record::finding::Finding;
use std::collections::{BTreeMap, BTreeSet};

/// What one peer has to be: what each of its selectors asks for.
type Peer = BTreeMap<String, BTreeSet<String>>;

/// The rules of a policy, each with those whom it lets in, and a line.
type Rules = BTreeMap<String, (BTreeMap<String, Peer>, u32)>;

/// Looks for policies that let more in than before.
pub(crate) fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for (file, _, _) in settings::changed(context, |it| it == Purpose::Manifest) {
        if local(&file.path) {
            continue;
        }
        let objects: BTreeSet<&str> = file
            .before
            .settings
            .iter()
            .map(|it| it.path[0].as_str())
            .filter(|it| it.starts_with("NetworkPolicy/"))
            .collect();
        for object in objects {
            let before = rules(&file.before.settings, object);
            let after = rules(&file.after.settings, object);
            if before.is_empty() || after.is_empty() {
                continue;
            }
            let Some((says, line)) = wider(&before, &after) else {
                continue;
            };
            let is = file
                .after
                .settings
                .iter()
                .find(|it| it.path[0] == object && it.line >= line);
            out.push(shown(file, object, "lets more in", None, is).says(
                format!(
                    "{object} {says}. A break-in anywhere there now reaches the servers behind it."
                ),
                "Name both in one entry, and let in only those who need it.",
            ));
        }
    }
}

fn rules(settings: &[Setting], object: &str) -> Rules {
    let mut out = Rules::new();
    for it in settings.iter().filter(|it| it.path[0] == object) {
        let [_, spec, ingress, rule, rest @ ..] = it.path.as_slice() else {
            continue;
        };
        if spec != "spec" || ingress != "ingress" {
            continue;
        }
        let entry = out
            .entry(rule.to_string())
            .or_insert_with(|| (BTreeMap::new(), it.line));
        if let [from, peer, selector, asked @ ..] = rest
            && from == "from"
        {
            let peer = entry.0.entry(peer.to_string()).or_default();
            let selector = peer.entry(selector.to_string()).or_default();
            if !asked.is_empty() {
                selector.insert(format!("{}={}", asked.join("."), it.value));
            }
        }
    }
    out
}

/// What is wider, in words, and the line of it.
fn wider(before: &Rules, after: &Rules) -> Option<(String, u32)> {
    let all = |rules: &Rules| -> Vec<(Peer, u32)> {
        let peers = rules
            .values()
            .flat_map(|(peers, line)| peers.values().map(|it| (it.clone(), *line)));
        peers.collect()
    };
    let (old, new) = (all(before), all(after));
    let fresh = |it: &Peer| !old.iter().any(|(known, _)| known == it);
    // One who had to be both may be either now.
    for (both, _) in old.iter().filter(|it| it.0.len() > 1) {
        let stays = new.iter().any(|(it, _)| it == both);
        let half = new.iter().find(|(it, _)| {
            it.len() == 1
                && fresh(it)
                && it
                    .iter()
                    .all(|(selector, asked)| both.get(selector) == Some(asked))
        });
        if let (false, Some((_, line))) = (stays, half) {
            return Some((
                "let in those who were in one namespace and had one label, and now whoever has either".to_owned(),
                *line,
            ));
        }
    }
    for (peer, line) in &new {
        let everybody = peer.len() == 1
            && peer
                .get("namespaceSelector")
                .is_some_and(BTreeSet::is_empty);
        let world = peer
            .get("ipBlock")
            .is_some_and(|it| it.contains("cidr=0.0.0.0/0"));
        if fresh(peer) && (everybody || world) {
            let who = if world {
                "the whole internet"
            } else {
                "everything in the cluster"
            };
            return Some((format!("let in named servers only, and now {who}"), *line));
        }
    }
    let open = |rules: &Rules| rules.values().filter(|it| it.0.is_empty()).count();
    if open(after) > open(before) {
        let (_, line) = after.values().find(|it| it.0.is_empty())?;
        return Some((
            "let in named servers only, and now everybody at some port".to_owned(),
            *line,
        ));
    }
    None
}
