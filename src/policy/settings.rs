use serde::Serialize;

use super::{ByAuthor, Date, Policy, Suppression};
use crate::ledger::BRANCH;
use crate::review::record::Surface;

/// One key of the policy in force: its value, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key, such as `modes.auth`.
    pub key: String,
    /// The value.
    pub value: SettingValue,
    /// The line of the policy file, from 1; none for a default.
    pub line: Option<u32>,
}

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SettingValue {
    /// A word.
    Word(String),
    /// A list of words or patterns.
    List(Vec<String>),
    /// A suppression.
    Suppression {
        /// The id of the check.
        check: String,
        /// The patterns of its files; everywhere when empty.
        paths: Vec<String>,
        /// The symbol, where it is for one alone.
        symbol: Option<String>,
        /// Why.
        reason: String,
        /// The last day on which it holds, `YYYY-MM-DD`.
        until: Option<String>,
        /// Whether that day is over.
        ended: bool,
    },
}

impl Policy {
    /// Every key, its value and where it comes from, in the order of the documentation.
    pub fn settings(&self, today: Date) -> Vec<Setting> {
        let mut settings = vec![self.word("care", self.care.name())];
        for surface in Surface::ALL {
            let key = format!("modes.{}", surface.name());
            settings.push(self.word(&key, self.mode(surface).name()));
        }
        settings.push(self.list("paths.include", &self.include));
        settings.push(self.list("paths.exclude", &self.exclude));
        for surface in Surface::ALL {
            let key = format!("paths.surfaces.{}", surface.name());
            settings.push(self.list(&key, &self.surfaces[surface as usize]));
        }
        for (name, words) in self.words.lists() {
            settings.push(self.list(&format!("words.{name}"), words));
        }
        let by_author = match self.by_author {
            ByAuthor::Allow => "allow",
            ByAuthor::Refuse => "refuse",
        };
        settings.push(self.word("override.by_author", by_author));
        let branch = self.ledger.branch.as_deref().unwrap_or(BRANCH);
        settings.push(self.word("ledger.branch", branch));
        let remote = self
            .ledger
            .remote
            .as_deref()
            .unwrap_or("the upstream's, or origin");
        settings.push(self.word("ledger.remote", remote));
        for (name, environment) in &self.environments {
            let key = |key: &str| format!("ship.environments.{name}.{key}");
            let probe = environment.probe.as_deref().unwrap_or("none");
            settings.push(self.word(&key("probe"), probe));
            let approval = environment.approval.to_string();
            settings.push(self.word(&key("approval"), &approval));
        }
        for (index, suppression) in self.suppressions.iter().enumerate() {
            settings.push(Setting {
                key: "suppress".to_owned(),
                value: suppression.value(today),
                line: self.line(&format!("suppress[{index}]")),
            });
        }
        settings
    }

    fn word(&self, key: &str, word: &str) -> Setting {
        Setting {
            key: key.to_owned(),
            value: SettingValue::Word(word.to_owned()),
            line: self.line(key),
        }
    }

    fn list(&self, key: &str, list: &[String]) -> Setting {
        Setting {
            key: key.to_owned(),
            value: SettingValue::List(list.to_vec()),
            line: self.line(key),
        }
    }
}

impl Suppression {
    fn value(&self, today: Date) -> SettingValue {
        SettingValue::Suppression {
            check: self.check.clone(),
            paths: self.paths.clone(),
            symbol: self.symbol.clone(),
            reason: self.reason.clone(),
            until: self.until.map(|until| until.to_string()),
            ended: self.until.is_some_and(|until| until < today),
        }
    }
}
